//! Issuing and refreshing tokens, and verification of access tokens in requests.

mod access;
mod claims;
pub(crate) mod derived;
pub(crate) mod hosted_auth;
pub(crate) mod machine;
pub(crate) mod refresh;
pub(crate) mod revocation;
pub(crate) mod sign_in;
pub(crate) mod test_tokens;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

pub(crate) use self::access::{authorized, authorized_for, live_sign_in};
use crate::flows::context::Context;
use crate::flows::step::Step;
use crate::flows::trigger;
use crate::flows::triggers::{PreTokenGeneration, TokensToIssue};
use crate::model::ServiceError;
use crate::state::attempt::TokenOccasion;
use crate::state::keys::ReadyKeys;
use crate::state::sign_in_record::SignInRecord;

/// The scope of tokens for sign-ins through the API.
const SCOPE: &str = "aws.cognito.signin.user.admin";

/// The lengths of the parts of a refresh token, as in the service.
const REFRESH_TOKEN_PARTS: [usize; 4] = [342, 16, 1000, 22];

/// The tokens in a response.
pub(crate) struct IssuedTokens {
    pub(crate) access: String,
    /// `None` without the scope `openid`.
    pub(crate) id: Option<String>,
    /// `None` if the refresh token does not change.
    pub(crate) refresh: Option<String>,
    /// The validity of the access token in seconds.
    pub(crate) lifetime: u64,
    /// The device that was added by the sign-in.
    pub(crate) new_device: Option<NewDevice>,
}

/// NewDeviceMetadataType.
pub(crate) struct NewDevice {
    pub(crate) key: String,
    pub(crate) group_key: String,
}

/// Tokens before they are signed.
struct Draft {
    access: Map<String, Value>,
    id: Map<String, Value>,
    lifetime: u64,
}

impl Draft {
    /// Creates the unsigned tokens of a sign-in.
    fn new(step: &mut Step<'_>, record: &SignInRecord) -> Result<Self, ServiceError> {
        let settings = step.pool.client(&record.client_id)?.settings.clone();
        let lifetime = settings.access_token_seconds();
        let mut access = claims::access(step, record, lifetime);
        let mut id = claims::id(step, record, settings.id_token_seconds())?;
        if !settings.can_revoke() {
            // Token revocation adds these claims (AWS guide); access tokens had `jti` before.
            ["origin_jti", "jti"].iter().for_each(|name| drop(id.remove(*name)));
            access.remove("origin_jti");
        }
        Ok(Self { access, id, lifetime })
    }

    /// Calls PreTokenGeneration, which may change or reject the tokens.
    async fn changed(
        mut self,
        context: &Context,
        event: TokensToIssue,
    ) -> Result<Self, ServiceError> {
        if let Some(changes) = context.call_trigger::<PreTokenGeneration>(event).await? {
            changes.change_access(&mut self.access);
            changes.change_id(&mut self.id);
        }
        Ok(self)
    }

    /// Returns the event of PreTokenGeneration.
    fn event(
        &self,
        step: &Step<'_>,
        record: &SignInRecord,
        occasion: TokenOccasion,
    ) -> TokensToIssue {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let list = |name: &str| {
            let values = self.id.get(name).and_then(Value::as_array);
            values.map(|values| values.iter().filter_map(text).collect()).unwrap_or_default()
        };
        let scope = self.access.get("scope").and_then(Value::as_str).unwrap_or_default();
        TokensToIssue {
            username: record.username.clone(),
            client_id: record.client_id.clone(),
            occasion,
            attributes: trigger::attributes(step.pool, &record.username),
            groups: list("cognito:groups"),
            roles: list("cognito:roles"),
            preferred_role: self.id.get("cognito:preferred_role").and_then(text),
            scopes: scope.split(' ').map(str::to_owned).collect(),
            client_metadata: step.caller.client_metadata(),
        }
    }

    /// Signs the tokens of a sign-in and records their issue, with a refresh token if it has an
    /// expiration.
    fn sign(
        mut self,
        step: &mut Step<'_>,
        keys: &ReadyKeys,
        record: &SignInRecord,
        refresh_token_ends: Option<u64>,
    ) -> IssuedTokens {
        let now = step.now();
        let ends = now.saturating_add(self.lifetime);
        step.note_activity(&record.username);
        step.pool.sign_ins.extend(&record.origin_jti, ends, now);
        let access = keys.access().sign(&claims::payload(self.access));
        if record.grant.is_some() {
            self.id.insert("at_hash".to_owned(), claims::at_hash(&access).into());
        }
        let has_id = record.grant.as_ref().is_none_or(|grant| grant.has_scope("openid"));
        IssuedTokens {
            access,
            id: has_id.then(|| keys.id().sign(&claims::payload(self.id))),
            refresh: refresh_token_ends.map(|ends| new_refresh_token(step, record, ends)),
            lifetime: self.lifetime,
            new_device: None,
        }
    }
}

fn new_refresh_token(step: &mut Step<'_>, record: &SignInRecord, ends: u64) -> String {
    let header = r#"{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}"#;
    let mut token = URL_SAFE_NO_PAD.encode(header);
    for length in REFRESH_TOKEN_PARTS {
        token.push('.');
        token.push_str(&step.random.opaque(length));
    }
    let origin_jti = record.origin_jti.clone();
    step.pool.sign_ins.add_refresh_token(token.clone(), origin_jti, ends);
    token
}
