//! Logs of the library on standard error, with `-vv`.

use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Starts to log requests and retries. The library logs no body and no secret.
pub(crate) fn start(verbose: u8) {
    let filter = match verbose {
        0 | 1 => return,
        // The common prefix of the names of the library's crates.
        2 => "cognito=debug",
        _ => "cognito=trace",
    };
    let logs = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter));
    // Each request is a span, which contains its outcome when it closes.
    let logs = logs.with_span_events(FmtSpan::CLOSE);
    // Logging an error about a closed standard error would panic.
    let logs = logs.log_internal_errors(false);
    // This cannot fail, because nothing else sets a subscriber.
    let _ = logs.with_writer(io::stderr).without_time().try_init();
}
