//! Work that runs once for all callers, to its end even if they are dropped, and within a time
//! limit.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use cognito_types::{BoxFuture, TokenError, TokenErrorKind};
use futures_util::FutureExt;
use futures_util::future::Shared;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::timeout;

/// Work under way. Clones share it.
#[derive(Clone)]
pub(crate) struct Flight<T> {
    outcome: Shared<BoxFuture<'static, Result<T, TokenError>>>,
    task: AbortHandle,
    /// When the work began, by the monotonic clock.
    began: Duration,
}

impl<T: Clone + Send + Sync + 'static> Flight<T> {
    /// Starts work on a task of its own and passes its outcome to `arrived`, also when the work
    /// panics or exceeds the time limit.
    ///
    /// `arrived` is not called when the runtime is shut down.
    pub(crate) fn launch<O: Send + 'static>(
        (began, limit): (Duration, Duration),
        work: impl Future<Output = Result<O, TokenError>> + Send + 'static,
        arrived: impl FnOnce(Result<O, TokenError>) -> Result<T, TokenError> + Send + 'static,
    ) -> Result<Self, TokenError> {
        let runtime = Handle::try_current()
            .map_err(|error| TokenError::new(TokenErrorKind::Configuration, error))?;
        let task = runtime.spawn(async move {
            // `timeout` panics on a runtime without a timer, so it is created in here.
            let limited = async move { timeout(limit, work).await };
            let outcome = match AssertUnwindSafe(limited).catch_unwind().await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Err(failed("the function that gets tokens exceeded its time limit")),
                Err(_) => Err(failed("the function that gets tokens panicked")),
            };
            arrived(outcome)
        });
        let handle = task.abort_handle();
        let outcome = async move {
            let joined = task.await;
            joined.unwrap_or_else(|_| Err(failed("the runtime of the refresh was shut down")))
        };
        Ok(Self { outcome: outcome.boxed().shared(), task: handle, began })
    }

    /// Returns whether the task has ended, such as because its runtime was shut down.
    pub(crate) fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    /// When the work began, by the monotonic clock.
    pub(crate) fn began(&self) -> Duration {
        self.began
    }

    pub(crate) async fn outcome(&self) -> Result<T, TokenError> {
        self.outcome.clone().await
    }
}

fn failed(reason: &'static str) -> TokenError {
    TokenError::new(TokenErrorKind::Transient, reason)
}
