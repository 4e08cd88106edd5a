//! A map whose entries expire, with a maximum size.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::state::expiring::Expiring;
use crate::state::part::{CodecError, Journal, Part};

/// The newest `MOST` entries by name. Entries that expired long ago are dropped as well.
pub(crate) struct Newest<V, const MOST: usize> {
    entries: Expiring<V>,
    /// Names in the order of insertion. Restored entries are the oldest, sorted by expiration.
    order: BinaryHeap<Reverse<(u64, u64, String)>>,
    inserted: u64,
}

impl<V, const MOST: usize> Default for Newest<V, MOST> {
    fn default() -> Self {
        Self { entries: Expiring::default(), order: BinaryHeap::new(), inserted: 0 }
    }
}

impl<V, const MOST: usize> Newest<V, MOST> {
    /// Adds an entry with a new name, and evicts the oldest entries if there are too many.
    pub(crate) fn insert(&mut self, name: String, value: V, ends: u64, now: u64) {
        self.inserted = self.inserted.saturating_add(1);
        self.order.push(Reverse((self.inserted, ends, name.clone())));
        self.entries.insert(name, value, ends, now);
        while self.entries.len() > MOST
            && let Some(Reverse((_, _, oldest))) = self.order.pop()
        {
            self.entries.remove(&oldest);
        }
        // Otherwise the names of removed entries would stay until they were the oldest.
        if self.order.len() > MOST.saturating_mul(2) {
            self.order.retain(|Reverse((_, _, name))| self.entries.get(name).is_some());
        }
    }

    /// Returns the entry and its expiration, even if it has expired.
    pub(crate) fn get(&self, name: &str) -> Option<(&V, u64)> {
        self.entries.get(name)
    }

    /// Returns the entry, unless it has expired.
    pub(crate) fn running(&self, name: &str, now: u64) -> Option<&V> {
        self.entries.running(name, now)
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.entries.remove(name);
    }

    /// Removes entries that expired before a time.
    pub(crate) fn drop_ended_before(&mut self, time: u64) {
        self.entries.drop_ended_before(time);
    }

    pub(crate) fn clear(&mut self) {
        self.order.clear();
        self.entries.clear();
    }

    /// Returns the number of names, including those of removed entries.
    #[cfg(test)]
    pub(crate) fn names(&self) -> usize {
        self.order.len().max(self.entries.names())
    }
}

impl<V: Serialize + DeserializeOwned, const MOST: usize> Part for Newest<V, MOST> {
    fn journal(&mut self) -> &mut Journal {
        self.entries.journal()
    }

    fn keys(&self) -> Vec<String> {
        self.entries.keys()
    }

    fn encoded(&self, key: &str) -> Result<Option<Vec<u8>>, CodecError> {
        self.entries.encoded(key)
    }

    fn restore(&mut self, key: String, entry: &[u8]) -> Result<(), CodecError> {
        self.entries.restore(key.clone(), entry)?;
        if let Some((_, ends)) = self.entries.get(&key) {
            self.order.push(Reverse((0, ends, key)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inserts entries with a name and an expiration, and returns the names that remain.
    fn left<'a>(map: &mut Newest<u8, 2>, entries: &[(&'a str, u64)]) -> Vec<&'a str> {
        for (name, ends) in entries {
            map.insert((*name).to_owned(), 0, *ends, 0);
        }
        entries.iter().map(|(name, _)| *name).filter(|name| map.get(name).is_some()).collect()
    }

    #[test]
    fn oldest_entries_are_evicted_regardless_of_their_names_and_ends() {
        let left_of = |entries| left(&mut Newest::default(), entries);
        assert_eq!(left_of(&[("c", 9), ("b", 9), ("a", 9)]), ["b", "a"], "equal ends");
        assert_eq!(left_of(&[("a", 9), ("b", 8), ("c", 7)]), ["b", "c"], "shorter expirations");
        assert_eq!(left_of(&[("a", 9_000), ("b", 9_000), ("c", 9), ("d", 9)]), ["c", "d"]);
    }

    #[test]
    fn restored_entries_are_the_oldest_in_the_order_of_their_ends() {
        let (mut saved, mut map) = (Newest::<u8, 2>::default(), Newest::<u8, 2>::default());
        left(&mut saved, &[("a", 9), ("b", 8)]);
        for key in saved.keys() {
            let entry = saved.encoded(&key).unwrap().unwrap();
            map.restore(key, &entry).unwrap();
        }
        assert_eq!(left(&mut map, &[("z", 1)]), ["z"]);
        assert_eq!((map.get("a"), map.get("b")), (Some((&0, 9)), None));
    }

    #[test]
    fn names_of_removed_and_evicted_entries_are_dropped() {
        for is_removed in [true, false] {
            let mut map = Newest::<u8, 2>::default();
            for number in 0..100 {
                map.insert(format!("{number:03}"), 0, 9, 0);
                if is_removed {
                    map.remove(&format!("{number:03}"));
                }
            }
            assert!(map.names() <= 4, "{}", map.names());
        }
    }
}
