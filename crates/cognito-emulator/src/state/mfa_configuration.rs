//! The MFA configuration of a pool, and the first factors that go with it.

use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::state::members::Members;

/// The members of SetUserPoolMfaConfig that each configure an MFA factor. WebAuthnConfiguration
/// does not: passkeys are independent of MFA (go-to-k/cdkd#1923).
pub(crate) const FACTOR_BLOCKS: [&str; 3] =
    ["EmailMfaConfiguration", "SmsMfaConfiguration", "SoftwareTokenMfaConfiguration"];

/// The refusal of passkeys beside required MFA by SetUserPoolMfaConfig (go-to-k/cdkd#2064).
pub(crate) const SINGLE_FACTOR: &str = "Cannot set WebAuthn factor configuration to SINGLE_FACTOR \
                                        if MFA is required and WebAuthn is an allowed first auth \
                                        factor";

/// The same by UpdateUserPool (go-to-k/cdkd#2064), and by CreateUserPool (not measured).
pub(crate) const NOT_FOR_MFA: &str =
    "WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA";

/// Returns whether MFA is required or optional.
pub(crate) fn is_on(members: &Members) -> bool {
    members.get("MfaConfiguration").is_some_and(|mfa| mfa != "OFF")
}

/// Refuses a SetUserPoolMfaConfig request whose factors contradict its MfaConfiguration.
pub(crate) fn check_request(given: &Members) -> Result<(), ServiceError> {
    const NONE_GIVEN: &str = "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software \
                              Token MFA must be enabled.";
    const ALL_DISABLED: &str = "Invalid MFA configuration given, can't disable all MFAs with a \
                                required or optional configuration.";
    if !is_on(given) {
        return check_off(given);
    }
    let blocks: Vec<_> = FACTOR_BLOCKS.iter().filter_map(|name| given.get(*name)).collect();
    // Only the block of authenticator apps has a switch; the others enable by their presence.
    let disabled = |block: &&Value| block.get("Enabled") == Some(&json!(false));
    match blocks.as_slice() {
        [] => Err(ServiceError::invalid_parameter(NONE_GIVEN)),
        [app] if disabled(app) => Err(ServiceError::invalid_parameter(ALL_DISABLED)),
        _ => Ok(()),
    }
}

/// Refuses MFA factors where MFA is off. Their presence counts, whatever they say
/// (go-to-k/cdkd#1968, floci-io/floci PR 2831).
pub(crate) fn check_off(given: &Members) -> Result<(), ServiceError> {
    const TOGETHER: &str = "Invalid MFA configuration given, can't turn off MFA and configure an \
                            MFA together.";
    match FACTOR_BLOCKS.iter().any(|name| given.contains_key(*name)) {
        true => Err(ServiceError::invalid_parameter(TOGETHER)),
        false => Ok(()),
    }
}

/// Refuses first factors that the pool's other settings rule out, passkeys with this message.
///
/// Only required MFA rules factors out; the service accepts every combination with optional MFA
/// (go-to-k/cdkd#1975).
pub(crate) fn check_first_factors(
    members: &Members,
    passkeys_refused: &'static str,
) -> Result<(), ServiceError> {
    const NO_SMS: &str = "SMS_OTP can not be configured as AuthFactor as user pool is missing valid \
                          SMS configuration";
    const ONE_TIME_CODES: &str = "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an \
                                  auth factor if MFA is enabled";
    let allows = |factor: &str| allowed_first_factors(members).any(|allowed| *allowed == factor);
    let required = members.get("MfaConfiguration") == Some(&json!("ON"));
    let refused = if allows("SMS_OTP") && !members.contains_key("SmsConfiguration") {
        NO_SMS
    } else if required && (allows("EMAIL_OTP") || allows("SMS_OTP")) {
        ONE_TIME_CODES
    } else if required && allows("WEB_AUTHN") && !passkeys_are_two_factors(members) {
        passkeys_refused
    } else {
        return Ok(());
    };
    Err(ServiceError::invalid_parameter(refused))
}

fn allowed_first_factors(members: &Members) -> impl Iterator<Item = &Value> {
    let policies = members.get("Policies");
    let list =
        policies.and_then(|policies| policies.pointer("/SignInPolicy/AllowedFirstAuthFactors"));
    list.and_then(Value::as_array).into_iter().flatten()
}

/// Returns whether a passkey counts as two factors, for which `UserVerification` does not matter
/// (go-to-k/cdkd#2064).
fn passkeys_are_two_factors(members: &Members) -> bool {
    let passkeys = members.get("WebAuthnConfiguration");
    passkeys.and_then(|passkeys| passkeys.get("FactorConfiguration"))
        == Some(&json!("MULTI_FACTOR_WITH_USER_VERIFICATION"))
}
