//! The errors of the service, with its names and messages.

use std::borrow::Cow;

/// An error of the service: the name of an exception and its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceError {
    pub(crate) name: &'static str,
    pub(crate) message: Cow<'static, str>,
}

macro_rules! exceptions {
    ($($function:ident => $name:literal;)+) => {
        impl ServiceError {
            $(
                pub(crate) fn $function(message: impl Into<Cow<'static, str>>) -> Self {
                    Self { name: $name, message: message.into() }
                }
            )+
        }
    };
}

exceptions! {
    alias_exists => "AliasExistsException";
    code_mismatch => "CodeMismatchException";
    developer_user_already_registered => "DeveloperUserAlreadyRegisteredException";
    device_key_exists => "DeviceKeyExistsException";
    duplicate_provider => "DuplicateProviderException";
    enable_software_token_mfa => "EnableSoftwareTokenMFAException";
    expired_code => "ExpiredCodeException";
    feature_unavailable_in_tier => "FeatureUnavailableInTierException";
    group_exists => "GroupExistsException";
    internal => "InternalErrorException";
    invalid_identity_pool_configuration => "InvalidIdentityPoolConfigurationException";
    invalid_lambda_response => "InvalidLambdaResponseException";
    invalid_o_auth_flow => "InvalidOAuthFlowException";
    invalid_parameter => "InvalidParameterException";
    invalid_password => "InvalidPasswordException";
    limit_exceeded => "LimitExceededException";
    managed_login_branding_exists => "ManagedLoginBrandingExistsException";
    not_authorized => "NotAuthorizedException";
    password_history_policy_violation => "PasswordHistoryPolicyViolationException";
    password_reset_required => "PasswordResetRequiredException";
    precondition_not_met => "PreconditionNotMetException";
    refresh_token_reuse => "RefreshTokenReuseException";
    resource_conflict => "ResourceConflictException";
    resource_not_found => "ResourceNotFoundException";
    scope_does_not_exist => "ScopeDoesNotExistException";
    serialization => "SerializationException";
    service_quota_exceeded => "ServiceQuotaExceededException";
    software_token_mfa_not_found => "SoftwareTokenMFANotFoundException";
    terms_exists => "TermsExistsException";
    too_many_requests => "TooManyRequestsException";
    unauthorized => "UnauthorizedException";
    unexpected_lambda => "UnexpectedLambdaException";
    unknown_operation => "UnknownOperationException";
    unsupported_operation => "UnsupportedOperationException";
    unsupported_token_type => "UnsupportedTokenTypeException";
    unsupported_user_state => "UnsupportedUserStateException";
    user_import_in_progress => "UserImportInProgressException";
    user_lambda_validation => "UserLambdaValidationException";
    user_not_confirmed => "UserNotConfirmedException";
    user_not_found => "UserNotFoundException";
    user_pool_add_on_not_enabled => "UserPoolAddOnNotEnabledException";
    username_exists => "UsernameExistsException";
    webauthn_challenge_not_found => "WebAuthnChallengeNotFoundException";
    webauthn_client_mismatch => "WebAuthnClientMismatchException";
    webauthn_configuration_missing => "WebAuthnConfigurationMissingException";
    webauthn_credential_not_supported => "WebAuthnCredentialNotSupportedException";
    webauthn_not_enabled => "WebAuthnNotEnabledException";
    webauthn_origin_not_allowed => "WebAuthnOriginNotAllowedException";
    webauthn_relying_party_mismatch => "WebAuthnRelyingPartyMismatchException";
}

/// Returns the HTTP status of an exception. 500 is that of faults in the service's model, and of
/// InternalFailure ("Common Errors" in the API reference).
pub(crate) fn http_status(exception: &str) -> u16 {
    match exception {
        "InternalErrorException" | "InternalServerException" | "InternalFailure" => 500,
        _ => 400,
    }
}

impl ServiceError {
    /// Returns whether a trigger failed, or rejected the request.
    pub(crate) fn is_of_trigger(&self) -> bool {
        self.name.contains("Lambda")
    }

    pub(crate) fn bad_credentials() -> Self {
        Self::not_authorized("Incorrect username or password.")
    }

    pub(crate) fn user_unknown() -> Self {
        Self::user_not_found("User does not exist.")
    }

    /// Returns the error for an unknown user in operations with a client id.
    pub(crate) fn unknown_to_client() -> Self {
        Self::user_not_found("Username/client id combination not found.")
    }

    pub(crate) fn reset_required() -> Self {
        Self::password_reset_required("Password reset required for the user")
    }

    /// Returns the rejection of an address with which another user signs in.
    pub(crate) fn alias_taken(attribute: &str) -> Self {
        Self::alias_exists(format!("An account with the given {attribute} already exists."))
    }

    pub(crate) fn missing_parameter(name: &str) -> Self {
        Self::invalid_parameter(format!("Missing required parameter {name}"))
    }

    pub(crate) fn pool_unknown(id: &str) -> Self {
        Self::resource_not_found(format!("User pool {id} does not exist."))
    }

    pub(crate) fn resource_server_unknown(identifier: &str) -> Self {
        Self::resource_not_found(format!("Resource server {identifier} does not exist."))
    }

    pub(crate) fn client_unknown(id: &str) -> Self {
        Self::resource_not_found(format!("User pool client {id} does not exist."))
    }
}
