//! The directory of a comparison, which no comparison that runs at the same time has.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::unusable;
use crate::failure::{Failure, Outcome};
use crate::private_files::create_private_directory;

/// The largest number of comparisons of a pool at the same time.
const MOST: u32 = 100;

/// A directory that is locked until this value is dropped, or its process ends.
#[derive(Debug)]
pub(super) struct Workspace {
    directory: PathBuf,
    _lock: File,
}

impl Workspace {
    /// Returns the first directory of the pool's that is free, so that a comparison which was interrupted
    /// is resumed in it.
    pub(super) fn take(of_pool: &Path) -> Outcome<Self> {
        for number in 1..=MOST {
            let directory = of_pool.join(number.to_string());
            let lock = open_lock(&directory).map_err(|error| unusable(&directory, &error))?;
            match lock.try_lock() {
                Ok(()) => return Ok(Self { directory, _lock: lock }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(unusable(&directory, &error)),
            }
        }
        let failure =
            Failure::failed("running", "too many comparisons of the user pool are running");
        Err(failure.hint("wait until one of them has ended"))
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }
}

/// Opens the file of the lock, which stays: a process that has opened a removed one would lock nothing.
fn open_lock(directory: &Path) -> io::Result<File> {
    create_private_directory(directory)?;
    OpenOptions::new().write(true).create(true).truncate(false).open(directory.join("lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_taken_in_order_and_free_again() {
        let home = tempfile::tempdir().unwrap();
        let take = || Workspace::take(home.path()).unwrap();
        let (first, second) = (take(), take());
        assert_eq!(first.directory(), home.path().join("1"));
        assert_eq!(second.directory(), home.path().join("2"));
        drop(first);
        assert_eq!(take().directory(), home.path().join("1"));
    }
}
