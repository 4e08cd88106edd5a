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
    /// The lower, the more it counts; none counts least.
    pub(crate) precedence: Option<u32>,
    /// The names of its users, each of whom has the group's name in the user's `groups`, from
    /// which a store finds them again.
    #[serde(skip)]
    pub(crate) members: BTreeSet<String>,
    /// Seconds since 1970.
    pub(crate) created: f64,
    pub(crate) modified: f64,
}

impl Group {
    /// Returns a group without a role, created on that date.
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

    /// Returns the key by which groups are ordered, the one that counts most first.
    pub(crate) fn rank(&self) -> u32 {
        self.precedence.unwrap_or(u32::MAX)
    }
}

/// The groups of a pool, by their names.
pub(crate) type Groups = Entries<Group>;

pub(crate) fn group_unknown() -> ServiceError {
    ServiceError::resource_not_found("Group not found.")
}
