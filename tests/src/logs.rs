//! The log of a test at the finest level.

use std::io;
use std::sync::{Arc, Mutex};

use tracing::Dispatch;
use tracing_subscriber::fmt::MakeWriter;

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Runs a future, and returns its output and everything that was logged meanwhile.
pub fn logged<T>(run: impl Future<Output = T>) -> (T, String) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .without_time()
        .with_writer(log.clone())
        .finish();
    let subscriber = Dispatch::new(subscriber);
    // With a single subscriber, tracing-core only asks that of the current thread whether a
    // callsite is enabled, so that another test could disable it for this one.
    let _second = Dispatch::new(tracing_subscriber::registry());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let output = tracing::dispatcher::with_default(&subscriber, || runtime.block_on(run));
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    (output, log)
}
