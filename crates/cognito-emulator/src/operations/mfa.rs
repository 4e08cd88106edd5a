//! Second factors: authenticator apps, and which factor a user prefers.

use crate::operations::subject::find_user;
use crate::state::sign_in_record::SignInRecord;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use crate::flows::caller::Caller;
use crate::flows::service::{PoolCell, Service};
use crate::flows::sign_in::challenges::set_up;
use crate::flows::step::Step;
use crate::flows::tokens::authorized;
use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::subject::UserRequest;
use crate::state::challenge::invalid_session;
use crate::state::totp::{SoftwareToken, set_up_mismatch};
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
            step.pool.settings.check_offers_software_tokens()?;
            let software_token = SoftwareToken::new(step.random.bytes());
            let secret = software_token.secret_code();
            step.pool.user_mut(&record.username)?.associated_token = Some(software_token);
            Ok(json!({ "SecretCode": secret }))
        }),
        (None, Some(session)) => in_session(service, &session, |step| {
            let (secret, session) = set_up::associate(step, &session)?;
            Ok(json!({ "SecretCode": secret, "Session": session }))
        }),
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
            let associated = user.associated_token.as_mut().ok_or_else(set_up_mismatch)?;
            associated.check(&code, now).accepted_or(set_up_mismatch())?;
            user.software_token = user.associated_token.take();
            Ok(json!({ "Status": "SUCCESS" }))
        }),
        (None, Some(session)) => in_session(service, &session, |step| {
            let session = set_up::verify(step, &session, &code)?;
            Ok(json!({ "Status": "SUCCESS", "Session": session }))
        }),
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
        let found =
            pool.step(&service.shared, caller, |step| Ok(step.pool.challenges.contains(session)));
        found.unwrap_or_default()
    };
    let pool = service.pools().iter().find(|pool| has_it(pool)).cloned();
    pool.ok_or_else(invalid_session)?.step(&service.shared, &mut Caller::default(), work)
}

impl Step<'_> {
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

fn neither() -> ServiceError {
    ServiceError::invalid_parameter("Either an access token or a session must be given.")
}
