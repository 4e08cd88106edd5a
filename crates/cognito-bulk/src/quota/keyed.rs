//! Meters by key, such as that of a user, for as long as they are in use.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::meter::Meter;

/// The number of meters from which those that are idle are removed.
const CAPACITY: usize = 1024;

/// Meters by key. An idle meter, whose rate is not cut, is as good as a new one and need not be kept.
pub(super) struct KeyedMeters<K>(Mutex<HashMap<K, Arc<Meter>>>);

impl<K: Eq + Hash> KeyedMeters<K> {
    /// Returns the meter of a key, which is created with a rate if it does not exist.
    pub(super) fn get(&self, key: K, rate: f64) -> Arc<Meter> {
        let mut meters = self.lock();
        if meters.len() >= CAPACITY && !meters.contains_key(&key) {
            meters.retain(|_, meter| Arc::strong_count(meter) > 1 || !meter.is_idle());
        }
        Arc::clone(meters.entry(key).or_insert_with(|| Arc::new(Meter::new(rate))))
    }

    pub(super) fn set_rate(&self, rate: f64) {
        self.lock().values().for_each(|meter| meter.set_rate(rate));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<Meter>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> Default for KeyedMeters<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn idle_meters_are_removed_and_busy_ones_are_kept() {
        let meters = KeyedMeters::default();
        for key in 0..CAPACITY {
            meters.get(key, 1.0).acquire().await;
        }
        meters.get(CAPACITY, 1.0).acquire().await;
        assert_eq!(meters.lock().len(), CAPACITY + 1, "all of them are busy");
        tokio::time::advance(Duration::from_secs(2)).await;
        let waited_for = meters.get(0, 1.0);
        meters.get(CAPACITY + 1, 1.0);
        assert_eq!(meters.lock().len(), 2);
        assert!(Arc::ptr_eq(&waited_for, &meters.get(0, 1.0)));
    }
}
