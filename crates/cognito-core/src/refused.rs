//! The error of a refused response, with the challenge if it is still open.

use std::error::Error as StdError;
use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::session::{Session, SessionError};

/// The error of a refused response, with the challenge if it is still open.
///
/// A challenge stays open after a wrong, used or malformed response, after throttling, and after
/// refusals before the Session is checked, such as a missing permission. After a lost connection it
/// may be open. Any other error ends the sign-in. The documentation of the service does not say
/// which refusals leave a challenge open, so another response may be refused too.
///
/// If the service has forgotten the device during the sign-in, the sign-in ends, because the
/// password is not kept; the next sign-in is sent without the device.
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
    /// Creates the error of a response that was not sent: the challenge is still open.
    pub(crate) fn unsent(error: Error, challenge: C) -> Self {
        Self { inner: Box::new(Inner { error, challenge: Some(challenge), session: None }) }
    }

    /// Creates the error of a response that was sent and refused.
    pub(crate) fn sent(error: Error, challenge: C) -> Self {
        let challenge = leaves_open(error.kind()).then_some(challenge);
        Self { inner: Box::new(Inner { error, challenge, session: None }) }
    }

    /// Creates the error of a failure after the response was accepted.
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
    /// The error of the response, if the challenge is no longer open.
    pub fn retry(self) -> Result<C, Error> {
        let Inner { error, challenge, .. } = *self.inner;
        challenge.ok_or(error)
    }

    /// Returns the session of a completed sign-in whose tokens cannot be verified or stored yet;
    /// see [`SessionError::session`].
    pub fn session(&self) -> Option<&Session> {
        self.inner.session.as_ref()
    }

    /// Returns whether the service may have accepted the response although its reply was lost.
    ///
    /// The challenge can be retried, but a second response is refused if the first was accepted.
    /// Returns false if no connection was made, because nothing was sent.
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
            // The service checks values before it uses up the Session.
            | ErrorKind::InvalidParameter
            | ErrorKind::AliasExists
            // The request did not reach the user pool, or the cause can be fixed while the Session
            // is valid.
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
