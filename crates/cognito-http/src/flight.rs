//! Work that runs once for all callers, with a time limit. It completes even if the callers are
//! dropped.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use cognito_types::{SingleFlight, TokenError, TokenErrorKind};
use futures_util::FutureExt;
use tokio::time::timeout;

/// Work under way. Clones share it.
#[derive(Clone)]
pub(crate) struct Flight<T> {
    work: SingleFlight<Result<T, TokenError>>,
    /// When the work began, by the monotonic clock.
    began: Duration,
    limit: Duration,
}

/// The time after the limit of the work after which callers on other runtimes give it up.
const SLACK: Duration = Duration::from_secs(1);

impl<T: Clone + Send + Sync + 'static> Flight<T> {
    /// Starts work on its own task and passes its outcome to `arrived`, also if the work panics or
    /// exceeds the time limit.
    ///
    /// `arrived` is not called if the runtime is shut down.
    pub(crate) fn launch<O: Send + 'static>(
        (began, limit): (Duration, Duration),
        work: impl Future<Output = Result<O, TokenError>> + Send + 'static,
        arrived: impl FnOnce(Result<O, TokenError>) -> Result<T, TokenError> + Send + 'static,
    ) -> Result<Self, TokenError> {
        let work = SingleFlight::spawn(async move {
            // `timeout` is created inside the task, because it panics on a runtime without a timer.
            let limited = async move { timeout(limit, work).await };
            let outcome = match AssertUnwindSafe(limited).catch_unwind().await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Err(failed("fetching the token exceeded its time limit")),
                Err(_) => Err(failed("the function that gets tokens panicked")),
            };
            arrived(outcome)
        });
        let work = work.map_err(|error| TokenError::new(TokenErrorKind::Configuration, error))?;
        Ok(Self { work, began, limit })
    }

    /// Returns whether the work has ended, for example because its runtime was shut down.
    pub(crate) fn has_ended(&self) -> bool {
        self.work.has_ended()
    }

    /// Returns when the work began, by the monotonic clock.
    pub(crate) fn began(&self) -> Duration {
        self.began
    }

    /// Returns the outcome, or `None` if the work was lost: its runtime was shut down, or is another
    /// one that does not run tasks. `now` is the time of the monotonic clock.
    pub(crate) async fn outcome(&self, now: Duration) -> Option<Result<T, TokenError>> {
        let passed = now.saturating_sub(self.began);
        let patience = self.limit.saturating_add(SLACK).saturating_sub(passed);
        self.work.outcome_within(patience).await.ok()
    }
}

/// Returns the error of a caller whose own work was lost.
pub(crate) fn lost() -> TokenError {
    failed("the runtime of the refresh was shut down")
}

fn failed(reason: &'static str) -> TokenError {
    TokenError::new(TokenErrorKind::Transient, reason)
}
