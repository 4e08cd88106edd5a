//! The identities of users and guests, and the logins that are linked to them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::part::{Entries, Part};

/// Identities by id, which is also the order of lists.
#[derive(Default)]
pub(crate) struct Identities {
    entries: Entries<Identity>,
    of_pool: BTreeMap<String, BTreeSet<String>>,
    /// Identity ids by pool and login.
    of_login: HashMap<(String, Login), String>,
}

/// An identity of an identity pool.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) pool_id: String,
    logins: BTreeSet<Login>,
    /// True after it was merged into another identity, or has lost its last login.
    is_disabled: bool,
    /// Seconds since 1970.
    pub(crate) created: f64,
    pub(crate) modified: f64,
}

/// A user of a provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Login {
    /// Its key in `Logins`.
    pub(crate) provider: String,
    /// The id of the user at the provider.
    pub(crate) subject: String,
    /// True for a developer-authenticated user. An identity can have several of them.
    pub(crate) is_developers: bool,
}

impl Identity {
    pub(crate) fn new(id: String, pool_id: String, date: f64) -> Self {
        let (logins, is_disabled) = (BTreeSet::new(), false);
        Self { id, pool_id, logins, is_disabled, created: date, modified: date }
    }

    pub(crate) fn is_guest(&self) -> bool {
        self.logins.is_empty() && !self.is_disabled
    }

    pub(crate) fn is_disabled(&self) -> bool {
        self.is_disabled
    }

    pub(crate) fn has(&self, login: &Login) -> bool {
        self.logins.contains(login)
    }

    pub(crate) fn logins(&self) -> impl Iterator<Item = &Login> {
        self.logins.iter()
    }

    /// Returns whether another user of the provider is linked, if the provider allows only one.
    pub(crate) fn has_other(&self, login: &Login) -> bool {
        let is_other = |own: &Login| own.provider == login.provider && own != login;
        !login.is_developers && self.logins.iter().any(is_other)
    }
}

impl Identities {
    pub(crate) fn get(&self, id: &str) -> Result<&Identity, ServiceError> {
        self.entries.get(id).ok_or_else(|| identity_unknown(id))
    }

    /// Returns the identity that a login is linked to.
    pub(crate) fn owner(&self, pool_id: &str, login: &Login) -> Option<&Identity> {
        let id = self.of_login.get(&(pool_id.to_owned(), login.clone()))?;
        self.entries.get(id)
    }

    /// Returns the identities of a pool after an id, sorted by id.
    pub(crate) fn of_pool(
        &self,
        pool_id: &str,
        after: Option<&str>,
    ) -> impl Iterator<Item = &Identity> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let ids = self.of_pool.get(pool_id).into_iter();
        let rest = ids.flat_map(move |ids| ids.range::<str, _>((after, Bound::Unbounded)));
        rest.filter_map(|id| self.entries.get(id))
    }

    pub(crate) fn insert(&mut self, identity: Identity) {
        self.index(&identity);
        self.entries.insert(identity.id.clone(), identity);
    }

    /// Links logins that no other identity has.
    pub(crate) fn link(&mut self, id: &str, logins: impl IntoIterator<Item = Login>, date: f64) {
        for login in logins {
            if self.entries.get(id).is_none_or(|identity| identity.has(&login)) {
                continue;
            }
            let Some(identity) = self.entries.get_mut(id) else { return };
            identity.modified = date;
            self.of_login.insert((identity.pool_id.clone(), login.clone()), id.to_owned());
            identity.logins.insert(login);
        }
    }

    /// Moves the logins of an identity to another one, and disables it.
    pub(crate) fn merge(&mut self, from: &str, into: &str, date: f64) {
        let Some(identity) = self.entries.get_mut(from) else { return };
        (identity.is_disabled, identity.modified) = (true, date);
        let logins = std::mem::take(&mut identity.logins);
        self.link(into, logins, date);
    }

    /// Removes a login, and disables the identity if it was the last one.
    pub(crate) fn unlink(&mut self, id: &str, login: &Login, date: f64) {
        let Some(identity) = self.entries.get_mut(id) else { return };
        if identity.logins.remove(login) {
            self.of_login.remove(&(identity.pool_id.clone(), login.clone()));
            (identity.is_disabled, identity.modified) = (identity.logins.is_empty(), date);
        }
    }

    /// Deletes an identity; a missing one is ignored.
    pub(crate) fn remove(&mut self, id: &str) {
        let Some(identity) = self.entries.remove(id) else { return };
        for login in identity.logins {
            self.of_login.remove(&(identity.pool_id.clone(), login));
        }
        if let Some(ids) = self.of_pool.get_mut(&identity.pool_id) {
            ids.remove(id);
        }
    }

    /// Deletes the identities of a pool.
    pub(super) fn remove_pool(&mut self, pool_id: &str) {
        for id in self.of_pool.remove(pool_id).unwrap_or_default() {
            self.remove(&id);
        }
    }

    pub(super) fn part(&mut self) -> &mut dyn Part {
        &mut self.entries
    }

    /// Replaces all identities.
    pub(super) fn replace(&mut self, with: Self) {
        self.entries.replace(with.entries);
        (self.of_pool, self.of_login) = (with.of_pool, with.of_login);
    }

    /// Rebuilds the indexes, after all were restored.
    pub(super) fn restored(&mut self) {
        let all: Vec<_> = self.entries.values().cloned().collect();
        all.iter().for_each(|identity| self.index(identity));
    }

    /// Returns the indexes that are rebuilt from the identities.
    #[cfg(test)]
    pub(crate) fn indexes(&self) -> impl PartialEq + use<> {
        (self.of_pool.clone(), self.of_login.clone())
    }

    fn index(&mut self, identity: &Identity) {
        let Identity { id, pool_id, logins, .. } = identity;
        self.of_pool.entry(pool_id.clone()).or_default().insert(id.clone());
        for login in logins {
            self.of_login.insert((pool_id.clone(), login.clone()), id.clone());
        }
    }
}

pub(crate) fn identity_unknown(id: &str) -> ServiceError {
    ServiceError::resource_not_found(format!("Identity '{id}' not found."))
}
