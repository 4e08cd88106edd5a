//! The factors that a user can sign in with.

use crate::model::ServiceError;
use crate::state::pool::Pool;
use crate::state::settings::MfaConfiguration;
use crate::state::user::{Factor, FirstFactor};

/// Returns the possible first factors of a user; for a user who does not exist, those of most
/// users.
///
/// Users with MFA need a password, or a passkey that counts as two factors.
pub(crate) fn first_factors(pool: &Pool, username: &str) -> Result<Vec<FirstFactor>, ServiceError> {
    let settings = &pool.settings;
    let user = pool.users.get(username);
    let second_factor = settings.mfa_configuration() == MfaConfiguration::On
        || (user.is_some() && !second_factors(pool, username)?.is_empty());
    let usable = |factor: &FirstFactor| match (factor, user) {
        (FirstFactor::Password | FirstFactor::PasswordSrp, user) => {
            user.is_none_or(|user| user.password.is_some())
        }
        (FirstFactor::WebAuthn, user) => {
            let enough = !second_factor || settings.passkeys_are_two_factors();
            enough && user.is_some_and(|user| !user.extras().passkeys.is_empty())
        }
        (FirstFactor::EmailOtp | FirstFactor::SmsOtp, _) if second_factor => false,
        (factor, None) => *factor == FirstFactor::EmailOtp,
        (factor, Some(user)) => {
            factor.attribute().is_some_and(|name| user.attributes().contains_key(name))
        }
    };
    let allowed = FirstFactor::ALL.into_iter().filter(|factor| settings.allows_first(*factor));
    Ok(allowed.filter(usable).collect())
}

/// Returns the possible second factors of a user.
pub(crate) fn second_factors(pool: &Pool, username: &str) -> Result<Vec<Factor>, ServiceError> {
    let settings = &pool.settings;
    let user = pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    let enabled = user.factors.enabled();
    // If MFA is required and the user has enabled no factor, existing factors are used: a verified
    // app (moto#8049), or a phone number.
    let by_default = settings.mfa_configuration() == MfaConfiguration::On && enabled.is_empty();
    let ready = |factor: &Factor| match factor {
        Factor::SoftwareToken => user.extras().software_token.is_some(),
        Factor::Sms => user.attributes().contains_key("phone_number"),
        Factor::Email => false,
    };
    let usable = |factor: &Factor| {
        settings.offers(*factor) && (enabled.contains(factor) || (by_default && ready(factor)))
    };
    Ok(Factor::ALL.into_iter().filter(usable).collect())
}
