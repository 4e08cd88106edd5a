//! Validation of a pool's settings: rules over several members.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::ServiceError;
use crate::state::members::MembersExt;
use crate::state::settings::PoolMembers;

/// Rejects contradictory members.
pub(super) fn check(members: &PoolMembers) -> Result<(), ServiceError> {
    const UNVERIFIED: &str = "All attributes in AttributesRequireVerificationBeforeUpdate must \
                              exist in AutoVerifiedAttributes";
    const ADMIN_ONLY: &str = "Invalid account recovery setting parameter. Account Recovery Setting \
                              cannot use admin_only setting with any other recovery mechanisms.";
    const NO_SMS: &str =
        "SMS configuration is required when phone_number is selected for auto verification";
    const NO_PASSWORD: &str =
        "Password should be configured as one of the allowed first auth factors.";
    let verified: Vec<&String> = members.auto_verified_attributes.iter().flatten().collect();
    let has_sms = members.sms_configuration.is_some();
    if !has_sms && verified.iter().any(|attribute| *attribute == "phone_number") {
        return Err(ServiceError::invalid_parameter(NO_SMS));
    }
    check_levels(members)?;
    check_tags(members)?;
    let factors = &members.policies.sign_in_policy.allowed_first_auth_factors;
    if !factors.iter().any(|factor| factor == "PASSWORD") {
        return Err(ServiceError::invalid_parameter(NO_PASSWORD));
    }
    if !members.verified_updates().all(|attribute| verified.contains(&attribute)) {
        return Err(ServiceError::invalid_parameter(UNVERIFIED));
    }
    let mechanisms = members.recovery_mechanisms();
    let by_admin = mechanisms.iter().any(|mechanism| mechanism.name == "admin_only");
    if mechanisms.len() > 1 && by_admin {
        return Err(ServiceError::invalid_parameter(ADMIN_ONLY));
    }
    Ok(())
}

/// Rejects too many tags (AWS guide, quotas), which the model does not limit.
pub(super) fn check_tags(members: &PoolMembers) -> Result<(), ServiceError> {
    const MOST: usize = 50;
    match members.user_pool_tags.len() > MOST {
        true => {
            Err(ServiceError::invalid_parameter(format!("A user pool has at most {MOST} tags.")))
        }
        false => Ok(()),
    }
}

/// Rejects duplicate names of ACR levels, and names of another level's default.
fn check_levels(members: &PoolMembers) -> Result<(), ServiceError> {
    let mut names = BTreeSet::new();
    for number in 1..=4 {
        let own = members.other.at(&["AcrConfiguration", &format!("Level{number}"), "AcrValue"]);
        let own = own.and_then(Value::as_str).map(str::to_owned);
        if !names.insert(own.unwrap_or_else(|| format!("urn:cognito:loa:{number}"))) {
            return Err(ServiceError::invalid_parameter("The names of ACR levels are not unique."));
        }
    }
    Ok(())
}
