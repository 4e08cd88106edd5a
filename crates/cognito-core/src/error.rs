//! The error type of this crate.

mod classify;
#[cfg(feature = "admin")]
mod from_sdk;
mod kind;
mod refusal;
mod report;
mod typed;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "admin")]
pub(crate) use self::from_sdk::is_not_connected;
pub use self::kind::{ErrorKind, Fault};
pub(crate) use self::refusal::Refusal;

/// A failed operation: the kind of failure, the party at fault, and the message of the service.
///
/// `Display` is short and safe to show: it contains no text of the service and no secret. `Debug`,
/// and so the error that `main` returns, is the line of [`report`](Self::report), for developers.
#[derive(Clone)]
pub struct Error {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    fault: Fault,
    /// True if an administrator made the request, who may know which users exist.
    by_administrator: bool,
    /// The reason, in the words of this library.
    detail: Option<Cow<'static, str>>,
    operation: Option<&'static str>,
    request_id: Option<String>,
    exception: Option<String>,
    service_message: Option<String>,
    retry_after: Option<Duration>,
    source: Option<Source>,
    ended: bool,
    /// True if the request was not sent.
    not_sent: bool,
    /// True if an earlier attempt of the request may have succeeded.
    follows_unknown_outcome: bool,
    /// True if a retry would fail in the same way, although errors of this kind are normally
    /// transient.
    permanent: bool,
}

impl Error {
    /// Returns the kind, which decides the caller's next step.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Returns the party that has to act on the error.
    ///
    /// An [`InvalidParameter`](ErrorKind::InvalidParameter) is the user's fault in operations that
    /// send user input, unless the message names a value that only the application sets.
    pub fn fault(&self) -> Fault {
        self.inner.fault
    }

    /// Returns whether the same call may succeed later without any other change.
    pub fn is_transient(&self) -> bool {
        use ErrorKind::{KeysUnavailable, SecretUnavailable, Service, Store, Throttled, Transport};
        let may_pass = matches!(
            self.kind(),
            KeysUnavailable | SecretUnavailable | Service | Store | Throttled | Transport
        );
        may_pass && !self.ends_session() && !self.inner.permanent
    }

    /// Returns whether the request may have succeeded although its response was lost.
    ///
    /// A request that was refused, throttled or not sent has no effect.
    pub fn leaves_outcome_unknown(&self) -> bool {
        matches!(self.kind(), ErrorKind::Service | ErrorKind::Transport) && !self.was_not_sent()
    }

    /// Returns whether the request was not sent, so that it had no effect.
    pub(crate) fn was_not_sent(&self) -> bool {
        self.inner.not_sent
    }

    /// Returns whether an earlier attempt of the request may have succeeded, so that the service
    /// may have refused this attempt because of it.
    pub(crate) fn follows_unknown_outcome(&self) -> bool {
        self.inner.follows_unknown_outcome
    }

    /// Returns whether the session has ended, so that the user must sign in again.
    pub fn ends_session(&self) -> bool {
        self.inner.ended || self.kind() == ErrorKind::SessionEnded
    }

    /// Returns the pause before a retry that the service asks for, if any.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// Returns a message for the user interface.
    ///
    /// For requests of users it never reveals whether a user exists. For requests of an
    /// [`Admin`](crate::Admin) it names the failure, such as a user that does not exist.
    ///
    /// The message is in English. To show another language, use [`kind`](Self::kind), and treat
    /// [`UserNotFound`](ErrorKind::UserNotFound) like [`BadCredentials`](ErrorKind::BadCredentials)
    /// where users sign in.
    pub fn public_message(&self) -> &'static str {
        let kind = self.kind();
        if self.inner.by_administrator {
            return kind.description();
        }
        match (self.fault(), self.operation()) {
            _ if kind == ErrorKind::AttemptsExceeded => kind.public_message(),
            // These operations refuse unknown users with other messages than known ones.
            (_, Some("ForgotPassword" | "ResendConfirmationCode")) if kind.depends_on_user() => {
                "if the user exists, a code was sent"
            }
            (_, Some("ConfirmForgotPassword" | "ConfirmSignUp")) if kind.depends_on_user() => {
                "the code is wrong or has expired"
            }
            (Fault::Environment, _) => "the service is not available right now, please try again",
            (Fault::User, _) => kind.public_message(),
            (Fault::Application, _) => "something is set up wrongly, please tell the operator",
        }
    }

    /// Returns the part of the service's message that is meant for the user: the reason why it
    /// refused a password or another typed value, or the message of a trigger.
    ///
    /// # Security
    ///
    /// The text of a trigger is not restricted.
    pub fn reason(&self) -> Option<&str> {
        let message = self.service_message()?;
        match self.kind() {
            ErrorKind::InvalidPassword => Some(after(message, "policy: ")),
            ErrorKind::TriggerFailed => Some(after(message, "failed with error ")),
            ErrorKind::InvalidParameter if self.fault() == Fault::User => Some(message),
            _ => None,
        }
    }

    /// Returns the API operation that failed, such as `InitiateAuth`.
    pub fn operation(&self) -> Option<&'static str> {
        self.inner.operation
    }

    /// Returns the request id of the service, which AWS support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// Returns the name of the service's exception, such as `GroupExistsException`.
    pub fn exception(&self) -> Option<&str> {
        self.inner.exception.as_deref()
    }

    /// Returns the message of the service.
    ///
    /// It may reveal whether a user exists, may quote the user's input, and may contain any text of
    /// a trigger: do not show it to users.
    pub fn service_message(&self) -> Option<&str> {
        self.inner.service_message.as_deref()
    }

    pub(crate) fn new(kind: ErrorKind) -> Self {
        let inner = Inner {
            kind,
            fault: kind.fault(),
            by_administrator: false,
            detail: None,
            operation: None,
            request_id: None,
            exception: None,
            service_message: None,
            retry_after: None,
            source: None,
            ended: false,
            not_sent: false,
            follows_unknown_outcome: false,
            permanent: false,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Returns the error with a detail for `Display`, which must not contain a secret or text of
    /// the service.
    pub(crate) fn with_detail(self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.changed(|inner| inner.detail = Some(detail.into()))
    }

    pub(crate) fn with_retry_after(self, wait: Duration) -> Self {
        self.changed(|inner| inner.retry_after = Some(wait))
    }

    pub(crate) fn with_request_id(self, id: &str) -> Self {
        self.changed(|inner| inner.request_id = Some(id.to_owned()))
    }

    pub(crate) fn of_operation(self, operation: &'static str) -> Self {
        self.changed(|inner| inner.operation = Some(operation))
    }

    /// Returns the error as the user's fault.
    pub(crate) fn of_user(self) -> Self {
        self.changed(|inner| inner.fault = Fault::User)
    }

    pub(crate) fn with_source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.changed(|inner| inner.source = Some(Arc::from(source.into())))
    }

    /// Returns the error as one that ended the session.
    pub(crate) fn ended(self) -> Self {
        self.changed(|inner| inner.ended = true)
    }

    /// Returns the error as that of a request that was not sent.
    pub(crate) fn not_sent(self) -> Self {
        self.changed(|inner| inner.not_sent = true)
    }

    /// Returns the error as that of an attempt that followed one with an unknown outcome.
    pub(crate) fn after_unknown_outcome(self) -> Self {
        self.changed(|inner| inner.follows_unknown_outcome = true)
    }

    /// Returns the error as one that a retry does not solve.
    pub(crate) fn permanent(self) -> Self {
        self.changed(|inner| inner.permanent = true)
    }

    /// Returns the error of a random source of the system that failed.
    pub(crate) fn no_random_numbers(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        const DETAIL: &str = "the system has no random numbers; check its random source";
        Self::new(ErrorKind::Configuration).with_detail(DETAIL).with_source(source)
    }

    /// Returns the error with the kind that it has in a request of an administrator.
    #[cfg(feature = "admin")]
    pub(crate) fn of_administrator(self) -> Self {
        let message = self.service_message().unwrap_or_default();
        let kind = self.exception().and_then(|name| classify::of_administrator(name, message));
        self.changed(|inner| {
            inner.by_administrator = true;
            if let Some(kind) = kind {
                (inner.kind, inner.fault) = (kind, kind.fault());
            }
        })
    }

    /// Returns the error with the kind that it has in a request to an identity pool.
    pub(crate) fn of_identity_pool(self) -> Self {
        // Other failures mean the same in every API.
        let is_refusal = self.exception().is_some() && self.kind() != ErrorKind::Service;
        let message = self.service_message().unwrap_or_default();
        let name = self.exception().filter(|_| is_refusal);
        let kind = name.and_then(|name| classify::of_identity_pool(name, message));
        self.changed(|inner| {
            if let Some(kind) = kind {
                (inner.kind, inner.fault) = (kind, kind.fault());
            }
        })
    }

    fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.inner);
        change(&mut inner);
        Self { inner: Arc::new(inner) }
    }
}

type Source = Arc<dyn StdError + Send + Sync>;

/// A cause that consists of a text of this library, which contains no secret and no text of the
/// service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Cause(String);

impl Cause {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Returns the text after the first occurrence of `words`, or the whole message.
fn after<'a>(message: &'a str, words: &str) -> &'a str {
    message.split_once(words).map_or(message, |(_, rest)| rest)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let description = self.inner.kind.description();
        let Some(detail) = &self.inner.detail else { return f.write_str(description) };
        let (failure, remedy) = description.split_once("; ").unwrap_or((description, ""));
        // A detail names its own remedy, unless the error is transient.
        if self.is_transient() {
            write!(f, "{failure}: {detail}; {remedy}")
        } else {
            write!(f, "{failure}: {detail}")
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source: &(dyn StdError + 'static) = self.inner.source.as_deref()?;
        Some(source)
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self::new(ErrorKind::Configuration).with_detail(cause.0)
    }
}
