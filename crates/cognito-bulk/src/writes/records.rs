//! The journal of a job that writes, and the progress that it describes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use super::outcome::{ItemOutcome, ItemState, OutcomeCounts, States};
use crate::error::JobError;
use crate::journal::{GroupCommit, Journal};

/// The version of the entries.
const VERSION: u32 = 1;

/// An entry of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Entry {
    Started(Started),
    /// The input was read, or the users that match a filter were listed.
    Input(Input),
    /// A request that is not idempotent is about to be sent for an item.
    Intent {
        item: u64,
        /// The time by the clock of this machine, in seconds since 1970.
        at: u64,
    },
    /// The request was refused before it had an effect, such as by throttling.
    Withdrawn {
        item: u64,
    },
    Outcome {
        item: u64,
        #[serde(flatten)]
        outcome: ItemOutcome,
    },
    /// The file of outcomes was moved to its path.
    Finished,
}

/// The pool and the settings of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Started {
    version: u32,
    job: String,
    pool_id: String,
    settings: Value,
    /// The absolute path of the outcomes.
    output: PathBuf,
}

impl Started {
    pub(super) fn new(job: &str, pool_id: &str, settings: Value, output: &Path) -> Self {
        let output = std::path::absolute(output).unwrap_or_else(|_| output.to_owned());
        Self {
            version: VERSION,
            job: job.to_owned(),
            pool_id: pool_id.to_owned(),
            settings,
            output,
        }
    }
}

/// The input of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Input {
    /// The number of items.
    pub(crate) items: u64,
    /// The number of items that were left out because another item names the same user.
    pub(crate) duplicates: u64,
    /// A digest of the input.
    pub(crate) digest: String,
}

/// The progress of a job.
#[derive(Debug, Default)]
struct Progress {
    started: Option<Started>,
    input: Option<Input>,
    states: States,
    /// The times of the first intents of items without a known outcome.
    intents: HashMap<u64, u64>,
    /// True if the file of outcomes is complete.
    is_finished: bool,
    /// True if a file of outcomes was written, possibly by an earlier run.
    has_output: bool,
}

/// The journal and the progress of a job, shared by its items.
#[derive(Debug)]
pub(super) struct Records {
    journal: GroupCommit,
    progress: Mutex<Progress>,
    /// The error of a failed write in a place that cannot return errors.
    failure: watch::Sender<Option<JobError>>,
}

impl Records {
    pub(super) fn open(path: &Path, fence: Option<u64>) -> Result<Self, JobError> {
        let mut progress = Progress::default();
        let journal = Journal::open_each(path, fence, |entry| progress.apply(entry))?;
        let journal = GroupCommit::new(journal)?;
        Ok(Self { journal, progress: Mutex::new(progress), failure: watch::Sender::default() })
    }

    pub(super) fn started(&self) -> Option<Started> {
        self.progress().started.clone()
    }

    pub(super) fn input(&self) -> Option<Input> {
        self.progress().input.clone()
    }

    pub(super) fn is_finished(&self) -> bool {
        self.progress().is_finished
    }

    pub(super) fn has_output(&self) -> bool {
        self.progress().has_output
    }

    pub(super) fn state(&self, item: u64) -> ItemState {
        self.progress().states.get(item)
    }

    /// Returns the time of the first intent of an item without a known outcome.
    pub(super) fn intended_at(&self, item: u64) -> Option<SystemTime> {
        let seconds = self.progress().intents.get(&item).copied()?;
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    pub(super) fn counts(&self) -> OutcomeCounts {
        self.progress().states.counts()
    }

    /// Records an entry that outlives the process.
    pub(super) fn record(&self, entry: Entry) -> Result<(), JobError> {
        let mut progress = self.progress();
        self.journal.write(&entry)?;
        progress.apply(entry);
        Ok(())
    }

    /// Records an entry that outlives a power failure.
    pub(super) async fn record_durably(&self, entry: Entry) -> Result<(), JobError> {
        self.record(entry)?;
        self.journal.sync().await
    }

    /// Fails if a later claim has written to the journal.
    pub(super) fn check_claim(&self) -> Result<(), JobError> {
        self.journal.check_claim()
    }

    pub(super) async fn sync_now_and_then(&self) -> Result<(), JobError> {
        self.journal.sync_now_and_then().await
    }

    /// Ends the run with an error, which a permit cannot return. Later errors follow from the first one.
    pub(super) fn fail(&self, error: JobError) {
        self.failure.send_if_modified(|first| {
            let is_first = first.is_none();
            first.get_or_insert(error);
            is_first
        });
    }

    /// Returns the error that was passed to [`fail`](Self::fail) if this one only follows from it.
    pub(super) fn cause(&self, error: JobError) -> JobError {
        match error {
            JobError::Stopped => self.failure.send_replace(None).unwrap_or(JobError::Stopped),
            other => other,
        }
    }

    /// Waits for an error that was passed to [`fail`](Self::fail).
    pub(super) async fn failed(&self) -> JobError {
        let mut failure = self.failure.subscribe();
        // The sender lives as long as `self`.
        let _ = failure.wait_for(Option::is_some).await;
        self.failure.send_replace(None).unwrap_or(JobError::Stopped)
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress {
    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Started(started) => self.started = Some(started),
            Entry::Input(input) => self.input = Some(input),
            Entry::Intent { item, at } => {
                self.is_finished = false;
                self.intents.entry(item).or_insert(at);
                self.states.set_intent(item);
            }
            Entry::Withdrawn { item } => {
                self.intents.remove(&item);
                self.states.set_open(item);
            }
            Entry::Outcome { item, outcome } => {
                self.is_finished = false;
                if outcome != ItemOutcome::Unknown {
                    self.intents.remove(&item);
                }
                self.states.set_outcome(item, outcome);
            }
            Entry::Finished => (self.is_finished, self.has_output) = (true, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{self, Write};

    use tempfile::TempDir;

    use super::*;

    fn records(fence: Option<u64>) -> (TempDir, Records) {
        let directory = tempfile::tempdir().unwrap();
        let records = Records::open(&directory.path().join("journal"), fence).unwrap();
        (directory, records)
    }

    fn full_disk() -> JobError {
        JobError::Io { path: "journal".into(), source: io::ErrorKind::StorageFull.into() }
    }

    #[tokio::test]
    async fn run_ends_with_its_first_error() {
        let (_directory, records) = records(None);
        records.fail(full_disk());
        records.fail(JobError::Stopped);
        assert!(matches!(records.failed().await, JobError::Io { .. }));
    }

    #[tokio::test]
    async fn stop_after_a_failed_write_is_replaced_by_its_cause() {
        let (_directory, records) = records(None);
        records.fail(full_disk());
        assert!(matches!(records.cause(JobError::InputChanged), JobError::InputChanged));
        assert!(matches!(records.cause(JobError::Stopped), JobError::Io { .. }));
        assert!(matches!(records.cause(JobError::Stopped), JobError::Stopped), "an actual stop");
    }

    #[tokio::test]
    async fn second_write_after_a_failed_one_does_not_hide_its_error() {
        let (directory, records) = records(Some(1));
        let journal = File::options().append(true).open(directory.path().join("journal"));
        journal.unwrap().write_all(b"{\"sum\":\"0\",\"fence\":2}\n").unwrap();
        let errors = [0, 1].map(|item| records.record(Entry::Intent { item, at: 0 }).unwrap_err());
        assert!(matches!(errors, [JobError::TakenOver, JobError::Stopped]), "{errors:?}");
        errors.into_iter().for_each(|error| records.fail(error));
        assert!(matches!(records.cause(JobError::Stopped), JobError::TakenOver));
    }
}
