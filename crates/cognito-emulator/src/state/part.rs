//! Stored parts of the state, and journals of their changes.
//!
//! A part is a collection of entries by key. Every change goes through a method that records the
//! key, so that a commit writes only changed entries.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The keys of entries that changed since they were last saved. Nothing is recorded without a
/// store.
#[derive(Default)]
pub(crate) struct Journal {
    unsaved: Option<BTreeSet<String>>,
    changes: u64,
}

/// An entry that cannot be encoded or decoded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodecError {
    #[error("an entry cannot be encoded: {0}")]
    Encode(String),
    // Without the reason, which could contain a secret.
    #[error("an entry cannot be decoded")]
    Decode,
}

/// A stored part of the state.
pub(crate) trait Part {
    fn journal(&mut self) -> &mut Journal;

    /// Returns the keys of all entries.
    fn keys(&self) -> Vec<String>;

    /// Returns the encoded entry of a key, or `None` if it does not exist.
    fn encoded(&self, key: &str) -> Result<Option<Vec<u8>>, CodecError>;

    /// Adds a saved entry.
    fn restore(&mut self, key: String, entry: &[u8]) -> Result<(), CodecError>;

    /// Passes the key and the entry of every change since the last call to `put`; the entry is
    /// `None` if it was removed. Entries that cannot be encoded stay unsaved, and the remaining
    /// ones are passed.
    fn save(&mut self, put: &mut dyn FnMut(String, Option<Vec<u8>>)) -> Result<(), CodecError> {
        let mut saved = Ok(());
        for key in self.journal().take() {
            match self.encoded(&key) {
                Ok(entry) => put(key, entry),
                Err(error) => {
                    self.journal().note(&key);
                    saved = Err(error);
                }
            }
        }
        saved
    }
}

impl Journal {
    /// Records a change of an entry.
    pub(crate) fn note(&mut self, key: &str) {
        self.changes = self.changes.wrapping_add(1);
        if let Some(unsaved) = self.unsaved.as_mut().filter(|unsaved| !unsaved.contains(key)) {
            unsaved.insert(key.to_owned());
        }
    }

    /// Starts recording changes; entries with these keys count as changed.
    pub(crate) fn begin(&mut self, unsaved: impl IntoIterator<Item = String>) {
        self.unsaved = Some(unsaved.into_iter().collect());
    }

    /// Returns the number of changes so far, to detect whether a step changed anything.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.unsaved.as_ref().is_none_or(BTreeSet::is_empty)
    }

    /// Returns the keys of changed entries, which count as saved from now on.
    pub(crate) fn take(&mut self) -> BTreeSet<String> {
        self.unsaved.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

/// Encodes an entry as CBOR, which preserves every number.
pub(crate) fn encode(entry: &impl Serialize) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(entry, &mut bytes)
        .map_err(|error| CodecError::Encode(error.to_string()))?;
    Ok(bytes)
}

pub(crate) fn decode<T: DeserializeOwned>(entry: &[u8]) -> Result<T, CodecError> {
    ciborium::from_reader(entry).map_err(|_| CodecError::Decode)
}

/// Entries by key, with a journal of changes.
pub(crate) struct Entries<V> {
    entries: BTreeMap<String, V>,
    journal: Journal,
}

impl<V> Default for Entries<V> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), journal: Journal::default() }
    }
}

impl<V> Deref for Entries<V> {
    type Target = BTreeMap<String, V>;

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}

impl<V> Entries<V> {
    pub(crate) fn insert(&mut self, key: String, value: V) -> Option<V> {
        self.journal.note(&key);
        self.entries.insert(key, value)
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<V> {
        let removed = self.entries.remove(key)?;
        self.journal.note(key);
        Some(removed)
    }

    /// Returns an entry for modification.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        let value = self.entries.get_mut(key)?;
        self.journal.note(key);
        Some(value)
    }

    /// Returns an entry for modification, and creates it if it is missing.
    pub(crate) fn get_or_insert(&mut self, key: String, new: impl FnOnce() -> V) -> &mut V {
        self.journal.note(&key);
        self.entries.entry(key).or_insert_with(new)
    }

    /// Replaces all entries.
    pub(crate) fn replace(&mut self, with: Self) {
        let Self { entries, journal } = self;
        entries.keys().chain(with.entries.keys()).for_each(|key| journal.note(key));
        *entries = with.entries;
    }

    pub(crate) fn retain(&mut self, mut keeps: impl FnMut(&String, &mut V) -> bool) {
        let Self { entries, journal } = self;
        entries.retain(|key, value| {
            let kept = keeps(key, value);
            if !kept {
                journal.note(key);
            }
            kept
        });
    }
}

impl<V: Serialize + DeserializeOwned> Part for Entries<V> {
    fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    fn keys(&self) -> Vec<String> {
        self.entries.keys().cloned().collect()
    }

    fn encoded(&self, key: &str) -> Result<Option<Vec<u8>>, CodecError> {
        self.entries.get(key).map(encode).transpose()
    }

    fn restore(&mut self, key: String, entry: &[u8]) -> Result<(), CodecError> {
        self.entries.insert(key, decode(entry)?);
        Ok(())
    }
}

/// A part with a single entry, which counts as changed whenever it is borrowed mutably.
#[derive(Default)]
pub(crate) struct Single<T> {
    value: T,
    journal: Journal,
}

/// The key of the only entry of a part.
const ONLY: &str = "";

impl<T> Single<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value, journal: Journal::default() }
    }
}

impl<T> Deref for Single<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Single<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.journal.note(ONLY);
        &mut self.value
    }
}

impl<T: Serialize + DeserializeOwned> Part for Single<T> {
    fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    fn keys(&self) -> Vec<String> {
        vec![ONLY.to_owned()]
    }

    fn encoded(&self, _: &str) -> Result<Option<Vec<u8>>, CodecError> {
        encode(&self.value).map(Some)
    }

    fn restore(&mut self, _: String, entry: &[u8]) -> Result<(), CodecError> {
        self.value = decode(entry)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(part: &mut dyn Part) -> Vec<(String, bool)> {
        let mut saved = Vec::new();
        part.save(&mut |key, entry| saved.push((key, entry.is_some()))).unwrap();
        saved
    }

    #[test]
    fn changed_and_removed_entries_are_saved_once() {
        let mut entries = Entries::default();
        for (key, value) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
            entries.insert(key.to_owned(), value);
        }
        assert!(saved(&mut entries).is_empty(), "no store is in use");
        entries.journal.begin([]);
        entries.get_mut("a");
        entries.remove("b");
        entries.retain(|key, _| key != "c");
        entries.remove("unknown");
        let expected = [("a", true), ("b", false), ("c", false)];
        assert_eq!(saved(&mut entries), expected.map(|(key, is)| (key.to_owned(), is)));
        assert!(saved(&mut entries).is_empty() && entries.journal.is_empty());
    }

    #[test]
    fn single_entry_is_saved_after_a_mutable_borrow() {
        let mut single = Single::new(vec![1]);
        single.journal.begin([]);
        assert_eq!(single.len(), 1);
        assert!(saved(&mut single).is_empty());
        single.push(2);
        assert_eq!(saved(&mut single), [(String::new(), true)]);
    }
}
