//! The error of requests for tokens of programs and for exchanged tokens.

use std::time::Duration;

use cognito_types::{TokenError, TokenErrorKind};

use crate::post::{About, PostError, TRIGGER};

/// The error of a request for a token by [`ClientCredentials`](crate::ClientCredentials) or
/// [`TokenExchanger`](crate::TokenExchanger).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenEndpointError {
    /// The endpoint is not the URL of a domain or an API, or needs plain HTTP that is not allowed.
    #[error(
        "the token endpoint is invalid; give the URL of the domain without a page or query, over HTTPS \
         unless the host is loopback or in allow_plain_http"
    )]
    InvalidEndpoint,
    /// The client has no secret.
    #[error("the client has no secret; call client_secret")]
    NoSecret,
    /// The request is not sent, because the endpoint does not support the token, parameter or
    /// secret that the message names, for example a secret with the line break of its file.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The user's token has expired, was revoked or is invalid.
    #[error(
        "the token to exchange has expired, was revoked or is invalid; the user has to sign in again"
    )]
    SubjectRefused,
    /// The token of the acting service has expired, was revoked or is invalid, or the endpoint does
    /// not say which of the two tokens is.
    #[error(
        "the token of the service that acts for the user is refused, or that of the user; check the \
         source of the actor's tokens"
    )]
    ActorRefused,
    /// The function that reads the client secret failed; the error is the source.
    #[error("the client secret cannot be read")]
    SecretUnavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] reqwest::Error),
    /// The endpoint refuses the client or the request, for example with `invalid_client` or
    /// `NotAuthorizedException`.
    #[error("the token endpoint refuses the request: {0}")]
    Refused(&'static str),
    /// The endpoint is overloaded or failed.
    #[error("the token endpoint returned status {status}; try again later")]
    Unavailable {
        /// The status of its response.
        status: u16,
        /// The pause before the next request that the response requires (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// The endpoint cannot be reached.
    #[error("the token endpoint cannot be reached")]
    Transport(#[source] reqwest::Error),
    /// The response of the endpoint cannot be parsed.
    #[error("the response of the token endpoint cannot be read")]
    Malformed,
}

impl TokenEndpointError {
    /// Returns the kind of the error, which decides the caller's next step.
    pub fn kind(&self) -> TokenErrorKind {
        match self {
            Self::SecretUnavailable(_)
            | Self::Unavailable { .. }
            | Self::Transport(_)
            | Self::Malformed => TokenErrorKind::Transient,
            Self::SubjectRefused => TokenErrorKind::Ended,
            _ => TokenErrorKind::Configuration,
        }
    }
}

impl From<PostError> for TokenEndpointError {
    fn from(error: PostError) -> Self {
        match error {
            PostError::SecretUnavailable(error) => Self::SecretUnavailable(error),
            PostError::InvalidSecret(problem) => Self::Unsupported(problem),
            PostError::Refused(_, About::Trigger) => Self::Refused(TRIGGER),
            PostError::Refused(code, _) => Self::Refused(code),
            PostError::Unavailable { status, retry_after } => {
                Self::Unavailable { status, retry_after }
            }
            PostError::Transport(error) => Self::Transport(error),
            PostError::Malformed => Self::Malformed,
        }
    }
}

impl From<TokenEndpointError> for TokenError {
    fn from(error: TokenEndpointError) -> Self {
        let wait = match &error {
            TokenEndpointError::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        };
        let error = Self::new(error.kind(), error);
        wait.into_iter().fold(error, Self::with_retry_after)
    }
}
