//! The error of requests for machine tokens.

use std::fmt;
use std::time::Duration;

use cognito_types::{TokenError, TokenErrorKind};

/// The error of a request for a machine token.
#[derive(Debug)]
#[non_exhaustive]
pub enum MachineTokenError {
    /// The endpoint is not the URL of a domain or an API, or is plain HTTP to a host that is not
    /// allowed.
    InvalidEndpoint,
    /// The client has no secret.
    NoSecret,
    /// The endpoint does not issue such tokens.
    Unsupported(&'static str),
    /// The function that reads the client secret failed; the error is the source.
    SecretUnavailable(Box<dyn std::error::Error + Send + Sync>),
    /// TLS cannot be set up.
    Tls(reqwest::Error),
    /// The endpoint refuses the client or its request, such as with `invalid_client` or
    /// `NotAuthorizedException`.
    Refused(&'static str),
    /// The endpoint is overloaded or failed.
    Unavailable {
        /// The status of its response.
        status: u16,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The endpoint cannot be reached.
    Transport(reqwest::Error),
    /// The response of the endpoint cannot be read.
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

impl fmt::Display for MachineTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidEndpoint => f.write_str(
                "the token endpoint is invalid; give the URL of the domain without a page or \
                     query, over HTTPS unless the host is loopback or in allow_plain_http",
            ),
            Self::NoSecret => f.write_str("the client has no secret; call client_secret"),
            Self::Unsupported(what) => f.write_str(what),
            Self::SecretUnavailable(_) => f.write_str("the client secret cannot be read"),
            Self::Tls(_) => f.write_str("TLS cannot be set up"),
            Self::Refused(code) => write!(f, "the token endpoint refuses the request: {code}"),
            Self::Unavailable { status, .. } => {
                write!(f, "the token endpoint returned status {status}; try again later")
            }
            Self::Transport(_) => f.write_str("the token endpoint cannot be reached"),
            Self::Malformed => f.write_str("the response of the token endpoint cannot be read"),
        }
    }
}

impl std::error::Error for MachineTokenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Tls(error) | Self::Transport(error) => Some(error),
            Self::SecretUnavailable(error) => Some(&**error),
            _ => None,
        }
    }
}
