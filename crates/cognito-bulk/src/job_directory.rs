//! The directory of a job, with its journal.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{JobError, OfFile};
use crate::files;

const JOURNAL: &str = "journal.jsonl";

/// The directory of a job, which has no other files.
#[derive(Clone, Debug)]
pub(crate) struct JobDirectory(PathBuf);

impl JobDirectory {
    /// Returns the job directory at a path that the caller has chosen.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Returns the directory `<name of the output>.job`, beside the output.
    pub(crate) fn beside(output: &Path) -> Self {
        let mut name = output.file_name().unwrap_or_default().to_owned();
        name.push(".job");
        Self(output.parent().unwrap_or_else(|| Path::new("")).join(name))
    }

    /// Changes the parent of the directory and keeps its name.
    pub(crate) fn set_parent(&mut self, parent: &Path) {
        let name = self.0.file_name().map(OsString::from).unwrap_or_default();
        self.0 = parent.join(name);
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.file(JOURNAL)
    }

    /// Returns the path of a file or directory in the directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Fails if a file of the directory could not be moved to the path of the output.
    pub(crate) fn check_target(&self, output: &Path) -> Result<(), JobError> {
        files::check_target(output, self.0.parent().unwrap_or_else(|| Path::new("")))
    }

    pub(crate) fn create(&self) -> Result<(), JobError> {
        files::create_directory(&self.0).of_file(&self.0)
    }

    /// Returns whether the directory contains files other than the journal.
    pub(crate) fn has_other_files(&self) -> Result<bool, JobError> {
        for entry in fs::read_dir(&self.0).of_file(&self.0)? {
            if entry.of_file(&self.0)?.file_name() != JOURNAL {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes files of a finished job, its journal last, and the directory.
    pub(crate) fn remove(&self, names: &[&str]) -> Result<(), JobError> {
        for path in names.iter().map(|name| self.file(name)).chain([self.journal()]) {
            remove_file(&path)?;
        }
        // Removal fails if another program has created a file there.
        let _ = fs::remove_dir(&self.0);
        Ok(())
    }
}

/// Removes a file, if it exists.
pub(crate) fn remove_file(path: &Path) -> Result<(), JobError> {
    fs::remove_file(path).or_else(unless_missing).of_file(path)
}

/// Removes a directory with its files, if it exists.
pub(crate) fn remove_directory(path: &Path) -> Result<(), JobError> {
    fs::remove_dir_all(path).or_else(unless_missing).of_file(path)
}

fn unless_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
