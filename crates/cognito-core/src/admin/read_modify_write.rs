//! Read-modify-write updates, with retries after concurrent changes.

use std::time::Duration;

use tokio::time::sleep;

use crate::error::Error;

/// The maximum pauses before another attempt; half of each is random.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
];

/// Runs a read-modify-write update, and retries it after a concurrent change.
pub(super) async fn unless_raced<T, F>(attempt: impl Fn() -> F + Send + Sync) -> Result<T, Error>
where
    T: Send,
    F: Future<Output = Result<T, Error>> + Send,
{
    for pause in PAUSES {
        match attempt().await {
            Err(error) if was_raced(&error) => sleep(with_jitter(pause)).await,
            result => return result,
        }
    }
    attempt().await
}

/// Returns a list without duplicates, because a caller may add an entry that already exists.
pub(super) fn unique<T: Clone + PartialEq>(list: &Option<Vec<T>>) -> Option<Vec<T>> {
    let mut kept: Vec<T> = Vec::new();
    for entry in list.as_ref()? {
        if !kept.contains(entry) {
            kept.push(entry.clone());
        }
    }
    Some(kept)
}

/// Returns whether the update lost a race. Other conflicts, such as an import under way, last
/// longer than any pause.
fn was_raced(error: &Error) -> bool {
    error.exception() == Some("ConcurrentModificationException")
}

/// Adds jitter to a pause, so that two programs in conflict do not collide again.
fn with_jitter(pause: Duration) -> Duration {
    let chance = getrandom::u32().unwrap_or_default() % 1024;
    pause / 2 + pause * chance / 2048
}
