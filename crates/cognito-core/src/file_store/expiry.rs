//! Removal of sessions that have not been refreshed for a long time.
//!
//! A directory can have a million files, so it is read without the lock, and the lock is held only
//! while a few files are removed.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Instant, SystemTime};

use super::directory::{Directory, LOCK_INTERVAL};
use super::error::FileStoreError;
use crate::session_format::SessionId;

/// The number of files that are removed under one lock.
pub(super) const GROUP: usize = 64;

/// Pauses between two groups, for longer than waiting programs pause between attempts.
pub(super) fn let_others_in() {
    thread::sleep(LOCK_INTERVAL.saturating_mul(2));
}

impl Directory {
    /// Lists the sessions whose files were last replaced before a moment.
    pub(super) fn unused_since(
        &self,
        moment: SystemTime,
    ) -> Result<Vec<SessionId>, FileStoreError> {
        self.check_presence()?;
        let mut unused = Vec::new();
        for entry in fs::read_dir(self.path()).map_err(FileStoreError::io(self.path()))? {
            let entry = entry.map_err(FileStoreError::io(self.path()))?;
            let Some(id) = session_of(&entry.file_name()) else { continue };
            if is_unused(&entry.path(), moment)? {
                unused.push(id);
            }
        }
        Ok(unused)
    }

    /// Removes the sessions that are still unused, and returns their number.
    pub(super) fn remove_unused(
        &self,
        ids: &[SessionId],
        moment: SystemTime,
    ) -> Result<usize, FileStoreError> {
        let _lock = self.lock(Instant::now())?;
        let mut removed: usize = 0;
        for id in ids {
            let path = self.file_of(id);
            // A session may have been replaced since the directory was read.
            if is_unused(&path, moment)? && self.remove(&path)? {
                removed = removed.saturating_add(1);
            }
        }
        self.flush()?;
        Ok(removed)
    }
}

/// Returns the id of the session in a file with this name.
fn session_of(name: &OsStr) -> Option<SessionId> {
    SessionId::parse(name.to_str()?.strip_suffix(".session")?)
}

/// Returns whether a file was last written before a time; false if it does not exist.
fn is_unused(path: &Path, moment: SystemTime) -> Result<bool, FileStoreError> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        metadata => metadata.map_err(FileStoreError::io(path))?,
    };
    let modified = metadata.modified().map_err(FileStoreError::io(path))?;
    Ok(metadata.is_file() && modified < moment)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cognito_types::{SessionKey, Swap};

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn open() -> (tempfile::TempDir, Directory) {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::open(&home.path().join("sessions")).unwrap();
        (home, directory)
    }

    /// Stores a session with a file of this age.
    fn stored(directory: &Directory, name: &str, age: Duration) -> SessionId {
        let key = SessionKey::new("eu-west-1_Ab".parse().unwrap(), "client".into(), name);
        let id = SessionId::of(&key);
        let session = Some(b"tokens".to_vec().into());
        let stored = directory.swap(&id, None, session, Instant::now()).unwrap();
        assert!(matches!(stored, Swap::Done(_)));
        set_age(&directory.file_of(&id), age);
        id
    }

    fn set_age(path: &Path, age: Duration) {
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    fn remove_all(directory: &Directory, moment: SystemTime) -> usize {
        directory.remove_unused(&directory.unused_since(moment).unwrap(), moment).unwrap()
    }

    #[test]
    fn only_sessions_last_written_before_the_time_are_removed() {
        let (_home, directory) = open();
        let old = stored(&directory, "old", 3 * HOUR);
        let damaged = stored(&directory, "damaged", HOUR);
        fs::write(directory.file_of(&damaged), "{}").unwrap();
        set_age(&directory.file_of(&damaged), 3 * HOUR);
        let new = stored(&directory, "new", HOUR);
        let in_the_way = directory.file_of(&stored(&directory, "folder", HOUR));
        fs::remove_file(&in_the_way).unwrap();
        fs::create_dir(&in_the_way).unwrap();
        let foreign = ["notes.session", "lock", "draft", "0a.session", "readme"];
        for name in foreign {
            fs::write(directory.path().join(name), "").unwrap();
            set_age(&directory.path().join(name), 3 * HOUR);
        }
        let moment = SystemTime::now() - 2 * HOUR;
        assert_eq!(remove_all(&directory, moment), 2);
        assert!(!directory.file_of(&old).exists() && !directory.file_of(&damaged).exists());
        assert!(directory.load(&new).unwrap().is_some() && in_the_way.is_dir());
        for name in foreign {
            assert!(directory.path().join(name).exists(), "{name}");
        }
        assert_eq!(remove_all(&directory, moment), 0);
    }

    #[test]
    fn sessions_replaced_or_removed_meanwhile_are_not_counted() {
        let (_home, directory) = open();
        let ids = ["one", "two", "three"].map(|name| stored(&directory, name, 3 * HOUR));
        let [one, two, three] = ids;
        let moment = SystemTime::now() - 2 * HOUR;
        let unused = directory.unused_since(moment).unwrap();
        assert_eq!(unused.len(), 3);
        let (session, revision) = directory.load(&one).unwrap().unwrap();
        directory.swap(&one, Some(revision), Some(session), Instant::now()).unwrap();
        fs::remove_file(directory.file_of(&two)).unwrap();
        assert_eq!(directory.remove_unused(&unused, moment).unwrap(), 1);
        assert!(directory.load(&one).unwrap().is_some());
        assert!(directory.load(&three).unwrap().is_none());
    }

    #[test]
    fn a_missing_directory_is_an_error() {
        let (_home, directory) = open();
        fs::remove_file(directory.path().join("lock")).unwrap();
        let refused = directory.unused_since(SystemTime::now()).map(drop).unwrap_err();
        assert!(matches!(refused, FileStoreError::Io { .. }), "an empty mount point: {refused}");
    }
}
