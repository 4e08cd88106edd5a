//! A token store in files that are encrypted with a key of the system's keyring.

mod error;
mod keyring;
mod seal;

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use cognito_types::{BoxFuture, Revision, SessionKey, StoreError, StoredSession, Swap, TokenStore};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

pub use self::error::KeyringStoreError;
use self::keyring::{Entries, Secret};
use self::seal::Seal;
use crate::file_store::{FileStore, FileStoreError};
use crate::session_format::SessionId;

/// A token store for programs on a user's machine: a [`FileStore`] whose sessions are encrypted
/// with a key from the system's keyring.
///
/// The keyring is the Secret Service on Linux (GNOME Keyring, KWallet), the Keychain on macOS, and
/// the Credential Manager on Windows. It holds one key for all sessions, not the sessions: a
/// keyring has no compare-and-swap, and an entry on Windows holds at most 2,560 bytes, less than
/// the tokens of one user. Copies of the directory, such as backups, cannot be decrypted without
/// the keyring.
///
/// The keyring is used when the first session is loaded or stored. While it is locked, operations
/// fail with a transient error, and no session counts as missing. The key is created with the first
/// session. If it is deleted, the sessions are unreadable, and the next sign-in replaces them. A
/// program that has read the key continues to use its sessions. It reads the keyring again for a
/// session with another key, and encrypts a new session with the current key of the keyring.
///
/// Everything else works as in a [`FileStore`]. Errors are [`StoreError`]s whose source is a
/// [`KeyringStoreError`] or a [`FileStoreError`]. The tests of this library use it on Linux only.
///
/// ```no_run
/// # mod cognito { pub use cognito_core::UserPool; pub use cognito_core as session; }
/// use std::sync::Arc;
/// use cognito::UserPool;
/// use cognito::session::KeyringStore;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = KeyringStore::open("my-program", "/home/alice/.local/share/my-program/sessions")?;
/// store.check().await?; // fails here if there is no keyring or it is locked
/// let pool = UserPool::builder("eu-west-1_Ab12Cd34E".parse()?, "client-id")
///     .token_store(Arc::new(store))
///     .build()?;
/// # drop(pool);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct KeyringStore {
    files: FileStore,
    entries: Entries,
    /// The keys that were found, the newest last. Sessions with an earlier key may still be in use.
    seals: Mutex<Vec<Arc<Seal>>>,
}

impl KeyringStore {
    /// Opens the directory, as [`FileStore::open`] does. The keyring is opened later.
    ///
    /// `service` is the name of the program in the keyring, which the user sees. The keyring holds
    /// one key per name, so use one directory per name.
    ///
    /// # Errors
    ///
    /// The errors of [`FileStore::open`].
    pub fn open(
        service: impl Into<String>,
        directory: impl AsRef<Path>,
    ) -> Result<Self, FileStoreError> {
        let files = FileStore::open(directory)?;
        Ok(Self { files, entries: Entries::new(service.into()), seals: Mutex::default() })
    }

    /// Gets the key from the keyring, or creates it. Success means that the store can be used.
    ///
    /// If it fails, a program can ask the user to unlock the keyring, or use another store.
    ///
    /// # Errors
    ///
    /// [`Locked`](KeyringStoreError::Locked), [`Unavailable`](KeyringStoreError::Unavailable), and
    /// [`InvalidKey`](KeyringStoreError::InvalidKey).
    pub async fn check(&self) -> Result<(), StoreError> {
        self.current_seal().await.map(drop)
    }

    /// Returns the directory, as an absolute path.
    pub fn directory(&self) -> &Path {
        self.files.directory()
    }

    /// Removes sessions like [`FileStore::remove_unused_since`]. It needs no key.
    ///
    /// # Errors
    ///
    /// The errors of [`FileStore::remove_unused_since`].
    pub async fn remove_unused_since(&self, moment: SystemTime) -> Result<usize, StoreError> {
        self.files.remove_unused_since(moment).await
    }

    /// Decrypts a session with a known key, or otherwise with the key of the keyring.
    async fn open_sealed(
        &self,
        id: &SessionId,
        sealed: &StoredSession,
    ) -> Result<StoredSession, StoreError> {
        let known = self.seals.lock().await.clone();
        // Try the newest key first.
        let opened = known.iter().rev().find_map(|seal| seal.open(id, sealed).ok());
        if let Some(session) = opened {
            return Ok(session);
        }
        // Another program may have created a key since.
        let found = self.find_key().await?.ok_or(KeyringStoreError::KeyMissing)?;
        Ok(self.keep(&found).await?.open(id, sealed)?)
    }

    /// Returns the key for a session that replaces a session this store has read.
    async fn known_seal(&self) -> Result<Arc<Seal>, StoreError> {
        match self.newest_seal().await {
            Some(seal) => Ok(seal),
            None => self.current_seal().await,
        }
    }

    /// Returns the current key of the keyring, and creates it if there is none.
    async fn current_seal(&self) -> Result<Arc<Seal>, StoreError> {
        match self.find_key().await {
            Ok(Some(key)) => Ok(self.keep(&key).await?),
            Ok(None) => {
                let entries = self.entries.clone();
                // Two programs that start together must not create two keys.
                let created = self.files.exclusively(move || entries.find_or_create()).await??;
                Ok(self.keep(&created).await?)
            }
            Err(error) if error.passes() => {
                // The keyring had this key when it was unlocked.
                self.newest_seal().await.ok_or_else(|| error.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn newest_seal(&self) -> Option<Arc<Seal>> {
        self.seals.lock().await.last().cloned()
    }

    /// Remembers a key as the newest.
    async fn keep(&self, secret: &Secret) -> Result<Arc<Seal>, KeyringStoreError> {
        let seal = Arc::new(Seal::new(secret)?);
        let mut seals = self.seals.lock().await;
        seals.retain(|known| !known.is_same(&seal));
        seals.push(Arc::clone(&seal));
        Ok(seal)
    }

    async fn find_key(&self) -> Result<Option<Secret>, KeyringStoreError> {
        let entries = self.entries.clone();
        blocking(move || entries.find()).await
    }

    /// Returns the revision of a stored session that cannot be decrypted: a new session replaces it
    /// like a damaged one.
    async fn revision_of_unreadable(
        &self,
        key: &SessionKey,
    ) -> Result<Option<Revision>, StoreError> {
        let (sealed, revision) = match self.files.load(key).await {
            Ok(Some(loaded)) => loaded,
            Ok(None) => return Ok(None),
            Err(error) if error.is_unreadable() => return Ok(None),
            Err(error) => return Err(error),
        };
        match self.open_sealed(&SessionId::of(key), &sealed).await {
            Err(error) if error.is_unreadable() => Ok(Some(revision)),
            Err(error) => Err(error),
            Ok(_) => Ok(None),
        }
    }
}

impl TokenStore for KeyringStore {
    fn load(
        &self,
        key: &SessionKey,
    ) -> BoxFuture<'_, Result<Option<(StoredSession, Revision)>, StoreError>> {
        let (id, loaded) = (SessionId::of(key), self.files.load(key));
        Box::pin(async move {
            // A missing session needs no keyring.
            let Some((sealed, revision)) = loaded.await? else { return Ok(None) };
            Ok(Some((self.open_sealed(&id, &sealed).await?, revision)))
        })
    }

    fn swap(
        &self,
        key: &SessionKey,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> BoxFuture<'_, Result<Swap, StoreError>> {
        let key = key.clone();
        Box::pin(async move {
            let new = match new {
                Some(session) => {
                    // A refresh must not prompt the user to unlock the keyring; a sign-in may.
                    let seal = match expected {
                        Some(_) => self.known_seal().await?,
                        None => self.current_seal().await?,
                    };
                    Some(seal.close(&SessionId::of(&key), &session)?)
                }
                None => None,
            };
            let expected = match expected {
                None => self.revision_of_unreadable(&key).await?,
                expected => expected,
            };
            self.files.swap(&key, expected, new).await
        })
    }
}

/// Runs keyring work on a thread for blocking calls: the Linux backend panics inside a task.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KeyringStoreError> + Send + 'static,
) -> Result<T, KeyringStoreError> {
    let runtime = Handle::try_current().map_err(|_| KeyringStoreError::NoRuntime)?;
    // Work that never ran: the runtime is shutting down.
    runtime.spawn_blocking(work).await.map_err(|_| KeyringStoreError::NoRuntime)?
}
