//! Concurrent tasks, as many as the quota can use.

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
/// Tasks that wait for a permit cost little. With few tasks, the last one would use the quota
/// alone; with many of equal length, all of them end at about the same time.
const TASKS_PER_REQUEST: usize = 4;

/// The maximum number of concurrent tasks, each of which may have a file open.
const MOST_TASKS: usize = 256;

/// Runs concurrent tasks, each of which sends its requests one after the other. A task may return
/// further tasks.
///
/// While a task that `is_long` runs, the number of tasks is limited to the number that uses the
/// quota, so that its requests do not queue behind those of many other tasks, which can finish
/// later.
///
/// The first error ends all tasks.
pub(crate) async fn run_all<T, F>(
    quota: &Quota,
    category: QuotaCategory,
    tasks: Vec<T>,
    is_long: impl Fn(&T) -> bool + Send + Sync,
    run: impl Fn(T) -> F + Send + Sync,
) -> Result<(), JobError>
where
    T: Send,
    F: Future<Output = Result<Vec<T>, JobError>> + Send,
{
    let mut queue = VecDeque::from(tasks);
    let (mut running, mut long) = (FuturesUnordered::new(), 0_usize);
    loop {
        while running.len() < most_tasks(quota.concurrency(category), long)
            && let Some(task) = queue.pop_front()
        {
            let (is_long, task) = (is_long(&task), run(task));
            long = long.saturating_add(usize::from(is_long));
            running.push(async move { (is_long, task.await) });
        }
        match timeout(ADJUSTMENT, running.next()).await {
            Err(_) => {}
            Ok(None) => return Ok(()),
            Ok(Some((is_long, further))) => {
                long = long.saturating_sub(usize::from(is_long));
                queue.extend(further?);
            }
        }
    }
}

/// Runs a task for each item of a stream. Items are read when tasks end.
///
/// `limit` is the number of concurrent requests. The first error ends all tasks.
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

/// Returns the number of tasks that may run, for a number of concurrent requests and of long tasks.
fn most_tasks(concurrency: usize, long: usize) -> usize {
    let tasks = if long > 0 { concurrency } else { concurrency.saturating_mul(TASKS_PER_REQUEST) };
    tasks.min(MOST_TASKS)
}
