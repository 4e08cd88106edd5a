//! Tokens: how they are made, and how an access token that comes back is checked.

pub(crate) mod machine;

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_tokens::{Clients, TokenRules, VerifyError};
use serde_json::{Map, Value, json};

use crate::flows::service::Service;
use crate::flows::sign_in::challenge::Attempt;
use crate::flows::step::Step;
use crate::flows::trigger::Caller;
use crate::flows::triggers::{
    PostAuthentication, PreTokenGeneration, SignInDone, TokenOccasion, TokensToIssue,
};
use crate::model::ServiceError;
use crate::state::identity;
use crate::state::sign_in_record::{SignInIds, SignInRecord};
use crate::state::user::User;

/// The scope of tokens that were issued for a sign-in through the API.
const SCOPE: &str = "aws.cognito.signin.user.admin";

/// Lengths of the parts of a refresh token; those of the service are as long.
const REFRESH_TOKEN_PARTS: [usize; 4] = [342, 16, 1000, 22];

impl Step<'_> {
    /// AuthenticationResult of a new sign-in, refresh token included.
    ///
    /// Where devices are tracked, one that proved a password and is not known becomes known.
    pub(crate) fn sign_in_result(&mut self, mut attempt: Attempt) -> Result<Value, ServiceError> {
        let occasion = attempt.occasion;
        let mut new_device = None;
        if !self.pool.tracks_devices() {
            attempt.device_key = None;
        } else if attempt.device_key.is_none() && attempt.by_password {
            let (key, metadata) = self.new_device(&attempt.username)?;
            attempt.device_key = Some(key);
            new_device = Some(metadata);
        }
        let sub = self.pool.user_mut(&attempt.username)?.sub.clone();
        let ids = SignInIds {
            origin_jti: self.random.uuid(),
            event_id: self.random.uuid(),
            session_id: self.random.session_id(),
            sub,
        };
        let done = SignInDone {
            username: attempt.username.clone(),
            client_id: attempt.client_id.clone(),
            new_device_used: new_device.is_some(),
            attributes: self.attributes_for_triggers(&attempt.username),
            client_metadata: self.caller.client_metadata(),
        };
        let lifetime = self.pool.client(&attempt.client_id)?.settings.refresh_token_seconds();
        let ends = self.now().saturating_add(lifetime);
        let record = SignInRecord::new(ids, attempt.clone(), self.now());
        // A trigger that refuses the tokens leaves no sign-in behind.
        let mut result = self.tokens(&record, occasion)?;
        self.record_sign_in(&record.event_id, &attempt);
        self.pool.sign_ins.insert(record.clone());
        self.hand_out(&record, &mut result, Some(ends))?;
        self.ask_afterwards::<PostAuthentication>(done);
        if let (Some(result), Some(metadata)) = (result.as_object_mut(), new_device) {
            result.insert("NewDeviceMetadata".to_owned(), metadata);
        }
        Ok(json!({ "AuthenticationResult": result, "ChallengeParameters": {} }))
    }

    /// AuthenticationResult of a sign-in without a refresh token; the pool stays as it is.
    pub(crate) fn tokens(
        &mut self,
        record: &SignInRecord,
        occasion: TokenOccasion,
    ) -> Result<Value, ServiceError> {
        let settings = self.pool.client(&record.client_id)?.settings.clone();
        let mut access = self.access_claims(record, settings.access_token_seconds())?;
        let mut id = self.id_claims(record, settings.id_token_seconds())?;
        if !settings.can_revoke() {
            // Token revocation adds them (AWS guide); access tokens had `jti` before.
            ["origin_jti", "jti"].iter().for_each(|name| drop(id.remove(*name)));
            access.remove("origin_jti");
        }
        let event = self.tokens_to_issue(record, occasion, &access, &id);
        if let Some(changes) = self.ask_trigger::<PreTokenGeneration>(&event)? {
            changes.change_access(&mut access);
            changes.change_id(&mut id);
        }
        Ok(json!({
            "AccessToken": self.pool.keys.access().sign(&payload(access)),
            "ExpiresIn": settings.access_token_seconds(),
            "IdToken": self.pool.keys.id().sign(&payload(id)),
            "TokenType": "Bearer",
        }))
    }

    /// Notes that a sign-in got tokens, and adds a refresh token that ends then.
    pub(crate) fn hand_out(
        &mut self,
        record: &SignInRecord,
        result: &mut Value,
        refresh_token_ends: Option<u64>,
    ) -> Result<(), ServiceError> {
        let lifetime = self.pool.client(&record.client_id)?.settings.access_token_seconds();
        let now = self.now();
        self.pool.sign_ins.extend(&record.origin_jti, now.saturating_add(lifetime), now);
        if let (Some(result), Some(ends)) = (result.as_object_mut(), refresh_token_ends) {
            let token = self.new_refresh_token(record, ends);
            result.insert("RefreshToken".to_owned(), token.into());
        }
        Ok(())
    }

    fn new_refresh_token(&mut self, record: &SignInRecord, ends: u64) -> String {
        let header = r#"{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}"#;
        let mut token = URL_SAFE_NO_PAD.encode(header);
        for length in REFRESH_TOKEN_PARTS {
            token.push('.');
            token.push_str(&self.random.opaque(length));
        }
        let origin_jti = record.origin_jti.clone();
        self.pool.sign_ins.add_refresh_token(token.clone(), origin_jti, ends);
        token
    }

    fn tokens_to_issue(
        &self,
        record: &SignInRecord,
        occasion: TokenOccasion,
        access: &Map<String, Value>,
        id: &Map<String, Value>,
    ) -> TokensToIssue {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let list = |name: &str| {
            let values = id.get(name).and_then(Value::as_array);
            values.map(|values| values.iter().filter_map(text).collect()).unwrap_or_default()
        };
        let scope = access.get("scope").and_then(Value::as_str).unwrap_or_default();
        TokensToIssue {
            username: record.username.clone(),
            client_id: record.client_id.clone(),
            occasion,
            attributes: self.attributes_for_triggers(&record.username),
            groups: list("cognito:groups"),
            roles: list("cognito:roles"),
            preferred_role: id.get("cognito:preferred_role").and_then(text),
            scopes: scope.split(' ').map(str::to_owned).collect(),
            client_metadata: self.caller.client_metadata(),
        }
    }

    fn access_claims(
        &mut self,
        record: &SignInRecord,
        lifetime: u64,
    ) -> Result<Map<String, Value>, ServiceError> {
        let mut claims = self.common_claims(record, "access", lifetime)?;
        claims.insert("client_id".to_owned(), record.client_id.clone().into());
        claims.insert("scope".to_owned(), SCOPE.into());
        claims.insert("username".to_owned(), record.username.clone().into());
        if let Some(key) = &record.device_key {
            claims.insert("device_key".to_owned(), key.as_str().into());
        }
        Ok(claims)
    }

    fn id_claims(
        &mut self,
        record: &SignInRecord,
        lifetime: u64,
    ) -> Result<Map<String, Value>, ServiceError> {
        let mut claims = self.common_claims(record, "id", lifetime)?;
        claims.insert("aud".to_owned(), record.client_id.clone().into());
        claims.insert("cognito:username".to_owned(), record.username.clone().into());
        claims.extend(self.pool.role_claims(&record.username));
        let client = self.pool.client(&record.client_id)?;
        let user = self.pool.users.get(&record.username).ok_or_else(ServiceError::user_unknown)?;
        for (name, value) in user.attributes().iter().filter(|(name, _)| client.can_read(name)) {
            claims.insert(name.clone(), identity::claim(name, value));
        }
        Ok(claims)
    }

    fn common_claims(
        &mut self,
        record: &SignInRecord,
        token_use: &str,
        lifetime: u64,
    ) -> Result<Map<String, Value>, ServiceError> {
        let (now, jti, iss) = (self.now(), self.random.uuid(), self.issuer());
        let claims = json!({
            "sub": record.sub,
            "iss": iss,
            "origin_jti": record.origin_jti,
            "event_id": record.event_id,
            "token_use": token_use,
            "auth_time": record.auth_time,
            "exp": now.saturating_add(lifetime),
            "iat": now,
            "jti": jti,
        });
        let groups = self.pool.groups_claim(&record.username);
        let groups = groups.map(|groups| ("cognito:groups".to_owned(), groups));
        match claims {
            Value::Object(claims) => Ok(claims.into_iter().chain(groups).collect()),
            _ => Ok(Map::new()),
        }
    }

    /// The sign-in of an access token that a request carries.
    fn sign_in_of(&self, token: &str) -> Result<SignInRecord, ServiceError> {
        let rules = TokenRules::new(&self.pool.id, Clients::Any)
            .issuers([self.issuer()])
            .leeway(Duration::ZERO)
            .max_token_bytes(131_072);
        let now = UNIX_EPOCH + Duration::from_secs(self.now());
        let keys = self.pool.keys.public(self.now());
        let claims = rules.access_token(token, &keys, now).map_err(refused_token)?;
        if !claims.has_scope(SCOPE) {
            const MESSAGE: &str = "Access Token does not have required scopes";
            return Err(ServiceError::not_authorized(MESSAGE));
        }
        let user = claims.username().and_then(|username| self.pool.users.get(username));
        user.map_or(Ok(()), User::check_enabled)?;
        let sign_ins = &self.pool.sign_ins;
        let record = match claims.origin_jti() {
            Some(origin_jti) => sign_ins.live(origin_jti),
            None => claims
                .username()
                .zip(claims.event_id())
                .and_then(|(username, event_id)| sign_ins.live_event(username, event_id)),
        };
        record.cloned().ok_or_else(|| ServiceError::not_authorized("Access Token has been revoked"))
    }
}

/// Runs one step for the user whose access token it is.
pub(crate) fn authorized<T>(
    service: &Service,
    token: &str,
    caller: &mut Caller,
    work: impl FnOnce(&mut Step<'_>, &SignInRecord) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    let pool_id = unverified_pool(token).ok_or_else(invalid_token)?;
    let pool = service.pool(&pool_id).map_err(|_| invalid_token())?;
    pool.step(&service.shared, caller, |step| {
        let record = step.sign_in_of(token)?;
        step.caller.set_client(&record.client_id);
        step.pool.user_of(&record).ok_or_else(ServiceError::user_unknown)?;
        work(step, &record)
    })
}

/// The claims as the service writes them, with `\/` for every slash.
fn payload(claims: Map<String, Value>) -> String {
    Value::Object(claims).to_string().replace('/', r"\/")
}

/// The id of the pool that a token names as its issuer, to know whose keys to ask.
fn unverified_pool(token: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let issuer = claims.get("iss")?.as_str()?;
    issuer.rsplit('/').next().map(str::to_owned)
}

fn invalid_token() -> ServiceError {
    ServiceError::not_authorized("Invalid Access Token")
}

fn refused_token(error: VerifyError) -> ServiceError {
    match error {
        VerifyError::Expired { .. } => ServiceError::not_authorized("Access Token has expired"),
        VerifyError::WrongSignature | VerifyError::UnknownKey => {
            ServiceError::not_authorized("Could not verify signature for Access Token")
        }
        _ => invalid_token(),
    }
}
