//! The error of sign-ins with the browser.

use std::io;
use std::time::Duration;

use cognito_tokens::{Reason, VerifyError};
use cognito_types::{TokenError, TokenErrorKind};

use super::rejection::{Rejection, RejectionKind};
use super::verified::UnverifiedTokens;
use crate::post::{About, PostError, TRIGGER};

/// The error of a sign-in with the browser.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManagedLoginError {
    /// A setting or an argument is invalid: the service never accepts it.
    #[error("{0}")]
    InvalidSetting(&'static str),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] reqwest::Error),
    /// The system cannot generate random numbers.
    #[error("the system returns no random numbers")]
    NoRandomNumbers,
    /// The callback is not a valid response to an authorization request.
    #[error("the callback is malformed: {0}")]
    MalformedCallback(&'static str),
    /// The `state` of the callback is not that of the pending sign-in.
    #[error("the callback belongs to another sign-in; start the sign-in again")]
    WrongState,
    /// Managed login did not sign the user in.
    #[error("{0}")]
    Rejected(Rejection),
    /// The authorization code or the refresh token was used, has expired, was revoked or belongs to
    /// another sign-in (`invalid_grant`).
    #[error("the code or the refresh token is spent, expired or revoked; start the sign-in again")]
    GrantRefused,
    /// The endpoint refuses the client or the request, for example with `invalid_client`, or
    /// `unauthorized_client` for a callback URL other than that of the sign-in.
    #[error("the endpoint refuses the request: {0}")]
    Refused(&'static str),
    /// The function that reads the client secret failed; the error is the source.
    #[error("the client secret cannot be read")]
    SecretUnavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The endpoint is overloaded or failed.
    #[error("the endpoint returned status {status}; try again later")]
    Unavailable {
        /// The status of its response.
        status: u16,
        /// The pause before the next request that the response requires (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// The endpoint cannot be reached.
    #[error("the endpoint cannot be reached")]
    Transport(#[source] reqwest::Error),
    /// The response of the endpoint cannot be parsed.
    #[error("the response of the endpoint cannot be read")]
    Malformed,
    /// The tokens do not belong to this sign-in; they are dropped.
    #[error("the tokens of the sign-in are invalid")]
    InvalidTokens(#[source] VerifyError),
    /// The key set of the pool cannot be fetched, or lacks the key of the tokens. The code is used up,
    /// so the tokens are kept for [`ManagedLogin::verify`](super::ManagedLogin::verify).
    #[error("the tokens cannot be verified right now; verify them again later")]
    Unverified(Box<UnverifiedTokens>),
    /// Another program listens on the port of the callback URL.
    #[error(
        "port {0} of this machine is in use; end the other program, or add a callback URL with \
         another port to the app client's CallbackURLs"
    )]
    PortInUse(u16),
    /// The program cannot listen on the port of the callback URL.
    #[error("the program cannot listen on the port of the callback URL")]
    Listen(#[source] io::Error),
    /// No callback of the sign-in arrived in time.
    #[error("the sign-in was not completed in time; start it again")]
    TimedOut,
}

impl ManagedLoginError {
    /// Returns the kind of the error, which decides the caller's next step.
    ///
    /// [`Ended`](TokenErrorKind::Ended) means that the user must sign in again.
    pub fn kind(&self) -> TokenErrorKind {
        match self {
            Self::SecretUnavailable(_)
            | Self::Unavailable { .. }
            | Self::Transport(_)
            | Self::Malformed
            | Self::Unverified(_) => TokenErrorKind::Transient,
            Self::MalformedCallback(_) | Self::WrongState | Self::GrantRefused | Self::TimedOut => {
                TokenErrorKind::Ended
            }
            Self::InvalidTokens(error) if error.reason() == Reason::BadToken => {
                TokenErrorKind::Ended
            }
            Self::Rejected(rejection) => of_rejection(rejection.kind()),
            _ => TokenErrorKind::Configuration,
        }
    }

    /// Returns whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        self.kind() == TokenErrorKind::Transient
    }

    /// Returns a message for the user interface, in English.
    pub fn public_message(&self) -> &'static str {
        match self.kind() {
            TokenErrorKind::Transient => "the service is not available right now, please try again",
            TokenErrorKind::Ended => "the sign-in was not completed, please sign in again",
            _ => "something is set up wrongly, please tell the operator",
        }
    }
}

fn of_rejection(kind: RejectionKind) -> TokenErrorKind {
    match kind {
        RejectionKind::Unavailable => TokenErrorKind::Transient,
        RejectionKind::InvalidScope
        | RejectionKind::UnauthorizedClient
        | RejectionKind::InvalidRequest => TokenErrorKind::Configuration,
        _ => TokenErrorKind::Ended,
    }
}

impl From<PostError> for ManagedLoginError {
    fn from(error: PostError) -> Self {
        match error {
            PostError::SecretUnavailable(error) => Self::SecretUnavailable(error),
            PostError::InvalidSecret(problem) => Self::InvalidSetting(problem),
            // A failed trigger does not end the session.
            PostError::Refused(_, About::Trigger) => Self::Refused(TRIGGER),
            PostError::Refused("invalid_grant", _) => Self::GrantRefused,
            PostError::Refused(code, _) => Self::Refused(code),
            PostError::Unavailable { status, retry_after } => {
                Self::Unavailable { status, retry_after }
            }
            PostError::Transport(error) => Self::Transport(error),
            PostError::Malformed => Self::Malformed,
        }
    }
}

impl From<ManagedLoginError> for TokenError {
    fn from(error: ManagedLoginError) -> Self {
        /// The pause after a rate limit response without `Retry-After`.
        const PAUSE: Duration = Duration::from_secs(1);
        let wait = match &error {
            ManagedLoginError::Unavailable { status: 429, retry_after } => {
                Some(retry_after.unwrap_or(PAUSE))
            }
            ManagedLoginError::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        };
        let error = Self::new(error.kind(), error);
        wait.into_iter().fold(error, Self::with_retry_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_decides_whether_to_retry_and_the_message() {
        let messages = [
            ("the service is not available right now, please try again", true),
            ("the sign-in was not completed, please sign in again", false),
            ("something is set up wrongly, please tell the operator", false),
        ];
        for (error, kind, (message, is_transient)) in [
            (ManagedLoginError::Malformed, TokenErrorKind::Transient, messages[0]),
            (ManagedLoginError::TimedOut, TokenErrorKind::Ended, messages[1]),
            (
                ManagedLoginError::InvalidTokens(VerifyError::WrongAccessToken),
                TokenErrorKind::Ended,
                messages[1],
            ),
            (
                ManagedLoginError::InvalidTokens(VerifyError::InsecureKeySet),
                TokenErrorKind::Configuration,
                messages[2],
            ),
        ] {
            assert_eq!((error.kind(), error.is_transient()), (kind, is_transient), "{error}");
            assert_eq!(error.public_message(), message, "{error}");
        }
    }

    #[test]
    fn kind_of_a_rejection_is_that_of_its_remedy() {
        for (error, kind) in [
            ("temporarily_unavailable", TokenErrorKind::Transient),
            ("invalid_scope", TokenErrorKind::Configuration),
            ("unauthorized_client", TokenErrorKind::Configuration),
            ("invalid_request", TokenErrorKind::Configuration),
            ("login_required", TokenErrorKind::Ended),
            ("access_denied", TokenErrorKind::Ended),
        ] {
            let rejection = Rejection::new(error.to_owned(), None);
            assert_eq!(ManagedLoginError::Rejected(rejection).kind(), kind, "{error}");
        }
    }
}
