//! Why a program gets no token.

use std::fmt;
use std::time::Duration;

use cognito_tokens::{TokenError, TokenErrorKind};

/// Why a program gets no token.
#[derive(Debug)]
#[non_exhaustive]
pub enum MachineTokenError {
    /// The endpoint is no address, or one that others can listen to.
    InvalidEndpoint,
    /// The client was given no secret.
    NoSecret,
    /// The endpoint has no such tokens.
    Unsupported(&'static str),
    /// TLS cannot be set up.
    Tls(reqwest::Error),
    /// The endpoint refuses the client or its request, such as with `invalid_client` or
    /// `NotAuthorizedException`.
    Refused(&'static str),
    /// The endpoint has no time for the request.
    Unavailable {
        /// The status of its answer.
        status: u16,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The endpoint cannot be reached.
    Transport(reqwest::Error),
    /// The endpoint's answer is none that it should give.
    Malformed,
}

impl MachineTokenError {
    /// What can be done about it.
    pub fn kind(&self) -> TokenErrorKind {
        match self {
            Self::Unavailable { .. } | Self::Transport(_) | Self::Malformed => {
                TokenErrorKind::Transient
            }
            _ => TokenErrorKind::Configuration,
        }
    }

    /// Whether the client's secret may be to blame.
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
            Self::InvalidEndpoint => {
                f.write_str("the token endpoint is neither HTTPS nor a loopback address")
            }
            Self::NoSecret => f.write_str("the client has no secret"),
            Self::Unsupported(what) => f.write_str(what),
            Self::Tls(_) => f.write_str("TLS cannot be set up"),
            Self::Refused(code) => write!(f, "the token endpoint refuses the request: {code}"),
            Self::Unavailable { status, .. } => {
                write!(f, "the token endpoint answers with status {status}")
            }
            Self::Transport(_) => f.write_str("the token endpoint cannot be reached"),
            Self::Malformed => f.write_str("the token endpoint's answer cannot be read"),
        }
    }
}

impl std::error::Error for MachineTokenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Tls(error) | Self::Transport(error) => Some(error),
            _ => None,
        }
    }
}
