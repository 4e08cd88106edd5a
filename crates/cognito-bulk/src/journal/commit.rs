//! Group commit: one sync of a journal for the entries of many tasks.

use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::Instant;

use super::Journal;
use crate::error::{JobError, OfFile};
use crate::files;

/// The maximum time after which entries are synced that need no sync of their own.
const SYNC_INTERVAL: Duration = Duration::from_secs(1);

/// A journal to which many tasks write.
///
/// A sync takes milliseconds and runs on another thread. Tasks that wait during a sync share the
/// next one.
#[derive(Debug)]
pub(crate) struct GroupCommit {
    /// `None` after a failed write, which may have left an incomplete line.
    journal: Mutex<Option<Journal>>,
    path: PathBuf,
    /// A second handle of the file, so that a sync that outlives its run does not keep the journal
    /// locked.
    file: Arc<File>,
    written: AtomicU64,
    synced: AsyncMutex<Synced>,
}

/// The number of entries that are on disk, and the time of the last sync.
#[derive(Debug)]
struct Synced {
    entries: u64,
    at: Instant,
}

impl GroupCommit {
    pub(crate) fn new(journal: Journal) -> Result<Self, JobError> {
        let path = journal.path.clone();
        let file = Arc::new(files::private().append(true).open(&path).of_file(&path)?);
        let synced = AsyncMutex::new(Synced { entries: 0, at: Instant::now() });
        let written = AtomicU64::new(0);
        Ok(Self { journal: Mutex::new(Some(journal)), path, file, written, synced })
    }

    /// Appends an entry, which outlives this process.
    pub(crate) fn write<E: Serialize>(&self, entry: &E) -> Result<(), JobError> {
        let mut slot = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        // The journal is missing only after a failed write, whose error has ended the run.
        let mut journal = slot.take().ok_or(JobError::Stopped)?;
        journal.write(entry)?;
        *slot = Some(journal);
        self.written.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// Fails if a later claim has written to the journal.
    pub(crate) fn check_claim(&self) -> Result<(), JobError> {
        let slot = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_ref().ok_or(JobError::Stopped)?.check_claim()
    }

    /// Waits until all written entries are on disk.
    pub(crate) async fn sync(&self) -> Result<(), JobError> {
        let wanted = self.written.load(Ordering::Acquire);
        let mut synced = self.synced.lock().await;
        if synced.entries >= wanted {
            return Ok(());
        }
        let entries = self.written.load(Ordering::Acquire);
        let file = Arc::clone(&self.file);
        let outcome = tokio::task::spawn_blocking(move || file.sync_data()).await;
        outcome.unwrap_or_else(|error| Err(std::io::Error::other(error))).of_file(&self.path)?;
        *synced = Synced { entries, at: Instant::now() };
        Ok(())
    }

    /// Syncs if the last sync was more than the interval ago and no other task is syncing.
    pub(crate) async fn sync_now_and_then(&self) -> Result<(), JobError> {
        let is_due = self.synced.try_lock().is_ok_and(|synced| synced.at.elapsed() > SYNC_INTERVAL);
        if is_due { self.sync().await } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn entries_of_concurrent_tasks_are_on_disk_after_the_sync_of_each() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let commit = GroupCommit::new(Journal::open::<u32>(&path, None).unwrap().0).unwrap();
        let write = |number: u32| {
            let commit = &commit;
            async move {
                commit.write(&number).unwrap();
                commit.sync().await.unwrap();
                assert!(commit.synced.lock().await.entries > 0);
            }
        };
        join_all((0..50).map(write)).await;
        assert_eq!(commit.synced.lock().await.entries, 50);
        drop(commit);
        let (_, entries) = Journal::open::<u32>(&path, None).unwrap();
        assert_eq!(entries, (0..50).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_sync_that_outlives_its_run_does_not_keep_the_journal_locked() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let commit = GroupCommit::new(Journal::open::<u32>(&path, None).unwrap().0).unwrap();
        let file = Arc::clone(&commit.file);
        drop(commit);
        Journal::open::<u32>(&path, None).unwrap();
        drop(file);
    }
}
