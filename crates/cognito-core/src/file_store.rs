//! Sessions in files, for programs that start again and programs that share them.

mod directory;
mod error;
mod expiry;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use cognito_types::{BoxFuture, Revision, SessionKey, StoreError, StoredSession, Swap, TokenStore};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use self::directory::Directory;
pub use self::error::FileStoreError;
use crate::session_format::SessionId;

/// The longest time that a change waits for another program that holds the directory's lock.
pub const FILE_STORE_LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// The most bytes of one session that a [`FileStore`] keeps.
pub const FILE_STORE_MAX_SESSION_BYTES: usize = 1 << 20;

/// A store in a directory of its own, one file a session.
///
/// A change rewrites one session and can harm no other; readers never wait. Programs that
/// open the same directory share its sessions: changes are made one at a time, under a lock that
/// the system gives up when its holder dies, and each replaces the revision that its maker has
/// seen or nothing.
///
/// A session's file is written under another name, flushed and renamed, so that whenever a program
/// or the machine stops the file holds the old session or the new one, whole. Files are named by a
/// SHA-256 of the [`SessionKey`], which may have any characters, and hold a checksum that is bound to
/// the key: what was damaged, cut off or moved to another session's name is refused, and left
/// where it is.
///
/// On Unix the directory is open to its owner alone (0700, files 0600); on other systems it
/// inherits the rights of its parent. The files are not encrypted: every reader of a file is signed
/// in. On network file systems the store is as good as their locks and renames.
///
/// It needs a tokio runtime. A change whose future is dropped may still be made.
///
/// Errors are [`StoreError`]s whose source is a [`FileStoreError`].
///
/// ```
/// # mod cognito { pub use cognito_core::*; }
/// use cognito::{FileStore, TokenStore};
/// # use cognito_core::UserPool;
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
/// let (session, revision) = store.load(&alice).await?.ok_or("it was not kept")?;
/// assert_eq!(session.expose_secret(), b"tokens");
/// assert_eq!(written, cognito_types::Swap::Done(revision));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FileStore {
    directory: Arc<Directory>,
    /// Changes of this program queue here in order, so that only one of them waits for the file.
    turn: Arc<Mutex<()>>,
}

impl FileStore {
    /// Opens the directory, and makes it if there is none.
    ///
    /// The work is synchronous and short.
    ///
    /// # Errors
    ///
    /// [`Exposed`](FileStoreError::Exposed) for a directory that others than its owner can use, as
    /// `/tmp` is: name one inside it and it is made with the right permissions;
    /// [`Io`](FileStoreError::Io) when it cannot be made or used.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, FileStoreError> {
        let directory = Directory::open(directory.as_ref())?;
        Ok(Self { directory: Arc::new(directory), turn: Arc::default() })
    }

    /// The directory, as an absolute path.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Removes the sessions whose files were last replaced before a moment of the system's clock,
    /// and returns how many it has removed.
    ///
    /// Every refresh replaces a session's file, so a session that has had no refresh for the app
    /// client's RefreshTokenValidity (30 days by default) has a refresh token that the service does
    /// not accept any more: subtract that from now. With less time, users are signed out who come
    /// back later. Remembered devices in the directory are stored again by every sign-in, and are
    /// removed in the same way. Damaged files count by their time too. Other files stay.
    ///
    /// Sign-ins and refreshes go on meanwhile: files are removed in small groups, each as one
    /// change, and one that was replaced in time stays. The call can be dropped or fail at any
    /// time, and repeated; what it has removed is removed.
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

    /// Does blocking work while no other program changes the directory.
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

    /// Runs the work of the file system on a thread for blocking calls.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Directory) -> Result<T, FileStoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let runtime = Handle::try_current().map_err(|_| FileStoreError::NoRuntime)?;
        let directory = Arc::clone(&self.directory);
        let done = runtime.spawn_blocking(move || work(&directory)).await;
        // Work that never ran: the runtime is shutting down.
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
            // Operations in the queue share one wait for a lock that is not released.
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
