//! Faults on request, for tests of clients that must live with them.

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It is refused with TooManyRequestsException, and nothing is done.
    Throttled,
    /// It is refused with InternalErrorException and HTTP status 500, and nothing is done.
    InternalError,
    /// It is done, but the connection ends before the answer.
    AnswerLost,
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
        let due = self.0.iter().position(|planned| planned.calls == 0)?;
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
}
