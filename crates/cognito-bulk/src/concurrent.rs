//! Concurrent tasks, enough to use the quota.

use std::collections::VecDeque;
use std::time::Duration;

use cognito_types::QuotaCategory;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::timeout;

use crate::error::JobError;
use crate::quota::Quota;

/// The interval at which the number of concurrent tasks is adjusted to the latency of requests.
const ADJUSTMENT: Duration = Duration::from_secs(1);

/// The number of tasks for each concurrent request.
///
/// Tasks that wait for a permit cost little, and tasks of equal length then end at about the same
/// time, where the last of a few would be alone with the quota.
const TASKS_PER_REQUEST: usize = 4;

/// The most tasks at once, each of which may have a file open.
const MOST_TASKS: usize = 256;

/// Runs tasks that send requests of a category one after the other; a task may return further ones.
///
/// The first error ends all of them.
pub(crate) async fn run_all<T, F>(
    quota: &Quota,
    category: QuotaCategory,
    tasks: Vec<T>,
    run: impl Fn(T) -> F + Send + Sync,
) -> Result<(), JobError>
where
    T: Send,
    F: Future<Output = Result<Vec<T>, JobError>> + Send,
{
    let mut queue = VecDeque::from(tasks);
    let mut running = FuturesUnordered::new();
    loop {
        let tasks = quota.concurrency(category).saturating_mul(TASKS_PER_REQUEST);
        while running.len() < tasks.min(MOST_TASKS)
            && let Some(task) = queue.pop_front()
        {
            running.push(run(task));
        }
        match timeout(ADJUSTMENT, running.next()).await {
            Err(_) => {}
            Ok(None) => return Ok(()),
            Ok(Some(further)) => queue.extend(further?),
        }
    }
}

/// Runs a task for each item of a stream, which is read as tasks end.
///
/// `limit` is the number of concurrent requests. The first error ends all of them.
pub(crate) async fn run_each<T, F>(
    limit: impl Fn() -> usize + Send,
    items: impl Iterator<Item = Result<T, JobError>> + Send,
    run: impl Fn(T) -> F + Send + Sync,
) -> Result<(), JobError>
where
    T: Send,
    F: Future<Output = Result<(), JobError>> + Send,
{
    let (mut items, mut running) = (items.fuse(), FuturesUnordered::new());
    loop {
        while running.len() < limit().min(MOST_TASKS)
            && let Some(item) = items.next()
        {
            running.push(run(item?));
        }
        match timeout(ADJUSTMENT, running.next()).await {
            Err(_) => {}
            Ok(None) => return Ok(()),
            Ok(Some(done)) => done?,
        }
    }
}
