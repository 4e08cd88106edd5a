//! The enabled MFA factors of a user, and the preferred one.

use serde::Deserialize;

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::subject::{Empty, UserRequest, find_user};
use crate::state::sign_in_record::SignInRecord;
use crate::state::user::Factor;

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
) -> Result<Empty, ServiceError> {
    set_preference(step, &record.username, &request.preferences.by_factor())
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
) -> Result<Empty, ServiceError> {
    let username = find_user(step, &request.user)?;
    set_preference(step, &username, &request.preferences.by_factor())
}

fn set_preference(
    step: &mut Step<'_>,
    username: &str,
    settings: &[(Factor, FactorSettings)],
) -> Result<Empty, ServiceError> {
    if settings.iter().filter(|(_, settings)| settings.preferred_mfa).count() > 1 {
        return Err(ServiceError::invalid_parameter("Only one MFA method can be preferred."));
    }
    for (factor, FactorSettings { enabled, .. }) in settings {
        let user = step.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let ready = match factor.attribute() {
            None => user.extras().software_token.is_some(),
            Some(attribute) => user.attributes().contains_key(attribute),
        };
        if *enabled && !(ready && step.pool.settings.offers(*factor)) {
            return Err(ServiceError::invalid_parameter(format!(
                "User does not have delivery config set to turn on {}",
                factor.challenge_name()
            )));
        }
    }
    let user = step.pool.user_mut(username)?;
    for (factor, FactorSettings { enabled, preferred_mfa }) in settings {
        user.factors.set(*factor, *enabled, *preferred_mfa);
    }
    Ok(Empty {})
}
