//! From the names and messages of the service to what a caller can do.
//!
//! One exception covers many causes, NotAuthorizedException above all, so messages decide where
//! names do not.

use super::ErrorKind;

pub(super) fn kind(code: &str, message: &str) -> ErrorKind {
    match code {
        "NotAuthorizedException" => not_authorized(message),
        "InvalidParameterException" => invalid_parameter(message),
        "UserNotConfirmedException" => ErrorKind::UserNotConfirmed,
        "UserNotFoundException" => ErrorKind::UserNotFound,
        "UsernameExistsException" => ErrorKind::UserExists,
        "AliasExistsException" => ErrorKind::AliasExists,
        "DeviceKeyExistsException"
        | "GroupExistsException"
        | "DuplicateProviderException"
        | "ManagedLoginBrandingExistsException"
        | "TermsExistsException" => ErrorKind::AlreadyExists,
        "ConcurrentModificationException" | "UserImportInProgressException" => ErrorKind::Conflict,
        "ServiceQuotaExceededException" => ErrorKind::LimitReached,
        "UnsupportedUserStateException" => ErrorKind::UnsupportedUserState,
        "ScopeDoesNotExistException" | "UnsupportedIdentityProviderException" => {
            ErrorKind::NotFound
        }
        "InvalidOAuthFlowException"
        | "PreconditionNotMetException"
        | "UserPoolTaggingException" => ErrorKind::InvalidParameter,
        "PasswordResetRequiredException" => ErrorKind::PasswordResetRequired,
        "InvalidPasswordException" | "PasswordHistoryPolicyViolationException" => {
            ErrorKind::InvalidPassword
        }
        "CodeMismatchException" | "EnableSoftwareTokenMFAException" => ErrorKind::CodeMismatch,
        "ExpiredCodeException" => ErrorKind::CodeExpired,
        "CodeDeliveryFailureException" => ErrorKind::CodeDelivery,
        "RefreshTokenReuseException" => ErrorKind::RefreshTokenReuse,
        "TooManyRequestsException" | "ThrottlingException" => ErrorKind::Throttled,
        "LimitExceededException" | "TooManyFailedAttemptsException" => ErrorKind::AttemptsExceeded,
        "UserLambdaValidationException"
        | "UnexpectedLambdaException"
        | "InvalidLambdaResponseException" => ErrorKind::TriggerFailed,
        "ForbiddenException" => ErrorKind::Forbidden,
        "AccessDeniedException" => ErrorKind::MissingPermission,
        // The AWS credentials are wrong or out of date.
        "ExpiredTokenException"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException"
        | "UnrecognizedClientException" => ErrorKind::Configuration,
        "UnauthorizedException" if is_about_secret(message) => ErrorKind::SecretHash,
        "UnauthorizedException" => ErrorKind::NotAuthorized,
        "ResourceNotFoundException" if message.contains("Device") => ErrorKind::DeviceForgotten,
        "WebAuthnChallengeNotFoundException" => ErrorKind::ChallengeExpired,
        "WebAuthnCredentialNotSupportedException" => ErrorKind::InvalidParameter,
        "InternalErrorException" | "InternalServerException" => ErrorKind::Service,
        "ResourceNotFoundException"
        | "InvalidUserPoolConfigurationException"
        | "InvalidSmsRoleAccessPolicyException"
        | "InvalidSmsRoleTrustRelationshipException"
        | "InvalidEmailRoleAccessPolicyException"
        | "MFAMethodNotFoundException"
        | "SoftwareTokenMFANotFoundException"
        | "WebAuthnClientMismatchException"
        | "WebAuthnConfigurationMissingException"
        | "WebAuthnNotEnabledException"
        | "WebAuthnOriginNotAllowedException"
        | "WebAuthnRelyingPartyMismatchException" => ErrorKind::Configuration,
        "UnsupportedOperationException"
        | "OperationNotEnabledException"
        | "TierChangeNotAllowedException"
        | "UserPoolAddOnNotEnabledException"
        | "UnsupportedTokenTypeException"
        | "FeatureUnavailableInTierException"
        | "InvalidAction"
        | "UnknownOperationException" => ErrorKind::Unsupported,
        _ => ErrorKind::Unknown,
    }
}

/// The kind of an exception that means something else to an administrator than to a user.
///
/// Names that administrators give are in messages, so a part of one decides nothing here.
pub(super) fn of_administrator(code: &str, message: &str) -> Option<ErrorKind> {
    match code {
        "ResourceNotFoundException" if !message.starts_with("Device ") => Some(ErrorKind::NotFound),
        "LimitExceededException" if !message.starts_with("Attempt limit") => {
            Some(ErrorKind::LimitReached)
        }
        "InvalidParameterException" if is_about_secret(message) => {
            Some(ErrorKind::InvalidParameter)
        }
        _ => None,
    }
}

fn not_authorized(message: &str) -> ErrorKind {
    let says = |part: &str| message.contains(part);
    if says("Incorrect username or password") {
        ErrorKind::BadCredentials
    } else if says("attempts exceeded") {
        ErrorKind::AttemptsExceeded
    } else if says("User is disabled") {
        ErrorKind::UserDisabled
    } else if says("Temporary password has expired") {
        ErrorKind::TemporaryPasswordExpired
    } else if says("Invalid session for the user") {
        ErrorKind::ChallengeExpired
    } else if is_about_secret(message) {
        ErrorKind::SecretHash
    } else if says("Current status is CONFIRMED") {
        ErrorKind::AlreadyConfirmed
    } else if says("cannot be reset in the current state") {
        ErrorKind::UnsupportedUserState
    } else if says("does not have required scopes") {
        ErrorKind::NotAuthorized
    } else if says("Access Token has expired") {
        ErrorKind::TokenExpired
    } else if says("Refresh Token")
        || says("Access Token has been revoked")
        || says("has been deleted for the associated refresh token")
    {
        ErrorKind::TokenRevoked
    } else if says("Access Token") {
        ErrorKind::InvalidToken
    } else if says("not enabled for this client") {
        ErrorKind::FlowNotEnabled
    } else {
        ErrorKind::NotAuthorized
    }
}

fn invalid_parameter(message: &str) -> ErrorKind {
    let flow = ["not enabled for this client", "not enabled for the client"];
    if is_about_secret(message) {
        ErrorKind::SecretHash
    } else if message.contains("Invalid device key") {
        ErrorKind::DeviceForgotten
    } else if flow.iter().any(|part| message.contains(part)) {
        ErrorKind::FlowNotEnabled
    } else {
        ErrorKind::InvalidParameter
    }
}

fn is_about_secret(message: &str) -> bool {
    let message = message.to_lowercase();
    ["secret hash", "secrethash", "secret_hash", "client secret"]
        .iter()
        .any(|part| message.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_of_the_service_tell_what_can_be_done() {
        const NOT_AUTHORIZED: &str = "NotAuthorizedException";
        const INVALID: &str = "InvalidParameterException";
        let cases = [
            (NOT_AUTHORIZED, "Incorrect username or password.", ErrorKind::BadCredentials),
            (NOT_AUTHORIZED, "Password attempts exceeded", ErrorKind::AttemptsExceeded),
            (NOT_AUTHORIZED, "User is disabled.", ErrorKind::UserDisabled),
            (
                NOT_AUTHORIZED,
                "Temporary password has expired and must be reset by an administrator.",
                ErrorKind::TemporaryPasswordExpired,
            ),
            (NOT_AUTHORIZED, "Invalid session for the user.", ErrorKind::ChallengeExpired),
            (
                NOT_AUTHORIZED,
                "Invalid session for the user, session is expired.",
                ErrorKind::ChallengeExpired,
            ),
            (
                NOT_AUTHORIZED,
                "Invalid session for the user, session can only be used once.",
                ErrorKind::ChallengeExpired,
            ),
            (NOT_AUTHORIZED, "Invalid Access Token", ErrorKind::InvalidToken),
            (NOT_AUTHORIZED, "Access Token has expired", ErrorKind::TokenExpired),
            (NOT_AUTHORIZED, "Access Token has been revoked", ErrorKind::TokenRevoked),
            (
                NOT_AUTHORIZED,
                "Could not verify signature for Access Token",
                ErrorKind::InvalidToken,
            ),
            (
                NOT_AUTHORIZED,
                "Access Token does not have required scopes",
                ErrorKind::NotAuthorized,
            ),
            (
                NOT_AUTHORIZED,
                "User cannot be confirmed. Current status is CONFIRMED",
                ErrorKind::AlreadyConfirmed,
            ),
            (INVALID, "Invalid device key given", ErrorKind::DeviceForgotten),
            ("UnauthorizedException", "Invalid client secret.", ErrorKind::SecretHash),
            ("FeatureUnavailableInTierException", "", ErrorKind::Unsupported),
            (NOT_AUTHORIZED, "Invalid Refresh Token", ErrorKind::TokenRevoked),
            (NOT_AUTHORIZED, "Refresh Token has been revoked", ErrorKind::TokenRevoked),
            (NOT_AUTHORIZED, "Refresh Token has expired", ErrorKind::TokenRevoked),
            (NOT_AUTHORIZED, "Refresh Token has different Client", ErrorKind::TokenRevoked),
            (
                NOT_AUTHORIZED,
                "The user has been deleted for the associated refresh token",
                ErrorKind::TokenRevoked,
            ),
            (
                NOT_AUTHORIZED,
                "Unable to verify secret hash for client 1example",
                ErrorKind::SecretHash,
            ),
            (
                NOT_AUTHORIZED,
                "Client 1example is configured with secret but SECRET_HASH was not received",
                ErrorKind::SecretHash,
            ),
            (
                NOT_AUTHORIZED,
                "SecretHash does not match for the client: 1example",
                ErrorKind::SecretHash,
            ),
            (
                INVALID,
                "App client 1example is not configured for secret but secret hash was received",
                ErrorKind::SecretHash,
            ),
            (
                INVALID,
                "USER_PASSWORD_AUTH flow not enabled for this client",
                ErrorKind::FlowNotEnabled,
            ),
            (INVALID, "USER_SRP_AUTH is not enabled for the client.", ErrorKind::FlowNotEnabled),
            (NOT_AUTHORIZED, "Auth flow not enabled for this client", ErrorKind::FlowNotEnabled),
            (INVALID, "Missing required parameter SRP_A", ErrorKind::InvalidParameter),
            (
                NOT_AUTHORIZED,
                "User password cannot be reset in the current state.",
                ErrorKind::UnsupportedUserState,
            ),
            ("GroupExistsException", "A group with the name exists.", ErrorKind::AlreadyExists),
            ("ConcurrentModificationException", "", ErrorKind::Conflict),
            (NOT_AUTHORIZED, "anything else", ErrorKind::NotAuthorized),
            (
                "ExpiredCodeException",
                "Your software token has already been used once.",
                ErrorKind::CodeExpired,
            ),
            (
                "EnableSoftwareTokenMFAException",
                "Code mismatch and fail enable Software Token MFA",
                ErrorKind::CodeMismatch,
            ),
            (
                "LimitExceededException",
                "Attempt limit exceeded, please try after some time.",
                ErrorKind::AttemptsExceeded,
            ),
            (
                "ResourceNotFoundException",
                "User pool client 1example does not exist.",
                ErrorKind::Configuration,
            ),
            ("ResourceNotFoundException", "Device does not exist.", ErrorKind::DeviceForgotten),
            ("DeviceKeyExistsException", "", ErrorKind::AlreadyExists),
            ("AccessDeniedException", "User: x is not authorized", ErrorKind::MissingPermission),
            (
                "ExpiredTokenException",
                "The security token included in the request is expired",
                ErrorKind::Configuration,
            ),
            ("ForbiddenException", "Request not allowed", ErrorKind::Forbidden),
            ("AnExceptionOfTheFuture", "", ErrorKind::Unknown),
        ];
        for (code, message, expected) in cases {
            assert_eq!(kind(code, message), expected, "{code}: {message}");
        }
    }

    #[test]
    fn names_in_messages_mean_nothing_to_an_administrator() {
        const MISSING: &str = "ResourceNotFoundException";
        let cases = [
            (MISSING, "Identity provider Device does not exist.", Some(ErrorKind::NotFound)),
            (MISSING, "Group not found.", Some(ErrorKind::NotFound)),
            (MISSING, "Device does not exist.", None),
            ("LimitExceededException", "Too many groups", Some(ErrorKind::LimitReached)),
            ("LimitExceededException", "Attempt limit exceeded, please try after some time.", None),
            (
                "InvalidParameterException",
                "The last client secret cannot be deleted.",
                Some(ErrorKind::InvalidParameter),
            ),
            ("InvalidParameterException", "Invalid device key given", None),
        ];
        for (code, message, expected) in cases {
            assert_eq!(of_administrator(code, message), expected, "{code}: {message}");
        }
    }
}
