//! The error of operations that start or end a session.

use std::error::Error as StdError;
use std::fmt;

use super::Session;
use crate::error::{Error, ErrorKind, Fault};

/// The error of an operation that starts or ends a session, with the session if it can still be
/// used.
///
/// After a sign-in, a session whose tokens cannot be verified or stored yet is not lost: they are
/// verified and stored at its next use. After a failed sign-out, the session can be used to try
/// again.
///
/// It converts into [`Error`], so `?` works in code that does not need the session.
#[derive(Clone)]
pub struct SessionError {
    error: Error,
    session: Option<Session>,
}

impl SessionError {
    /// Creates an error with the session that is still usable.
    pub(crate) fn with_session(error: Error, session: &Session) -> Self {
        Self { error, session: Some(session.clone()) }
    }

    /// Returns the error.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Returns the kind of the error, as [`Error::kind`] does.
    pub fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// Returns the party that has to act, as [`Error::fault`] does.
    pub fn fault(&self) -> Fault {
        self.error.fault()
    }

    /// Returns whether the same call may succeed later, as [`Error::is_transient`] does.
    pub fn is_transient(&self) -> bool {
        self.error.is_transient()
    }

    /// Returns a message for the user interface, as [`Error::public_message`] does.
    pub fn public_message(&self) -> &'static str {
        self.error.public_message()
    }

    /// Returns one line for developers and logs, as [`Error::report`] does.
    pub fn report(&self) -> String {
        self.error.report()
    }

    /// Returns the session if the error did not end it.
    ///
    /// After [`KeysUnavailable`](ErrorKind::KeysUnavailable) and [`Store`](ErrorKind::Store) its
    /// tokens are verified and stored at their next use.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    pub(crate) fn into_parts(self) -> (Error, Option<Session>) {
        (self.error, self.session)
    }
}

/// Prints the line of [`Error::report`], also for a `main` that returns the error.
impl fmt::Debug for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.error, f)
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl StdError for SessionError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.error.source()
    }
}

impl From<Error> for SessionError {
    fn from(error: Error) -> Self {
        Self { error, session: None }
    }
}

impl From<ErrorKind> for SessionError {
    fn from(kind: ErrorKind) -> Self {
        Error::from(kind).into()
    }
}

impl From<SessionError> for Error {
    fn from(error: SessionError) -> Self {
        error.error
    }
}
