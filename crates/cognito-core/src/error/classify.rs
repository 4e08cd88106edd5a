//! Maps names and messages of exceptions to kinds of errors.
//!
//! The service uses one exception for many causes, most of all NotAuthorizedException, so the
//! message decides where the name is ambiguous.

mod identity_pool;

pub(super) use self::identity_pool::of_identity_pool;
use super::ErrorKind;

/// Returns the kind of an exception by its name, the status and the message.
pub(super) fn of_exception(status: u16, code: &str, message: &str) -> ErrorKind {
    match kind(code, message) {
        ErrorKind::Throttled => ErrorKind::Throttled,
        _ if (500..600).contains(&status) => ErrorKind::Service,
        kind => kind,
    }
}

/// Returns the kind of a response without an exception, which no user pool sends.
pub(super) fn of_status(status: u16) -> ErrorKind {
    match status {
        // Firewalls and proxies send these, and retries do not help until their rules change.
        401 | 403 | 407 | 451 => ErrorKind::Forbidden,
        413 | 414 | 431 => ErrorKind::InvalidParameter,
        429 => ErrorKind::Throttled,
        408 | 425 => ErrorKind::Transport,
        // A redirect, or a URL that is not the endpoint of a user pool.
        300..500 => ErrorKind::Configuration,
        _ => ErrorKind::Service,
    }
}

fn kind(code: &str, message: &str) -> ErrorKind {
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
        // The names that the AWS SDKs retry as throttling, without LimitExceededException.
        "BandwidthLimitExceeded"
        | "EC2ThrottledException"
        | "PriorRequestNotComplete"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "ThrottledException"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException"
        | "TransactionInProgressException" => ErrorKind::Throttled,
        "RequestTimeout" | "RequestTimeoutException" => ErrorKind::Transport,
        "TooManyFailedAttemptsException" => ErrorKind::AttemptsExceeded,
        "LimitExceededException" => limit_exceeded(message),
        "UserLambdaValidationException"
        | "UnexpectedLambdaException"
        | "InvalidLambdaResponseException" => ErrorKind::TriggerFailed,
        "ForbiddenException" => ErrorKind::Forbidden,
        "AccessDeniedException" => ErrorKind::MissingPermission,
        // The AWS credentials are invalid or expired: names of JSON services, of the common errors
        // of AWS, and of STS, which other endpoints send too.
        "ExpiredToken"
        | "ExpiredTokenException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "RequestExpired"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => ErrorKind::Configuration,
        "UnauthorizedException" if is_about_secret(message) => ErrorKind::SecretHash,
        "UnauthorizedException" => ErrorKind::NotAuthorized,
        "ResourceNotFoundException" if message.contains("Device") => ErrorKind::DeviceForgotten,
        "WebAuthnChallengeNotFoundException" => ErrorKind::ChallengeExpired,
        "WebAuthnCredentialNotSupportedException" => ErrorKind::InvalidParameter,
        "InternalErrorException"
        | "InternalServerException"
        | "ServiceUnavailable"
        | "ServiceUnavailableException" => ErrorKind::Service,
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

/// Returns the kind of an exception that has another meaning for an administrator.
///
/// Messages quote names that administrators chose, so they are compared by their beginning only.
#[cfg(any(feature = "admin", test))]
pub(super) fn of_administrator(code: &str, message: &str) -> Option<ErrorKind> {
    match code {
        "ResourceNotFoundException" if !message.starts_with("Device ") => Some(ErrorKind::NotFound),
        "LimitExceededException" if message.is_empty() => Some(ErrorKind::LimitReached),
        "InvalidParameterException" if is_about_secret(message) => {
            Some(ErrorKind::InvalidParameter)
        }
        _ => None,
    }
}

/// Distinguishes too many attempts from a reached quota, for which the service uses the same
/// exception: "Exceeded daily email limit for the operation or the account.".
fn limit_exceeded(message: &str) -> ErrorKind {
    let is_about_attempts = message.is_empty() || message.to_lowercase().contains("attempt");
    if is_about_attempts { ErrorKind::AttemptsExceeded } else { ErrorKind::LimitReached }
}

/// Returns whether a message says that the user is confirmed, in one of the service's wordings.
fn is_confirmed_already(message: &str) -> bool {
    ["already confirmed", "Current status is CONFIRMED", "status is not UNCONFIRMED"]
        .iter()
        .any(|part| message.contains(part))
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
    } else if is_confirmed_already(message) {
        ErrorKind::AlreadyConfirmed
    } else if says("cannot be reset in the current state") || says("Current status is") {
        ErrorKind::UnsupportedUserState
    } else if says("does not have required scopes") {
        ErrorKind::MissingScope
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
    } else if is_confirmed_already(message) {
        ErrorKind::AlreadyConfirmed
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
    fn each_message_of_the_service_has_its_kind() {
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
            (NOT_AUTHORIZED, "Access Token does not have required scopes", ErrorKind::MissingScope),
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
            (
                "LimitExceededException",
                "Exceeded daily email limit for the operation or the account. If a higher limit \
                 is required, please configure your user pool to use your own Amazon SES \
                 configuration for sending email.",
                ErrorKind::LimitReached,
            ),
            (INVALID, "User is already confirmed.", ErrorKind::AlreadyConfirmed),
            (
                INVALID,
                "User cannot confirm because user status is not UNCONFIRMED.",
                ErrorKind::AlreadyConfirmed,
            ),
            (
                NOT_AUTHORIZED,
                "User cannot be confirmed. Current status is CONFIRMED",
                ErrorKind::AlreadyConfirmed,
            ),
            (
                NOT_AUTHORIZED,
                "User cannot be confirmed. Current status is FORCE_CHANGE_PASSWORD",
                ErrorKind::UnsupportedUserState,
            ),
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
    fn common_exceptions_of_aws_are_transient() {
        const THROTTLING: &str = "Throttling ThrottlingException ThrottledException \
            RequestThrottled RequestThrottledException TooManyRequestsException SlowDown \
            RequestLimitExceeded BandwidthLimitExceeded PriorRequestNotComplete \
            TransactionInProgressException ProvisionedThroughputExceededException \
            EC2ThrottledException";
        for name in THROTTLING.split_whitespace() {
            assert_eq!(of_exception(400, name, ""), ErrorKind::Throttled, "{name}");
            assert_eq!(of_exception(503, name, ""), ErrorKind::Throttled, "{name}");
        }
        for name in ["RequestTimeout", "RequestTimeoutException"] {
            assert_eq!(of_exception(400, name, ""), ErrorKind::Transport, "{name}");
        }
        for name in ["ServiceUnavailable", "ServiceUnavailableException"] {
            assert_eq!(of_exception(400, name, ""), ErrorKind::Service, "{name}");
        }
    }

    #[test]
    fn responses_without_an_exception_are_classified_by_their_status() {
        for (status, expected) in [
            (200, ErrorKind::Service),
            (302, ErrorKind::Configuration),
            (401, ErrorKind::Forbidden),
            (403, ErrorKind::Forbidden),
            (404, ErrorKind::Configuration),
            (405, ErrorKind::Configuration),
            (408, ErrorKind::Transport),
            (413, ErrorKind::InvalidParameter),
            (429, ErrorKind::Throttled),
            (500, ErrorKind::Service),
            (503, ErrorKind::Service),
        ] {
            assert_eq!(of_status(status), expected, "{status}");
        }
    }

    #[test]
    fn a_status_5xx_is_a_service_failure_with_every_exception() {
        let of = |code: &str| of_exception(503, code, "");
        assert_eq!(of("NotAuthorizedException"), ErrorKind::Service);
        assert_eq!(of("ThrottlingException"), ErrorKind::Throttled);
    }

    #[test]
    fn names_quoted_in_messages_do_not_change_the_kind() {
        const MISSING: &str = "ResourceNotFoundException";
        let cases = [
            (MISSING, "Identity provider Device does not exist.", Some(ErrorKind::NotFound)),
            (MISSING, "Group not found.", Some(ErrorKind::NotFound)),
            (MISSING, "Device does not exist.", None),
            ("LimitExceededException", "", Some(ErrorKind::LimitReached)),
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
