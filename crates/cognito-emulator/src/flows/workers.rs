//! The worker threads for HTTP requests and triggers, and callers that block their thread.

use std::cell::Cell;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task;

/// The number of threads for HTTP requests.
const REQUEST_THREADS: usize = 8;

/// The maximum number of concurrent triggers and requests that wait for keys: each blocks a thread.
const MAX_BLOCKED: usize = 4096;

thread_local! {
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// Returns the runtime that all emulators of the process share.
///
/// The caller's runtime cannot be used: a trigger may block its thread, and the caller may have
/// only one thread, or no running runtime.
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

/// Runs a closure that may block. On a worker, other requests and timers continue on another
/// thread.
pub(crate) fn may_block<T>(work: impl FnOnce() -> T) -> T {
    // A caller may use a single-threaded runtime, in which `block_in_place` panics.
    match IS_WORKER.get() {
        true => task::block_in_place(work),
        false => work(),
    }
}

/// Runs a future to completion on the caller's thread.
///
/// The caller may be a tokio task that has used up its budget (`tokio::task::coop`). Without
/// `unconstrained`, tokio's primitives would then not become ready until the task yields.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    pollster::block_on(task::unconstrained(future))
}
