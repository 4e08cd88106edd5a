//! Reading, changing and writing back, while others do the same.

use std::time::Duration;

use tokio::time::sleep;

use crate::error::Error;

/// The pauses before another attempt, at most: half of each is left to chance.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
];

/// Reads, changes and writes; repeats the update after a concurrent change.
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

/// A list without what is in it before, as an entry may be added that is there already.
pub(super) fn unique<T: Clone + PartialEq>(list: &Option<Vec<T>>) -> Option<Vec<T>> {
    let mut kept: Vec<T> = Vec::new();
    for entry in list.as_ref()? {
        if !kept.contains(entry) {
            kept.push(entry.clone());
        }
    }
    Some(kept)
}

/// Other conflicts, such as an import that is under way, last longer than any pause.
fn was_raced(error: &Error) -> bool {
    error.exception() == Some("ConcurrentModificationException")
}

/// So that two who got in each other's way do not meet again.
fn with_jitter(pause: Duration) -> Duration {
    let chance = getrandom::u32().unwrap_or_default() % 1024;
    pause / 2 + pause * chance / 2048
}
