//! Work that runs once for all callers that wait for it.

#[cfg(feature = "tokio")]
mod task;

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
#[cfg(feature = "tokio")]
use std::pin::pin;

use futures_util::FutureExt;
use futures_util::future::Shared;
#[cfg(feature = "tokio")]
use futures_util::future::{Either, select};
#[cfg(feature = "tokio")]
use tokio::{runtime::Handle, task::JoinError};

#[cfg(feature = "tokio")]
use self::task::Task;
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
    task: Option<Task>,
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
    /// Callers on another runtime gave the work up, because its runtime did not run tasks.
    #[error("the runtime of the work did not run it in time")]
    Stalled,
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
    /// Callers on another runtime give the work up if its runtime runs no task for 10 seconds, such
    /// as a runtime of one thread outside of `block_on`.
    ///
    /// # Errors
    ///
    /// [`FlightError::NoRuntime`] outside a tokio runtime.
    #[cfg(feature = "tokio")]
    pub fn spawn(work: impl Future<Output = T> + Send + 'static) -> Result<Self, FlightError> {
        let runtime = Handle::try_current().map_err(|_| FlightError::NoRuntime)?;
        let joined = runtime.spawn(work);
        let task = Task::new(joined.abort_handle(), runtime);
        let this = task.clone();
        let failed = move |error: JoinError| match this.is_abandoned() {
            true => FlightError::Stalled,
            false => error.into(),
        };
        let outcome = joined.map(|joined| joined.map_err(failed));
        Ok(Self { outcome: outcome.boxed().shared(), task: Some(task) })
    }

    /// Waits for the outcome.
    ///
    /// # Errors
    ///
    /// [`FlightError`] if the work panicked, or its runtime was shut down or stalled.
    pub async fn outcome(&self) -> Result<T, FlightError> {
        let outcome = self.outcome.clone();
        #[cfg(feature = "tokio")]
        if let Some(task) = &self.task {
            return match select(outcome, pin!(task.stalled())).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right(_) => Err(FlightError::Stalled),
            };
        }
        outcome.await
    }

    /// Returns whether the work has ended, with an outcome or without one.
    pub fn has_ended(&self) -> bool {
        #[cfg(feature = "tokio")]
        if self.task.as_ref().is_some_and(Task::has_ended) {
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
    use std::time::Duration;

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

    #[tokio::test]
    async fn work_on_a_runtime_that_is_not_driven_is_given_up_by_callers_elsewhere() {
        let idle = Builder::new_current_thread().build().unwrap();
        let runs = Arc::new(AtomicUsize::new(0));
        let mut flight = {
            let _entered = idle.enter();
            SingleFlight::spawn(counted(&runs)).unwrap()
        };
        flight.task.as_mut().unwrap().stall_time = Duration::from_millis(50);
        let waiting = join(flight.outcome(), flight.outcome());
        let (one, other) = tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap();
        assert_eq!((one, other), (Err(FlightError::Stalled), Err(FlightError::Stalled)));
        assert!(flight.has_ended());
        let of_own_callers = std::thread::spawn(move || idle.block_on(flight.outcome()));
        assert_eq!(of_own_callers.join().unwrap(), Err(FlightError::Stalled));
        assert_eq!(runs.load(Ordering::Relaxed), 0, "work that was given up never runs");
    }

    #[test]
    fn nothing_is_spawned_outside_a_runtime() {
        let refused = SingleFlight::spawn(async {}).map(drop);
        assert_eq!(refused, Err(FlightError::NoRuntime));
    }
}
