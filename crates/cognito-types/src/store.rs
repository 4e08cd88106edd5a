//! The trait of token stores, and a store in memory.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use zeroize::{Zeroize, Zeroizing};

use crate::client_id::ClientId;
use crate::future::BoxFuture;
use crate::pool_id::UserPoolId;

/// A store of sessions.
///
/// Every change names the revision that it replaces, so if two programs refresh the same session,
/// one of them gets a conflict.
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// Loads a session and its revision.
    ///
    /// # Errors
    ///
    /// [`StoreError::unreadable`] for a session that cannot be read, and [`StoreError::new`] for
    /// any other failure.
    fn load(
        &self,
        key: &SessionKey,
    ) -> BoxFuture<'_, Result<Option<(StoredSession, Revision)>, StoreError>>;

    /// Replaces the session if it still has the `expected` revision, or is absent for `None`.
    ///
    /// `new` is the session to store, or `None` to delete it.
    ///
    /// # Errors
    ///
    /// [`StoreError::new`] for a failure. Another revision is no error, but a [`Swap::Conflict`].
    fn swap(
        &self,
        key: &SessionKey,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> BoxFuture<'_, Result<Swap, StoreError>>;
}

/// The key of a stored session: its pool, its app client and its name.
///
/// The name can be a secret, such as the value of a session cookie: `{:?}` does not print it, and each
/// key wipes its copy at its end.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey {
    pool: UserPoolId,
    client: ClientId,
    name: String,
}

impl SessionKey {
    /// Creates a key with a name, such as a user name or the value of a session cookie.
    pub fn new(pool: UserPoolId, client: ClientId, name: impl Into<String>) -> Self {
        Self { pool, client, name: name.into() }
    }

    /// Returns the pool.
    pub fn pool(&self) -> &UserPoolId {
        &self.pool
    }

    /// Returns the app client.
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// Returns the name of the session: random, or chosen by the application.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for SessionKey {
    fn drop(&mut self) {
        self.name.zeroize();
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionKey")
            .field("pool", &self.pool)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// A session as bytes, including tokens: protect them like a password.
#[derive(Clone)]
pub struct StoredSession(Zeroizing<Vec<u8>>);

impl StoredSession {
    /// Returns the bytes, to store them.
    pub fn expose_secret(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for StoredSession {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredSession([redacted])")
    }
}

/// A number that a store assigns to each state of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Revision(u64);

impl Revision {
    /// Creates a revision from a number.
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// The outcome of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Swap {
    /// The change was made; this is the new revision.
    Done(Revision),
    /// Another program changed the session first, and nothing was changed.
    Conflict,
}

/// The error of a store.
#[derive(Debug, thiserror::Error)]
#[error("the store of sessions failed")]
pub struct StoreError {
    source: Box<dyn Error + Send + Sync>,
    unreadable: bool,
}

impl StoreError {
    /// Creates an error with its cause.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: source.into(), unreadable: false }
    }

    /// Creates an error for a stored session that cannot be read: it is damaged, or of another
    /// version.
    ///
    /// The error is permanent. A sign-in replaces the session: it calls [`TokenStore::swap`] with
    /// `None` for the expected revision, which the store must accept for such a session.
    pub fn unreadable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: source.into(), unreadable: true }
    }

    /// Returns whether the session exists but cannot be read.
    pub fn is_unreadable(&self) -> bool {
        self.unreadable
    }
}

/// A store in memory, which is lost when the program ends.
#[derive(Debug, Default)]
pub struct MemoryStore {
    sessions: Mutex<Sessions>,
}

#[derive(Debug, Default)]
struct Sessions {
    by_key: HashMap<SessionKey, (StoredSession, Revision)>,
    last_revision: u64,
}

impl Sessions {
    fn swap(
        &mut self,
        key: &SessionKey,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> Swap {
        let stored = self.by_key.get(key).map(|(_, revision)| *revision);
        if stored != expected {
            return Swap::Conflict;
        }
        self.last_revision = self.last_revision.saturating_add(1);
        let revision = Revision(self.last_revision);
        match new {
            Some(session) => drop(self.by_key.insert(key.clone(), (session, revision))),
            None => drop(self.by_key.remove(key)),
        }
        Swap::Done(revision)
    }
}

impl TokenStore for MemoryStore {
    fn load(
        &self,
        key: &SessionKey,
    ) -> BoxFuture<'_, Result<Option<(StoredSession, Revision)>, StoreError>> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let found = sessions.by_key.get(key).cloned();
        Box::pin(async move { Ok(found) })
    }

    fn swap(
        &self,
        key: &SessionKey,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> BoxFuture<'_, Result<Swap, StoreError>> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let swap = sessions.swap(key, expected, new);
        Box::pin(async move { Ok(swap) })
    }
}
