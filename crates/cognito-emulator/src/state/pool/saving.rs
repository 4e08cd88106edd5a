//! Saving and restoring the state of a pool.

use cognito_types::UserPoolId;
use serde::{Deserialize, Serialize};

use super::Pool;
use crate::state::keys::PoolKeys;
use crate::state::part::{self, CodecError, Part};
use crate::state::settings::PoolSettings;

/// A callback for an entry: the name of its part, its key, and the entry, which is `None` if it was
/// removed.
type Put<'a> = &'a mut dyn FnMut(&'static str, String, Option<Vec<u8>>);

/// The part that must be restored first, which has the first name in sort order.
const CORE: &str = "";

const KEYS: &str = "keys";

/// The settings of a pool, and its members that never change.
#[derive(Serialize, Deserialize)]
struct Core<S> {
    settings: S,
    secret: [u8; 32],
    /// Missing in older files.
    #[serde(default)]
    ordinal: u64,
    created: f64,
    modified: f64,
}

/// The reason why a pool cannot be restored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RestoreError {
    // Without keys and values, which may be secret.
    #[error("an entry of {0:?} is malformed")]
    Malformed(String),
    #[error("it has entries of the unknown part {0:?}")]
    UnknownPart(String),
    #[error("pool {0} has no settings, or its id is invalid")]
    InvalidPool(String),
}

impl Pool {
    /// Starts recording changes for a store. `is_saved` means that the store has all entries.
    pub(crate) fn begin_saving(&mut self, is_saved: bool) {
        let unsaved = |part: &dyn Part| if is_saved { Vec::new() } else { part.keys() };
        let begin = |part: &mut dyn Part| {
            let unsaved = unsaved(part);
            part.journal().begin(unsaved);
        };
        begin(&mut self.settings);
        begin(&mut self.keys);
        self.parts().for_each(|(_, part)| begin(part));
    }

    /// Returns the number of changes so far, to detect whether a step changed anything.
    pub(crate) fn changes(&mut self) -> u64 {
        let core = self.settings.journal().changes().wrapping_add(self.keys.journal().changes());
        let changes = self.parts().map(|(_, part)| part.journal().changes());
        changes.fold(core, u64::wrapping_add)
    }

    /// Returns whether the keys are not saved yet. They may still be in generation.
    pub(crate) fn has_unsaved_keys(&mut self) -> bool {
        !self.keys.journal().is_empty()
    }

    /// Passes every entry that changed since the last call to `put`.
    pub(crate) fn save(&mut self, put: Put<'_>) -> Result<(), CodecError> {
        if !self.settings.journal().is_empty() {
            let Self { secret, ordinal, created, modified, .. } = *self;
            let core = Core { settings: &*self.settings, secret, ordinal, created, modified };
            put(CORE, String::new(), Some(part::encode(&core)?));
            self.settings.journal().take();
        }
        self.save_keys(put)?;
        for (name, part) in self.parts() {
            part.save(&mut |key, entry| put(name, key, entry))?;
        }
        Ok(())
    }

    /// Passes the generated keys. Keys in generation have signed nothing, and stay unsaved; during
    /// a rotation the old keys are passed, since they may have signed tokens.
    fn save_keys(&mut self, put: Put<'_>) -> Result<(), CodecError> {
        if self.keys.are_made() {
            return self.keys.save(&mut |key, entry| put(KEYS, key, entry));
        }
        if self.has_unsaved_keys()
            && let Some(made) = self.keys.made()
        {
            put(KEYS, String::new(), Some(part::encode(&made)?));
        }
        Ok(())
    }

    /// Creates a pool from its first entry.
    pub(crate) fn restore(id: &str, name: &str, entry: &[u8]) -> Result<Self, RestoreError> {
        let core = if name == CORE { part::decode(entry).ok() } else { None };
        let id_and_core = id.parse::<UserPoolId>().ok().zip(core);
        let (id, core) = id_and_core.ok_or_else(|| RestoreError::InvalidPool(id.to_owned()))?;
        let core: Core<PoolSettings> = core;
        let Core { settings, secret, ordinal, created, modified } = core;
        let pool = Self::new(id, settings, PoolKeys::default(), secret, created);
        Ok(Self { ordinal, modified, ..pool })
    }

    /// Adds an entry from a store.
    pub(crate) fn restore_entry(
        &mut self,
        name: &str,
        key: &str,
        entry: &[u8],
    ) -> Result<(), RestoreError> {
        let restored = if name == KEYS {
            self.keys.restore(key.to_owned(), entry)
        } else {
            let mut parts = self.parts();
            let part = parts.find(|(known, _)| *known == name);
            let (_, part) = part.ok_or_else(|| RestoreError::UnknownPart(name.to_owned()))?;
            part.restore(key.to_owned(), entry)
        };
        restored.map_err(|_| RestoreError::Malformed(name.to_owned()))
    }

    /// Rebuilds derived members after all entries were added, and starts recording changes.
    pub(crate) fn restored(&mut self) {
        self.sign_ins.restored();
        self.users.show_late(self.lists.delay);
        let Self { users, groups, identities, .. } = &mut *self;
        for user in users.iter() {
            for name in &user.groups {
                if let Some(group) = groups.get_mut(name) {
                    group.members.insert(user.username.to_string());
                }
            }
            for identity in user.identities() {
                identities.insert(identity.of(), user.username.to_string());
            }
        }
        self.begin_saving(true);
        if !self.keys.are_made() {
            let unsaved = self.keys.keys();
            self.keys.journal().begin(unsaved);
        }
    }

    /// Returns every part except for the core and the keys, with its permanent name.
    ///
    /// The pattern has no `..`, so that a new field of a pool must be a part or be rebuilt in
    /// [`restored`](Self::restored).
    fn parts(&mut self) -> impl Iterator<Item = (&'static str, &mut dyn Part)> {
        let Self {
            id: _,
            settings: _,
            secret: _,
            ordinal: _,
            created: _,
            modified: _,
            keys: _,
            identities: _,
            clients,
            resource_servers,
            users,
            active_users,
            groups,
            lists,
            exchanges,
            challenges,
            registrations,
            sign_ins,
            lockouts,
            hourly_limits,
            managed_login,
            records,
            import_files,
        } = self;
        let parts: [(_, &mut dyn Part); 13] = [
            ("active users", active_users),
            ("challenges", challenges.part()),
            ("clients", clients),
            ("exchanges", exchanges),
            ("groups", groups),
            ("hourly limits", hourly_limits.part()),
            ("import files", import_files),
            ("lists", lists),
            ("lockouts", lockouts.part()),
            ("records", records),
            ("registrations", registrations),
            ("resource servers", resource_servers),
            ("users", users),
        ];
        parts.into_iter().chain(managed_login.parts()).chain(sign_ins.parts())
    }
}
