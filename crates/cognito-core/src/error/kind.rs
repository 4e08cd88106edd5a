//! What a caller can do next, and whose turn it is.

/// What the caller can do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Wrong user name or password; which of the two is not said.
    BadCredentials,
    /// The user has not confirmed the sign-up: ask for the code, or send it again.
    UserNotConfirmed,
    /// The user has confirmed the sign-up already.
    AlreadyConfirmed,
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
    /// There is such a group, identity provider or other thing already.
    AlreadyExists,
    /// What the request names does not exist; the service's message says which part of it.
    NotFound,
    /// Somebody else changed the same thing at the same time: read it again and repeat.
    Conflict,
    /// The pool or the account has as many of these as it may.
    LimitReached,
    /// The user's status does not allow it; the service's message says what it is.
    UnsupportedUserState,
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
    /// The service has forgotten the device, or does not accept its password.
    DeviceForgotten,
    /// A firewall in front of the pool forbids the request.
    Forbidden,
    /// The AWS credentials lack a permission; the service's message names it.
    MissingPermission,
    /// The service refuses the request as not authorized for another reason.
    NotAuthorized,
    /// A parameter is wrong; the service's message says which.
    InvalidParameter,
    /// The program or the pool is set up wrongly.
    Configuration,
    /// The service, or the pool's tier, does not offer what was asked for.
    Unsupported,
    /// The service cannot be reached, or the connection was lost.
    Transport,
    /// The service failed, or answered what cannot be understood.
    Service,
    /// The service refused in a way that this version does not know; its message may say why.
    Unknown,
    /// The store of sessions failed.
    Store,
    /// The store holds a session that cannot be read: sign in again, which replaces it.
    UnreadableSession,
    /// There is no tokio runtime to refresh tokens on.
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

impl ErrorKind {
    pub(super) fn fault(self) -> Fault {
        match self {
            Self::BadCredentials
            | Self::UserNotConfirmed
            | Self::AlreadyConfirmed
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
            | Self::UnreadableSession
            | Self::AttemptsExceeded
            | Self::DeviceForgotten => Fault::User,
            Self::KeysUnavailable
            | Self::Throttled
            | Self::CodeDelivery
            | Self::Conflict
            | Self::Transport
            | Self::Service
            | Self::Store => Fault::Environment,
            Self::AlreadyExists
            | Self::NotFound
            | Self::LimitReached
            | Self::UnsupportedUserState
            | Self::SecretHash
            | Self::InvalidToken
            | Self::TriggerFailed
            | Self::FlowNotEnabled
            | Self::Forbidden
            | Self::MissingPermission
            | Self::NotAuthorized
            | Self::InvalidParameter
            | Self::Configuration
            | Self::Unsupported
            | Self::Unknown
            | Self::ClockSkew
            | Self::NoRuntime => Fault::Application,
        }
    }

    pub(super) fn description(self) -> &'static str {
        match self {
            Self::BadCredentials => "wrong user name or password",
            Self::UserNotConfirmed => "the user has not confirmed the sign-up",
            Self::AlreadyConfirmed => "the user has confirmed the sign-up already",
            Self::UserDisabled => "the user is disabled",
            Self::PasswordResetRequired => "the password must be reset first",
            Self::TemporaryPasswordExpired => "the temporary password has expired",
            Self::UserNotFound => "there is no such user",
            Self::UserExists => "there is such a user already",
            Self::AliasExists => "the e-mail address or telephone number is another user's",
            Self::AlreadyExists => "there is such a thing already",
            Self::NotFound => "what the request names does not exist",
            Self::Conflict => "somebody else changed it at the same time",
            Self::LimitReached => "there are as many as there may be",
            Self::UnsupportedUserState => "the user's status does not allow it",
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
            Self::DeviceForgotten => "the service does not know the device any more",
            Self::Forbidden => "the request is forbidden",
            Self::MissingPermission => "the AWS credentials lack a permission",
            Self::NotAuthorized => "the service does not authorize the request",
            Self::InvalidParameter => "the service refuses a parameter",
            Self::Configuration => "the program or the pool is set up wrongly",
            Self::Unsupported => "the service does not offer this",
            Self::Transport => "the service cannot be reached",
            Self::Service => "the service failed",
            Self::Unknown => "the service refused for a reason that is not known here",
            Self::Store => "the store of sessions failed",
            Self::UnreadableSession => "the stored session cannot be read; sign in again",
            Self::NoRuntime => "tokens can be refreshed only on a tokio runtime",
        }
    }

    /// What the user is told of their own faults.
    pub(super) fn public_message(self) -> &'static str {
        match self {
            // Whether there is such a user is nobody's business; these come before the password.
            Self::BadCredentials
            | Self::UserNotFound
            | Self::UserDisabled
            | Self::UserNotConfirmed => "wrong user name or password",
            Self::UserExists | Self::AliasExists => "this user name or address cannot be used",
            Self::PasswordResetRequired => "please set a new password first",
            Self::TemporaryPasswordExpired => {
                "the temporary password has expired, please ask for another one"
            }
            Self::CodeMismatch => "the code is wrong",
            Self::CodeExpired => "the code has expired, please ask for another one",
            Self::InvalidPassword => "please choose another password",
            Self::AttemptsExceeded => "too many attempts, please try again later",
            _ => "please sign in again",
        }
    }
}
