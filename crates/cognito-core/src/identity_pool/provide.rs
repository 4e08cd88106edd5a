//! The credentials provider for clients of the AWS SDK.

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};

use super::IdentityPoolCredentials;
use super::shared::Age;
use crate::error::{Error, ErrorKind};

/// Provides credentials to clients of the AWS SDK, which cache them.
///
/// The SDK requests new credentials when its own are about to expire, so the same ones are returned
/// only within the first minute.
impl ProvideCredentials for IdentityPoolCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let credentials = self.shared.credentials(Age::Recent).await.map_err(of_sdk)?;
            Ok(credentials.credentials)
        })
    }
}

/// Converts an error to the SDK's type, with the [`Error`] as its source.
///
/// It is never `not_loaded`, which makes a provider chain try the next provider: after the end of a
/// session, the user's requests must not be signed with the machine's credentials.
fn of_sdk(error: Error) -> CredentialsError {
    match error.kind() {
        ErrorKind::Configuration
        | ErrorKind::GuestsNotAllowed
        | ErrorKind::InvalidParameter
        | ErrorKind::LoginNotAccepted
        | ErrorKind::NoRuntime
        | ErrorKind::NotFound => CredentialsError::invalid_configuration(error),
        _ => CredentialsError::provider_error(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_never_let_a_chain_continue() {
        for (kind, expected) in [
            (ErrorKind::SessionEnded, "ProviderError"),
            (ErrorKind::Configuration, "InvalidConfiguration"),
            (ErrorKind::LoginNotAccepted, "InvalidConfiguration"),
            (ErrorKind::GuestsNotAllowed, "InvalidConfiguration"),
            (ErrorKind::NotFound, "InvalidConfiguration"),
            (ErrorKind::TokenExpired, "ProviderError"),
            (ErrorKind::TokenRevoked, "ProviderError"),
            (ErrorKind::Throttled, "ProviderError"),
            (ErrorKind::Transport, "ProviderError"),
            (ErrorKind::IdentityMismatch, "ProviderError"),
            (ErrorKind::LoginInUse, "ProviderError"),
        ] {
            let error = of_sdk(Error::from(kind));
            assert!(format!("{error:?}").starts_with(expected), "{error:?}");
            let source = std::error::Error::source(&error).and_then(|s| s.downcast_ref::<Error>());
            assert_eq!(source.map(Error::kind), Some(kind));
        }
    }
}
