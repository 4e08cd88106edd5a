//! Second factors: authenticator apps, and which factor a user prefers.

use serde::Deserialize;
use serde_json::json;

use super::Output;
use super::answers::Next;
use super::subject::UserRequest;
use crate::model::ServiceError;
use crate::service::Service;
use crate::service::alias::TakenAlias;
use crate::service::attributes::{self, Attribute, Writer};
use crate::service::challenge::{Asked, SetUp};
use crate::service::delivery::Address;
use crate::service::scope::Scope;
use crate::service::totp::SoftwareToken;
use crate::service::user::Factor;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssociateRequest {
    access_token: Option<String>,
    session: Option<String>,
}

pub(super) fn associate_software_token(service: &mut Service, request: AssociateRequest) -> Output {
    match (request.access_token, request.session) {
        (Some(token), _) => {
            let (mut scope, record) = service.authorize(&token)?;
            scope.check_offers_software_tokens()?;
            let software_token = SoftwareToken::new(scope.random.bytes());
            let secret = software_token.secret_code();
            scope.pool.user_mut(&record.username)?.associated_token = Some(software_token);
            Ok(json!({ "SecretCode": secret }))
        }
        (None, Some(session)) => service.scope_of_session(&session)?.associate(&session),
        (None, None) => Err(neither()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VerifyRequest {
    access_token: Option<String>,
    session: Option<String>,
    user_code: String,
}

pub(super) fn verify_software_token(service: &mut Service, request: VerifyRequest) -> Output {
    let code = request.user_code;
    match (request.access_token, request.session) {
        (Some(token), _) => {
            let (scope, record) = service.authorize(&token)?;
            let now = scope.now();
            let user = scope.pool.user_mut(&record.username)?;
            let associated = user.associated_token.as_mut().ok_or_else(mismatch)?;
            associated.check(&code, now).accepted_or(mismatch())?;
            user.software_token = user.associated_token.take();
            Ok(json!({ "Status": "SUCCESS" }))
        }
        (None, Some(session)) => service.scope_of_session(&session)?.verify(&session, &code),
        (None, None) => Err(neither()),
    }
}

impl Service {
    fn scope_of_session(&mut self, session: &str) -> Result<Scope<'_>, ServiceError> {
        let mut pools = self.pools.values_mut();
        let found = pools.find_map(|pool| {
            pool.challenges.get_mut(session).is_some().then(|| pool.id.as_str().to_owned())
        });
        let id =
            found.ok_or_else(|| ServiceError::not_authorized("Invalid session for the user."))?;
        self.pool(&id)
    }
}

impl Scope<'_> {
    fn check_offers_software_tokens(&self) -> Result<(), ServiceError> {
        if self.pool.settings.offers(Factor::SoftwareToken) {
            return Ok(());
        }
        const MESSAGE: &str = "Software Token MFA has not been enabled by the userPool";
        Err(ServiceError::software_token_mfa_not_found(MESSAGE))
    }

    fn associate(&mut self, session: &str) -> Output {
        self.check_offers_software_tokens()?;
        let token = SoftwareToken::new(self.random.bytes());
        let secret = token.secret_code();
        let session = self.advance_set_up(session, SetUp::Associated(Box::new(token)))?;
        Ok(json!({ "SecretCode": secret, "Session": session }))
    }

    fn verify(&mut self, session: &str, code: &str) -> Output {
        let now = self.now();
        let challenge = self.pool.open_challenge_mut(session, now)?;
        let Asked::SetUp(set_up) = &mut challenge.asked else {
            return Err(ServiceError::not_authorized("Invalid session for the user."));
        };
        let SetUp::Associated(token) = set_up else {
            return Err(mismatch());
        };
        token.check(code, now).accepted_or(mismatch())?;
        let token = SoftwareToken::clone(token);
        let username = challenge.attempt.username.clone();
        let session = self.advance_set_up(session, SetUp::Verified)?;
        // The app counts from now on, even if MFA_SETUP is never answered.
        let user = self.pool.user_mut(&username)?;
        user.software_token = Some(token);
        user.factors.set(Factor::SoftwareToken, true, true);
        Ok(json!({ "Status": "SUCCESS", "Session": session }))
    }

    /// Replaces the Session of a set-up by one that is a step further.
    fn advance_set_up(&mut self, session: &str, step: SetUp) -> Result<String, ServiceError> {
        let now = self.now();
        let challenge = self.pool.open_challenge_mut(session, now)?;
        if !matches!(challenge.asked, Asked::SetUp(_)) {
            return Err(ServiceError::not_authorized("Invalid session for the user."));
        }
        let attempt = challenge.attempt.clone();
        self.pool.use_up(session);
        self.open_challenge(attempt, Asked::SetUp(step))
    }

    /// Takes an e-mail address as the answer to MFA_SETUP; the code that is sent there must follow.
    pub(super) fn set_up_email(
        &mut self,
        username: &str,
        address: &str,
    ) -> Result<Next, ServiceError> {
        if !self.pool.settings.offers(Factor::Email) {
            return Err(ServiceError::invalid_parameter("Email MFA not enabled for the userPool."));
        }
        let given = vec![Attribute::new("email", address)];
        let given = attributes::read_update(given, &self.pool.settings.schema, Writer::User)?;
        self.check_changes(username, &given)?;
        let user = self.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        if let Some(address) = Address::new("email", address) {
            self.pool.check_alias_free(&address, username)?;
        }
        let mut attributes = user.attributes().clone();
        attributes.extend(given);
        attributes.insert("email_verified".to_owned(), "false".to_owned());
        self.write_attributes(username, attributes, TakenAlias::Refuse)?;
        Ok(Next::Ask(Factor::Email))
    }

    /// Switches on e-mail as a factor that was just set up, once its code came back.
    pub(super) fn finish_email_set_up(
        &mut self,
        username: &str,
        factor: Factor,
    ) -> Result<(), ServiceError> {
        let user = self.pool.user_mut(username)?;
        if factor == Factor::Email && !user.factors.enabled().contains(&factor) {
            user.factors.set(factor, true, true);
        }
        Ok(())
    }

    fn set_preference(&mut self, username: &str, settings: &[(Factor, FactorSettings)]) -> Output {
        if settings.iter().filter(|(_, settings)| settings.preferred_mfa).count() > 1 {
            return Err(ServiceError::invalid_parameter("Only one MFA method can be preferred."));
        }
        for (factor, FactorSettings { enabled, .. }) in settings {
            let user = self.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
            let ready = match factor.attribute() {
                None => user.software_token.is_some(),
                Some(attribute) => user.attributes().contains_key(attribute),
            };
            if *enabled && !(ready && self.pool.settings.offers(*factor)) {
                return Err(ServiceError::invalid_parameter(format!(
                    "User does not have delivery config set to turn on {}",
                    factor.challenge_name()
                )));
            }
        }
        let user = self.pool.user_mut(username)?;
        for (factor, FactorSettings { enabled, preferred_mfa }) in settings {
            user.factors.set(*factor, *enabled, *preferred_mfa);
        }
        Ok(json!({}))
    }
}

/// SMSMfaSettingsType, SoftwareTokenMfaSettingsType and EmailMfaSettingsType.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct FactorSettings {
    enabled: bool,
    preferred_mfa: bool,
}

/// The members of the two operations that set preferences.
#[derive(Deserialize)]
struct Preferences {
    #[serde(rename = "SMSMfaSettings")]
    sms: Option<FactorSettings>,
    #[serde(rename = "SoftwareTokenMfaSettings")]
    software_token: Option<FactorSettings>,
    #[serde(rename = "EmailMfaSettings")]
    email: Option<FactorSettings>,
}

impl Preferences {
    fn by_factor(self) -> Vec<(Factor, FactorSettings)> {
        let all = [
            (Factor::Sms, self.sms),
            (Factor::SoftwareToken, self.software_token),
            (Factor::Email, self.email),
        ];
        all.into_iter().filter_map(|(factor, settings)| Some((factor, settings?))).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PreferenceRequest {
    access_token: String,
    #[serde(flatten)]
    preferences: Preferences,
}

pub(super) fn set_user_mfa_preference(service: &mut Service, request: PreferenceRequest) -> Output {
    let (mut scope, record) = service.authorize(&request.access_token)?;
    scope.set_preference(&record.username, &request.preferences.by_factor())
}

#[derive(Deserialize)]
pub(super) struct AdminPreferenceRequest {
    #[serde(flatten)]
    user: UserRequest,
    #[serde(flatten)]
    preferences: Preferences,
}

pub(super) fn admin_set_user_mfa_preference(
    service: &mut Service,
    request: AdminPreferenceRequest,
) -> Output {
    let (mut scope, username) = service.find_user(&request.user)?;
    scope.set_preference(&username, &request.preferences.by_factor())
}

fn mismatch() -> ServiceError {
    ServiceError::enable_software_token_mfa("Code mismatch and fail enable Software Token MFA")
}

fn neither() -> ServiceError {
    ServiceError::invalid_parameter("Either an access token or a session must be given.")
}
