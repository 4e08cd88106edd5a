//! Work that runs once for all callers that wait for it.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::Shared;
#[cfg(feature = "tokio")]
use tokio::{runtime::Handle, task::AbortHandle, task::JoinError};

use crate::future::BoxFuture;

/// Work, such as a refresh, that runs once for all callers. Clones share it.
///
/// ```
/// # mod cognito { pub use cognito_types as types; }
/// use cognito::types::SingleFlight;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let fetch = SingleFlight::driven(async { "the response" });
/// let other = fetch.clone();
/// assert_eq!(fetch.outcome().await, Ok("the response"));
/// assert_eq!(other.outcome().await, Ok("the response"));
/// # }
/// ```
#[derive(Clone)]
pub struct SingleFlight<T> {
    outcome: Shared<BoxFuture<'static, Result<T, FlightError>>>,
    #[cfg(feature = "tokio")]
    task: Option<AbortHandle>,
}

/// The reason why the work of a [`SingleFlight`] has no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlightError {
    /// There is no tokio runtime to start the work on.
    #[error("there is no tokio runtime to run the work on; call this library inside one")]
    NoRuntime,
    /// The work panicked.
    #[error("the work panicked")]
    Panicked,
    /// The runtime was shut down before the work completed.
    #[error("the runtime of the work was shut down")]
    ShutDown,
}

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    /// Creates work that the waiting callers poll, on any runtime.
    ///
    /// It makes progress only while at least one caller waits.
    pub fn driven(work: impl Future<Output = T> + Send + 'static) -> Self {
        let outcome = AssertUnwindSafe(work).catch_unwind();
        let outcome = outcome.map(|ended| ended.map_err(|_| FlightError::Panicked));
        Self {
            outcome: outcome.boxed().shared(),
            #[cfg(feature = "tokio")]
            task: None,
        }
    }

    /// Starts work on its own tokio task, which completes even if no caller waits.
    ///
    /// # Errors
    ///
    /// [`FlightError::NoRuntime`] outside a tokio runtime.
    #[cfg(feature = "tokio")]
    pub fn spawn(work: impl Future<Output = T> + Send + 'static) -> Result<Self, FlightError> {
        let runtime = Handle::try_current().map_err(|_| FlightError::NoRuntime)?;
        let task = runtime.spawn(work);
        let handle = task.abort_handle();
        let outcome = task.map(|joined| joined.map_err(FlightError::from));
        Ok(Self { outcome: outcome.boxed().shared(), task: Some(handle) })
    }

    /// Waits for the outcome.
    ///
    /// # Errors
    ///
    /// [`FlightError`] if the work panicked or its runtime was shut down.
    pub async fn outcome(&self) -> Result<T, FlightError> {
        self.outcome.clone().await
    }

    /// Returns whether the work has ended, with an outcome or without one.
    pub fn has_ended(&self) -> bool {
        #[cfg(feature = "tokio")]
        if self.task.as_ref().is_some_and(AbortHandle::is_finished) {
            return true;
        }
        self.outcome.peek().is_some()
    }
}

#[cfg(feature = "tokio")]
impl From<JoinError> for FlightError {
    fn from(error: JoinError) -> Self {
        if error.is_panic() { Self::Panicked } else { Self::ShutDown }
    }
}

impl<T> fmt::Debug for SingleFlight<T> {
    // The outcome may be a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleFlight").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::{join, pending};
    use tokio::runtime::Builder;
    use tokio::sync::oneshot;
    use tokio::task::yield_now;

    use super::*;

    fn counted(runs: &Arc<AtomicUsize>) -> impl Future<Output = usize> + use<> {
        let runs = Arc::clone(runs);
        async move {
            let run = runs.fetch_add(1, Ordering::Relaxed);
            yield_now().await;
            run
        }
    }

    #[tokio::test]
    async fn callers_share_one_run() {
        let runs = Arc::default();
        let driven = SingleFlight::driven(counted(&runs));
        let spawned = SingleFlight::spawn(counted(&runs)).unwrap();
        for flight in [driven, spawned] {
            let (first, second) = (flight.clone(), flight);
            let (one, other) = join(first.outcome(), second.outcome()).await;
            assert_eq!(one, other);
            assert!(first.has_ended() && second.has_ended());
        }
        assert_eq!(runs.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn driven_work_continues_when_a_caller_leaves() {
        let (send, receive) = oneshot::channel();
        let flight = SingleFlight::driven(async { receive.await.unwrap_or("lost") });
        let other = flight.clone();
        assert!(flight.outcome().now_or_never().is_none());
        drop(flight);
        send.send("sent").unwrap();
        assert_eq!(other.outcome().await, Ok("sent"));
    }

    #[tokio::test]
    async fn spawned_work_completes_without_callers() {
        let (send, receive) = oneshot::channel();
        let flight = SingleFlight::spawn(async { send.send("done") }).unwrap();
        drop(flight);
        assert_eq!(receive.await, Ok("done"));
    }

    #[tokio::test]
    async fn a_panic_reaches_every_caller_as_an_error() {
        let work = async || {
            yield_now().await;
            panic!("on purpose")
        };
        for flight in [SingleFlight::<()>::driven(work()), SingleFlight::spawn(work()).unwrap()] {
            let (one, other) = join(flight.outcome(), flight.outcome()).await;
            assert_eq!((one, other), (Err(FlightError::Panicked), Err(FlightError::Panicked)));
            assert!(flight.has_ended());
        }
    }

    #[test]
    fn work_has_ended_when_its_runtime_is_shut_down() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let flight = {
            let _entered = runtime.enter();
            SingleFlight::spawn(pending::<()>()).unwrap()
        };
        assert!(!flight.has_ended());
        drop(runtime);
        assert!(flight.has_ended());
        assert_eq!(flight.outcome().now_or_never(), Some(Err(FlightError::ShutDown)));
    }

    #[test]
    fn nothing_is_spawned_outside_a_runtime() {
        let refused = SingleFlight::spawn(async {}).map(drop);
        assert_eq!(refused, Err(FlightError::NoRuntime));
    }
}
