//! The index of users by the values of alias attributes.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;
use std::sync::Arc;

use crate::state::attributes::{ALIASES, Attributes};

/// The names of users by their values of [`ALIASES`], without regard to case.
///
/// Values are stored as hashes to save memory. A search may find a user with a colliding value, so
/// that callers must compare the values.
#[derive(Default)]
pub(super) struct AliasIndex {
    carriers: HashMap<u64, Carriers>,
    hasher: RandomState,
}

/// The names of users with the same value; usually one.
enum Carriers {
    One(Arc<str>),
    #[allow(clippy::box_collection)] // An entry of one user takes 8 bytes less.
    Several(Box<BTreeSet<Arc<str>>>),
}

impl AliasIndex {
    pub(super) fn insert(&mut self, username: &Arc<str>, attributes: &Attributes) {
        for value in values(attributes) {
            let hash = self.hash(value);
            let carriers = match self.carriers.remove(&hash) {
                None => Carriers::One(Arc::clone(username)),
                Some(carriers) => carriers.with(username),
            };
            self.carriers.insert(hash, carriers);
        }
    }

    pub(super) fn remove(&mut self, username: &str, attributes: &Attributes) {
        for value in values(attributes) {
            let hash = self.hash(value);
            let carriers = self.carriers.remove(&hash);
            if let Some(carriers) = carriers.and_then(|carriers| carriers.without(username)) {
                self.carriers.insert(hash, carriers);
            }
        }
    }

    /// Returns the names of users who may have a value, sorted.
    pub(super) fn find(&self, value: &str) -> impl Iterator<Item = &str> {
        let (one, several) = match self.carriers.get(&self.hash(value)) {
            None => (None, None),
            Some(Carriers::One(username)) => (Some(username), None),
            Some(Carriers::Several(usernames)) => (None, Some(usernames.iter())),
        };
        one.into_iter().chain(several.into_iter().flatten()).map(|username| &**username)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let count = |carriers: &Carriers| match carriers {
            Carriers::One(_) => 1,
            Carriers::Several(usernames) => usernames.len(),
        };
        self.carriers.values().map(count).sum()
    }

    fn hash(&self, value: &str) -> u64 {
        self.hasher.hash_one(value.to_lowercase())
    }
}

impl Carriers {
    fn with(self, username: &Arc<str>) -> Self {
        let mut all = match self {
            Self::One(own) if own == *username => return Self::One(own),
            Self::One(own) => Box::new(BTreeSet::from([own])),
            Self::Several(all) => all,
        };
        all.insert(Arc::clone(username));
        Self::Several(all)
    }

    /// Returns the remaining names, if there are any.
    fn without(self, username: &str) -> Option<Self> {
        match self {
            Self::One(own) => (*own != *username).then_some(Self::One(own)),
            Self::Several(mut all) => {
                all.remove(username);
                match all.len() {
                    0 | 1 => all.pop_first().map(Self::One),
                    _ => Some(Self::Several(all)),
                }
            }
        }
    }
}

fn values(attributes: &Attributes) -> impl Iterator<Item = &str> {
    ALIASES.iter().filter_map(|alias| attributes.get(alias))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(email: &str) -> Attributes {
        let pairs = [("email", email), ("preferred_username", email)];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect()
    }

    #[test]
    fn users_with_the_same_value_are_found_until_each_is_removed() {
        let mut index = AliasIndex::default();
        let names = ["carol", "alice", "bob"].map(Arc::<str>::from);
        for name in &names {
            index.insert(name, &attributes("Same@example.com"));
        }
        let found = |index: &AliasIndex| -> Vec<String> {
            index.find("same@EXAMPLE.com").map(str::to_owned).collect()
        };
        assert_eq!(found(&index), ["alice", "bob", "carol"]);
        index.remove("bob", &attributes("same@example.com"));
        assert_eq!(found(&index), ["alice", "carol"]);
        index.remove("bob", &attributes("same@example.com"));
        index.remove("carol", &attributes("same@example.com"));
        assert_eq!(found(&index), ["alice"]);
        index.remove("alice", &attributes("same@example.com"));
        assert_eq!((found(&index).len(), index.len()), (0, 0));
    }
}
