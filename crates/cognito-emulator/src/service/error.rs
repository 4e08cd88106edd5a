//! The errors of the service, with its names and messages.

use std::borrow::Cow;

/// A refusal: the name of an exception and its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) name: &'static str,
    pub(crate) message: Cow<'static, str>,
}

macro_rules! exceptions {
    ($($function:ident => $name:literal;)+) => {
        impl ApiError {
            $(
                pub(crate) fn $function(message: impl Into<Cow<'static, str>>) -> Self {
                    Self { name: $name, message: message.into() }
                }
            )+
        }
    };
}

exceptions! {
    code_mismatch => "CodeMismatchException";
    enable_software_token_mfa => "EnableSoftwareTokenMFAException";
    expired_code => "ExpiredCodeException";
    invalid_parameter => "InvalidParameterException";
    invalid_password => "InvalidPasswordException";
    not_authorized => "NotAuthorizedException";
    refresh_token_reuse => "RefreshTokenReuseException";
    resource_not_found => "ResourceNotFoundException";
    serialization => "SerializationException";
    software_token_mfa_not_found => "SoftwareTokenMFANotFoundException";
    unknown_operation => "UnknownOperationException";
    unsupported_operation => "UnsupportedOperationException";
    user_not_confirmed => "UserNotConfirmedException";
    user_not_found => "UserNotFoundException";
    username_exists => "UsernameExistsException";
}

impl ApiError {
    pub(crate) fn bad_credentials() -> Self {
        Self::not_authorized("Incorrect username or password.")
    }

    pub(crate) fn user_unknown() -> Self {
        Self::user_not_found("User does not exist.")
    }

    pub(crate) fn missing_parameter(name: &str) -> Self {
        Self::invalid_parameter(format!("Missing required parameter {name}"))
    }

    pub(crate) fn pool_unknown(id: &str) -> Self {
        Self::resource_not_found(format!("User pool {id} does not exist."))
    }

    pub(crate) fn client_unknown(id: &str) -> Self {
        Self::resource_not_found(format!("User pool client {id} does not exist."))
    }
}
