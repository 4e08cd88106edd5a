//! The error of requests for machine tokens.

use std::time::Duration;

use cognito_types::{TokenError, TokenErrorKind};

/// The error of a request for a machine token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MachineTokenError {
    /// The endpoint is not the URL of a domain or an API, or is plain HTTP to a host that is not
    /// allowed.
    #[error(
        "the token endpoint is invalid; give the URL of the domain without a page or query, over HTTPS \
         unless the host is loopback or in allow_plain_http"
    )]
    InvalidEndpoint,
    /// The client has no secret.
    #[error("the client has no secret; call client_secret")]
    NoSecret,
    /// The endpoint does not issue such tokens.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The function that reads the client secret failed; the error is the source.
    #[error("the client secret cannot be read")]
    SecretUnavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] reqwest::Error),
    /// The endpoint refuses the client or its request, such as with `invalid_client` or
    /// `NotAuthorizedException`.
    #[error("the token endpoint refuses the request: {0}")]
    Refused(&'static str),
    /// The endpoint is overloaded or failed.
    #[error("the token endpoint returned status {status}; try again later")]
    Unavailable {
        /// The status of its response.
        status: u16,
        /// The time to wait, from `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// The endpoint cannot be reached.
    #[error("the token endpoint cannot be reached")]
    Transport(#[source] reqwest::Error),
    /// The response of the endpoint cannot be read.
    #[error("the response of the token endpoint cannot be read")]
    Malformed,
}

impl MachineTokenError {
    /// Returns the kind of the error: what the caller can do.
    pub fn kind(&self) -> TokenErrorKind {
        match self {
            Self::SecretUnavailable(_)
            | Self::Unavailable { .. }
            | Self::Transport(_)
            | Self::Malformed => TokenErrorKind::Transient,
            _ => TokenErrorKind::Configuration,
        }
    }

    /// Returns whether another secret may help.
    pub(super) fn is_about_the_secret(&self) -> bool {
        matches!(self, Self::Refused("invalid_client" | "NotAuthorizedException"))
    }
}

impl From<MachineTokenError> for TokenError {
    fn from(error: MachineTokenError) -> Self {
        let wait = match &error {
            MachineTokenError::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        };
        let error = Self::new(error.kind(), error);
        wait.into_iter().fold(error, Self::with_retry_after)
    }
}
