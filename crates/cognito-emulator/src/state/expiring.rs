//! A map that forgets.

use std::collections::{HashMap, VecDeque};

/// Entries by name, each with the time it ends; those that ended long ago are dropped.
///
/// An entry is kept for [`MEMORY`] after its end, so that "expired" can be told from "unknown".
pub(crate) struct Expiring<V> {
    entries: HashMap<String, (V, u64)>,
    /// Names in the order they were put in, which is nearly the order in which they end.
    order: VecDeque<String>,
}

/// Seconds for which an ended entry is remembered.
const MEMORY: u64 = 3600;

impl<V> Default for Expiring<V> {
    fn default() -> Self {
        Self { entries: HashMap::new(), order: VecDeque::new() }
    }
}

impl<V> Expiring<V> {
    pub(crate) fn insert(&mut self, name: String, value: V, ends: u64, now: u64) {
        self.forget(now);
        self.order.push_back(name.clone());
        self.entries.insert(name, (value, ends));
    }

    /// The entry and the time it ends, even if that has passed.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<(&mut V, u64)> {
        self.entries.get_mut(name).map(|(value, ends)| (value, *ends))
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.entries.remove(name);
    }

    /// Entries, and names of entries that were removed.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len().max(self.order.len())
    }

    fn forget(&mut self, now: u64) {
        while let Some(oldest) = self.order.front() {
            let ended = |(_, ends): &(V, u64)| ends.saturating_add(MEMORY) < now;
            if !self.entries.get(oldest).is_none_or(ended) {
                return;
            }
            self.entries.remove(oldest);
            self.order.pop_front();
        }
    }
}

/// When a map is to be swept: each time it has doubled, so that an entry costs a constant.
pub(crate) struct Sweep {
    at: usize,
}

/// Entries that no sweep is worth.
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

    /// Notes how many entries a sweep has left.
    pub(crate) fn done(&mut self, entries: usize) {
        self.at = entries.saturating_mul(2).max(FEW);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_remembered_for_a_while_and_then_dropped() {
        let mut map = Expiring::default();
        map.insert("a".to_owned(), 1, 100, 0);
        map.insert("b".to_owned(), 2, 200, 100 + MEMORY);
        assert_eq!(map.get_mut("a"), Some((&mut 1, 100)));
        map.insert("c".to_owned(), 3, 300, 101 + MEMORY);
        assert_eq!(map.get_mut("a"), None);
        assert_eq!(map.get_mut("b"), Some((&mut 2, 200)));
        assert_eq!(map.order.len(), 2);
    }
}
