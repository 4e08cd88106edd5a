//! The directory of a comparison or an audit, which concurrent ones do not use.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::failure::{Failure, Outcome};
use crate::private_files::create_private_directory;

/// The maximum number of concurrent jobs of one kind on a pool.
const MOST: u32 = 100;

/// The age at which the users that a job has listed are too old to resume the job.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The name of the locked file. Its modification time is the start of the job.
const LOCK: &str = "lock";

/// A directory that is locked until this value is dropped or its process ends. It contains at most
/// one job.
#[derive(Debug)]
pub(crate) struct Workspace {
    directory: PathBuf,
    lock: File,
    /// The start of the resumed job.
    resumed: Option<SystemTime>,
}

impl Workspace {
    /// Returns a directory with an interrupted job of this name, or otherwise one without a job.
    ///
    /// Removes files that are older than a day, or that were left by a run that was killed at its
    /// end.
    pub(crate) fn take(parent: &Path, job: &str) -> Outcome<Self> {
        let mut free = None;
        for number in 1..=MOST {
            let directory = parent.join(number.to_string());
            if free.is_some() && !directory.exists() {
                break;
            }
            let taken = Self::lock(&directory).and_then(|workspace| match workspace {
                Some(workspace) => workspace.clean().map(|found| Some((workspace, found))),
                None => Ok(None),
            });
            let Some((mut workspace, found)) =
                taken.map_err(|error| Failure::of_file(&directory, &error))?
            else {
                continue;
            };
            match found {
                Some((name, start)) if name == job => {
                    workspace.resumed = Some(start);
                    return Ok(workspace);
                }
                Some(_) => {}
                None => free = free.or(Some(workspace)),
            }
        }
        let workspace = free.ok_or_else(too_many)?;
        let started = workspace.lock.set_modified(SystemTime::now());
        started.map_err(|error| Failure::of_file(&workspace.directory, &error))?;
        Ok(workspace)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns the start of the job, if an earlier run has started it.
    pub(crate) fn resumed(&self) -> Option<SystemTime> {
        self.resumed
    }

    /// Locks a directory; returns `None` if another process holds the lock.
    fn lock(directory: &Path) -> io::Result<Option<Self>> {
        create_private_directory(directory)?;
        // The file is never removed: another process could then lock the removed file.
        let path = directory.join(LOCK);
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { directory: directory.to_owned(), lock, resumed: None })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Removes obsolete files, and returns the name and the start of the remaining job.
    fn clean(&self) -> io::Result<Option<(String, SystemTime)>> {
        let start = self.lock.metadata()?.modified()?;
        // After the clock was set back by less than a day, the job is not removed. With a start
        // further in the future, it would be resumed with old users until then.
        let age = start.elapsed().unwrap_or_else(|ahead| ahead.duration());
        let is_old = age > LONGEST;
        let mut found = None;
        for entry in fs::read_dir(&self.directory)? {
            let path = entry?.path();
            match path.file_name().and_then(OsStr::to_str) {
                Some(LOCK) => {}
                Some(name) if path.is_dir() && !is_old => found = Some((name.to_owned(), start)),
                _ if path.is_dir() => fs::remove_dir_all(&path)?,
                // An output whose report was not written.
                _ => fs::remove_file(&path)?,
            }
        }
        Ok(found)
    }
}

fn too_many() -> Failure {
    let failure = Failure::failed("running", "too many jobs on the user pool are running");
    failure.hint("wait until one of them has ended")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a directory, and returns it with its name, which is a number.
    fn take(home: &Path, job: &str) -> (Workspace, String) {
        let workspace = Workspace::take(home, job).unwrap();
        let number = workspace.directory().strip_prefix(home).unwrap().display().to_string();
        (workspace, number)
    }

    #[test]
    fn directories_are_taken_in_order_and_free_again() {
        let home = tempfile::tempdir().unwrap();
        let (first, one) = take(home.path(), "a.job");
        let (_second, two) = take(home.path(), "a.job");
        assert_eq!((&*one, &*two), ("1", "2"));
        drop(first);
        assert_eq!(take(home.path(), "a.job").1, "1");
    }

    #[test]
    fn interrupted_jobs_are_resumed_one_by_one() {
        let home = tempfile::tempdir().unwrap();
        let running = [take(home.path(), "a.job"), take(home.path(), "a.job")];
        running.iter().for_each(|(of, _)| fs::create_dir(of.directory().join("a.job")).unwrap());
        drop(running);
        // Another job takes neither of these directories.
        assert_eq!(take(home.path(), "b.job").1, "3");
        for number in ["1", "2", "1"] {
            let (workspace, taken) = take(home.path(), "a.job");
            assert_eq!(taken, number);
            assert_eq!(workspace.resumed().is_some(), workspace.directory().join("a.job").exists());
            let _ = fs::remove_dir(workspace.directory().join("a.job"));
        }
    }

    #[test]
    fn old_jobs_and_outputs_without_a_report_are_removed() {
        let home = tempfile::tempdir().unwrap();
        let (workspace, _) = take(home.path(), "a.job");
        let (job, output) = (workspace.directory().join("a.job"), workspace.directory().join("a"));
        fs::create_dir(&job).unwrap();
        fs::write(&output, "users").unwrap();
        workspace.lock.set_modified(SystemTime::now() - LONGEST + Duration::from_secs(60)).unwrap();
        drop(workspace);
        assert!(take(home.path(), "a.job").0.resumed().is_some());
        assert!(job.exists() && !output.exists());

        workspace_of(home.path(), SystemTime::now() + LONGEST - Duration::from_secs(60));
        assert!(take(home.path(), "a.job").0.resumed().is_some() && job.exists());
        let beyond = LONGEST + Duration::from_secs(60);
        for time in [SystemTime::now() - beyond, SystemTime::now() + beyond] {
            let _ = fs::create_dir(&job);
            workspace_of(home.path(), time);
            let (workspace, number) = take(home.path(), "a.job");
            assert!(workspace.resumed().is_none() && number == "1" && !job.exists());
        }
    }

    /// Sets the start of a job.
    fn workspace_of(home: &Path, start: SystemTime) {
        take(home, "a.job").0.lock.set_modified(start).unwrap();
    }
}
