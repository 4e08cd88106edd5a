//! The entries of the journal of a list, and the progress that they describe.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cognito_core::Group;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::members::{GroupsOfUsers, Members};
use super::{Listing, Paths, Settings, shards};
use crate::error::JobError;
use crate::journal::Journal;

/// The version of the entries and files.
const VERSION: u32 = 2;

/// An entry of the journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Entry {
    Started(Started),
    /// A run began.
    Run,
    /// The users of a group are in the files of members.
    Group {
        name: String,
        #[serde(flatten)]
        listed: Listed,
    },
    /// The shards were chosen.
    Planned {
        shards: Vec<String>,
    },
    /// A shard was too large and was divided.
    Divided {
        prefix: String,
    },
    /// The part of a shard is complete.
    Shard {
        prefix: String,
        part: Part,
    },
    /// The output was moved to its path.
    Finished {
        report: Value,
    },
}

/// The pool and the settings of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Started {
    version: u32,
    pub(crate) pool_id: String,
    settings: Settings,
    /// The absolute path of the output.
    output: String,
    /// The time of the start.
    pub(crate) time: Timestamp,
    pub(crate) expected: u64,
    /// The names of the pool's attributes, for the columns of CSV.
    pub(crate) attributes: Vec<String>,
    /// The groups, ordered by name.
    pub(crate) groups: Vec<ListedGroup>,
}

/// A group of the pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ListedGroup {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) precedence: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) role_arn: Option<String>,
}

/// A group whose users were listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) members: u64,
    /// The number of the run, from 1; 0 for a group that was deleted.
    pub(crate) run: u32,
}

/// A finished shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) users: u64,
    pub(crate) duplicates: u64,
    /// The length of its file.
    pub(crate) bytes: u64,
}

/// The progress of a list.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) started: Option<Started>,
    pub(super) runs: u32,
    /// The groups that were listed.
    pub(super) groups: BTreeMap<String, Listed>,
    shards: Option<BTreeSet<String>>,
    pub(super) parts: BTreeMap<String, Part>,
    pub(super) report: Option<Value>,
}

/// The users of a list, after all parts are complete.
#[derive(Debug)]
pub(crate) struct Complete {
    pub(crate) started: Started,
    /// The groups whose users were listed; empty if memberships were not listed by group.
    pub(crate) groups: BTreeMap<String, Listed>,
    pub(crate) parts: BTreeMap<String, Part>,
}

impl Complete {
    pub(crate) fn users(&self) -> u64 {
        self.parts.values().map(|part| part.users).sum()
    }

    /// Returns the number of users that the service listed more than once.
    pub(crate) fn duplicates(&self) -> u64 {
        self.parts.values().map(|part| part.duplicates).sum()
    }

    /// Returns the groups of the users of a shard, if memberships were listed by group.
    pub(crate) fn groups_of_users(
        &self,
        paths: &Paths,
        prefix: &str,
    ) -> Result<GroupsOfUsers, JobError> {
        if self.groups.is_empty() {
            return Ok(GroupsOfUsers::default());
        }
        let runs = self.started.runs_of_groups(&self.groups);
        Members::of_shard(&paths.members(), prefix, &runs)
    }
}

impl Started {
    pub(super) fn new(
        listing: &Listing,
        pool_id: &str,
        expected: u64,
        attributes: Vec<String>,
        groups: &[Group],
    ) -> Self {
        let mut groups: Vec<_> = groups.iter().map(ListedGroup::from).collect();
        groups.sort_by(|one, other| one.name.cmp(&other.name));
        Self {
            version: VERSION,
            pool_id: pool_id.to_owned(),
            settings: listing.settings.clone(),
            output: absolute(&listing.output),
            time: Timestamp::now(),
            expected,
            attributes,
            groups,
        }
    }

    /// Fails if the journal belongs to a list with another pool, other settings or another output.
    pub(super) fn check(&self, listing: &Listing, pool_id: &str) -> Result<(), JobError> {
        let is_same =
            self.version == VERSION && self.pool_id == pool_id && self.settings == listing.settings;
        if is_same && self.output == absolute(&listing.output) {
            Ok(())
        } else {
            Err(JobError::OtherSettings)
        }
    }

    /// Returns the runs that have listed the groups, by the numbers of the groups.
    pub(super) fn runs_of_groups(&self, listed: &BTreeMap<String, Listed>) -> Vec<u32> {
        let run = |name: &String| listed.get(name).map_or(0, |listed| listed.run);
        self.groups.iter().map(|group| run(&group.name)).collect()
    }

    /// Returns the number of a group by its name.
    pub(super) fn group_number(&self, name: &str) -> Option<u32> {
        let found = self.groups.binary_search_by(|group| group.name.as_str().cmp(name));
        u32::try_from(found.ok()?).ok()
    }

    /// Returns the name of the group with a number.
    pub(crate) fn group_name(&self, number: u32) -> Option<&str> {
        let group = self.groups.get(usize::try_from(number).ok()?)?;
        Some(&group.name)
    }
}

impl From<&Group> for ListedGroup {
    fn from(group: &Group) -> Self {
        Self {
            name: group.name().to_owned(),
            precedence: group.precedence(),
            role_arn: group.role_arn().map(str::to_owned),
        }
    }
}

fn absolute(output: &Path) -> String {
    let path = std::path::absolute(output).unwrap_or_else(|_| output.to_owned());
    path.to_string_lossy().into_owned()
}

impl Progress {
    /// Opens the journal of a list, and returns its progress.
    pub(super) fn open(path: &Path, fence: Option<u64>) -> Result<(Journal, Self), JobError> {
        let (journal, entries) = Journal::open(path, fence)?;
        let mut progress = Self::default();
        for entry in entries {
            progress.apply(entry);
        }
        Ok((journal, progress))
    }

    pub(super) fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Started(started) => self.started = Some(started),
            Entry::Run => self.runs = self.runs.saturating_add(1),
            Entry::Group { name, listed } => drop(self.groups.insert(name, listed)),
            Entry::Planned { shards } => self.shards = Some(shards.into_iter().collect()),
            Entry::Divided { prefix } => {
                let shards = self.shards.get_or_insert_default();
                shards.remove(&prefix);
                // The part of an earlier run was lost.
                self.parts.remove(&prefix);
                shards.extend(shards::children(&prefix));
            }
            Entry::Shard { prefix, part } => drop(self.parts.insert(prefix, part)),
            Entry::Finished { report } => self.report = Some(report),
        }
    }

    pub(super) fn is_planned(&self) -> bool {
        self.shards.is_some()
    }

    /// Returns whether every shard has a part.
    pub(super) fn is_listed(&self) -> bool {
        self.is_planned() && self.unfinished().is_empty()
    }

    /// Returns the shards that have no part yet.
    pub(super) fn unfinished(&self) -> Vec<String> {
        let shards = self.shards.iter().flatten();
        shards.filter(|prefix| !self.parts.contains_key(*prefix)).cloned().collect()
    }

    /// Returns the number of users in the finished shards.
    pub(super) fn done(&self) -> u64 {
        self.parts.values().map(|part| part.users).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_divided_shard_has_no_part_of_its_own() {
        let part = Part { users: 9, duplicates: 0, bytes: 900 };
        let mut progress = Progress::default();
        progress.apply(Entry::Planned { shards: vec!["a".into(), "b".into()] });
        progress.apply(Entry::Shard { prefix: "a".into(), part });
        progress.apply(Entry::Divided { prefix: "a".into() });
        assert_eq!((progress.done(), progress.unfinished().len()), (0, 17));
    }
}
