//! Parts of the state that a store keeps, and the notes of changes in them.
//!
//! A part is a collection of entries, each under a key. Every change goes through a method that
//! notes the key, so that a commit writes the entries that changed and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The keys of the entries that changed since they were last saved; none are kept while no store
/// is in use.
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
    // The reason could quote a secret.
    #[error("an entry cannot be decoded")]
    Decode,
}

/// A part of the state that a store keeps.
pub(crate) trait Part {
    fn journal(&mut self) -> &mut Journal;

    /// Returns the keys of all entries.
    fn keys(&self) -> Vec<String>;

    /// Returns the encoded entry of a key; none if there is no such entry.
    fn encoded(&self, key: &str) -> Result<Option<Vec<u8>>, CodecError>;

    /// Puts in an entry that was saved.
    fn restore(&mut self, key: String, entry: &[u8]) -> Result<(), CodecError>;

    /// Passes every entry that changed since the last call to `put`, with its key; none stands for
    /// one that was removed. Entries that cannot be encoded stay unsaved, and those after them are
    /// passed.
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
    /// Notes a change of the entry of that key.
    pub(crate) fn note(&mut self, key: &str) {
        self.changes = self.changes.wrapping_add(1);
        if let Some(unsaved) = self.unsaved.as_mut().filter(|unsaved| !unsaved.contains(key)) {
            unsaved.insert(key.to_owned());
        }
    }

    /// Keeps notes from now on; entries of these keys count as changed.
    pub(crate) fn begin(&mut self, unsaved: impl IntoIterator<Item = String>) {
        self.unsaved = Some(unsaved.into_iter().collect());
    }

    /// Returns the number of changes so far, which tells whether a step made any.
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

/// Encodes an entry as CBOR, which keeps every number as it is.
pub(crate) fn encode(entry: &impl Serialize) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(entry, &mut bytes)
        .map_err(|error| CodecError::Encode(error.to_string()))?;
    Ok(bytes)
}

pub(crate) fn decode<T: DeserializeOwned>(entry: &[u8]) -> Result<T, CodecError> {
    ciborium::from_reader(entry).map_err(|_| CodecError::Decode)
}

/// Entries by their keys, with notes of those that changed.
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

    /// Returns an entry to change it.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        let value = self.entries.get_mut(key)?;
        self.journal.note(key);
        Some(value)
    }

    /// Returns an entry to change it; a new one if there is none.
    pub(crate) fn get_or_insert(&mut self, key: String, new: impl FnOnce() -> V) -> &mut V {
        self.journal.note(&key);
        self.entries.entry(key).or_insert_with(new)
    }

    /// Puts these entries in the place of all.
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

/// A part of one entry, which counts as changed whenever it is borrowed to change it.
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
    fn a_single_entry_is_saved_after_it_was_borrowed_to_change_it() {
        let mut single = Single::new(vec![1]);
        single.journal.begin([]);
        assert_eq!(single.len(), 1);
        assert!(saved(&mut single).is_empty());
        single.push(2);
        assert_eq!(saved(&mut single), [(String::new(), true)]);
    }
}
