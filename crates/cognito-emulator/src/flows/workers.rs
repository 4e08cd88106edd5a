//! The threads on which requests over HTTP and triggers run.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// Threads for requests over HTTP, each of which may wait for keys that are being generated.
const REQUEST_THREADS: usize = 8;

/// Triggers that may wait at the same time, each on a thread of its own.
const MAX_TRIGGERS: usize = 4096;

/// Returns the runtime that all emulators of the process share.
///
/// The caller's runtime does not serve: a trigger may block its thread, and the caller may have
/// one thread only, or none that runs.
#[allow(clippy::expect_used)] // Fails only where no thread can be started.
pub(crate) fn workers() -> &'static Handle {
    static WORKERS: OnceLock<Runtime> = OnceLock::new();
    let start = || {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(REQUEST_THREADS).max_blocking_threads(MAX_TRIGGERS);
        builder.enable_all().thread_name("cognito-emulator");
        builder.build().expect("threads can be started")
    };
    WORKERS.get_or_init(start).handle()
}
