//! The files of a list.

use std::path::{Path, PathBuf};

use crate::error::JobError;
use crate::job_directory::{JobDirectory, remove_directory};

/// The files of a list, in the directory of its job.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    directory: JobDirectory,
}

impl Paths {
    pub(crate) fn new(directory: JobDirectory) -> Self {
        Self { directory }
    }

    pub(crate) fn directory(&self) -> &JobDirectory {
        &self.directory
    }

    /// Changes the parent of the job's directory.
    pub(crate) fn set_parent(&mut self, parent: &Path) {
        self.directory.set_parent(parent);
    }

    /// Returns the directory of the members of groups.
    pub(crate) fn members(&self) -> PathBuf {
        self.directory.file("members")
    }

    /// Returns the directory of the parts.
    pub(crate) fn parts(&self) -> PathBuf {
        self.directory.file("parts")
    }

    /// Returns the path of the part of a shard.
    pub(crate) fn part(&self, prefix: &str) -> PathBuf {
        let name = if prefix.is_empty() { "all" } else { prefix };
        self.parts().join(name)
    }

    /// Returns the path of a file or directory that is made from the parts.
    pub(crate) fn output(&self, name: &str) -> PathBuf {
        self.directory.file(name)
    }

    /// Removes the files of a finished job, its journal last, and its directory.
    pub(crate) fn clean_up(&self) -> Result<(), JobError> {
        for directory in [self.parts(), self.members()] {
            remove_directory(&directory)?;
        }
        self.directory.remove(&[])
    }
}
