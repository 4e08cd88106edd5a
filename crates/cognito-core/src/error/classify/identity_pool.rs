//! Maps exceptions and messages of identity pools to kinds of errors.

use crate::error::ErrorKind;

/// Returns the kind of an exception that has another meaning for identity pools than for user
/// pools.
pub(in crate::error) fn of_identity_pool(code: &str, message: &str) -> Option<ErrorKind> {
    let says = |part: &str| message.contains(part);
    match code {
        "NotAuthorizedException" if says("Token expired") || says("Token is expired") => {
            Some(ErrorKind::TokenExpired)
        }
        // The service refuses access tokens with "Not a valid OpenId Connect identity token." or a
        // missing `aud`.
        "NotAuthorizedException"
            if says("Invalid login token")
                || says("not from a supported provider")
                || says("Not a valid OpenId Connect")
                || says("Missing a required claim") =>
        {
            Some(ErrorKind::LoginNotAccepted)
        }
        // amazon-cognito-identity-js#162, amplify-js#2443
        "NotAuthorizedException"
            if says("Logins don't match") || says("Access to Identity") && says("forbidden") =>
        {
            Some(ErrorKind::IdentityMismatch)
        }
        "NotAuthorizedException" if says("Unauthenticated access is not supported") => {
            Some(ErrorKind::GuestsNotAllowed)
        }
        "NotAuthorizedException" => Some(ErrorKind::NotAuthorized),
        "ResourceNotFoundException" => Some(ErrorKind::NotFound),
        "ResourceConflictException" => Some(ErrorKind::LoginInUse),
        "InvalidIdentityPoolConfigurationException" => Some(ErrorKind::Configuration),
        "InvalidParameterException" => Some(ErrorKind::InvalidParameter),
        // GetId uses it for throttling, as the retries of the SDKs assume; no quota of identities
        // is documented.
        "LimitExceededException" => Some(ErrorKind::Throttled),
        // The identity provider behind a login failed.
        "ExternalServiceException" => Some(ErrorKind::Service),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remedy_of_a_wrong_configuration_also_applies_to_identity_pools() {
        let kind = of_identity_pool("InvalidIdentityPoolConfigurationException", "").unwrap();
        let (_, remedy) = kind.description().split_once("; ").unwrap();
        assert_eq!(remedy, "correct the settings", "an identity pool has no app client");
    }

    /// The messages are those that other emulators copied from the service.
    #[test]
    fn each_refusal_of_an_identity_pool_has_its_kind() {
        const REFUSED: &str = "NotAuthorizedException";
        let cases = [
            (REFUSED, "Invalid login token. Token expired: 17 >= 16", ErrorKind::TokenExpired),
            (
                REFUSED,
                "Invalid login token. Issuer doesn't match providerName",
                ErrorKind::LoginNotAccepted,
            ),
            (
                REFUSED,
                "Token is not from a supported provider of this identity pool.",
                ErrorKind::LoginNotAccepted,
            ),
            (REFUSED, "Invalid login token. Token signature invalid.", ErrorKind::LoginNotAccepted),
            (
                REFUSED,
                "Invalid login token. Not a valid OpenId Connect identity token.",
                ErrorKind::LoginNotAccepted,
            ),
            (
                REFUSED,
                "Invalid login token. Missing a required claim: aud",
                ErrorKind::LoginNotAccepted,
            ),
            (
                REFUSED,
                "Logins don't match. Please include at least one valid login for this identity or \
                 identity pool.",
                ErrorKind::IdentityMismatch,
            ),
            (
                REFUSED,
                "Access to Identity 'eu-west-1:0-1' is forbidden.",
                ErrorKind::IdentityMismatch,
            ),
            (
                REFUSED,
                "Unauthenticated access is not supported for this identity pool.",
                ErrorKind::GuestsNotAllowed,
            ),
            (REFUSED, "Access Token has expired", ErrorKind::NotAuthorized),
            ("ResourceNotFoundException", "IdentityPool 'x' not found.", ErrorKind::NotFound),
            ("ResourceNotFoundException", "Device", ErrorKind::NotFound),
            ("ResourceConflictException", "", ErrorKind::LoginInUse),
            (
                "InvalidIdentityPoolConfigurationException",
                "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
                ErrorKind::Configuration,
            ),
            ("InvalidParameterException", "client secret", ErrorKind::InvalidParameter),
            ("LimitExceededException", "attempt", ErrorKind::Throttled),
            ("ExternalServiceException", "", ErrorKind::Service),
        ];
        for (code, message, expected) in cases {
            assert_eq!(of_identity_pool(code, message), Some(expected), "{code}: {message}");
        }
        for code in ["TooManyRequestsException", "InternalErrorException", "ForbiddenException"] {
            assert_eq!(of_identity_pool(code, ""), None, "{code}");
        }
    }
}
