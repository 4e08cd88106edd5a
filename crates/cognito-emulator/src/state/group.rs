//! Groups of users.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::part::Entries;

/// A group.
#[derive(Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) role_arn: Option<String>,
    /// A lower value has a higher precedence; `None` is the lowest.
    pub(crate) precedence: Option<u32>,
    /// The names of its users. Not stored, but rebuilt from the `groups` of users.
    #[serde(skip)]
    pub(crate) members: BTreeSet<String>,
    /// Seconds since 1970.
    pub(crate) created: f64,
    pub(crate) modified: f64,
}

impl Group {
    /// Returns a group without a role, with a creation date.
    pub(crate) fn new(name: &str, description: Option<String>, date: f64) -> Self {
        Self {
            name: name.to_owned(),
            description,
            role_arn: None,
            precedence: None,
            members: BTreeSet::new(),
            created: date,
            modified: date,
        }
    }

    /// Returns the sort key of groups, highest precedence first.
    pub(crate) fn rank(&self) -> u32 {
        self.precedence.unwrap_or(u32::MAX)
    }
}

/// The groups of a pool by name.
pub(crate) type Groups = Entries<Group>;

pub(crate) fn group_unknown() -> ServiceError {
    ServiceError::resource_not_found("Group not found.")
}
