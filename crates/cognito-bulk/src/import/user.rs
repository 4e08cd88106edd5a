//! The users of an input, before they are checked.

use std::collections::BTreeMap;

use cognito_types::Password;

use super::rejection::RejectionReason;

/// A user of an input.
pub(super) struct InputUser {
    /// The user name; empty if it is missing.
    pub(super) username: String,
    /// The attributes with a value.
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) status: Option<String>,
    pub(super) is_enabled: bool,
    pub(super) groups: Vec<String>,
    pub(super) password: Option<Password>,
    pub(super) temporary_password: Option<Password>,
    pub(super) has_password_hash: bool,
    /// The fields of the input that only the service can set.
    pub(super) ignored: Vec<&'static str>,
}

/// A user, or the reason for its rejection, with the number of the line.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) user: Result<InputUser, RejectionReason>,
}

/// Attributes that only the service can set.
const OF_SERVICE: [&str; 2] = ["sub", "identities"];

impl InputUser {
    /// Adds an attribute. An empty value counts as absent, as in the service.
    pub(super) fn add_attribute(&mut self, name: String, value: String) {
        if value.is_empty() {
            return;
        }
        match OF_SERVICE.iter().find(|ignored| **ignored == name) {
            Some(ignored) => self.ignored.push(ignored),
            None => drop(self.attributes.insert(name, value)),
        }
    }
}

impl Default for InputUser {
    fn default() -> Self {
        Self {
            username: String::new(),
            attributes: BTreeMap::new(),
            status: None,
            is_enabled: true,
            groups: Vec::new(),
            password: None,
            temporary_password: None,
            has_password_hash: false,
            ignored: Vec::new(),
        }
    }
}
