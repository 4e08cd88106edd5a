//! The threads on which requests over HTTP and triggers run.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

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
        builder.enable_all().max_blocking_threads(MAX_TRIGGERS).thread_name("cognito-emulator");
        builder.build().expect("threads can be started")
    };
    WORKERS.get_or_init(start).handle()
}
