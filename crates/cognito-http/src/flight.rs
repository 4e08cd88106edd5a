//! Work that is done once for all who wait for it, and to its end even if they leave.

use cognito_tokens::{BoxFuture, TokenError, TokenErrorKind};
use futures_util::FutureExt;
use futures_util::future::Shared;
use tokio::runtime::Handle;

/// Work under way.
pub(crate) type Flight<T> = Shared<BoxFuture<'static, Result<T, TokenError>>>;

/// Starts work on a task of its own, which nobody's leaving stops.
pub(crate) fn launch<T: Clone + Send + Sync + 'static>(
    work: impl Future<Output = Result<T, TokenError>> + Send + 'static,
) -> Result<Flight<T>, TokenError> {
    let runtime = Handle::try_current()
        .map_err(|error| TokenError::new(TokenErrorKind::Configuration, error))?;
    let task = runtime.spawn(work);
    let outcome = async move {
        let joined = task.await;
        joined.unwrap_or_else(|error| Err(TokenError::new(TokenErrorKind::Transient, error)))
    };
    Ok(outcome.boxed().shared())
}

/// The flight, unless it has ended without anybody's noting it: its task panicked, or its runtime
/// is gone.
pub(crate) fn under_way<T: Clone>(flight: &Option<Flight<T>>) -> Option<Flight<T>> {
    flight.as_ref().filter(|flight| flight.peek().is_none()).cloned()
}
