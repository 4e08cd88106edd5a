//! Saving and restoring the state of identity pools.

use super::IdentityPools;
use crate::state::part::{CodecError, Part};

/// A callback for an entry: the name of its part, its key, and the entry, which is `None` if it was
/// removed.
type Put<'a> = &'a mut dyn FnMut(&'static str, String, Option<Vec<u8>>);

const KEYS: &str = "identity pool keys";

impl IdentityPools {
    /// Starts recording changes for a store. `is_saved` means that the store has all entries except
    /// for the keys.
    pub(crate) fn begin_saving(&mut self, is_saved: bool) {
        for (name, part) in self.parts() {
            let unsaved = if is_saved && name != KEYS { Vec::new() } else { part.keys() };
            part.journal().begin(unsaved);
        }
    }

    /// Returns whether the keys are not saved yet.
    pub(crate) fn has_unsaved_keys(&mut self) -> bool {
        !self.keys.journal().is_empty()
    }

    /// Returns the number of changes so far.
    pub(crate) fn changes(&mut self) -> u64 {
        let changes = self.parts().map(|(_, part)| part.journal().changes());
        changes.into_iter().fold(0, u64::wrapping_add)
    }

    /// Passes every entry that changed since the last call to `put`. Keys that were not needed so
    /// far are not created, and stay unsaved.
    pub(crate) fn save(&mut self, put: Put<'_>) -> Result<(), CodecError> {
        let are_made = self.keys.are_made();
        for (name, part) in self.parts().into_iter().filter(|(name, _)| are_made || *name != KEYS) {
            part.save(&mut |key, entry| put(name, key, entry))?;
        }
        Ok(())
    }

    /// Adds an entry from a store. Returns whether its part belongs to identity pools.
    pub(crate) fn restore(
        &mut self,
        name: &str,
        key: String,
        entry: &[u8],
    ) -> Result<bool, CodecError> {
        match self.parts().into_iter().find(|(known, _)| *known == name) {
            Some((_, part)) => part.restore(key, entry).map(|()| true),
            None => Ok(false),
        }
    }

    /// Rebuilds the indexes after all entries were added, and starts recording changes.
    pub(crate) fn restored(&mut self) {
        self.identities.restored();
        self.begin_saving(true);
    }

    /// Replaces the pools and identities by those of another service. The keys are kept, so that
    /// verifiers with a cached key set still accept tokens.
    pub(crate) fn replace(&mut self, with: Self) {
        self.pools.replace(with.pools);
        self.identities.replace(with.identities);
        self.credentials.clear();
    }

    fn parts(&mut self) -> [(&'static str, &mut dyn Part); 4] {
        let Self { pools, identities, credentials, keys } = self;
        [
            ("aws credentials", credentials),
            ("identities", identities.part()),
            (KEYS, keys),
            ("identity pools", pools),
        ]
    }
}
