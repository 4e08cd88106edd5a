//! The entries of an export's journal, and the progress that they describe.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Export, ExportReport, Settings};
use crate::error::JobError;
use crate::journal::Journal;

/// The version of the entries and files.
const VERSION: u32 = 1;

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
    /// The output is at its path.
    Finished(ExportReport),
}

/// The pool and the settings of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Started {
    version: u32,
    pool_id: String,
    settings: Settings,
    /// The absolute path of the output.
    output: String,
    pub(super) expected: u64,
    /// The names of the pool's attributes, which are the columns of CSV.
    pub(super) attributes: Vec<String>,
    pub(super) groups: Vec<String>,
}

/// A group whose users were listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listed {
    pub(super) members: u64,
    /// The number of the run, from 1; 0 for a group that was deleted.
    pub(super) run: u32,
}

/// A finished shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) users: u64,
    pub(super) duplicates: u64,
    /// The length of its file.
    pub(super) bytes: u64,
}

/// The progress of an export.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) started: Option<Started>,
    pub(super) runs: u32,
    /// The groups that were listed.
    pub(super) groups: BTreeMap<String, Listed>,
    shards: Option<BTreeSet<String>>,
    pub(super) parts: BTreeMap<String, Part>,
    pub(super) report: Option<ExportReport>,
}

impl Started {
    pub(super) fn new(
        export: &Export,
        pool_id: &str,
        expected: u64,
        attributes: Vec<String>,
        groups: Vec<String>,
    ) -> Self {
        let (settings, pool_id) = (export.settings.clone(), pool_id.to_owned());
        let output = absolute(&export.output);
        Self { version: VERSION, pool_id, settings, output, expected, attributes, groups }
    }

    /// Fails unless an export has this pool, these settings and this output.
    pub(super) fn check(&self, export: &Export, pool_id: &str) -> Result<(), JobError> {
        let is_same =
            self.version == VERSION && self.pool_id == pool_id && self.settings == export.settings;
        if is_same && self.output == absolute(&export.output) {
            Ok(())
        } else {
            Err(JobError::OtherSettings)
        }
    }
}

fn absolute(output: &Path) -> String {
    let path = std::path::absolute(output).unwrap_or_else(|_| output.to_owned());
    path.to_string_lossy().into_owned()
}

impl Progress {
    /// Opens the journal of an export, and returns its progress.
    pub(super) fn open(path: &Path) -> Result<(Journal, Self), JobError> {
        let (journal, entries) = Journal::open(path)?;
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
                // That of an earlier run, which was lost.
                self.parts.remove(&prefix);
                shards.extend(super::plan::children(&prefix));
            }
            Entry::Shard { prefix, part } => drop(self.parts.insert(prefix, part)),
            Entry::Finished(report) => self.report = Some(report),
        }
    }

    pub(super) fn is_planned(&self) -> bool {
        self.shards.is_some()
    }

    /// Returns whether every shard has its part.
    pub(super) fn is_listed(&self) -> bool {
        self.is_planned() && self.unfinished().is_empty()
    }

    /// Returns the shards that have no part yet.
    pub(super) fn unfinished(&self) -> Vec<String> {
        let shards = self.shards.iter().flatten();
        shards.filter(|prefix| !self.parts.contains_key(*prefix)).cloned().collect()
    }

    /// Returns the users of the finished shards.
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
