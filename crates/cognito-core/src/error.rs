//! The one error of this crate.

mod classify;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

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
    service_message: Option<String>,
    source: Option<Source>,
    session: Option<Session>,
}

/// What the caller can do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Wrong user name or password; which of the two is not said.
    BadCredentials,
    /// The user has not confirmed the sign-up: ask for the code, or send it again.
    UserNotConfirmed,
    /// An administrator has disabled the user.
    UserDisabled,
    /// The password must be reset before the user can sign in.
    PasswordResetRequired,
    /// The temporary password has expired; an administrator must make a new one.
    TemporaryPasswordExpired,
    /// There is no such user.
    UserNotFound,
    /// There is such a user already.
    UserExists,
    /// The e-mail address or telephone number belongs to another user.
    AliasExists,
    /// The code is wrong: ask again.
    CodeMismatch,
    /// The code is too old or was used before: ask for another one.
    CodeExpired,
    /// The code could not be delivered.
    CodeDelivery,
    /// The new password does not conform with the policy; the service's message says why.
    InvalidPassword,
    /// The challenge was answered already or too late: start the sign-in again.
    ChallengeExpired,
    /// The client secret is wrong, missing, or the app client has none.
    SecretHash,
    /// The access token has expired.
    TokenExpired,
    /// The token was revoked, or its user signed out everywhere.
    TokenRevoked,
    /// A refresh token that was rotated away was used again; the service ended the session.
    RefreshTokenReuse,
    /// A token is not what this pool and client should have got; it was thrown away.
    InvalidToken,
    /// The pool's keys cannot be fetched, so nothing is known of the tokens, which are kept.
    KeysUnavailable,
    /// Tokens that were just issued are not valid by the pool's clock, which must be wrong.
    ClockSkew,
    /// The session was signed out, or the service ended it: sign in again.
    SessionEnded,
    /// The service is called too often: wait and try again.
    Throttled,
    /// Too many wrong attempts: wait some minutes.
    AttemptsExceeded,
    /// A Lambda trigger of the pool failed or refused; the service's message may say why.
    TriggerFailed,
    /// The app client does not allow this way of signing in.
    FlowNotEnabled,
    /// The request is forbidden, by a firewall or by permissions.
    Forbidden,
    /// The service refuses the request as not authorized for another reason.
    NotAuthorized,
    /// A parameter is wrong; the service's message says which.
    InvalidParameter,
    /// The program or the pool is set up wrongly.
    Configuration,
    /// This library cannot answer a challenge that the service sent.
    Unsupported,
    /// The service cannot be reached, or the connection was lost.
    Transport,
    /// The service failed, or answered what cannot be understood.
    Service,
    /// The store of sessions failed, or holds something that is no session.
    Store,
    /// There is no tokio runtime to renew tokens on.
    NoRuntime,
}

/// Who has to do something about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The person who signs in.
    User,
    /// Whoever wrote the program or set up the pool.
    Application,
    /// The service, the network or the store.
    Environment,
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

    /// The operation of the API that failed, such as `InitiateAuth`.
    pub fn operation(&self) -> Option<&'static str> {
        self.inner.operation
    }

    /// The id that the service gave the request, for those who ask AWS about it.
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
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
            service_message: None,
            source: None,
            session: None,
        };
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn with_source(self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.changed(|inner| inner.source = Some(Arc::new(source)))
    }

    pub(crate) fn with_session(self, session: &Session) -> Self {
        self.changed(|inner| inner.session = Some(session.clone()))
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
        let (kind, message, source) = describe(error);
        Self::new(kind).changed(|inner| {
            inner.operation = Some(operation);
            inner.request_id = request_id;
            inner.service_message = message;
            inner.source = source;
        })
    }
}

type Source = Arc<dyn StdError + Send + Sync>;

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
            (ErrorKind::Transport, None, error.into_source().ok().map(Source::from))
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

impl ErrorKind {
    fn fault(self) -> Fault {
        match self {
            Self::BadCredentials
            | Self::UserNotConfirmed
            | Self::UserDisabled
            | Self::PasswordResetRequired
            | Self::TemporaryPasswordExpired
            | Self::UserNotFound
            | Self::UserExists
            | Self::AliasExists
            | Self::CodeMismatch
            | Self::CodeExpired
            | Self::InvalidPassword
            | Self::ChallengeExpired
            | Self::TokenExpired
            | Self::TokenRevoked
            | Self::RefreshTokenReuse
            | Self::SessionEnded
            | Self::AttemptsExceeded => Fault::User,
            Self::KeysUnavailable
            | Self::Throttled
            | Self::CodeDelivery
            | Self::Transport
            | Self::Service
            | Self::Store => Fault::Environment,
            Self::SecretHash
            | Self::InvalidToken
            | Self::TriggerFailed
            | Self::FlowNotEnabled
            | Self::Forbidden
            | Self::NotAuthorized
            | Self::InvalidParameter
            | Self::Configuration
            | Self::Unsupported
            | Self::ClockSkew
            | Self::NoRuntime => Fault::Application,
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::BadCredentials => "wrong user name or password",
            Self::UserNotConfirmed => "the user has not confirmed the sign-up",
            Self::UserDisabled => "the user is disabled",
            Self::PasswordResetRequired => "the password must be reset first",
            Self::TemporaryPasswordExpired => "the temporary password has expired",
            Self::UserNotFound => "there is no such user",
            Self::UserExists => "there is such a user already",
            Self::AliasExists => "the e-mail address or telephone number is another user's",
            Self::CodeMismatch => "the code is wrong",
            Self::CodeExpired => "the code has expired or was used before",
            Self::CodeDelivery => "the code could not be delivered",
            Self::InvalidPassword => "the password does not conform with the policy",
            Self::ChallengeExpired => "the sign-in took too long or went on elsewhere",
            Self::SecretHash => "the client secret is wrong or missing",
            Self::TokenExpired => "the token has expired",
            Self::TokenRevoked => "the token was revoked",
            Self::RefreshTokenReuse => "a rotated refresh token was used again",
            Self::InvalidToken => "the service sent a token that cannot be accepted",
            Self::KeysUnavailable => "the pool's keys cannot be fetched",
            Self::ClockSkew => "the clock of this machine is wrong",
            Self::SessionEnded => "the session has ended",
            Self::Throttled => "the service is called too often",
            Self::AttemptsExceeded => "too many attempts",
            Self::TriggerFailed => "a trigger of the pool failed or refused",
            Self::FlowNotEnabled => "the app client does not allow this way of signing in",
            Self::Forbidden => "the request is forbidden",
            Self::NotAuthorized => "the service does not authorize the request",
            Self::InvalidParameter => "the service refuses a parameter",
            Self::Configuration => "the program or the pool is set up wrongly",
            Self::Unsupported => "the service sent what this library cannot answer",
            Self::Transport => "the service cannot be reached",
            Self::Service => "the service failed",
            Self::Store => "the store of sessions failed",
            Self::NoRuntime => "tokens can be renewed only on a tokio runtime",
        }
    }
}
