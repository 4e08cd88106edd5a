//! Kinds of errors, and the parties at fault.

/// A kind of error, which decides the caller's next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The user name or the password is wrong; the service does not say which.
    BadCredentials,
    /// The user has not confirmed the sign-up: ask for the code, or send another one.
    UserNotConfirmed,
    /// The user has confirmed the sign-up already.
    AlreadyConfirmed,
    /// An administrator has disabled the user.
    UserDisabled,
    /// The password must be reset before the user can sign in.
    PasswordResetRequired,
    /// The temporary password has expired; an administrator must set another one.
    TemporaryPasswordExpired,
    /// The user does not exist.
    UserNotFound,
    /// The user name is already taken.
    UserExists,
    /// The e-mail address or telephone number belongs to another user.
    AliasExists,
    /// A group, identity provider or other resource of this name already exists.
    AlreadyExists,
    /// A resource that the request names does not exist; the service's message names it.
    NotFound,
    /// The resource was changed concurrently: read it again and retry.
    Conflict,
    /// A quota is reached: the number of such resources, or of e-mails per day.
    LimitReached,
    /// The user's status does not allow the request; the service's message names the status.
    UnsupportedUserState,
    /// The code is wrong: ask the user again.
    CodeMismatch,
    /// The code has expired or was used before: request another one.
    CodeExpired,
    /// The code could not be delivered.
    CodeDelivery,
    /// The new password violates the policy; the service's message says why.
    InvalidPassword,
    /// The challenge was responded to already or has expired: start the sign-in again.
    ChallengeExpired,
    /// The client secret is wrong or missing, or the app client has none.
    SecretHash,
    /// The application's function that reads the client secret failed; its error is the source.
    SecretUnavailable,
    /// The access token has expired.
    TokenExpired,
    /// The token was revoked, or its user signed out everywhere.
    TokenRevoked,
    /// A refresh token was used again after its rotation; the service ended the session.
    RefreshTokenReuse,
    /// A token is not a valid token of this pool and app client. A token from the service is
    /// discarded. A token from the caller is the caller's fault ([`Fault::User`]); a server
    /// responds with 401.
    InvalidToken,
    /// The pool's keys cannot be fetched, so the tokens cannot be verified; they are kept.
    KeysUnavailable,
    /// Tokens that were just issued are not valid by the pool's clock, so the clock must be wrong.
    ClockSkew,
    /// The session was signed out, or the service ended it: sign in again.
    SessionEnded,
    /// The rate of requests is too high: wait and retry.
    Throttled,
    /// Too many wrong attempts: wait some minutes.
    AttemptsExceeded,
    /// A Lambda trigger of the pool failed or refused; the service's message may say why.
    TriggerFailed,
    /// The app client does not allow this authentication flow.
    FlowNotEnabled,
    /// The service has forgotten the device, or does not accept its password.
    DeviceForgotten,
    /// A firewall in front of the pool, or a proxy on the way, refuses the request.
    Forbidden,
    /// The AWS credentials lack a permission; the service's message names it.
    MissingPermission,
    /// The session's access token lacks a scope that the operation requires, for example after
    /// managed login without that scope; the message names both.
    MissingScope,
    /// The identity pool does not accept the token: the provider name, app client or signature is
    /// wrong, or it is not an ID token.
    LoginNotAccepted,
    /// The identity belongs to another login of the identity pool, or to none.
    IdentityMismatch,
    /// The login belongs to another identity of the identity pool.
    LoginInUse,
    /// The identity pool does not allow guests.
    GuestsNotAllowed,
    /// The service does not authorize the request, for another reason.
    NotAuthorized,
    /// A value of the request is invalid. If a user typed it,
    /// [`Error::reason`](super::Error::reason) says why, otherwise the service's message does.
    InvalidParameter,
    /// The application or the pool is configured incorrectly; the error or its report says how.
    Configuration,
    /// The service, the pool's tier or this library does not support the request.
    Unsupported,
    /// The service cannot be reached, or the connection was lost.
    Transport,
    /// The service failed, or sent a response that cannot be understood.
    Service,
    /// The service refused the request with an exception that this version does not know; its
    /// message may say why.
    Unknown,
    /// The store of sessions or identities failed.
    Store,
    /// The store holds a session that cannot be parsed: sign in again, which replaces a session of
    /// `store_as`.
    UnreadableSession,
    /// There is no tokio runtime to send requests and refresh tokens on.
    NoRuntime,
}

/// The party that has to act on an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The user, for example by typing another value or signing in again.
    User,
    /// The developer of the application or the operator of the pool.
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
            | Self::SecretUnavailable
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
            | Self::MissingScope
            | Self::LoginNotAccepted
            | Self::IdentityMismatch
            | Self::LoginInUse
            | Self::GuestsNotAllowed
            | Self::NotAuthorized
            | Self::InvalidParameter
            | Self::Configuration
            | Self::Unsupported
            | Self::Unknown
            | Self::ClockSkew
            | Self::NoRuntime => Fault::Application,
        }
    }

    /// Returns a description of the failure, `; `, and its remedy, for developers and
    /// administrators.
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::BadCredentials => "wrong user name or password; enter both again",
            Self::UserNotConfirmed => "the user has not confirmed the sign-up; confirm it first",
            Self::AlreadyConfirmed => "the user has already confirmed the sign-up; sign in",
            Self::UserDisabled => "the user is disabled; an administrator must enable the user",
            Self::PasswordResetRequired => {
                "the password must be reset before the next sign-in; confirm a new one with a code"
            }
            Self::TemporaryPasswordExpired => {
                "the temporary password has expired; an administrator must set another one"
            }
            Self::UserNotFound => "the user does not exist; check the user name",
            Self::UserExists => "the user name is already taken; choose another one",
            Self::AliasExists => {
                "the e-mail address or phone number belongs to another user; choose another one"
            }
            Self::AlreadyExists => {
                "a resource of this name already exists; update it, or choose another name"
            }
            Self::NotFound => {
                "a resource that the request names does not exist; check the name, or create it"
            }
            Self::Conflict => "the resource was changed concurrently; read it again and retry",
            Self::LimitReached => {
                "a quota of the user pool or the account is reached; delete resources, or request a \
                 higher quota where AWS permits one"
            }
            Self::UnsupportedUserState => {
                "the status of the user does not allow the request; look the status up, and change \
                 it first"
            }
            Self::CodeMismatch => "the code is wrong; enter it again, or request another one",
            Self::CodeExpired => "the code has expired or was already used; request another one",
            Self::CodeDelivery => {
                "the code could not be delivered; check the address and the pool's settings"
            }
            Self::InvalidPassword => "the password does not conform to the policy; choose another",
            Self::ChallengeExpired => {
                "the challenge has expired or was already responded to; start the sign-in again"
            }
            Self::SecretHash => {
                "the client secret is wrong, missing, or not expected; check the app client"
            }
            Self::SecretUnavailable => "the client secret cannot be read; try again later",
            Self::TokenExpired => "the token has expired; sign in again",
            Self::TokenRevoked => "the token was revoked; sign in again",
            Self::RefreshTokenReuse => "a rotated refresh token was used again; sign in again",
            Self::InvalidToken => {
                "the token is not a valid token of this user pool and app client; sign in again"
            }
            Self::KeysUnavailable => "the keys of the user pool cannot be fetched; try again later",
            Self::ClockSkew => "the clock of this machine is wrong; set it",
            Self::SessionEnded => "the session has ended; sign in again",
            Self::Throttled => "the rate of requests is too high; wait and try again",
            Self::AttemptsExceeded => "too many attempts; wait and try again",
            Self::TriggerFailed => {
                "a Lambda trigger of the user pool failed or refused; check the trigger and its log"
            }
            Self::FlowNotEnabled => {
                "the app client does not allow this authentication flow; add it to ExplicitAuthFlows"
            }
            Self::DeviceForgotten => "the service does not know the device; sign in without it",
            Self::Forbidden => "a firewall or proxy refused the request; allow it there",
            Self::MissingPermission => {
                "the AWS credentials lack a permission; add it to their IAM policy"
            }
            Self::MissingScope => {
                "the access token lacks a scope that the operation requires; sign in with it, or \
                 allow it for the app client"
            }
            Self::LoginNotAccepted => {
                "the identity pool does not accept the token; check the provider name, and the app \
                 clients that the identity pool lists"
            }
            Self::IdentityMismatch => {
                "the identity belongs to another login of the identity pool; use that login"
            }
            Self::LoginInUse => {
                "the login belongs to another identity of the identity pool; use that identity"
            }
            Self::GuestsNotAllowed => "the identity pool does not allow guests; sign in first",
            Self::NotAuthorized => {
                "the service does not authorize the request; its message may say why"
            }
            Self::InvalidParameter => "the service refused a value of the request; correct it",
            Self::Configuration => {
                "the application or the pool is configured incorrectly; correct the settings"
            }
            Self::Unsupported => {
                "the service or this version does not support the request; check the plan of the pool"
            }
            Self::Transport => "the service cannot be reached; try again later",
            Self::Service => "the service failed; try again later",
            Self::Unknown => {
                "the service refused the request for an unknown reason; its message may say why"
            }
            Self::Store => "the store failed; try again later",
            Self::UnreadableSession => "the stored session cannot be read; sign in again",
            Self::NoRuntime => "there is no tokio runtime to run on; call this library inside one",
        }
    }

    /// Returns the message for users about a failure that they have to act on.
    pub(super) fn public_message(self) -> &'static str {
        match self {
            // The message must not reveal whether a user exists; the service checks these before
            // the password.
            Self::BadCredentials
            | Self::UserNotFound
            | Self::UserDisabled
            | Self::UserNotConfirmed => "wrong user name or password",
            Self::UserExists | Self::AliasExists => "this user name or address cannot be used",
            Self::AlreadyConfirmed => "the registration is already confirmed, please sign in",
            Self::PasswordResetRequired => "please set a new password first",
            Self::TemporaryPasswordExpired => {
                "the temporary password has expired, please ask for another one"
            }
            Self::CodeMismatch => "the code is wrong",
            Self::CodeExpired => "the code has expired, please ask for another one",
            Self::InvalidPassword => "please choose another password",
            Self::InvalidParameter => "please check what you entered",
            Self::AttemptsExceeded => "too many attempts, please try again later",
            _ => "please sign in again",
        }
    }

    /// Returns whether the failure may reveal whether a user exists and in which state.
    pub(super) fn depends_on_user(self) -> bool {
        let for_all =
            matches!(self, Self::InvalidPassword | Self::SecretHash | Self::Configuration);
        let transient = matches!(
            self,
            Self::Throttled | Self::Transport | Self::Service | Self::SecretUnavailable
        );
        !for_all && !transient
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_description_has_one_failure_and_one_remedy() {
        let variants = include_str!("kind.rs").split_once("pub enum ErrorKind {").unwrap().1;
        let (variants, _) = variants.split_once("\n}").unwrap();
        let is_variant = |line: &&str| !line.starts_with("//");
        let names =
            variants.lines().map(str::trim).filter(is_variant).filter(|line| line.len() > 1);
        let names: Vec<&str> = names.map(|line| line.trim_end_matches(',')).collect();
        assert_eq!(names.len(), ALL.len(), "the list is complete");
        for (name, kind) in names.iter().zip(ALL) {
            assert_eq!(format!("{kind:?}"), *name);
            let description = kind.description();
            assert_eq!(description.split("; ").count(), 2, "{description}");
        }
    }

    const ALL: &[ErrorKind] = &[
        ErrorKind::BadCredentials,
        ErrorKind::UserNotConfirmed,
        ErrorKind::AlreadyConfirmed,
        ErrorKind::UserDisabled,
        ErrorKind::PasswordResetRequired,
        ErrorKind::TemporaryPasswordExpired,
        ErrorKind::UserNotFound,
        ErrorKind::UserExists,
        ErrorKind::AliasExists,
        ErrorKind::AlreadyExists,
        ErrorKind::NotFound,
        ErrorKind::Conflict,
        ErrorKind::LimitReached,
        ErrorKind::UnsupportedUserState,
        ErrorKind::CodeMismatch,
        ErrorKind::CodeExpired,
        ErrorKind::CodeDelivery,
        ErrorKind::InvalidPassword,
        ErrorKind::ChallengeExpired,
        ErrorKind::SecretHash,
        ErrorKind::SecretUnavailable,
        ErrorKind::TokenExpired,
        ErrorKind::TokenRevoked,
        ErrorKind::RefreshTokenReuse,
        ErrorKind::InvalidToken,
        ErrorKind::KeysUnavailable,
        ErrorKind::ClockSkew,
        ErrorKind::SessionEnded,
        ErrorKind::Throttled,
        ErrorKind::AttemptsExceeded,
        ErrorKind::TriggerFailed,
        ErrorKind::FlowNotEnabled,
        ErrorKind::DeviceForgotten,
        ErrorKind::Forbidden,
        ErrorKind::MissingPermission,
        ErrorKind::MissingScope,
        ErrorKind::LoginNotAccepted,
        ErrorKind::IdentityMismatch,
        ErrorKind::LoginInUse,
        ErrorKind::GuestsNotAllowed,
        ErrorKind::NotAuthorized,
        ErrorKind::InvalidParameter,
        ErrorKind::Configuration,
        ErrorKind::Unsupported,
        ErrorKind::Transport,
        ErrorKind::Service,
        ErrorKind::Unknown,
        ErrorKind::Store,
        ErrorKind::UnreadableSession,
        ErrorKind::NoRuntime,
    ];
}
