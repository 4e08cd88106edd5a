//! The rates of single users and of operations in single pools, which are narrower than that of
//! their category.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::pace::Pace;

/// The number of rates from which idle ones are removed.
const CAPACITY: usize = 1024;

/// A rate that some callers of a category have in addition to that of the category.
#[derive(Debug)]
pub(super) struct NarrowPace(Mutex<Pace>);

impl NarrowPace {
    fn new(rate: f64) -> Self {
        Self(Mutex::new(Pace::narrow(rate, Instant::now())))
    }

    /// Returns the time from which the next request may be sent, or `None` while the rate is zero.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        self.lock().due(now)
    }

    /// Counts a request that is sent now, or returns the time at which the next one is due as an
    /// error.
    pub(super) fn take(&self, now: Instant) -> Result<(), Option<Instant>> {
        self.lock().take(now)
    }

    /// Cuts the rate after throttling.
    pub(super) fn cut(&self) {
        self.lock().cut(Instant::now());
    }

    fn set_rate(&self, rate: f64) {
        self.lock().set_rate(rate);
    }

    /// Returns whether the rate is in the state of a new one.
    fn is_idle(&self) -> bool {
        let (pace, now) = (self.lock(), Instant::now());
        pace.due(now).is_some_and(|due| due <= now) && pace.is_whole(now)
    }

    fn lock(&self) -> MutexGuard<'_, Pace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rates by key. An idle rate that is not cut equals a new one and can be removed.
pub(super) struct NarrowPaces<K>(Mutex<HashMap<K, Arc<NarrowPace>>>);

impl<K: Eq + Hash> NarrowPaces<K> {
    /// Returns the rate of a key, and creates it if it does not exist.
    pub(super) fn get(&self, key: K, rate: f64) -> Arc<NarrowPace> {
        let mut paces = self.lock();
        if paces.len() >= CAPACITY && !paces.contains_key(&key) {
            paces.retain(|_, pace| Arc::strong_count(pace) > 1 || !pace.is_idle());
        }
        Arc::clone(paces.entry(key).or_insert_with(|| Arc::new(NarrowPace::new(rate))))
    }

    pub(super) fn set_rate(&self, rate: f64) {
        self.lock().values().for_each(|pace| pace.set_rate(rate));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<NarrowPace>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> Default for NarrowPaces<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn idle_rates_are_removed_and_busy_ones_are_kept() {
        let paces = NarrowPaces::default();
        for key in 0..=CAPACITY {
            paces.get(key, 1.0).take(Instant::now()).unwrap();
        }
        assert_eq!(paces.lock().len(), CAPACITY + 1, "all of them are busy");
        tokio::time::advance(Duration::from_secs(2)).await;
        let waited_for = paces.get(0, 1.0);
        paces.get(CAPACITY + 1, 1.0);
        assert_eq!(paces.lock().len(), 2);
        assert!(Arc::ptr_eq(&waited_for, &paces.get(0, 1.0)));
    }
}
