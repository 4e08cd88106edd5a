//! Retries of a job's requests, in addition to those of the client.

use std::time::Duration;

use cognito_core::{Error, Page, Pages};
use tokio::time::sleep;

use crate::run;

/// The number of failures of a request after which the job fails. Each failure follows all attempts
/// of the client.
const ATTEMPTS: u32 = 8;

/// The timeout of a request of a job. It is long because it includes the wait for a permit;
/// attempts have the timeout of the client.
pub(crate) const PERMIT_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The longest pause that a server can request. A request for a longer one ends the job.
const LONGEST_STATED: Duration = Duration::from_secs(600);

/// The retries of one request: a job survives about two minutes of throttling or lost connections.
pub(crate) struct Patience {
    attempts: u32,
    pause: Duration,
}

impl Patience {
    pub(crate) fn new() -> Self {
        Self { attempts: 1, pause: FIRST_PAUSE }
    }

    /// Waits before the next attempt, or returns the error after the last one.
    pub(crate) async fn wait(&mut self, error: Error) -> Result<(), Error> {
        let stated = error.retry_after().unwrap_or_default();
        if self.attempts >= ATTEMPTS || !error.is_transient() || stated > LONGEST_STATED {
            return Err(error);
        }
        let pause = self.pause.max(stated);
        run::report_pause(&error, pause);
        sleep(pause).await;
        self.attempts = self.attempts.saturating_add(1);
        self.pause = self.pause.saturating_mul(2).min(LONGEST_PAUSE);
        Ok(())
    }
}

/// Sends an idempotent request until it succeeds or fails permanently.
pub(crate) async fn patiently<T, F>(request: impl Fn() -> F + Send + Sync) -> Result<T, Error>
where
    T: Send,
    F: Future<Output = Result<T, Error>> + Send,
{
    let mut patience = Patience::new();
    loop {
        match request().await {
            Ok(output) => return Ok(output),
            Err(error) => patience.wait(error).await?,
        }
    }
}

/// Returns the next page of a list, or none after the last.
pub(crate) async fn next_page<T: Send + 'static>(
    pages: &mut Pages<T>,
) -> Result<Option<Page<T>>, Error> {
    let mut patience = Patience::new();
    loop {
        match pages.next().await {
            Some(Err(error)) => patience.wait(error).await?,
            page => return page.transpose(),
        }
    }
}
