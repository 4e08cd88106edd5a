//! The parts of a pool that a store keeps, and a pool from the entries of a store.

use cognito_types::UserPoolId;
use serde::{Deserialize, Serialize};

use super::Pool;
use crate::state::keys::PoolKeys;
use crate::state::part::{self, CodecError, Part};
use crate::state::settings::PoolSettings;

/// Takes an entry: the name of its part, its key, and the entry itself; none if it was removed.
type Put<'a> = &'a mut dyn FnMut(&'static str, String, Option<Vec<u8>>);

/// The part without which no other can be restored, the first in the order of names.
const CORE: &str = "";

const KEYS: &str = "keys";

/// The settings of a pool and its members that never change.
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

/// The reason for which a pool cannot be restored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RestoreError {
    // Keys and values may be secret, and are not named.
    #[error("an entry of {0:?} is malformed")]
    Malformed(String),
    #[error("it has entries of {0:?}, which is unknown")]
    UnknownPart(String),
    #[error("pool {0} has no settings, or its id is not one")]
    InvalidPool(String),
}

impl Pool {
    /// Notes changes from now on, for a store, which may have all entries already.
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

    /// Returns the number of changes so far, which tells whether a step made any.
    pub(crate) fn changes(&mut self) -> u64 {
        let core = self.settings.journal().changes().wrapping_add(self.keys.journal().changes());
        let changes = self.parts().map(|(_, part)| part.journal().changes());
        changes.fold(core, u64::wrapping_add)
    }

    /// Returns whether the keys are still to be saved, which may be in the making.
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

    /// Passes the keys that are made. Those in the making have signed nothing, and stay unsaved;
    /// others beside them may have signed since a rotation began.
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

    /// Creates a pool from its first entry, to which the others are then added.
    pub(crate) fn restore(id: &str, name: &str, entry: &[u8]) -> Result<Self, RestoreError> {
        let core = if name == CORE { part::decode(entry).ok() } else { None };
        let id_and_core = id.parse::<UserPoolId>().ok().zip(core);
        let (id, core) = id_and_core.ok_or_else(|| RestoreError::InvalidPool(id.to_owned()))?;
        let core: Core<PoolSettings> = core;
        let Core { settings, secret, ordinal, created, modified } = core;
        let pool = Self::new(id, settings, PoolKeys::default(), secret, created);
        Ok(Self { ordinal, modified, ..pool })
    }

    /// Adds an entry that a store kept.
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

    /// Rebuilds the members that follow from parts, once all entries are added, and begins to note
    /// changes.
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

    /// Returns every part but the core and the keys, by a name that stays the same.
    ///
    /// The pattern has no rest: a new field of a pool is either a part, or it is rebuilt in
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
