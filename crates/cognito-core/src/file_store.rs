//! A token store in files, for programs that restart and programs that share sessions.

mod directory;
mod error;
mod expiry;
mod permissions;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use cognito_types::{BoxFuture, Revision, SessionKey, StoreError, StoredSession, Swap, TokenStore};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use self::directory::Directory;
pub use self::error::FileStoreError;
use crate::session_format::SessionId;

/// The time limit for a change to wait while another program holds the directory's lock.
pub const FILE_STORE_LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// The maximum size of a session in a [`FileStore`], in bytes.
pub const FILE_STORE_MAX_SESSION_BYTES: usize = 1 << 20;

/// A token store in a directory of its own, with one file per session.
///
/// A change writes one session and cannot damage others; reads never wait. Programs that open the
/// same directory share its sessions: changes are made one at a time, under a lock that the system
/// releases when its holder dies, and a change succeeds only if the session still has the expected
/// revision.
///
/// A new file is written under another name, flushed and renamed, so after a crash of the program
/// or the machine the file holds either the complete old session or the complete new one. Files are
/// named by a SHA-256 of the [`SessionKey`], which may contain any characters, and contain a
/// checksum that is bound to the key: a file that was damaged, truncated or renamed is refused and
/// left in place.
///
/// On Unix only the user of the program can access and own the directory (mode 0700, files 0600); on
/// other systems it inherits the permissions of its parent. The files are not encrypted: a program
/// that can read them can act for the users. On a network file system the store is as reliable as its
/// locks and renames.
///
/// It needs a tokio runtime. A change may still be made after its future is dropped.
///
/// Errors are [`StoreError`]s whose source is a [`FileStoreError`].
///
/// ```
/// # mod cognito { pub use cognito_core::*; pub use cognito_types as session; }
/// use cognito::session::Swap;
/// use cognito::{FileStore, TokenStore};
/// # use cognito::UserPool;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let home = tempfile::tempdir()?;
/// # let pool = UserPool::builder("eu-west-1_Ab12Cd34E".parse()?, "1example23456789").build()?;
///
/// let store = FileStore::open(home.path().join("sessions"))?;
/// let alice = pool.session_key("alice");
/// assert!(store.load(&alice).await?.is_none());
///
/// let written = store.swap(&alice, None, Some(b"tokens".to_vec().into())).await?;
/// let (session, revision) = store.load(&alice).await?.ok_or("not stored")?;
/// assert_eq!(session.expose_secret(), b"tokens");
/// assert_eq!(written, Swap::Done(revision));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FileStore {
    directory: Arc<Directory>,
    /// Changes of this program queue here in order, so that only one of them waits for the lock
    /// file.
    turn: Arc<Mutex<()>>,
}

impl FileStore {
    /// Opens the directory, and creates it if it does not exist.
    ///
    /// The call blocks for a short time.
    ///
    /// # Errors
    ///
    /// [`Exposed`](FileStoreError::Exposed) for a directory that other users can access, such as
    /// `/tmp`, or that another user owns: name a new directory inside it, which is created with the
    /// right permissions; [`Io`](FileStoreError::Io) when it cannot be created or used.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, FileStoreError> {
        let directory = Directory::open(directory.as_ref())?;
        Ok(Self { directory: Arc::new(directory), turn: Arc::default() })
    }

    /// Returns the directory, as an absolute path.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Removes the sessions whose files were last written before a time of the system clock, and
    /// returns their number.
    ///
    /// Every refresh writes the session's file. A session without a refresh for the app client's
    /// RefreshTokenValidity (30 days by default) has an expired refresh token, so subtract that
    /// time from now. With a shorter time, users who come back later are signed out. Remembered
    /// devices in the directory are written by every sign-in and removed in the same way. Damaged
    /// files are removed by their time too. Other files are kept.
    ///
    /// Sign-ins and refreshes continue meanwhile: files are removed in small groups, each as one
    /// change, and a file that was written again is kept. The call can be dropped or fail at any
    /// time, and be retried; removed files stay removed.
    ///
    /// # Errors
    ///
    /// [`Io`](FileStoreError::Io) when the directory cannot be read or a file cannot be removed;
    /// [`Locked`](FileStoreError::Locked).
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let home = tempfile::tempdir()?;
    /// # let store = cognito_core::FileStore::open(home.path().join("sessions"))?;
    /// let refresh_token_validity = Duration::from_secs(30 * 24 * 60 * 60);
    /// let removed = store.remove_unused_since(SystemTime::now() - refresh_token_validity).await?;
    /// assert_eq!(removed, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn remove_unused_since(&self, moment: SystemTime) -> Result<usize, StoreError> {
        let unused = self.blocking(move |directory| directory.unused_since(moment)).await?;
        let mut removed: usize = 0;
        for group in unused.chunks(expiry::GROUP) {
            let (group, turn) = (group.to_vec(), Arc::clone(&self.turn).lock_owned().await);
            let change = move |directory: &Directory| {
                let removed = directory.remove_unused(&group, moment);
                drop(turn);
                expiry::let_others_in();
                removed
            };
            removed = removed.saturating_add(self.blocking(change).await?);
        }
        Ok(removed)
    }

    /// Runs blocking work while no other program changes the directory.
    #[cfg(feature = "keyring-store")]
    pub(crate) async fn exclusively<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (since, turn) = (Instant::now(), Arc::clone(&self.turn).lock_owned().await);
        let locked = move |directory: &Directory| {
            let _turn = turn;
            let _lock = directory.lock(since)?;
            Ok(work())
        };
        self.blocking(locked).await
    }

    /// Runs file system work on a thread for blocking calls.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Directory) -> Result<T, FileStoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let runtime = Handle::try_current().map_err(|_| FileStoreError::NoRuntime)?;
        let directory = Arc::clone(&self.directory);
        let done = runtime.spawn_blocking(move || work(&directory)).await;
        // The work was not run, because the runtime is shutting down.
        Ok(done.map_err(|_| FileStoreError::NoRuntime)??)
    }
}

impl TokenStore for FileStore {
    fn load(
        &self,
        key: &SessionKey,
    ) -> BoxFuture<'_, Result<Option<(StoredSession, Revision)>, StoreError>> {
        let id = SessionId::of(key);
        Box::pin(self.blocking(move |directory| directory.load(&id)))
    }

    fn swap(
        &self,
        key: &SessionKey,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> BoxFuture<'_, Result<Swap, StoreError>> {
        let id = SessionId::of(key);
        Box::pin(async move {
            // The time in the queue counts too, so all operations time out if a lock is never
            // released.
            let since = Instant::now();
            let turn = Arc::clone(&self.turn).lock_owned().await;
            let change = move |directory: &Directory| {
                let _turn = turn;
                directory.swap(&id, expected, new, since)
            };
            self.blocking(change).await
        })
    }
}
