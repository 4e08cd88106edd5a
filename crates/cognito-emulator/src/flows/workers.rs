//! The threads on which requests over HTTP and triggers run, and callers that block theirs.

use std::cell::Cell;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task;

/// Threads for requests over HTTP.
const REQUEST_THREADS: usize = 8;

/// Triggers, and requests that wait for keys, at the same time: each has a thread of its own.
const MAX_BLOCKED: usize = 4096;

thread_local! {
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// Returns the runtime that all emulators of the process share.
///
/// The caller's runtime does not serve: a trigger may block its thread, and the caller may have
/// one thread only, or none that runs.
#[allow(clippy::expect_used)] // Fails only where no thread can be started.
pub(crate) fn workers() -> &'static Handle {
    static WORKERS: OnceLock<Runtime> = OnceLock::new();
    let start = || {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(REQUEST_THREADS).max_blocking_threads(MAX_BLOCKED);
        builder.enable_all().thread_name("cognito-emulator");
        builder.on_thread_start(|| IS_WORKER.set(true));
        builder.build().expect("threads can be started")
    };
    WORKERS.get_or_init(start).handle()
}

/// Runs work that may block. On a worker, other requests and timers continue on another thread.
pub(crate) fn may_block<T>(work: impl FnOnce() -> T) -> T {
    // The thread of a caller may be the only one of its runtime, which rejects this.
    match IS_WORKER.get() {
        true => task::block_in_place(work),
        false => work(),
    }
}

/// Runs a future to its end on the thread of the caller.
///
/// The caller may be a task of tokio that has used up its budget (`tokio::task::coop`), of which the
/// primitives of tokio take no notice here: they would not be ready until the task yields.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    pollster::block_on(task::unconstrained(future))
}
