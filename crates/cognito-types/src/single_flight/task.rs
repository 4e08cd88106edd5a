//! The tokio task of spawned work, and the check that its runtime runs tasks.

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

/// The time within which a runtime runs a new task, unless it is not driven or its threads are
/// blocked.
const STALL_TIME: Duration = Duration::from_secs(10);

/// A task, and the runtime that runs it.
#[derive(Clone)]
pub(super) struct Task {
    handle: AbortHandle,
    runtime: Handle,
    pub(super) stall_time: Duration,
    is_abandoned: Arc<AtomicBool>,
}

impl Task {
    pub(super) fn new(handle: AbortHandle, runtime: Handle) -> Self {
        Self { handle, runtime, stall_time: STALL_TIME, is_abandoned: Arc::default() }
    }

    /// Returns whether the task was abandoned by callers on another runtime.
    pub(super) fn is_abandoned(&self) -> bool {
        self.is_abandoned.load(Ordering::Relaxed)
    }

    /// Returns whether the task has ended or was abandoned.
    pub(super) fn has_ended(&self) -> bool {
        self.handle.is_finished() || self.is_abandoned()
    }

    /// Waits until the runtime of the task stalls, and then abandons the task.
    ///
    /// It waits forever on that runtime itself, which is driven as long as it polls this future.
    pub(super) async fn stalled(&self) {
        let current = Handle::try_current();
        let is_elsewhere = current.is_ok_and(|current| current.id() != self.runtime.id());
        // Timers panic on a runtime without a timer.
        if !is_elsewhere || AssertUnwindSafe(self.watch()).catch_unwind().await.is_err() {
            return pending().await;
        }
        self.is_abandoned.store(true, Ordering::Relaxed);
        self.handle.abort();
    }

    /// Waits while the runtime runs, which one of a single thread does only inside `block_on`.
    async fn watch(&self) {
        while self.runtime_runs().await {
            sleep(self.stall_time).await;
        }
    }

    async fn runtime_runs(&self) -> bool {
        let probe = self.runtime.spawn(async {});
        let abort = probe.abort_handle();
        // A runtime that was shut down cancels the probe at once, as it cancelled the task.
        let runs = timeout(self.stall_time, probe).await.is_ok();
        abort.abort();
        runs
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, Runtime};

    use super::*;

    const STALL: Duration = Duration::from_millis(200);

    fn task(runtime: &Runtime) -> Task {
        let handle = runtime.spawn(pending::<()>()).abort_handle();
        Task { stall_time: STALL, ..Task::new(handle, runtime.handle().clone()) }
    }

    /// Waits in real time, because other runtimes have their own clock.
    async fn is_abandoned_in(task: &Task, limit: Duration) -> bool {
        timeout(limit, task.stalled()).await.is_ok() && task.is_abandoned() && task.has_ended()
    }

    #[tokio::test]
    async fn only_a_runtime_that_is_not_driven_stalls() {
        let driven = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let idle = Builder::new_current_thread().build().unwrap();
        let (on_driven, on_idle) = (task(&driven), task(&idle));
        assert!(!is_abandoned_in(&on_driven, 5 * STALL).await);
        assert!(!on_driven.has_ended());
        assert!(is_abandoned_in(&on_idle, 50 * STALL).await);
        driven.shutdown_background();
        idle.shutdown_background();
    }

    #[test]
    fn callers_on_the_runtime_of_the_task_and_outside_of_runtimes_wait() {
        let idle = Builder::new_current_thread().enable_time().build().unwrap();
        let task = task(&idle);
        assert!(task.stalled().now_or_never().is_none());
        let waits = idle.block_on(async { !is_abandoned_in(&task, 3 * STALL).await });
        assert!(waits && !task.has_ended());
    }

    #[test]
    fn callers_on_a_runtime_without_a_timer_wait() {
        let [idle, other] = [(); 2].map(|()| Builder::new_current_thread().build().unwrap());
        let task = task(&idle);
        other.block_on(async { assert!(task.stalled().now_or_never().is_none()) });
        assert!(!task.has_ended());
    }
}
