//! The users of a pool, indexed by name, `sub` and aliases.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::User;
use super::alias_index::AliasIndex;
use super::filter::Filter;
use crate::model::ServiceError;
use crate::state::activity::Month;
use crate::state::attributes::{ALIASES, Attributes};
use crate::state::expiring::still_runs;
use crate::state::part::{self, CodecError, Journal, Part};

/// The settings of a pool's user lists, which can simulate the service's delays.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Lists {
    /// The maximum number of entries of a page, even if the request allows more.
    pub(crate) page_at_most: Option<usize>,
    /// The number of empty pages between two others.
    pub(crate) empty_pages: u8,
    /// The delay until changes appear.
    pub(crate) delay: Duration,
}

/// The users of a pool.
pub(crate) struct Users {
    /// By [`flattened`](Self::flattened) name.
    by_username: HashMap<Arc<str>, Box<User>>,
    case_sensitive: bool,
    /// User names by `sub`, which is the order of lists.
    subs: BTreeMap<Arc<str>, Arc<str>>,
    aliases: AliasIndex,
    /// The time since 1970 of the current operation.
    now: Duration,
    /// The delay for which lists show the earlier state of a user.
    delay: Duration,
    /// The earlier states of recently changed users, by name, for lists.
    earlier: HashMap<String, VecDeque<Earlier>>,
    journal: Journal,
}

/// The state of a user before a change; `None` for a new user.
struct Earlier {
    until: Duration,
    user: Option<User>,
}

impl Users {
    pub(crate) fn new(case_sensitive: bool) -> Self {
        Self {
            by_username: HashMap::new(),
            case_sensitive,
            subs: BTreeMap::new(),
            aliases: AliasIndex::default(),
            now: Duration::ZERO,
            delay: Duration::ZERO,
            earlier: HashMap::new(),
            journal: Journal::default(),
        }
    }

    pub(crate) fn insert(&mut self, mut user: User) {
        let username = Arc::clone(&user.username);
        self.remember(&username);
        self.journal.note(&username);
        self.subs.insert(Arc::clone(&user.sub), Arc::clone(&username));
        self.aliases.insert(&username, &user.attributes);
        user.attributes.shrink();
        self.by_username.insert(username, Box::new(user));
    }

    pub(crate) fn remove(&mut self, username: &str) -> Option<User> {
        let user = self.by_username.remove(username)?;
        self.journal.note(username);
        self.earlier.remove(username);
        self.subs.remove(&user.sub);
        self.aliases.remove(username, &user.attributes);
        Some(*user)
    }

    pub(crate) fn get(&self, username: &str) -> Option<&User> {
        self.by_username.get(username).map(|user| &**user)
    }

    pub(crate) fn get_mut(&mut self, username: &str) -> Option<&mut User> {
        self.remember(username);
        let user = self.by_username.get_mut(username)?;
        self.journal.note(username);
        Some(user)
    }

    /// Records that a user is active in a month. Returns whether the user was not active in it
    /// before.
    pub(crate) fn note_activity(&mut self, username: &str, month: Month) -> bool {
        let Some(active) = self.get(username).and_then(|user| user.active.with(month)) else {
            return false;
        };
        if let Some(user) = self.get_mut(username) {
            user.active = active;
        }
        true
    }

    /// Returns all users, unordered.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &User> {
        self.by_username.values().map(|user| &**user)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_username.len()
    }

    /// Replaces the attributes of a user, which can only be changed here. A code for an address is
    /// removed when the address changes, because it would restore the old one.
    pub(crate) fn set_attributes(
        &mut self,
        username: &str,
        attributes: Attributes,
    ) -> Result<(), ServiceError> {
        self.remember(username);
        let user = self.by_username.get_mut(username).ok_or_else(ServiceError::user_unknown)?;
        self.journal.note(username);
        self.aliases.remove(username, &user.attributes);
        user.replace_attributes(attributes);
        self.aliases.insert(&user.username, &user.attributes);
        Ok(())
    }

    /// Returns a user name in its stored form: in lower case if names are case-insensitive
    /// (amplify-js#13844). Equal names have the same form.
    pub(crate) fn flattened(&self, name: &str) -> String {
        if self.case_sensitive { name.to_owned() } else { name.to_lowercase() }
    }

    pub(crate) fn by_name(&self, given: &str) -> Option<&User> {
        self.get(&self.flattened(given))
    }

    pub(crate) fn by_sub(&self, sub: &str) -> Option<&User> {
        self.subs.get(sub).and_then(|username| self.get(username))
    }

    /// Returns the users with a value of an attribute, which must be one of [`ALIASES`].
    pub(crate) fn carrying(&self, attribute: &str, value: &str) -> impl Iterator<Item = &User> {
        let users = self.aliases.find(value).filter_map(|username| self.get(username));
        let value = self.flattened(value);
        users.filter(move |user| {
            user.attributes.get(attribute).is_some_and(|own| self.flattened(own) == value)
        })
    }

    /// Returns the size of the largest index.
    #[cfg(test)]
    pub(crate) fn index_len(&self) -> usize {
        self.subs.len().max(self.aliases.len()).max(self.earlier.len())
    }

    pub(crate) fn set_time(&mut self, now: Duration) {
        self.now = now;
    }

    /// Sets the delay after which lists show changes.
    pub(crate) fn show_late(&mut self, delay: Duration) {
        self.delay = delay;
    }

    /// Returns the state of a user in lists.
    pub(crate) fn shown(&self, username: &str) -> Option<&User> {
        let mut earlier = self.earlier.get(username).into_iter().flatten();
        let delayed =
            |until: Duration| still_runs(until.saturating_sub(self.delay), self.delay, self.now);
        match earlier.find(|earlier| delayed(earlier.until)) {
            Some(earlier) => earlier.user.as_ref(),
            None => self.get(username),
        }
    }

    /// Returns the users that match a filter in their state in lists, after a key, each with its
    /// key. Users are sorted by the filter's attribute (developer guide), and by id for equal
    /// values.
    pub(crate) fn search<'a>(
        &'a self,
        filter: Option<&'a Filter>,
        after: Option<&'a str>,
    ) -> Box<dyn Iterator<Item = (Cow<'a, str>, &'a User)> + 'a> {
        let by_id = |user: &'a User| (Cow::Borrowed(&*user.sub), user);
        let Some(filter) = filter else {
            return Box::new(self.in_order_of_ids("", after).map(by_id));
        };
        let found = |user: &&User| filter.value_of(user).is_some_and(|own| filter.matches(&own));
        if filter.attribute == "sub" {
            let prefix = filter.value.as_str();
            return Box::new(self.in_order_of_ids(prefix, after).filter(found).map(by_id));
        }
        let keyed = |user: &'a User| {
            let value = filter.value_of(user).unwrap_or_default();
            (Cow::Owned(format!("{value}\0{}", user.sub)), user)
        };
        let follows = |(key, _): &(Cow<'a, str>, &User)| after.is_none_or(|after| &**key > after);
        let users = self.candidates(filter).filter(found).map(keyed);
        let mut users: Vec<_> = users.filter(follows).collect();
        users.sort_by(|(key, _), (other, _)| key.cmp(other));
        Box::new(users.into_iter())
    }

    /// Returns the candidates for a filter, which are few if an index can be used.
    fn candidates<'a>(&'a self, filter: &'a Filter) -> Box<dyn Iterator<Item = &'a User> + 'a> {
        let exact = !filter.is_prefix && self.delay.is_zero();
        match filter.attribute {
            "username" if exact => Box::new(self.get(&filter.value).into_iter()),
            attribute if exact && ALIASES.contains(&attribute) => {
                let usernames = self.aliases.find(&filter.value);
                Box::new(usernames.filter_map(|username| self.get(username)))
            }
            _ => self.in_order_of_ids("", None),
        }
    }

    /// Returns the users whose ids have a prefix and follow another id, sorted by id.
    fn in_order_of_ids<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&'a str>,
    ) -> Box<dyn Iterator<Item = &'a User> + 'a> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let subs = self.subs.range::<str, _>((from, Bound::Unbounded));
        let subs = subs.take_while(move |(sub, _)| sub.starts_with(prefix));
        Box::new(subs.filter_map(|(_, username)| self.shown(username)))
    }

    /// Stores the current state of a user for lists, before a change.
    fn remember(&mut self, username: &str) {
        if self.delay.is_zero() {
            return;
        }
        let (now, until) = (self.now, self.now.saturating_add(self.delay));
        let user = self.get(username).cloned();
        let earlier = self.earlier.entry(username.to_owned()).or_default();
        earlier.retain(|earlier| earlier.until > now);
        // For several changes at the same time, the state before the first one is kept.
        if earlier.back().is_none_or(|last| last.until != until) {
            earlier.push_back(Earlier { until, user });
        }
    }
}

impl Part for Users {
    fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    fn keys(&self) -> Vec<String> {
        self.by_username.keys().map(|username| username.to_string()).collect()
    }

    fn encoded(&self, key: &str) -> Result<Option<Vec<u8>>, CodecError> {
        self.get(key).map(part::encode).transpose()
    }

    fn restore(&mut self, _: String, entry: &[u8]) -> Result<(), CodecError> {
        let mut user: User = part::decode(entry)?;
        if user.sub == user.username {
            user.sub = Arc::clone(&user.username);
        }
        self.insert(user);
        Ok(())
    }
}
