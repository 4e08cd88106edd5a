//! Logs of the library on standard error, with `-vv`.

use std::io;

use tracing_subscriber::EnvFilter;

/// Starts to log requests and retries. The library logs no body and no secret.
pub(crate) fn start(verbose: u8) {
    let filter = match verbose {
        0 | 1 => return,
        2 => "cognito=debug,cognito_core=debug,cognito_http=debug,cognito_tokens=debug",
        _ => "cognito=trace,cognito_core=trace,cognito_http=trace,cognito_tokens=trace",
    };
    let logs = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter));
    // Nothing else sets a subscriber.
    let _ = logs.with_writer(io::stderr).without_time().try_init();
}
