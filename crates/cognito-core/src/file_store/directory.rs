//! The directory of a file store: its permissions, its lock, and replacement of its files.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use cognito_types::{Revision, StoredSession, Swap};

use super::error::FileStoreError;
use super::permissions::{is_exposed, make_private, private_file, require_file};
use super::{FILE_STORE_LOCK_TIMEOUT, FILE_STORE_MAX_SESSION_BYTES};
use crate::session_format::{self as format, Content, SessionId};

/// The interval between attempts to take a lock that another program holds.
pub(super) const LOCK_INTERVAL: Duration = Duration::from_millis(2);

/// The largest file that is read: a session and its header.
const MAX_FILE_BYTES: usize = FILE_STORE_MAX_SESSION_BYTES + 64;

/// An open directory.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    lock_timeout: Duration,
}

impl Directory {
    pub(super) fn open(path: &Path) -> Result<Self, FileStoreError> {
        let failed = FileStoreError::io;
        make_private(path).map_err(failed(path))?;
        // The path must not depend on the working directory.
        let path = fs::canonicalize(path).map_err(failed(path))?;
        if is_exposed(&path).map_err(failed(&path))? {
            return Err(FileStoreError::Exposed { path });
        }
        let directory = Self { path, lock_timeout: FILE_STORE_LOCK_TIMEOUT };
        // If another process holds the lock, it has already removed leftover files.
        if directory.create_lock()?.try_lock().is_ok() {
            directory.clear_up()?;
        }
        Ok(directory)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a session, without the lock: an open file stays complete even if it is replaced
    /// meanwhile.
    pub(super) fn load(
        &self,
        id: &SessionId,
    ) -> Result<Option<(StoredSession, Revision)>, FileStoreError> {
        let path = self.file_of(id);
        let content = match read_file(&path, id) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return self.check_presence().map(|()| None);
            }
            content => content.map_err(FileStoreError::io(&path))?,
        };
        match content {
            Content::Session(session, revision) => Ok(Some((session, revision))),
            Content::UnknownVersion => Err(FileStoreError::UnknownVersion { path }),
            Content::Damaged => Err(FileStoreError::Damaged { path }),
        }
    }

    /// Checks that the directory exists. If its lock file is missing, for example because a file
    /// system is unmounted, a missing session does not mean a sign-out.
    pub(super) fn check_presence(&self) -> Result<(), FileStoreError> {
        let lock = self.lock_path();
        fs::metadata(&lock).map(drop).map_err(FileStoreError::io(&lock))
    }

    /// Replaces a session that has the expected revision; the wait for the lock is measured from
    /// `since`.
    pub(super) fn swap(
        &self,
        id: &SessionId,
        expected: Option<Revision>,
        new: Option<StoredSession>,
        since: Instant,
    ) -> Result<Swap, FileStoreError> {
        let _lock = self.lock(since)?;
        let replaceable = match self.load(id) {
            Ok(stored) => stored.map(|(_, revision)| revision) == expected,
            // No program can use it, so a new session or a sign-out removes it.
            Err(FileStoreError::Damaged { .. } | FileStoreError::UnknownVersion { .. }) => true,
            Err(error) => return Err(error),
        };
        if !replaceable {
            return Ok(Swap::Conflict);
        }
        // Random, because a counter would restart, and repeat revisions, after a session is
        // deleted.
        let number = getrandom::u64().map_err(io::Error::other);
        let revision = Revision::new(number.map_err(FileStoreError::io(&self.path))?);
        match new {
            Some(session) => self.replace(id, revision, &session)?,
            None => drop(self.remove(&self.file_of(id))?),
        }
        self.flush()?;
        Ok(Swap::Done(revision))
    }

    /// Replaces a file as a whole. The caller must hold the lock.
    fn replace(
        &self,
        id: &SessionId,
        revision: Revision,
        session: &StoredSession,
    ) -> Result<(), FileStoreError> {
        if session.expose_secret().len() > FILE_STORE_MAX_SESSION_BYTES {
            return Err(FileStoreError::TooLong);
        }
        self.clear_up()?;
        let (draft, path) = (self.draft(), self.file_of(id));
        let written = private_file().create_new(true).open(&draft).and_then(|file| {
            format::write(&file, id, revision, session)?;
            file.sync_all()
        });
        written.map_err(FileStoreError::io(&draft))?;
        fs::rename(&draft, &path).map_err(FileStoreError::io(&path))
    }

    /// Removes files of programs that ended during a write. The caller must hold the lock.
    fn clear_up(&self) -> Result<(), FileStoreError> {
        self.remove(&self.draft()).map(drop)
    }

    /// Removes a file, and returns whether it existed.
    pub(super) fn remove(&self, path: &Path) -> Result<bool, FileStoreError> {
        match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            removed => removed.map(|()| true).map_err(FileStoreError::io(path)),
        }
    }

    /// Flushes the directory, so that file names survive a loss of power.
    pub(super) fn flush(&self) -> Result<(), FileStoreError> {
        // Other systems cannot open a directory to flush it.
        if cfg!(unix) {
            let flushed = File::open(&self.path).and_then(|directory| directory.sync_all());
            flushed.map_err(FileStoreError::io(&self.path))?;
        }
        Ok(())
    }

    /// Takes the lock, which is released when the file is closed, also by the end of the process.
    pub(super) fn lock(&self, since: Instant) -> Result<File, FileStoreError> {
        let file = self.lock_file()?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(source)) => {
                    return Err(FileStoreError::Io { path: self.lock_path(), source });
                }
                Err(TryLockError::WouldBlock) if since.elapsed() >= self.lock_timeout => {
                    return Err(FileStoreError::Locked { path: self.lock_path() });
                }
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_INTERVAL),
            }
        }
    }

    /// Opens the lock file, and creates it if it does not exist.
    fn create_lock(&self) -> Result<File, FileStoreError> {
        let path = self.lock_path();
        match private_file().create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.lock_file(),
            created => created.map_err(FileStoreError::io(&path)),
        }
    }

    fn lock_file(&self) -> Result<File, FileStoreError> {
        let path = self.lock_path();
        // Opening the store creates the lock file, so a directory without it is another one.
        let opened = require_file(&path).and_then(|()| private_file().open(&path));
        opened.map_err(FileStoreError::io(&path))
    }

    fn lock_path(&self) -> PathBuf {
        self.path.join("lock")
    }

    /// Returns the path of a new file before it is renamed. The lock ensures that there is only
    /// one.
    fn draft(&self) -> PathBuf {
        self.path.join("draft")
    }

    pub(super) fn file_of(&self, id: &SessionId) -> PathBuf {
        self.path.join(format!("{id}.session"))
    }
}

fn read_file(path: &Path, id: &SessionId) -> io::Result<Content> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    match usize::try_from(metadata.len()) {
        Ok(bytes) if metadata.is_file() && bytes <= MAX_FILE_BYTES => format::read(file, bytes, id),
        _ => Ok(Content::Damaged),
    }
}

#[cfg(test)]
mod tests {
    use cognito_types::{SessionKey, StoreError};
    use tempfile::TempDir;

    use super::*;

    fn fixture() -> (TempDir, Directory, SessionId) {
        let home = tempfile::tempdir().unwrap();
        let directory = Directory::open(&home.path().join("a/sessions")).unwrap();
        let key = SessionKey::new("eu-west-1_Ab".parse().unwrap(), "client".into(), "alice");
        (home, directory, SessionId::of(&key))
    }

    fn session(text: &str) -> Option<StoredSession> {
        Some(text.as_bytes().to_vec().into())
    }

    fn swap(
        directory: &Directory,
        id: &SessionId,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> Swap {
        directory.swap(id, expected, new, Instant::now()).unwrap()
    }

    #[test]
    fn a_session_that_is_deleted_and_created_again_has_another_revision() {
        let (_home, directory, id) = fixture();
        let Swap::Done(first) = swap(&directory, &id, None, session("one")) else { panic!() };
        assert_eq!(swap(&directory, &id, None, session("two")), Swap::Conflict);
        let Swap::Done(gone) = swap(&directory, &id, Some(first), None) else { panic!() };
        assert!(directory.load(&id).unwrap().is_none());
        let Swap::Done(second) = swap(&directory, &id, None, session("three")) else { panic!() };
        for old in [first, gone] {
            assert_ne!(old, second);
            assert_eq!(swap(&directory, &id, Some(old), session("four")), Swap::Conflict);
        }
    }

    #[test]
    fn a_draft_of_a_dead_writer_is_removed() {
        let (_home, directory, id) = fixture();
        fs::write(directory.draft(), "half a sess").unwrap();
        swap(&directory, &id, None, session("whole"));
        assert!(!directory.draft().exists());
        fs::write(directory.draft(), "half a sess").unwrap();
        Directory::open(directory.path()).unwrap();
        assert!(!directory.draft().exists());
        assert_eq!(directory.load(&id).unwrap().unwrap().0.expose_secret(), b"whole");
    }

    #[test]
    fn a_draft_of_the_lock_holder_is_kept() {
        let (_home, directory, _) = fixture();
        let _lock = directory.lock(Instant::now()).unwrap();
        fs::write(directory.draft(), "half a sess").unwrap();
        Directory::open(directory.path()).unwrap();
        assert!(directory.draft().exists());
    }

    #[test]
    fn waiting_for_a_held_lock_times_out() {
        let (_home, directory, id) = fixture();
        let impatient =
            Directory { path: directory.path.clone(), lock_timeout: Duration::from_millis(20) };
        let lock = directory.lock(Instant::now()).unwrap();
        let refused = impatient.swap(&id, None, session("one"), Instant::now()).unwrap_err();
        assert!(matches!(refused, FileStoreError::Locked { .. }), "{refused}");
        assert!(impatient.load(&id).unwrap().is_none(), "readers do not wait");
        drop(lock);
        swap(&impatient, &id, None, session("one"));
    }

    #[test]
    fn a_damaged_file_is_named_and_kept() {
        let (_home, directory, id) = fixture();
        let path = directory.file_of(&id);
        let huge = vec![b'x'; MAX_FILE_BYTES + 1];
        for content in [&b""[..], b"{}", b"cognito session 1\n", &[0; 200], &huge] {
            fs::write(&path, content).unwrap();
            let refused = directory.load(&id).map(drop).unwrap_err();
            assert!(matches!(&refused, FileStoreError::Damaged { path: named } if *named == path));
            assert!(refused.to_string().contains(&*path.to_string_lossy()), "{refused}");
            assert!(StoreError::from(refused).is_unreadable());
            assert_eq!(fs::read(&path).unwrap(), content);
        }
        fs::write(&path, [&b"cognito session 2\n"[..], &[0; 100]].concat()).unwrap();
        let refused = directory.load(&id).unwrap_err();
        assert!(matches!(refused, FileStoreError::UnknownVersion { .. }), "{refused}");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(directory.load(&id).unwrap_err(), FileStoreError::Damaged { .. }));
    }

    #[test]
    fn unreadable_session_is_replaced_and_forgotten() {
        let (_home, directory, id) = fixture();
        let path = directory.file_of(&id);
        let newer = [&b"cognito session 2\n"[..], &[0; 100]].concat();
        for content in [&b""[..], b"{}", b"cognito session 1\n", &newer] {
            for expected in [None, Some(Revision::new(1))] {
                fs::write(&path, content).unwrap();
                assert!(matches!(swap(&directory, &id, expected, session("new")), Swap::Done(_)));
                assert_eq!(directory.load(&id).unwrap().unwrap().0.expose_secret(), b"new");
                fs::write(&path, content).unwrap();
                assert!(matches!(swap(&directory, &id, expected, None), Swap::Done(_)));
                assert!(directory.load(&id).unwrap().is_none());
            }
        }
    }

    #[test]
    fn a_missing_directory_is_an_error_and_not_a_missing_session() {
        let (_home, directory, id) = fixture();
        swap(&directory, &id, None, session("one"));
        let away = directory.path().with_extension("away");
        fs::rename(directory.path(), &away).unwrap();
        let refused = directory.load(&id).map(drop).unwrap_err();
        assert!(matches!(refused, FileStoreError::Io { .. }), "{refused}");
        fs::create_dir(directory.path()).unwrap(); // an empty mount point
        let refused = directory.load(&id).map(drop).unwrap_err();
        assert!(matches!(refused, FileStoreError::Io { .. }), "{refused}");
        let refused = directory.swap(&id, None, session("two"), Instant::now()).unwrap_err();
        assert!(matches!(refused, FileStoreError::Io { .. }), "{refused}");
        fs::remove_dir(directory.path()).unwrap();
        fs::rename(&away, directory.path()).unwrap();
        assert_eq!(directory.load(&id).unwrap().unwrap().0.expose_secret(), b"one");
    }

    #[test]
    fn a_session_that_is_too_long_keeps_the_old_one() {
        let (_home, directory, id) = fixture();
        let longest = Some(vec![b'x'; FILE_STORE_MAX_SESSION_BYTES].into());
        let Swap::Done(revision) = swap(&directory, &id, None, longest) else { panic!() };
        let longer = Some(vec![b'y'; FILE_STORE_MAX_SESSION_BYTES + 1].into());
        let refused = directory.swap(&id, Some(revision), longer, Instant::now()).unwrap_err();
        assert!(matches!(refused, FileStoreError::TooLong));
        assert_eq!(directory.load(&id).unwrap().unwrap().1, revision);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_access_created_files() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let (_home, directory, id) = fixture();
        swap(&directory, &id, None, session("one"));
        assert_eq!(mode(directory.path()), 0o700);
        assert_eq!(mode(&directory.file_of(&id)), 0o600);
        assert_eq!(mode(&directory.lock_path()), 0o600);
        for open in [0o750, 0o705, 0o777] {
            fs::set_permissions(directory.path(), fs::Permissions::from_mode(open)).unwrap();
            let refused = Directory::open(directory.path()).unwrap_err();
            assert!(matches!(refused, FileStoreError::Exposed { .. }), "{open:o}: {refused}");
            assert_eq!(mode(directory.path()), open, "existing permissions are kept");
        }
    }

    #[cfg(unix)]
    #[test]
    fn directory_of_another_user_is_rejected() {
        use std::os::unix::fs::chown;
        let (_home, directory, id) = fixture();
        let path = directory.path();
        swap(&directory, &id, None, session("of the other user"));
        match chown(path, Some(65_533), None) {
            // Only root can give a directory away, and only root could open it then.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            given => {
                given.unwrap();
                let refused = Directory::open(path).unwrap_err();
                assert!(matches!(refused, FileStoreError::Exposed { .. }), "{refused}");
                chown(path, Some(0), None).unwrap();
            }
        }
        fs::write(path.join("owner"), "a file of the user").unwrap();
        fs::write(path.join(".cognito-owner"), "").unwrap();
        Directory::open(path).unwrap();
        let left = fs::read_dir(path).unwrap().count();
        assert_eq!(left, 3, "the lock, the session and the file of the user");
        assert!(path.join("owner").exists());
    }

    /// Only the kernel creates entries of this directory, also for root. Without procfs, it would be
    /// created.
    #[cfg(target_os = "linux")]
    #[test]
    fn directory_that_takes_no_files_is_an_error_of_the_system() {
        assert!(Path::new("/proc/self/stat").exists(), "this test needs procfs");
        let refused = Directory::open(Path::new("/proc/self/fd")).unwrap_err();
        assert!(matches!(refused, FileStoreError::Io { .. }), "{refused}");
    }

    #[cfg(unix)]
    #[test]
    fn lock_is_never_opened_through_a_link() {
        let (home, directory, id) = fixture();
        for target in ["missing", "existing"] {
            let target = home.path().join(target);
            if target.ends_with("existing") {
                fs::write(&target, "").unwrap();
            }
            fs::remove_file(directory.lock_path()).unwrap();
            std::os::unix::fs::symlink(&target, directory.lock_path()).unwrap();
            let refused = Directory::open(directory.path()).unwrap_err();
            assert!(matches!(refused, FileStoreError::Io { .. }), "{refused}");
            assert_eq!(target.exists(), target.ends_with("existing"));
            let refused = directory.swap(&id, None, session("one"), Instant::now()).unwrap_err();
            assert!(matches!(refused, FileStoreError::Io { .. }), "{refused}");
        }
    }
}
