//! The journal of an import with user import jobs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::UserImportJobOutcome;
use crate::error::JobError;
use crate::import::text::hexadecimal;
use crate::journal::Journal;
use crate::writes::JobFiles;

/// An entry of the journal, which contains no names, addresses and values of users.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Entry {
    Started(Started),
    Input(Input),
    /// A job with this name is about to be created for the next file.
    Creating {
        name: String,
    },
    /// The job was created. This is recorded before its file is sent.
    Created {
        job_id: String,
    },
    /// The job expired before its start, and another one is to be created.
    Expired,
    Ended(UserImportJobOutcome),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Started {
    pool_id: String,
    settings: Value,
    /// The prefix of the names of its jobs, by which a job is found if the response to its creation
    /// was lost.
    token: String,
}

/// The input, after it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Input {
    pub(super) users: u64,
    pub(super) jobs: u64,
    pub(super) digest: String,
}

/// The current job of the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Current {
    /// The name of the requested job.
    pub(super) name: Option<String>,
    pub(super) job_id: Option<String>,
}

/// The journal, and the progress that it describes.
pub(super) struct Records {
    journal: Journal,
    started: Option<Started>,
    pub(super) input: Option<Input>,
    pub(super) current: Current,
    pub(super) ended: Vec<UserImportJobOutcome>,
    /// The number of jobs that were requested so far, which is part of the next name.
    requested: u64,
}

impl Records {
    /// Opens the journal of a job. Fails if the output of another job exists.
    pub(super) fn open(files: &JobFiles, fence: Option<u64>) -> Result<Self, JobError> {
        let directory = files.directory();
        directory.check_target(files.output())?;
        if files.has_output() && !directory.journal().exists() {
            return Err(JobError::OutputExists);
        }
        directory.create()?;
        let (journal, entries) = Journal::open(&directory.journal(), fence)?;
        let mut records = Self {
            journal,
            started: None,
            input: None,
            current: Current::default(),
            ended: Vec::new(),
            requested: 0,
        };
        entries.into_iter().for_each(|entry| records.apply(entry));
        if records.started.is_none() && directory.has_other_files()? {
            return Err(JobError::DirectoryInUse);
        }
        Ok(records)
    }

    /// Fails if the journal belongs to another import. Returns whether the import has an earlier
    /// run.
    pub(super) fn start(&mut self, pool_id: &str, settings: &Value) -> Result<bool, JobError> {
        match &self.started {
            Some(earlier) if earlier.pool_id == pool_id && earlier.settings == *settings => {
                Ok(self.input.is_some())
            }
            Some(_) if self.input.is_some() => Err(JobError::OtherSettings),
            _ => {
                let (pool_id, settings) = (pool_id.to_owned(), settings.clone());
                self.record(Entry::Started(Started { pool_id, settings, token: token()? }))?;
                Ok(false)
            }
        }
    }

    /// Records the input, and fails if it differs from that of the journal.
    pub(super) fn set_input(&mut self, input: Input) -> Result<(), JobError> {
        match &self.input {
            None => self.record(Entry::Input(input)),
            Some(earlier) if *earlier == input => Ok(()),
            Some(_) => Err(JobError::InputChanged),
        }
    }

    /// Records that a job is about to be created, and returns its name.
    pub(super) fn creating(&mut self) -> Result<String, JobError> {
        let token = self.started.as_ref().map(|started| &*started.token).unwrap_or_default();
        let name = format!("import-{token}-{}", self.requested.saturating_add(1));
        self.record(Entry::Creating { name: name.clone() })?;
        Ok(name)
    }

    pub(super) fn created(&mut self, job_id: String) -> Result<(), JobError> {
        self.record(Entry::Created { job_id })
    }

    pub(super) fn expired(&mut self) -> Result<(), JobError> {
        self.record(Entry::Expired)
    }

    pub(super) fn ended(&mut self, outcome: UserImportJobOutcome) -> Result<(), JobError> {
        self.record(Entry::Ended(outcome))
    }

    /// Appends an entry, which is on disk when this returns.
    fn record(&mut self, entry: Entry) -> Result<(), JobError> {
        self.journal.append(&entry)?;
        self.apply(entry);
        Ok(())
    }

    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Started(started) => self.started = Some(started),
            Entry::Input(input) => self.input = Some(input),
            Entry::Creating { name } => {
                self.current = Current { name: Some(name), job_id: None };
                self.requested = self.requested.saturating_add(1);
            }
            Entry::Created { job_id } => self.current.job_id = Some(job_id),
            Entry::Expired => self.current = Current::default(),
            Entry::Ended(outcome) => {
                self.ended.push(outcome);
                self.current = Current::default();
            }
        }
    }
}

/// Returns a random token, which distinguishes the names of jobs of other imports.
fn token() -> Result<String, JobError> {
    let mut bytes = [0; 6];
    getrandom::fill(&mut bytes).map_err(|error| JobError::Io {
        path: "the random source".into(),
        source: std::io::Error::other(error),
    })?;
    Ok(hexadecimal(bytes))
}
