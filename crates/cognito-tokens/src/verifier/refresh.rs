//! Refreshing key sets in the background.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{join_all, select};

use super::Trusted;
use crate::fetch::FETCH_TIME_LIMIT;
use crate::fetched::MAX_FAILURE_BACK_OFF;
use crate::key_source::{Published, WeakKeySource};

/// The time between two checks of the age of the sets, and so the shortest time to a retry.
const INTERVAL: Duration = MAX_FAILURE_BACK_OFF;

/// Weak references to the sources of each pool.
pub(super) struct Pools(Vec<Vec<WeakKeySource>>);

impl Pools {
    pub(super) fn of<'a>(trusted: impl Iterator<Item = &'a Trusted>) -> Self {
        let mut pools: BTreeMap<usize, Vec<WeakKeySource>> = BTreeMap::new();
        for trusted in trusted {
            pools.entry(trusted.pool).or_default().extend(trusted.source.downgrade());
        }
        Self(pools.into_values().collect())
    }

    /// Returns the sources that must be kept current.
    fn sources(&self) -> Vec<Published> {
        let of_pool = |sources: &Vec<WeakKeySource>| {
            let mut alive: Vec<_> = sources.iter().filter_map(WeakKeySource::upgrade).collect();
            if alive.iter().any(Published::has_keys) {
                // A refused URL is not used by the pool. Other failures may be temporary.
                alive.retain(|source| source.has_keys() || !source.is_refused());
            }
            alive
        };
        self.0.iter().flat_map(of_pool).collect()
    }
}

pub(super) async fn keep_fresh<S, F>(pools: Pools, sleep: S)
where
    S: Fn(Duration) -> F,
    F: Future<Output = ()>,
{
    loop {
        let sources = pools.sources();
        if sources.is_empty() {
            return;
        }
        // The state of the set records a failure, which is retried with backoff.
        let fetches = sources.into_iter().map(|source| async move { source.prefetch().await });
        let mut fetches = Box::pin(join_all(fetches));
        if (&mut fetches).now_or_never().is_none() {
            // The next check of its state counts a fetch without a response as failed.
            select(fetches, pin!(sleep(FETCH_TIME_LIMIT))).await;
        }
        sleep(INTERVAL).await;
    }
}
