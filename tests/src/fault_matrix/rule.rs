//! The required behavior of a client, by fault and operation.

use cognito::{Error, ErrorKind};

use super::proxy::{Fault, Plan};

/// The party that retries an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repetition {
    /// A retry is safe, so that the client may retry after every fault. Key sets are fetched later;
    /// until then the client uses the old one.
    Automatic,
    /// A retry may be harmful (send a code, use up a Session), so that the client retries only
    /// after throttling.
    Caller,
}

fn repetition(operation: &str) -> Repetition {
    match operation {
        "SignUp"
        | "ResendConfirmationCode"
        | "ConfirmSignUp"
        | "RespondToAuthChallenge"
        | "VerifySoftwareToken"
        | "UpdateUserAttributes"
        | "GetUserAttributeVerificationCode"
        | "VerifyUserAttribute"
        | "ChangePassword"
        | "ForgotPassword"
        | "ConfirmForgotPassword" => Repetition::Caller,
        _ => Repetition::Automatic,
    }
}

/// Returns whether a fault that occurs once must be reported to the caller.
pub(super) fn must_fail(operation: &str, fault: Fault) -> bool {
    match repetition(operation) {
        Repetition::Automatic => false,
        Repetition::Caller => fault != Fault::Throttled,
    }
}

/// Returns the allowed kinds of an error under a fault.
fn kinds(operation: &str, fault: Fault) -> &'static [ErrorKind] {
    match fault {
        // The tokens were received, but cannot be verified yet.
        _ if operation == "GetKeySet" => &[ErrorKind::KeysUnavailable],
        Fault::Throttled => &[ErrorKind::Throttled],
        Fault::InternalError | Fault::Garbage => &[ErrorKind::Service],
        Fault::DroppedBefore | Fault::DroppedAfter | Fault::Late => &[ErrorKind::Transport],
        // Either the connection is lost, or the response is invalid.
        Fault::Truncated => &[ErrorKind::Service, ErrorKind::Transport],
    }
}

/// Checks an error under a fault.
pub(super) fn check_error(plan: Plan, operations: &[String], error: &Error) -> Vec<String> {
    let mut wrong = Vec::new();
    let operation = error.operation().unwrap_or("GetKeySet");
    let expected = kinds(operation, plan.fault);
    if !expected.contains(&error.kind()) {
        wrong.push(format!("{operation}: the kind is {:?}, not {expected:?}", error.kind()));
    }
    if operations.get(plan.call).is_some_and(|failed| !plan.lasting && failed != operation) {
        wrong.push(format!("{operation} failed without a fault: {:?}", error.kind()));
    }
    if !error.is_transient() || error.ends_session() {
        wrong.push(format!("{operation}: the error is not transient"));
    }
    wrong
}

/// Returns whether a rejection shows that an earlier attempt, whose response was lost, took effect.
///
/// This only happens for operations that the client does not retry automatically.
pub(super) fn is_done(operation: &str, error: &Error, fault: Fault) -> bool {
    use ErrorKind::{AlreadyConfirmed, BadCredentials, CodeExpired, CodeMismatch, UserExists};
    let refused = matches!(
        error.kind(),
        AlreadyConfirmed | BadCredentials | CodeExpired | CodeMismatch | UserExists
    );
    refused
        && fault.takes_effect()
        && error.operation() == Some(operation)
        && repetition(operation) == Repetition::Caller
}
