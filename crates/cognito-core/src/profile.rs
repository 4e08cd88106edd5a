//! Attributes of a user, as read and as changed since.

use std::collections::BTreeSet;

use crate::attributes::{AttributeChanges, Attributes};

/// Attributes of a user, as read and as changed since.
#[derive(Clone)]
pub(crate) struct Profile {
    read: Attributes,
    wanted: Attributes,
    /// Names of attributes that were set or removed since.
    named: BTreeSet<String>,
}

/// Addresses with their flags, which are valid only for the address that was read.
const FLAGS: [(&str, &str); 2] =
    [("email", "email_verified"), ("phone_number", "phone_number_verified")];

impl Profile {
    pub(crate) fn new(read: Attributes) -> Self {
        Self { wanted: read.clone(), read, named: BTreeSet::new() }
    }

    /// Returns the attributes that were read.
    pub(crate) fn read(&self) -> &Attributes {
        &self.read
    }

    pub(crate) fn wanted(&self) -> &Attributes {
        &self.wanted
    }

    pub(crate) fn wanted_mut(&mut self) -> &mut Attributes {
        &mut self.wanted
    }

    pub(crate) fn set(&mut self, name: String, value: impl ToString) {
        self.wanted.set(&name, value);
        self.named.insert(name);
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<String> {
        self.named.insert(name.to_owned());
        self.wanted.remove(name)
    }

    /// Returns the differences, flags that were set together with a new address, and names that
    /// were removed without having been read.
    pub(crate) fn changes(&self) -> AttributeChanges {
        let mut known = self.read.clone();
        for (address, flag) in FLAGS {
            let is_new = self.wanted.get(address) != self.read.get(address);
            if is_new && self.named.contains(flag) && self.wanted.get(flag).is_some() {
                known.remove(flag);
            }
        }
        for name in &self.named {
            if self.wanted.get(name).is_none() && self.read.get(name).is_none() {
                known.set(name, "");
            }
        }
        self.wanted.changes(&known)
    }

    /// Records that the new values were sent, but not the removals.
    pub(crate) fn saved_values(&mut self) {
        let changes = self.changes();
        for (address, flag) in FLAGS {
            if changes.set().get(address).is_some() && changes.set().get(flag).is_none() {
                self.read.remove(flag);
                self.wanted.remove(flag);
            }
        }
        self.read.extend(self.wanted.clone());
        self.named.retain(|name| self.wanted.get(name).is_none());
    }

    /// Records that all changes were sent.
    pub(crate) fn saved(&mut self) {
        self.read = self.wanted.clone();
        self.named.clear();
    }
}

/// Adds the methods that read and change attributes to a type with a `profile`.
macro_rules! profile_methods {
    ($flags:literal) => {
        /// Returns the user's id (`sub`), which never changes.
        pub fn subject(&self) -> Option<&str> {
            self.attributes().sub()
        }

        /// Returns an attribute by name, such as `email`, or a custom one such as `custom:team`.
        pub fn attribute(&self, name: &str) -> Option<&str> {
            self.attributes().get(name)
        }

        /// Returns all attributes, with the changes made since they were read.
        pub fn attributes(&self) -> &$crate::attributes::Attributes {
            self.profile.wanted()
        }

        /// Returns all attributes for changes; [`save`](Self::save) sends the changed ones.
        ///
        /// To remove an attribute that was not read, use [`remove`](Self::remove).
        pub fn attributes_mut(&mut self) -> &mut $crate::attributes::Attributes {
            self.profile.wanted_mut()
        }

        /// Sets an attribute; [`save`](Self::save) sends it.
        ///
        #[doc = $flags]
        pub fn set(&mut self, name: impl Into<String>, value: impl ToString) {
            self.profile.set(name.into(), value);
        }

        /// Removes an attribute, even if it was not read, and returns its value;
        /// [`save`](Self::save) deletes it.
        pub fn remove(&mut self, name: &str) -> Option<String> {
            self.profile.remove(name)
        }

        /// Returns the changes that [`save`](Self::save) would send.
        pub fn changes(&self) -> $crate::attributes::AttributeChanges {
            self.profile.changes()
        }
    };
}

pub(crate) use profile_methods;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_changes_are_not_sent_again() {
        let mut profile = Profile::new([("a", "1"), ("b", "2")].into_iter().collect());
        profile.wanted_mut().set("a", "0");
        profile.wanted_mut().remove("b");
        profile.saved_values();
        let left = profile.changes();
        assert!(left.set().is_empty());
        assert_eq!(left.removed(), ["b"]);
        profile.saved();
        assert!(profile.changes().is_empty());
    }

    #[test]
    fn a_new_address_drops_the_flag_unless_it_is_set_again() {
        let read =
            || Profile::new([("email", "a"), ("email_verified", "true")].into_iter().collect());
        let sent = |profile: &Profile| {
            let changes = profile.changes();
            assert!(changes.removed().is_empty());
            changes.set().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
        };
        let mut profile = read();
        profile.set("email_verified".into(), true);
        assert!(sent(&profile).is_empty(), "nothing is new");
        profile.set("email".into(), "b");
        assert_eq!(sent(&profile), ["email=b", "email_verified=true"]);
        profile.saved_values();
        profile.saved();
        assert_eq!(profile.wanted().email_verified(), Some(true));

        let mut profile = read();
        profile.set("email".into(), "b");
        assert_eq!(sent(&profile), ["email=b"]);
        profile.saved_values();
        profile.saved();
        assert_eq!(profile.wanted().email_verified(), None, "the flag was that of another address");
        profile.set("email_verified".into(), true);
        assert_eq!(sent(&profile), ["email_verified=true"]);
    }

    #[test]
    fn attributes_that_were_not_read_can_be_removed() {
        let mut profile = Profile::new([("a", "1")].into_iter().collect());
        assert_eq!(profile.remove("b"), None);
        assert_eq!(profile.changes().removed(), ["b"]);
        profile.saved_values();
        assert_eq!(profile.changes().removed(), ["b"], "it was not sent yet");
        profile.saved();
        assert!(profile.changes().is_empty());
        profile.remove("b");
        profile.set("b".into(), "");
        assert_eq!(profile.changes().set().get("b"), Some(""));
        assert!(profile.changes().removed().is_empty());
    }
}
