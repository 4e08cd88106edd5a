//! Fault injection, for tests of the error handling of clients.

use std::time::Duration;

use crate::model::Target;

/// A fault that is injected into a call.
///
/// ```
/// use std::time::Duration;
/// use cognito_emulator::{Emulator, InjectedFault};
///
/// let emulator = Emulator::builder().in_process();
/// emulator.plan_fault("GetUser", 1, InjectedFault::Delayed(Duration::from_secs(30)));
/// let name = "ConcurrentModificationException"; // any name, unknown ones too
/// emulator.plan_fault("UpdateGroup", 1, InjectedFault::exception(name, "Please try again."));
/// let rejected = emulator.call("UpdateGroup", &serde_json::json!({})).unwrap_err();
/// assert_eq!(rejected.to_string(), "ConcurrentModificationException: Please try again.");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InjectedFault {
    /// Rejects the call with TooManyRequestsException; the operation is not executed.
    Throttled,
    /// Rejects the call with InternalErrorException and HTTP status 500; the operation is not
    /// executed.
    InternalError,
    /// Rejects the call with an exception; the operation is not executed.
    #[non_exhaustive]
    Exception {
        /// Its name, such as `ConcurrentModificationException`.
        name: String,
        /// Its message.
        message: String,
    },
    /// Closes the connection before the request is read; the operation is not executed.
    ConnectionRefused,
    /// Executes the operation and closes the connection before the response.
    ResponseLost,
    /// Executes the operation and closes the connection in the middle of the response.
    ResponseTruncated,
    /// Executes the operation and delays the response.
    ///
    /// The delay uses tokio's time over HTTP and in the client for the AWS SDK; [`Emulator::call`]
    /// does not wait.
    ///
    /// [`Emulator::call`]: crate::Emulator::call
    Delayed(Duration),
}

impl InjectedFault {
    /// Creates a fault that rejects the call with an exception. The HTTP status is 500 for
    /// `InternalErrorException`, `InternalServerException` and `InternalFailure`, and 400 for all
    /// others.
    pub fn exception(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Exception { name: name.into(), message: message.into() }
    }
}

/// The planned faults.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<PlannedFault>);

/// A planned fault.
#[derive(Clone, Debug)]
pub(crate) struct PlannedFault {
    pub(crate) operation: String,
    /// The number of calls up to and including the faulty one.
    pub(crate) calls: usize,
    pub(crate) fault: InjectedFault,
}

impl Faults {
    pub(crate) fn plan(&mut self, operation: &str, nth: usize, fault: InjectedFault) {
        self.0.push(PlannedFault { operation: operation.to_owned(), calls: nth.max(1), fault });
    }

    /// Returns the faults in the order in which they were planned.
    pub(crate) fn planned(&self) -> &[PlannedFault] {
        &self.0
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Counts a call and returns its fault.
    pub(crate) fn next(&mut self, target: Target<'_>) -> Option<InjectedFault> {
        for planned in self.0.iter_mut().filter(|planned| planned.is_for(target)) {
            planned.calls = planned.calls.saturating_sub(1);
        }
        let due = |planned: &PlannedFault| planned.calls == 0 && planned.is_for(target);
        let due = self.0.iter().position(due)?;
        Some(self.0.remove(due).fault)
    }
}

impl PlannedFault {
    /// Returns whether the fault is for an operation. A name with the prefix of a target applies to
    /// one service only.
    fn is_for(&self, target: Target<'_>) -> bool {
        self.operation == target.name || Target::read(&self.operation) == Some(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Api;

    #[test]
    fn name_with_a_prefix_applies_to_one_service() {
        let tag = |api| Target { api, name: "TagResource" };
        let mut faults = Faults::default();
        faults.plan("AWSCognitoIdentityService.TagResource", 1, InjectedFault::Throttled);
        assert_eq!(faults.next(tag(Api::UserPools)), None);
        assert_eq!(faults.next(tag(Api::IdentityPools)), Some(InjectedFault::Throttled));
        for api in [Api::UserPools, Api::IdentityPools] {
            faults.plan("TagResource", 1, InjectedFault::Throttled);
            assert_eq!(faults.next(tag(api)), Some(InjectedFault::Throttled), "{api:?}");
        }
    }

    #[test]
    fn fault_is_injected_once_into_the_planned_call() {
        let mut faults = Faults::default();
        faults.plan("GetUser", 2, InjectedFault::Throttled);
        faults.plan("GetUser", 3, InjectedFault::ResponseLost);
        faults.plan("SignUp", 1, InjectedFault::InternalError);
        let mut next = |operation| faults.next(Target::named(operation));
        assert_eq!(next("GetUser"), None);
        assert_eq!(next("GetUser"), Some(InjectedFault::Throttled));
        assert_eq!(next("SignUp"), Some(InjectedFault::InternalError));
        assert_eq!(next("SignUp"), None);
        assert_eq!(next("GetUser"), Some(InjectedFault::ResponseLost));
        assert_eq!(next("GetUser"), None);
    }

    #[test]
    fn second_fault_of_a_call_is_injected_into_the_next_one() {
        let mut faults = Faults::default();
        faults.plan("GetUser", 1, InjectedFault::Throttled);
        faults.plan("GetUser", 1, InjectedFault::ResponseTruncated);
        assert_eq!(faults.next(Target::named("GetUser")), Some(InjectedFault::Throttled));
        assert_eq!(faults.next(Target::named("SignUp")), None);
        assert_eq!(faults.next(Target::named("GetUser")), Some(InjectedFault::ResponseTruncated));
    }
}
