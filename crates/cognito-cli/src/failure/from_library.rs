//! Conversion of errors of the library to failures.

use std::error::Error as StdError;

use cognito::managed_login::ManagedLoginError;
use cognito::session::SessionError;
use cognito::{Error, ErrorKind};

use super::credentials::{self, Problem};
use super::{Exit, Failure, hints};
use crate::output::printable;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if let Some(problem) = Problem::of(&error) {
            return credentials::failure(problem, &error);
        }
        let failure = Self::new(exit(&error), code(&error), message(&error)).report(error.report());
        match hints::of_error(&error) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        Error::from(error).into()
    }
}

impl From<ManagedLoginError> for Failure {
    fn from(error: ManagedLoginError) -> Self {
        let causes = std::iter::successors(StdError::source(&error), |cause| (*cause).source());
        let causes = causes.map(|cause| format!(": {cause}")).collect::<String>();
        let (exit, code) = match error {
            ManagedLoginError::InvalidSetting(_) => (Exit::Usage, "configuration"),
            _ => (Exit::Failed, "managed_login"),
        };
        let failure = Self::new(exit, code, format!("{error}{}", printable(&causes)));
        match hints::of_managed_login(&error) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

/// Returns the name of the kind in snake case, such as `user_not_found`.
fn code(error: &Error) -> String {
    let mut code = String::new();
    for letter in format!("{:?}", error.kind()).chars() {
        if letter.is_uppercase() && !code.is_empty() {
            code.push('_');
        }
        code.extend(letter.to_lowercase());
    }
    code
}

/// Returns the message of the error, with the service's reason if it may be shown.
///
/// The reason must not reveal to a user who signs in whether another user exists, so it is added
/// only to failures for administrators and developers.
fn message(error: &Error) -> String {
    if let Some(message) = message_of_store(error) {
        return message;
    }
    let of_user = error.fault() == cognito::Fault::User;
    let reason = if of_user { error.reason() } else { error.service_message() };
    match reason {
        Some(reason) => format!("{error} ({})", printable(reason)),
        None => error.to_string(),
    }
}

/// Returns the message of a token store that failed in a sign-in or a refresh: the place and the
/// reason, such as a full disk.
fn message_of_store(error: &Error) -> Option<String> {
    let causes = std::iter::successors(StdError::source(error), |cause| (*cause).source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    match &*causes {
        [_, .., place, reason] if error.kind() == ErrorKind::Store => {
            Some(printable(&format!("the token store failed: {place} ({reason})")))
        }
        _ => None,
    }
}

fn exit(error: &Error) -> Exit {
    use ErrorKind::{
        AttemptsExceeded, ClockSkew, DeviceForgotten, FlowNotEnabled, Forbidden, GuestsNotAllowed,
        InvalidPassword, LimitReached, LoginNotAccepted, MissingPermission, MissingScope,
        NotAuthorized, NotFound, RefreshTokenReuse, SessionEnded, Throttled, TokenExpired,
        TokenRevoked, TriggerFailed, UnreadableSession, UnsupportedUserState, UserDisabled,
        UserNotFound,
    };
    match error.kind() {
        // A wrong clock is reported in the same way for sign-ins as for requests with AWS
        // credentials.
        ClockSkew | RefreshTokenReuse | SessionEnded | TokenExpired | TokenRevoked
        | UnreadableSession => Exit::NotSignedIn,
        DeviceForgotten | NotFound | UserNotFound => Exit::NotFound,
        AttemptsExceeded | Throttled => Exit::Throttled,
        FlowNotEnabled | Forbidden | GuestsNotAllowed | InvalidPassword | LimitReached
        | LoginNotAccepted | MissingPermission | MissingScope | NotAuthorized | TriggerFailed
        | UnsupportedUserState | UserDisabled => Exit::Refused,
        _ => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_exit_codes_and_names() {
        let cases = [
            (ErrorKind::UserNotFound, "user_not_found", 4),
            (ErrorKind::Throttled, "throttled", 5),
            (ErrorKind::MissingPermission, "missing_permission", 7),
            (ErrorKind::SessionEnded, "session_ended", 3),
            (ErrorKind::ClockSkew, "clock_skew", 3),
            (ErrorKind::BadCredentials, "bad_credentials", 1),
        ];
        for (kind, name, exit) in cases {
            let failure = Failure::from(Error::from(kind));
            assert_eq!((&*failure.code, failure.exit.code()), (name, exit));
        }
    }
}
