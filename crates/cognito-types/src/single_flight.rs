//! Work that runs once for all callers that wait for it.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
#[cfg(feature = "tokio")]
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
#[cfg(feature = "tokio")]
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Shared;
#[cfg(feature = "tokio")]
use tokio::{runtime::Handle, task::AbortHandle, task::JoinError, time::timeout};

use crate::future::BoxFuture;
#[cfg(feature = "tokio")]
use crate::runtime::RuntimeId;

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

/// The task of spawned work.
#[cfg(feature = "tokio")]
#[derive(Clone)]
struct Task {
    handle: AbortHandle,
    runtime: RuntimeId,
    is_given_up: Arc<AtomicBool>,
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
    /// The runtime was shut down before the work completed, or does not run tasks any more.
    #[error("the runtime of the work was shut down or does not run tasks")]
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
        let (handle, is_given_up) = (task.abort_handle(), Arc::default());
        let outcome = task.map(|joined| joined.map_err(FlightError::from));
        let task = Task { handle, runtime: RuntimeId::current(), is_given_up };
        Ok(Self { outcome: outcome.boxed().shared(), task: Some(task) })
    }

    /// Waits for the outcome.
    ///
    /// # Errors
    ///
    /// [`FlightError`] if the work panicked or its runtime was shut down.
    pub async fn outcome(&self) -> Result<T, FlightError> {
        self.outcome.clone().await
    }

    /// Waits for the outcome, and gives the work up after `patience` if its task is on another
    /// runtime.
    ///
    /// A runtime of one thread runs tasks and their timers only inside `block_on`, so its work may
    /// never end. Work that was given up [has ended](Self::has_ended) for all callers, but its task
    /// may continue later.
    ///
    /// # Errors
    ///
    /// The errors of [`outcome`](Self::outcome).
    ///
    /// # Panics
    ///
    /// If the task is on another runtime, and that of the caller has no timer (`enable_time`).
    #[cfg(feature = "tokio")]
    pub async fn outcome_within(&self, patience: Duration) -> Result<T, FlightError> {
        // There are no timers outside a runtime.
        let is_inside = Handle::try_current().is_ok();
        let is_foreign = |task: &&Task| is_inside && task.runtime != RuntimeId::current();
        let Some(task) = self.task.as_ref().filter(is_foreign) else {
            return self.outcome().await;
        };
        timeout(patience, self.outcome()).await.unwrap_or_else(|_| {
            task.is_given_up.store(true, Ordering::Relaxed);
            Err(FlightError::ShutDown)
        })
    }

    /// Returns whether the work has ended, with an outcome or without one, or was given up.
    pub fn has_ended(&self) -> bool {
        #[cfg(feature = "tokio")]
        if self.task.as_ref().is_some_and(Task::has_ended) {
            return true;
        }
        self.outcome.peek().is_some()
    }
}

#[cfg(feature = "tokio")]
impl Task {
    fn has_ended(&self) -> bool {
        self.handle.is_finished() || self.is_given_up.load(Ordering::Relaxed)
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
    fn work_of_a_runtime_that_does_not_run_is_given_up_by_others() {
        let [one, other] =
            [(); 2].map(|()| Builder::new_current_thread().enable_time().build().unwrap());
        let flight = {
            let _entered = one.enter();
            SingleFlight::spawn(async { "done" }).unwrap()
        };
        let waiting = async { flight.outcome_within(Duration::from_millis(1)).await };
        assert_eq!(other.block_on(waiting), Err(FlightError::ShutDown));
        assert!(flight.has_ended());
        let late = async { flight.outcome_within(Duration::ZERO).await };
        assert_eq!(one.block_on(late), Ok("done"), "its own callers have no limit");
    }

    #[test]
    fn nothing_is_spawned_outside_a_runtime() {
        let refused = SingleFlight::spawn(async {}).map(drop);
        assert_eq!(refused, Err(FlightError::NoRuntime));
    }
}
