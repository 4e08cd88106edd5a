//! The one error of this crate.

mod classify;
mod kind;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

pub use self::kind::{ErrorKind, Fault};
use crate::session::Session;

/// What went wrong, whose fault it is, and what can be done.
///
/// Its text never holds words of the service or secrets; [`service_message`](Self::service_message)
/// has the former.
#[derive(Clone)]
pub struct Error {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    operation: Option<&'static str>,
    request_id: Option<String>,
    exception: Option<String>,
    service_message: Option<String>,
    retry_after: Option<Duration>,
    source: Option<Source>,
    session: Option<Session>,
    ended: bool,
}

impl Error {
    /// What the caller can do next.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Who has to do something about it.
    pub fn fault(&self) -> Fault {
        self.inner.kind.fault()
    }

    /// Whether the same call may succeed later, without anybody doing anything else.
    pub fn is_transient(&self) -> bool {
        use ErrorKind::{KeysUnavailable, Service, Store, Throttled, Transport};
        matches!(self.kind(), KeysUnavailable | Service | Store | Throttled | Transport)
    }

    /// Whether the service may have done what the request asked for, although the response is lost.
    pub(crate) fn leaves_outcome_unknown(&self) -> bool {
        matches!(self.kind(), ErrorKind::Service | ErrorKind::Transport)
    }

    /// Whether the session has ended, so that the user has to sign in again.
    pub fn ends_session(&self) -> bool {
        self.inner.ended || self.kind() == ErrorKind::SessionEnded
    }

    /// How long the service asks to wait, where it says so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// A sentence for whoever signs in, which never tells whether a user exists.
    ///
    /// It is in English; a program in another language goes by [`kind`](Self::kind), treating
    /// [`UserNotFound`](ErrorKind::UserNotFound) as
    /// [`BadCredentials`](ErrorKind::BadCredentials).
    pub fn public_message(&self) -> &'static str {
        match (self.fault(), self.operation()) {
            (Fault::Environment, _) => "the service is not available right now, please try again",
            _ if self.kind() == ErrorKind::AttemptsExceeded => self.kind().public_message(),
            // Those that refuse unknown users in other words than known ones.
            (_, Some("ForgotPassword" | "ResendConfirmationCode")) => {
                "if there is such a user, a code was sent"
            }
            (_, Some("ConfirmForgotPassword" | "ConfirmSignUp"))
                if self.kind() != ErrorKind::InvalidPassword =>
            {
                "the code is wrong or has expired"
            }
            (Fault::User, _) => self.kind().public_message(),
            (Fault::Application, _) => "something is set up wrongly, please tell the operator",
        }
    }

    /// Why a new password was refused, or what a trigger of the pool said, in their own words.
    ///
    /// # Security
    ///
    /// A trigger may write anything there.
    pub fn reason(&self) -> Option<&str> {
        let message = self.service_message()?;
        match self.kind() {
            ErrorKind::InvalidPassword => Some(after(message, "policy: ")),
            ErrorKind::TriggerFailed => Some(after(message, "failed with error ")),
            _ => None,
        }
    }

    /// The operation of the API that failed, such as `InitiateAuth`.
    pub fn operation(&self) -> Option<&'static str> {
        self.inner.operation
    }

    /// The id that the service gave the request, for those who ask AWS about it.
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// The service's name for what went wrong, such as `GroupExistsException`.
    pub fn exception(&self) -> Option<&str> {
        self.inner.exception.as_deref()
    }

    /// The service's own words.
    ///
    /// They may tell whether a user exists, and triggers may write anything there: look before
    /// showing them to a user.
    pub fn service_message(&self) -> Option<&str> {
        self.inner.service_message.as_deref()
    }

    /// The session that the error did not end, where there is one.
    ///
    /// After [`ErrorKind::KeysUnavailable`] its tokens are verified at their next use.
    pub fn session(&self) -> Option<&Session> {
        self.inner.session.as_ref()
    }

    pub(crate) fn new(kind: ErrorKind) -> Self {
        let inner = Inner {
            kind,
            operation: None,
            request_id: None,
            exception: None,
            service_message: None,
            retry_after: None,
            source: None,
            session: None,
            ended: false,
        };
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn with_source(self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.changed(|inner| inner.source = Some(Arc::new(source)))
    }

    /// The same error, which ended the session.
    pub(crate) fn ended(self) -> Self {
        self.changed(|inner| inner.ended = true)
    }

    pub(crate) fn without_session(self) -> Self {
        self.changed(|inner| inner.session = None)
    }

    pub(crate) fn with_session(self, session: &Session) -> Self {
        self.changed(|inner| inner.session = Some(session.clone()))
    }

    /// The same error, with the kind that it has where users, groups and settings are looked after.
    pub(crate) fn of_administrator(self) -> Self {
        let message = self.service_message().unwrap_or_default();
        let kind = self.exception().and_then(|name| classify::of_administrator(name, message));
        self.changed(|inner| inner.kind = kind.unwrap_or(inner.kind))
    }

    fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.inner);
        change(&mut inner);
        Self { inner: Arc::new(inner) }
    }

    /// An error of the SDK, of which nothing is kept that could hold a secret.
    pub(crate) fn from_sdk<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let request_id = error.request_id().map(str::to_owned);
        let retry_after = retry_after(&error);
        let exception = error.code().map(str::to_owned);
        let (kind, message, source) = describe(error);
        Self::new(kind).changed(|inner| {
            inner.operation = Some(operation);
            inner.request_id = request_id;
            inner.exception = exception;
            inner.service_message = message;
            inner.retry_after = retry_after;
            inner.source = source;
        })
    }
}

type Source = Arc<dyn StdError + Send + Sync>;

/// What follows the first of such words, or everything.
fn after<'a>(message: &'a str, words: &str) -> &'a str {
    message.split_once(words).map_or(message, |(_, rest)| rest)
}

/// The header Retry-After in seconds; dates, which it may hold too, are left alone.
fn retry_after<E>(error: &SdkError<E, HttpResponse>) -> Option<Duration> {
    let header = error.raw_response()?.headers().get("retry-after")?;
    header.trim().parse().ok().map(Duration::from_secs)
}

/// The kind, the service's message and the cause.
fn describe<E>(error: SdkError<E, HttpResponse>) -> (ErrorKind, Option<String>, Option<Source>)
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    match &error {
        SdkError::ServiceError(context) => {
            let (code, message) = (error.code(), error.message().unwrap_or_default());
            let kind = match code {
                Some(code) if !context.raw().status().is_server_error() => {
                    classify::kind(code, message)
                }
                _ => ErrorKind::Service,
            };
            let source = Cause::new(code.unwrap_or("an error without a name"));
            (kind, Some(message.to_owned()), Some(Arc::new(source)))
        }
        SdkError::DispatchFailure(_) => {
            let kind = match lacks_credentials(&error) {
                true => ErrorKind::Configuration,
                false => ErrorKind::Transport,
            };
            (kind, None, error.into_source().ok().map(Source::from))
        }
        SdkError::TimeoutError(_) => {
            (ErrorKind::Transport, None, Some(Arc::new(Cause::new("timed out"))))
        }
        // Their causes may quote the request or the answer, which hold passwords and tokens.
        SdkError::ConstructionFailure(_) => {
            let source = Cause::new("the request cannot be built");
            (ErrorKind::Configuration, None, Some(Arc::new(source)))
        }
        _ => {
            let source = Cause::new("the answer cannot be understood");
            (ErrorKind::Service, None, Some(Arc::new(source)))
        }
    }
}

/// Whether a request was not sent because there is nothing to sign it with.
fn lacks_credentials(error: &(dyn StdError + 'static)) -> bool {
    use CredentialsError::{CredentialsNotLoaded, InvalidConfiguration};
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(CredentialsNotLoaded(_) | InvalidConfiguration(_)) = error.downcast_ref() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// A cause that is no more than a text.
#[derive(Debug)]
pub(crate) struct Cause(String);

impl Cause {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Cause {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.inner.kind.description())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.inner.kind)
            .field("operation", &self.inner.operation)
            .field("request_id", &self.inner.request_id)
            .field("source", &self.inner.source)
            .finish_non_exhaustive()
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
