//! Access to one record of the pool's store, with a time limit for each operation.

use std::time::Duration;

use cognito_types::{Revision, SessionKey, StoreError, StoredSession, Swap, TokenStore};
use tokio::runtime::Handle;

use crate::error::{Cause, Error, ErrorKind};

/// The time limit for an operation of a token store.
///
/// It is longer than `FILE_STORE_LOCK_TIMEOUT`, whose error says more.
pub const STORE_TIMEOUT: Duration = Duration::from_secs(15);

/// The number of attempts of a replacement while other programs change the record too.
const REPLACE_ATTEMPTS: usize = 5;

/// A record of the pool's store.
#[derive(Clone, Copy)]
pub(crate) struct RecordStore<'a> {
    store: &'a dyn TokenStore,
    key: &'a SessionKey,
}

impl<'a> RecordStore<'a> {
    pub(crate) fn new(store: &'a dyn TokenStore, key: &'a SessionKey) -> Self {
        Self { store, key }
    }

    pub(crate) async fn load(&self) -> Result<Option<(StoredSession, Revision)>, Error> {
        limited(self.store.load(self.key)).await
    }

    /// Replaces or deletes the record if it has this revision.
    ///
    /// After an error, the outcome is unknown.
    pub(crate) async fn swap(
        &self,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> Result<Swap, Error> {
        limited(self.store.swap(self.key, expected, new)).await
    }

    /// Replaces or deletes the record, even if it cannot be parsed.
    pub(crate) async fn replace(&self, new: Option<StoredSession>) -> Result<(), Error> {
        self.replace_unless(|_| false, new).await.map(drop)
    }

    /// Replaces or deletes the record, even if it cannot be parsed, unless this function keeps it.
    ///
    /// The outcome is [`Swap::Conflict`] if it is kept, or if there is none to delete.
    pub(crate) async fn replace_unless(
        &self,
        keeps: impl Fn(&StoredSession) -> bool,
        new: Option<StoredSession>,
    ) -> Result<Swap, Error> {
        for _ in 0..REPLACE_ATTEMPTS {
            let expected = match self.load().await {
                Ok(None) if new.is_none() => return Ok(Swap::Conflict),
                Ok(Some((stored, _))) if keeps(&stored) => return Ok(Swap::Conflict),
                Ok(loaded) => loaded.map(|(_, revision)| revision),
                Err(error) if error.kind() == ErrorKind::UnreadableSession => None,
                Err(error) => return Err(error),
            };
            if let done @ Swap::Done(_) = self.swap(expected, new.clone()).await? {
                return Ok(done);
            }
        }
        Err(ErrorKind::Store.into())
    }
}

async fn limited<T>(
    operation: impl Future<Output = Result<T, StoreError>> + Send,
) -> Result<T, Error> {
    in_store_time(operation).await?.map_err(|error| {
        let unreadable = error.is_unreadable();
        let kind = if unreadable { ErrorKind::UnreadableSession } else { ErrorKind::Store };
        Error::new(kind).with_source(error)
    })
}

/// Awaits a store operation for at most [`STORE_TIMEOUT`].
pub(crate) async fn in_store_time<T>(
    operation: impl Future<Output = Result<T, StoreError>> + Send,
) -> Result<Result<T, StoreError>, Error> {
    let late = || Err(StoreError::new(Cause::new("the store did not respond in time")));
    Ok(within(STORE_TIMEOUT, operation).await?.unwrap_or_else(late))
}

/// Awaits a future with a time limit; `None` if it takes longer.
pub(super) async fn within<F: Future>(
    limit: Duration,
    future: F,
) -> Result<Option<F::Output>, Error> {
    // A tokio timer panics without a runtime.
    Handle::try_current().map_err(|error| Error::new(ErrorKind::NoRuntime).with_source(error))?;
    Ok(tokio::time::timeout(limit, future).await.ok())
}
