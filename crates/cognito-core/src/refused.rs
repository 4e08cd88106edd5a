//! A response that the service did not accept, with the challenge if it is still open.

use std::error::Error as StdError;
use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::session::{Session, SessionError};

/// The error of a refused response, with the challenge where that is still open.
///
/// A challenge stays open after a wrong, used or malformed response, throttling, and refusals that
/// come before the Session is looked at, such as a missing permission. After a lost connection it
/// may be open. Everything else ends the sign-in. That the service takes another response to an
/// open challenge is likely, not promised: its documentation is silent.
///
/// A device that the service has forgotten in the middle of a sign-in ends it, as the password is
/// not kept; the next one goes without the device.
///
/// It converts into [`Error`], so `?` works in code that does not retry.
pub struct Refused<C> {
    inner: Box<Inner<C>>,
}

struct Inner<C> {
    error: Error,
    challenge: Option<C>,
    session: Option<Session>,
}

impl<C> Refused<C> {
    /// A response that was not sent, so that the challenge is as open as before.
    pub(crate) fn unsent(error: Error, challenge: C) -> Self {
        Self { inner: Box::new(Inner { error, challenge: Some(challenge), session: None }) }
    }

    /// A response that was sent and refused.
    pub(crate) fn sent(error: Error, challenge: C) -> Self {
        let challenge = leaves_open(error.kind()).then_some(challenge);
        Self { inner: Box::new(Inner { error, challenge, session: None }) }
    }

    /// A failure after the response was accepted.
    pub(crate) fn accepted(error: SessionError) -> Self {
        let (error, session) = error.into_parts();
        Self { inner: Box::new(Inner { error, challenge: None, session }) }
    }

    /// Returns the error.
    pub fn error(&self) -> &Error {
        &self.inner.error
    }

    /// Returns the challenge, to respond again.
    ///
    /// # Errors
    ///
    /// The error of the response, when the challenge is not open any more.
    pub fn retry(self) -> Result<C, Error> {
        let Inner { error, challenge, .. } = *self.inner;
        challenge.ok_or(error)
    }

    /// Returns the session of a sign-in that is done, but whose tokens cannot be verified or stored
    /// yet; see [`SessionError::session`].
    pub fn session(&self) -> Option<&Session> {
        self.inner.session.as_ref()
    }

    /// Returns whether the service may have accepted the response although its reply is lost.
    ///
    /// The challenge can be retried, but if the response was accepted it will be refused. False if
    /// no connection was made, as nothing was sent then.
    pub fn maybe_taken(&self) -> bool {
        let error = &self.inner.error;
        let lost = error.kind() == ErrorKind::Unknown || error.leaves_outcome_unknown();
        lost && self.inner.challenge.is_some()
    }
}

fn leaves_open(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::CodeMismatch
            | ErrorKind::CodeExpired
            | ErrorKind::InvalidPassword
            | ErrorKind::Throttled
            | ErrorKind::Transport
            | ErrorKind::Service
            | ErrorKind::Unknown
            | ErrorKind::SecretHash
            | ErrorKind::DeviceForgotten
            // Values are checked before the Session is used up.
            | ErrorKind::InvalidParameter
            | ErrorKind::AliasExists
            // These never came as far as the user pool, or can be cured while the Session lasts.
            | ErrorKind::Forbidden
            | ErrorKind::MissingPermission
            | ErrorKind::Configuration
            | ErrorKind::CodeDelivery
            // Nothing was sent, or the user can choose another factor.
            | ErrorKind::NoRuntime
            | ErrorKind::SecretUnavailable
            | ErrorKind::LimitReached
    )
}

impl<C> fmt::Display for Refused<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.error.fmt(f)
    }
}

impl<C> fmt::Debug for Refused<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused")
            .field("error", &self.inner.error)
            .field("open", &self.inner.challenge.is_some())
            .finish()
    }
}

impl<C> StdError for Refused<C> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.error.source()
    }
}

impl<C> From<Refused<C>> for SessionError {
    fn from(refused: Refused<C>) -> Self {
        let Inner { error, session, .. } = *refused.inner;
        match session {
            Some(session) => Self::with_session(error, &session),
            None => error.into(),
        }
    }
}

impl<C> From<Refused<C>> for Error {
    fn from(refused: Refused<C>) -> Self {
        refused.inner.error
    }
}
