//! The state file: a redb database, which a thread of the emulator writes.

mod backend;
mod error;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use redb::{Builder, Database, ReadableDatabase, ReadableTable, TableDefinition, TableError};

use self::backend::Backend;
pub use self::error::StateFileError;
use crate::adapters::error::EmulatorError;
use crate::flows::random::Random;
use crate::flows::service::{Restoring, Service};
use crate::flows::storage::{Batch, EntryKey, Store, WriteError};

/// The failures that acknowledged changes in a state file survive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateDurability {
    /// Any end of the process. A crash of the operating system or a power failure can damage the
    /// file.
    #[default]
    Process,
    /// Also a crash of the operating system and a power failure: every commit waits for the disk.
    Power,
}

/// Entries by pool id, part and key.
const ENTRIES: TableDefinition<'_, (&str, &str, &str), &[u8]> = TableDefinition::new("entries");

/// The table that identifies a state file, with the version of its format.
const FORMAT: TableDefinition<'_, &str, u64> = TableDefinition::new("cognito-emulator");
const VERSION: &str = "version";

/// A random number of the last commit, which identifies the file when it is opened again.
const COMMIT: &str = "commit";

/// The version that this crate writes, and the newest that it can read.
const CURRENT: u64 = 1;

/// The size of redb's page cache. It is small, because the state is in memory and the file is read
/// only once.
const CACHE_BYTES: usize = 32 * 1024 * 1024;

/// An open state file, locked for other processes.
pub(crate) struct StateFile {
    path: PathBuf,
    durability: StateDurability,
    /// `None` after a failed write, after which redb requires that the file is opened again.
    database: Option<Database>,
    /// True if the file was empty when it was opened.
    is_new: bool,
    /// The number of the last commit, and of a failed commit that may be in the file.
    commits: [Option<u64>; 2],
}

impl StateFile {
    /// Opens a state file, and creates it if it does not exist.
    pub(crate) fn open(path: PathBuf, durability: StateDurability) -> Result<Self, EmulatorError> {
        let opened = open(&path, durability, true).and_then(|database| {
            let is_new = is_new(&database)?;
            let commit = if is_new { None } else { last_commit(&database)? };
            Ok((database, is_new, commit))
        });
        match opened {
            Ok((database, is_new, commit)) => Ok(Self {
                path,
                durability,
                database: Some(database),
                is_new,
                commits: [commit; 2],
            }),
            Err(source) => Err(EmulatorError::StateFile { path, source }),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Restores a service from the file. Returns whether the file is new.
    pub(crate) fn restore(&self, service: &Service) -> Result<bool, EmulatorError> {
        self.restore_entries(service)
            .map_err(|source| EmulatorError::StateFile { path: self.path.clone(), source })?;
        Ok(self.is_new)
    }

    /// Writes the initial state of a service, so that a file that cannot be written is detected
    /// before the first request.
    pub(crate) fn write_first(&mut self, service: &Service) -> Result<(), EmulatorError> {
        let mut batch = Batch::default();
        let gathered = service.gather(&mut batch).map_err(StateFileError::from);
        gathered
            .and_then(|()| self.write_batch(&batch))
            .map_err(|source| EmulatorError::StateFile { path: self.path.clone(), source })
    }

    fn restore_entries(&self, service: &Service) -> Result<(), StateFileError> {
        let mut restoring = Restoring::new(service);
        if let Some(database) = self.database.as_ref().filter(|_| !self.is_new) {
            let entries = database.begin_read()?.open_table(ENTRIES)?;
            for entry in entries.iter()? {
                let (key, value) = entry?;
                let (pool_id, part, key) = key.value();
                let [pool_id, part, key] = [pool_id, part, key].map(str::to_owned);
                restoring.add(EntryKey { pool_id, part, key }, value.value())?;
            }
        }
        Ok(restoring.end()?)
    }

    fn write_batch(&mut self, batch: &Batch) -> Result<(), StateFileError> {
        let database = match self.database.take() {
            Some(database) => database,
            None => self.open_again()?,
        };
        let database = self.database.insert(database);
        let transaction = database.begin_write()?;
        let commit = u64::from_le_bytes(Random::new(None).bytes());
        self.commits[1] = Some(commit);
        let mut format = transaction.open_table(FORMAT)?;
        format.insert(VERSION, CURRENT)?;
        format.insert(COMMIT, commit)?;
        drop(format);
        let mut table = transaction.open_table(ENTRIES)?;
        for pool_id in &batch.emptied {
            let end = format!("{pool_id}\0");
            let of_pool = (pool_id.as_str(), "", "")..(end.as_str(), "", "");
            table.retain_in(of_pool, |_, _| false)?;
        }
        for (EntryKey { pool_id, part, key }, entry) in &batch.entries {
            let key = (pool_id.as_str(), part.as_str(), key.as_str());
            match entry {
                Some(entry) => table.insert(key, entry.as_slice())?,
                None => table.remove(key)?,
            };
        }
        drop(table);
        transaction.commit()?;
        self.commits = [Some(commit); 2];
        Ok(())
    }

    /// Opens the file after a failed write. A file that was deleted, emptied or replaced has lost
    /// acknowledged changes, and is not written any more.
    fn open_again(&mut self) -> Result<Database, StateFileError> {
        let database = open(&self.path, self.durability, false)?;
        let commit = if is_new(&database)? { None } else { last_commit(&database)? };
        if commit.is_none() || !self.commits.contains(&commit) {
            return Err(StateFileError::Replaced);
        }
        // The next commit follows the one in the file, even if that is the failed one.
        self.commits = [commit; 2];
        Ok(database)
    }
}

impl Store for StateFile {
    fn write(&mut self, batch: &Batch) -> Result<(), WriteError> {
        self.write_batch(batch).map_err(|error| {
            self.database = None;
            WriteError(format!("the state file {} cannot be written: {error}", self.path.display()))
        })
    }
}

fn open(
    path: &Path,
    durability: StateDurability,
    create: bool,
) -> Result<Database, StateFileError> {
    let backend = Backend::open(path, durability == StateDurability::Power, create)?;
    let mut builder = Builder::new();
    // The file may have been damaged by a crash of the operating system, or by other programs.
    builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
    Ok(builder.create_with_backend(backend)?)
}

fn last_commit(database: &Database) -> Result<Option<u64>, StateFileError> {
    let format = database.begin_read()?.open_table(FORMAT)?;
    Ok(format.get(COMMIT)?.map(|commit| commit.value()))
}

/// Returns whether the file is empty.
fn is_new(database: &Database) -> Result<bool, StateFileError> {
    let transaction = database.begin_read()?;
    let format = match transaction.open_table(FORMAT) {
        Ok(format) => format,
        Err(TableError::TableDoesNotExist(_)) if transaction.list_tables()?.next().is_none() => {
            return Ok(true);
        }
        Err(_) => return Err(StateFileError::NotAStateFile),
    };
    match format.get(VERSION)?.map(|version| version.value()) {
        Some(CURRENT) => Ok(false),
        Some(version) if version > CURRENT => Err(StateFileError::Newer { version }),
        _ => Err(StateFileError::NotAStateFile),
    }
}
