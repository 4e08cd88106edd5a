//! Second factors: authenticator apps, and which factor a user prefers.

use crate::operations::subject::find_user;
use crate::state::sign_in_record::SignInRecord;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use crate::flows::alias::TakenAlias;
use crate::flows::delivery::Address;
use crate::flows::service::{PoolCell, Service};
use crate::flows::sign_in::answers::Next;
use crate::flows::sign_in::challenge::{Asked, SetUp};
use crate::flows::step::Step;
use crate::flows::tokens::authorized;
use crate::flows::trigger::Caller;
use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::subject::UserRequest;
use crate::state::attributes::{self, Attribute, Writer};
use crate::state::totp::SoftwareToken;
use crate::state::user::Factor;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssociateRequest {
    access_token: Option<String>,
    session: Option<String>,
}

pub(super) fn associate_software_token(service: &Service, request: AssociateRequest) -> Output {
    match (request.access_token, request.session) {
        (Some(token), _) => authorized(service, &token, &mut Caller::default(), |step, record| {
            step.check_offers_software_tokens()?;
            let software_token = SoftwareToken::new(step.random.bytes());
            let secret = software_token.secret_code();
            step.pool.user_mut(&record.username)?.associated_token = Some(software_token);
            Ok(json!({ "SecretCode": secret }))
        }),
        (None, Some(session)) => in_session(service, &session, |step| step.associate(&session)),
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

pub(super) fn verify_software_token(service: &Service, request: VerifyRequest) -> Output {
    let code = request.user_code;
    match (request.access_token, request.session) {
        (Some(token), _) => authorized(service, &token, &mut Caller::default(), |step, record| {
            let now = step.now();
            let user = step.pool.user_mut(&record.username)?;
            let associated = user.associated_token.as_mut().ok_or_else(mismatch)?;
            associated.check(&code, now).accepted_or(mismatch())?;
            user.software_token = user.associated_token.take();
            Ok(json!({ "Status": "SUCCESS" }))
        }),
        (None, Some(session)) => in_session(service, &session, |step| step.verify(&session, &code)),
        (None, None) => Err(neither()),
    }
}

/// Runs one step in the pool that has a challenge with that Session.
fn in_session(
    service: &Service,
    session: &str,
    work: impl FnOnce(&mut Step<'_>) -> Output,
) -> Output {
    let caller = &mut Caller::default();
    let mut has_it = |pool: &&Arc<PoolCell>| {
        let found = pool.step(&service.shared, caller, |step| {
            Ok(step.pool.challenges.get_mut(session).is_some())
        });
        found.unwrap_or_default()
    };
    let pool = service.pools().iter().find(|pool| has_it(pool)).cloned();
    let invalid = || ServiceError::not_authorized("Invalid session for the user.");
    pool.ok_or_else(invalid)?.step(&service.shared, &mut Caller::default(), work)
}

impl Step<'_> {
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
    pub(crate) fn set_up_email(
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
    pub(crate) fn finish_email_set_up(
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
    #[serde(flatten)]
    preferences: Preferences,
}

pub(super) fn set_user_mfa_preference(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: PreferenceRequest,
) -> Output {
    step.set_preference(&record.username, &request.preferences.by_factor())
}

#[derive(Deserialize)]
pub(super) struct AdminPreferenceRequest {
    #[serde(flatten)]
    user: UserRequest,
    #[serde(flatten)]
    preferences: Preferences,
}

pub(super) fn admin_set_user_mfa_preference(
    step: &mut Step<'_>,
    request: AdminPreferenceRequest,
) -> Output {
    let username = find_user(step, &request.user)?;
    step.set_preference(&username, &request.preferences.by_factor())
}

fn mismatch() -> ServiceError {
    ServiceError::enable_software_token_mfa("Code mismatch and fail enable Software Token MFA")
}

fn neither() -> ServiceError {
    ServiceError::invalid_parameter("Either an access token or a session must be given.")
}
