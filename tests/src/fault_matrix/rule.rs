//! The rules that a client has to keep under each fault, by fault and by operation.

use cognito::{Error, ErrorKind};

use super::proxy::{Fault, Plan};

/// The party that repeats an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repetition {
    /// A repetition does no harm, so the client may repeat the request after every fault. It
    /// fetches key sets later, and uses the old one until then.
    Automatic,
    /// A repetition may do harm (send a code, use up a Session), so the client retries only if
    /// the request was throttled.
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

/// The kinds that an error may have under a fault.
fn kinds(operation: &str, fault: Fault) -> &'static [ErrorKind] {
    match fault {
        // The tokens are there, and cannot be verified yet.
        _ if operation == "GetKeySet" => &[ErrorKind::KeysUnavailable],
        Fault::Throttled => &[ErrorKind::Throttled],
        Fault::InternalError | Fault::Garbage => &[ErrorKind::Service],
        Fault::DroppedBefore | Fault::DroppedAfter | Fault::Late => &[ErrorKind::Transport],
        // The connection is lost, and the response is not understood.
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

/// Returns whether a refusal means that an earlier attempt, whose response was lost, took effect.
///
/// Only operations that the client does not repeat automatically are refused so.
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
