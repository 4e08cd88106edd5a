//! A map whose entries expire.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::state::part::{CodecError, Entries, Journal, Part};

/// Entries by name, each with its expiration; entries that expired long ago are dropped.
///
/// An entry is kept for [`MEMORY`] after its expiration, to distinguish "expired" from "unknown".
pub(crate) struct Expiring<V> {
    entries: Entries<(V, u64)>,
    /// Names by expiration. This order differs from that of insertion if the test clock was set
    /// back.
    order: BinaryHeap<Reverse<(u64, String)>>,
}

/// The number of seconds for which an expired entry is kept.
const MEMORY: u64 = 3600;

impl<V> Default for Expiring<V> {
    fn default() -> Self {
        Self { entries: Entries::default(), order: BinaryHeap::new() }
    }
}

impl<V> Expiring<V> {
    pub(crate) fn insert(&mut self, name: String, value: V, ends: u64, now: u64) {
        self.drop_ended_before(now.saturating_sub(MEMORY));
        self.order.push(Reverse((ends, name.clone())));
        self.entries.insert(name, (value, ends));
    }

    /// Returns the entry and its expiration, even if it has expired.
    pub(crate) fn get(&self, name: &str) -> Option<(&V, u64)> {
        self.entries.get(name).map(|(value, ends)| (value, *ends))
    }

    /// Returns the entry, unless it has expired.
    pub(crate) fn running(&self, name: &str, now: u64) -> Option<&V> {
        let (value, ends) = self.get(name)?;
        (now < ends).then_some(value)
    }

    /// Returns the entries that have not expired.
    pub(crate) fn all_running(&self, now: u64) -> impl Iterator<Item = &V> {
        self.entries.values().filter(move |(_, ends)| now < *ends).map(|(value, _)| value)
    }

    /// Returns the entry for modification and its expiration, even if it has expired.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<(&mut V, u64)> {
        self.entries.get_mut(name).map(|(value, ends)| (value, *ends))
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.entries.remove(name);
        self.drop_names();
    }

    /// Removes the entries for which `keeps` returns false.
    pub(crate) fn retain(&mut self, keeps: impl Fn(&V) -> bool) {
        self.entries.retain(|_, (value, _)| keeps(value));
        self.drop_names();
    }

    /// Drops the names of removed entries, which would otherwise stay until their expiration.
    fn drop_names(&mut self) {
        if self.order.len() > self.entries.len().saturating_mul(2) {
            self.order.retain(|Reverse((_, name))| self.entries.contains_key(name));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Removes entries that expired before a time.
    pub(crate) fn drop_ended_before(&mut self, time: u64) {
        while self.order.peek().is_some_and(|Reverse((ends, _))| *ends < time) {
            let Some(Reverse((_, name))) = self.order.pop() else { return };
            // The name may have been inserted again.
            if self.entries.get(&name).is_some_and(|(_, ends)| *ends < time) {
                self.entries.remove(&name);
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        self.order.clear();
        self.entries.retain(|_, _| false);
    }

    /// Returns the number of names, including those of removed entries.
    #[cfg(test)]
    pub(crate) fn names(&self) -> usize {
        self.order.len()
    }
}

impl<V: Serialize + DeserializeOwned> Part for Expiring<V> {
    fn journal(&mut self) -> &mut Journal {
        self.entries.journal()
    }

    fn keys(&self) -> Vec<String> {
        Part::keys(&self.entries)
    }

    fn encoded(&self, key: &str) -> Result<Option<Vec<u8>>, CodecError> {
        self.entries.encoded(key)
    }

    fn restore(&mut self, key: String, entry: &[u8]) -> Result<(), CodecError> {
        self.entries.restore(key.clone(), entry)?;
        if let Some((_, ends)) = self.entries.get(&key) {
            self.order.push(Reverse((*ends, key)));
        }
        Ok(())
    }
}

/// Returns whether a period that began at `since` is still running.
///
/// If `since` is in the future, the period is over: the test clock was set back.
pub(crate) fn still_runs(since: Duration, period: Duration, now: Duration) -> bool {
    since <= now && now < since.saturating_add(period)
}

/// The schedule of sweeps over a map: each time it has doubled, so that the cost per entry is
/// constant.
pub(crate) struct Sweep {
    at: usize,
}

/// The number of entries below which no sweep runs.
const FEW: usize = 1024;

impl Default for Sweep {
    fn default() -> Self {
        Self { at: FEW }
    }
}

impl Sweep {
    pub(crate) fn is_due(&self, entries: usize) -> bool {
        entries >= self.at
    }

    /// Records the number of entries after a sweep.
    pub(crate) fn done(&mut self, entries: usize) {
        self.at = entries.saturating_mul(2).max(FEW);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expired_entries_are_kept_for_a_while_and_then_dropped() {
        let mut map = Expiring::default();
        map.insert("a".to_owned(), 1, 100, 0);
        map.insert("b".to_owned(), 2, 200, 100 + MEMORY);
        assert_eq!(map.get_mut("a"), Some((&mut 1, 100)));
        map.insert("c".to_owned(), 3, 300, 101 + MEMORY);
        assert_eq!(map.get_mut("a"), None);
        assert_eq!(map.get_mut("b"), Some((&mut 2, 200)));
        assert_eq!(map.order.len(), 2);
    }

    #[test]
    fn entries_from_before_the_clock_was_set_back_do_not_keep_later_ones() {
        let mut map = Expiring::default();
        map.insert("future".to_owned(), 0, 1_000_000, 999_000);
        for now in 0..10 * MEMORY {
            map.insert(now.to_string(), 0, now + 60, now);
        }
        assert_eq!(map.get_mut("future"), Some((&mut 0, 1_000_000)));
        let most = usize::try_from(2 * MEMORY).unwrap();
        assert!(map.names() < most, "{}", map.names());
    }
}
