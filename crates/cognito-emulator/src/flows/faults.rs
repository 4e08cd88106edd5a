//! Faults on request, for tests of clients that must live with them.

use std::time::Duration;

/// What goes wrong with a call.
///
/// ```
/// use std::time::Duration;
/// use cognito_emulator::{Emulator, Fault};
///
/// let emulator = Emulator::builder().in_process();
/// emulator.plan_fault("GetUser", 1, Fault::Delayed(Duration::from_secs(30)));
/// let name = "ConcurrentModificationException"; // any name, one of the future too
/// emulator.plan_fault("UpdateGroup", 1, Fault::exception(name, "Please try again."));
/// let refused = emulator.call("UpdateGroup", &serde_json::json!({})).unwrap_err();
/// assert_eq!(refused.to_string(), "ConcurrentModificationException: Please try again.");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It is refused with TooManyRequestsException, and nothing is done.
    Throttled,
    /// It is refused with InternalErrorException and HTTP status 500, and nothing is done.
    InternalError,
    /// It is refused with that exception, and nothing is done.
    #[non_exhaustive]
    Exception {
        /// Its name, such as `ConcurrentModificationException`.
        name: String,
        /// Its message.
        message: String,
    },
    /// The connection ends before the request is looked at, and nothing is done.
    ConnectionRefused,
    /// It is done, but the connection ends before the answer.
    AnswerLost,
    /// It is done, but the connection ends in the middle of the answer.
    AnswerCut,
    /// It is done, and the answer comes that much later.
    ///
    /// Over HTTP and in the client for the AWS SDK the time is tokio's; [`Emulator::call`] does
    /// not wait.
    ///
    /// [`Emulator::call`]: crate::Emulator::call
    Delayed(Duration),
}

impl Fault {
    /// A refusal with any exception. Those whose names begin with `Internal` have HTTP status 500.
    pub fn exception(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Exception { name: name.into(), message: message.into() }
    }
}

/// The faults to come.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Planned>);

#[derive(Debug)]
struct Planned {
    operation: String,
    /// Calls until then, that one included.
    calls: usize,
    fault: Fault,
}

impl Faults {
    pub(crate) fn plan(&mut self, operation: &str, nth: usize, fault: Fault) {
        self.0.push(Planned { operation: operation.to_owned(), calls: nth.max(1), fault });
    }

    /// The fault of a call that is made now.
    pub(crate) fn next(&mut self, operation: &str) -> Option<Fault> {
        for planned in self.0.iter_mut().filter(|planned| planned.operation == operation) {
            planned.calls = planned.calls.saturating_sub(1);
        }
        let due = |planned: &Planned| planned.calls == 0 && planned.operation == operation;
        let due = self.0.iter().position(due)?;
        Some(self.0.remove(due).fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_when_they_are_due_and_once() {
        let mut faults = Faults::default();
        faults.plan("GetUser", 2, Fault::Throttled);
        faults.plan("GetUser", 3, Fault::AnswerLost);
        faults.plan("SignUp", 1, Fault::InternalError);
        let mut next = |operation| faults.next(operation);
        assert_eq!(next("GetUser"), None);
        assert_eq!(next("GetUser"), Some(Fault::Throttled));
        assert_eq!(next("SignUp"), Some(Fault::InternalError));
        assert_eq!(next("SignUp"), None);
        assert_eq!(next("GetUser"), Some(Fault::AnswerLost));
        assert_eq!(next("GetUser"), None);
    }

    #[test]
    fn two_faults_of_one_call_come_one_after_the_other() {
        let mut faults = Faults::default();
        faults.plan("GetUser", 1, Fault::Throttled);
        faults.plan("GetUser", 1, Fault::AnswerCut);
        assert_eq!(faults.next("GetUser"), Some(Fault::Throttled));
        assert_eq!(faults.next("SignUp"), None);
        assert_eq!(faults.next("GetUser"), Some(Fault::AnswerCut));
    }
}
