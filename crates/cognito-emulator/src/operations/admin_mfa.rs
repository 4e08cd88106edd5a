//! AdminDeleteSoftwareToken, and the older operations with MFAOptions.

use serde::Deserialize;

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::subject::{Empty, UserRequest, find_user};
use crate::state::sign_in_record::SignInRecord;
use crate::state::user::Factor;

/// Removes a user's authenticator app, if there is one, so that another can be set up.
pub(super) fn delete_software_token(
    step: &mut Step<'_>,
    request: UserRequest,
) -> Result<Empty, ServiceError> {
    let username = find_user(step, &request)?;
    let date = step.date();
    let user = step.pool.user_mut(&username)?;
    user.change_extras(|extras| {
        (extras.software_token, extras.associated_token) = (None, None);
    });
    user.factors.set(Factor::SoftwareToken, false, false);
    user.modified = date;
    Ok(Empty {})
}

/// MFAOptionType.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MfaOption {
    delivery_medium: Option<String>,
    attribute_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SettingsRequest {
    #[serde(rename = "MFAOptions")]
    mfa_options: Vec<MfaOption>,
}

pub(super) fn set_user_settings(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: SettingsRequest,
) -> Result<Empty, ServiceError> {
    set_mfa_options(step, &record.username, &request.mfa_options)
}

#[derive(Deserialize)]
pub(super) struct AdminSettingsRequest {
    #[serde(flatten)]
    user: UserRequest,
    #[serde(rename = "MFAOptions")]
    mfa_options: Vec<MfaOption>,
}

pub(super) fn admin_set_user_settings(
    step: &mut Step<'_>,
    request: AdminSettingsRequest,
) -> Result<Empty, ServiceError> {
    let username = find_user(step, &request.user)?;
    set_mfa_options(step, &username, &request.mfa_options)
}

/// Enables SMS as an MFA factor or, without an option, disables it.
fn set_mfa_options(
    step: &mut Step<'_>,
    username: &str,
    options: &[MfaOption],
) -> Result<Empty, ServiceError> {
    let by_sms = |option: &MfaOption| {
        option.delivery_medium.as_deref() == Some("SMS")
            && option.attribute_name.as_deref() == Some("phone_number")
    };
    if !options.iter().all(by_sms) {
        const MESSAGE: &str = "Only SMS to phone_number is supported as an MFA option.";
        return Err(ServiceError::invalid_parameter(MESSAGE));
    }
    let date = step.date();
    let user = step.pool.user_mut(username)?;
    let on = !options.is_empty();
    if on && !user.attributes().contains_key("phone_number") {
        const MESSAGE: &str = "User does not have delivery config set to turn on SMS_MFA";
        return Err(ServiceError::invalid_parameter(MESSAGE));
    }
    let preferred = user.factors.preferred() == Some(Factor::Sms);
    user.factors.set(Factor::Sms, on, preferred);
    user.change_extras(|extras| extras.has_mfa_options = on);
    user.modified = date;
    Ok(Empty {})
}
