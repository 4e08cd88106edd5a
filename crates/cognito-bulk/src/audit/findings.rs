//! Collection of findings: counts, examples, and lists on disk.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::report::{Finding, FindingKind};
use crate::error::{JobError, OfFile};
use crate::files;
use crate::job_directory::remove_directory;

/// The maximum number of examples of a finding, and of names in each example.
const MOST_EXAMPLES: usize = 10;

/// The findings of each requested kind, and their lists.
pub(super) struct Findings {
    findings: BTreeMap<FindingKind, Finding>,
    lists: Option<Lists>,
}

/// A line of a list.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Line<'a> {
    User {
        username: &'a str,
        sub: &'a str,
        status: &'a str,
        enabled: bool,
        /// The value that users share, in the form in which it was compared.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<&'a str>,
    },
    Group {
        group: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        precedence: Option<u32>,
    },
}

/// A file in JSON Lines for each kind, in the directory of the job.
struct Lists {
    directory: PathBuf,
    files: BTreeMap<FindingKind, BufWriter<File>>,
}

impl Findings {
    /// Creates a collection without findings. `lists` is the directory of the lists, if they are
    /// written.
    pub(super) fn new(
        kinds: impl IntoIterator<Item = FindingKind>,
        lists: Option<PathBuf>,
    ) -> Result<Self, JobError> {
        let none = |kind| (kind, Finding { kind, count: 0, examples: Vec::new() });
        let findings: BTreeMap<_, _> = kinds.into_iter().map(none).collect();
        let lists = lists.map(|lists| Lists::create(lists, findings.keys())).transpose()?;
        Ok(Self { findings, lists })
    }

    /// Adds a user or a group.
    pub(super) fn add(&mut self, kind: FindingKind, line: &Line<'_>) -> Result<(), JobError> {
        self.add_shared(kind, line, true)
    }

    /// Adds a user or a group that shares a value with the previous ones, unless it is the first
    /// with its value.
    pub(super) fn add_shared(
        &mut self,
        kind: FindingKind,
        line: &Line<'_>,
        is_first: bool,
    ) -> Result<(), JobError> {
        let Some(finding) = self.findings.get_mut(&kind) else { return Ok(()) };
        finding.count = finding.count.saturating_add(1);
        let examples = &mut finding.examples;
        if is_first && examples.len() <= MOST_EXAMPLES {
            examples.push(Vec::new());
        }
        // One extra example is kept until the end; it collects the names of all further values.
        if let Some(example) = examples.last_mut().filter(|names| names.len() < MOST_EXAMPLES) {
            example.push(line.name().to_owned());
        }
        match &mut self.lists {
            Some(lists) => lists.write(kind, line),
            None => Ok(()),
        }
    }

    /// Moves the lists to a directory, if they are written, and returns the findings.
    pub(super) fn finish(self, to: Option<&Path>) -> Result<Vec<Finding>, JobError> {
        if let (Some(lists), Some(to)) = (self.lists, to) {
            lists.publish(to)?;
        }
        let mut findings: Vec<_> = self.findings.into_values().collect();
        findings.iter_mut().for_each(|finding| finding.examples.truncate(MOST_EXAMPLES));
        Ok(findings)
    }
}

impl Line<'_> {
    fn name(&self) -> &str {
        match self {
            Self::User { username, .. } => username,
            Self::Group { group, .. } => group,
        }
    }
}

impl Lists {
    fn create<'a>(
        directory: PathBuf,
        kinds: impl Iterator<Item = &'a FindingKind>,
    ) -> Result<Self, JobError> {
        remove_directory(&directory)?;
        fs::create_dir(&directory).of_file(&directory)?;
        let mut files = BTreeMap::new();
        for kind in kinds {
            let path = directory.join(file_name(*kind));
            files.insert(*kind, BufWriter::new(files::create(&path).of_file(&path)?));
        }
        Ok(Self { directory, files })
    }

    fn write(&mut self, kind: FindingKind, line: &Line<'_>) -> Result<(), JobError> {
        let Some(file) = self.files.get_mut(&kind) else { return Ok(()) };
        let written = serde_json::to_writer(&mut *file, line).map_err(io::Error::from);
        let path = || self.directory.join(file_name(kind));
        written.and_then(|()| file.write_all(b"\n")).of_file(&path())
    }

    fn publish(self, to: &Path) -> Result<(), JobError> {
        for (kind, file) in self.files {
            let path = self.directory.join(file_name(kind));
            let file = file.into_inner().map_err(io::IntoInnerError::into_error).of_file(&path)?;
            file.sync_all().of_file(&path)?;
            let target = to.join(file_name(kind));
            match files::publish(&path, &target) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(JobError::OutputExists);
                }
                published => published.of_file(&target)?,
            }
        }
        remove_directory(&self.directory)
    }
}

/// Returns the name of the list of a kind.
pub(super) fn file_name(kind: FindingKind) -> String {
    format!("{kind}.jsonl")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(username: &str) -> Line<'_> {
        Line::User { username, sub: "", status: "CONFIRMED", enabled: true, value: None }
    }

    #[test]
    fn examples_are_bounded_and_hold_the_names_that_share_a_value() {
        let kinds = [FindingKind::SameEmail, FindingKind::WithoutGroup];
        let mut findings = Findings::new(kinds, None).unwrap();
        for number in 0..30 {
            let name = format!("user{number}");
            findings.add(FindingKind::WithoutGroup, &user(&name)).unwrap();
            findings.add_shared(FindingKind::SameEmail, &user(&name), number % 15 == 0).unwrap();
            findings.add(FindingKind::WithoutMfa, &user(&name)).unwrap();
        }
        let found = findings.finish(None).unwrap();
        let shape = |finding: &Finding| {
            let names: Vec<usize> = finding.examples.iter().map(Vec::len).collect();
            (finding.kind, finding.count, names)
        };
        let shapes: Vec<_> = found.iter().map(shape).collect();
        let expected = [
            (FindingKind::WithoutGroup, 30, vec![1; 10]),
            (FindingKind::SameEmail, 30, vec![10; 2]),
        ];
        assert_eq!(shapes, expected);
        assert_eq!(found[0].examples[9], ["user9"]);
        assert_eq!(found[1].examples[1][0], "user15");
    }
}
