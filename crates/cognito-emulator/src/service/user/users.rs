//! The users of a pool, found by name, by id and by the attributes that can stand for a name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::User;
use crate::service::attributes::{ALIASES, Attributes};
use crate::service::error::ApiError;

/// The users of a pool.
pub(crate) struct Users {
    by_username: BTreeMap<String, User>,
    case_sensitive: bool,
    /// User names as they are compared.
    names: HashMap<String, String>,
    subs: HashMap<String, String>,
    /// The users who carry a value in any of [`ALIASES`].
    aliases: HashMap<String, BTreeSet<String>>,
}

impl Users {
    pub(crate) fn new(case_sensitive: bool) -> Self {
        Self {
            by_username: BTreeMap::new(),
            case_sensitive,
            names: HashMap::new(),
            subs: HashMap::new(),
            aliases: HashMap::new(),
        }
    }

    pub(crate) fn insert(&mut self, user: User) {
        let username = user.username.clone();
        self.names.insert(self.folded(&username), username.clone());
        self.subs.insert(user.sub.clone(), username.clone());
        self.index(&username, &user.attributes);
        self.by_username.insert(username, user);
    }

    pub(crate) fn remove(&mut self, username: &str) -> Option<User> {
        let user = self.by_username.remove(username)?;
        self.names.remove(&self.folded(username));
        self.subs.remove(&user.sub);
        self.forget(username, &user.attributes);
        Some(user)
    }

    pub(crate) fn get(&self, username: &str) -> Option<&User> {
        self.by_username.get(username)
    }

    pub(crate) fn get_mut(&mut self, username: &str) -> Option<&mut User> {
        self.by_username.get_mut(username)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_username.len()
    }

    /// Replaces the attributes of a user. There is no other way to change them.
    pub(crate) fn set_attributes(
        &mut self,
        username: &str,
        attributes: Attributes,
    ) -> Result<(), ApiError> {
        let user = self.by_username.get_mut(username).ok_or_else(ApiError::user_unknown)?;
        let old = std::mem::replace(&mut user.attributes, attributes.clone());
        self.forget(username, &old);
        self.index(username, &attributes);
        Ok(())
    }

    pub(crate) fn by_name(&self, given: &str) -> Option<&User> {
        self.names.get(&self.folded(given)).and_then(|username| self.get(username))
    }

    pub(crate) fn by_sub(&self, sub: &str) -> Option<&User> {
        self.subs.get(sub).and_then(|username| self.get(username))
    }

    /// The users who carry that value in that attribute, one of [`ALIASES`].
    pub(crate) fn carrying(&self, attribute: &str, value: &str) -> impl Iterator<Item = &User> {
        let value = self.folded(value);
        let usernames = self.aliases.get(&value).into_iter().flatten();
        usernames.filter_map(|username| self.get(username)).filter(move |user| {
            user.attributes.get(attribute).is_some_and(|own| self.folded(own) == value)
        })
    }

    fn index(&mut self, username: &str, attributes: &Attributes) {
        for value in ALIASES.iter().filter_map(|alias| attributes.get(*alias)) {
            let value = self.folded(value);
            self.aliases.entry(value).or_default().insert(username.to_owned());
        }
    }

    fn forget(&mut self, username: &str, attributes: &Attributes) {
        for value in ALIASES.iter().filter_map(|alias| attributes.get(*alias)) {
            let value = self.folded(value);
            let Some(usernames) = self.aliases.get_mut(&value) else {
                continue;
            };
            usernames.remove(username);
            if usernames.is_empty() {
                self.aliases.remove(&value);
            }
        }
    }

    /// A name in the form in which two that count as the same are equal.
    fn folded(&self, name: &str) -> String {
        if self.case_sensitive { name.to_owned() } else { name.to_lowercase() }
    }
}
