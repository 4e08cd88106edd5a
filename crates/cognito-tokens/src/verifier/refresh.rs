//! Key sets that are fetched again in the background.

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

/// The time between two looks at the age of the sets: a failed fetch is retried no sooner.
const INTERVAL: Duration = MAX_FAILURE_BACK_OFF;

/// The sources of each pool, which keep none of them alive.
pub(super) struct Pools(Vec<Vec<WeakKeySource>>);

impl Pools {
    pub(super) fn of<'a>(trusted: impl Iterator<Item = &'a Trusted>) -> Self {
        let mut pools: BTreeMap<usize, Vec<WeakKeySource>> = BTreeMap::new();
        for trusted in trusted {
            pools.entry(trusted.pool).or_default().extend(trusted.source.downgrade());
        }
        Self(pools.into_values().collect())
    }

    /// Returns the sets to keep current.
    fn sources(&self) -> Vec<Published> {
        let of_pool = |sources: &Vec<WeakKeySource>| {
            let mut alive: Vec<_> = sources.iter().filter_map(WeakKeySource::upgrade).collect();
            if alive.iter().any(Published::has_keys) {
                // The pool does not use an address that refuses. Another failure may pass.
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
        // A failure is in the state of its set and is retried with backoff.
        let fetches = sources.into_iter().map(|source| async move { source.prefetch().await });
        let mut fetches = Box::pin(join_all(fetches));
        if (&mut fetches).now_or_never().is_none() {
            // A fetch without a response counts as failed when its state is read the next time.
            select(fetches, pin!(sleep(FETCH_TIME_LIMIT))).await;
        }
        sleep(INTERVAL).await;
    }
}
