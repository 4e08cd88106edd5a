//! The files of a list.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{JobError, OfFile};

const JOURNAL: &str = "journal.jsonl";

/// The directory of a job, which has no other files.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    directory: PathBuf,
}

impl Paths {
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Moves the directory of the job to another one.
    pub(crate) fn set_parent(&mut self, parent: &Path) {
        let name = self.directory.file_name().map(OsString::from).unwrap_or_default();
        self.directory = parent.join(name);
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.directory.join(JOURNAL)
    }

    /// Returns the directory of the members of groups.
    pub(crate) fn members(&self) -> PathBuf {
        self.directory.join("members")
    }

    /// Returns the directory of the parts.
    pub(crate) fn parts(&self) -> PathBuf {
        self.directory.join("parts")
    }

    /// Returns the file of the part of a shard.
    pub(crate) fn part(&self, prefix: &str) -> PathBuf {
        let name = if prefix.is_empty() { "all" } else { prefix };
        self.parts().join(name)
    }

    /// Returns a file or directory that is made of the parts.
    pub(crate) fn output(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Returns whether the directory has files besides the journal.
    pub(crate) fn has_other_files(&self) -> Result<bool, JobError> {
        for entry in fs::read_dir(&self.directory).of_file(&self.directory)? {
            if entry.of_file(&self.directory)?.file_name() != JOURNAL {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes the files of a finished job, its journal last, and its directory.
    pub(crate) fn clean_up(&self) -> Result<(), JobError> {
        for directory in [self.parts(), self.members()] {
            remove_directory(&directory)?;
        }
        let journal = self.journal();
        fs::remove_file(&journal).or_else(unless_missing).of_file(&journal)?;
        // It fails if another program has put a file there.
        let _ = fs::remove_dir(&self.directory);
        Ok(())
    }
}

/// Removes a directory with its files, if it exists.
pub(crate) fn remove_directory(path: &Path) -> Result<(), JobError> {
    fs::remove_dir_all(path).or_else(unless_missing).of_file(path)
}

pub(crate) fn unless_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
