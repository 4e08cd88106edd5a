//! Logs of the library on standard error, with `-vv`.

use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Starts to log requests and retries. The library logs no body and no secret.
pub(crate) fn start(verbose: u8) {
    let filter = match verbose {
        0 | 1 => return,
        // The beginning of the names of all crates of the library.
        2 => "cognito=debug",
        _ => "cognito=trace",
    };
    let logs = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter));
    // A request is a span, which has its outcome at its end.
    let logs = logs.with_span_events(FmtSpan::CLOSE);
    // A message about a standard error that is closed would be a panic.
    let logs = logs.log_internal_errors(false);
    // Nothing else sets a subscriber.
    let _ = logs.with_writer(io::stderr).without_time().try_init();
}
