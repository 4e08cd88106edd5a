//! How a session is kept in the pool's store, which other programs may change too.

use std::sync::Arc;

use cognito_tokens::{Revision, SessionKey, StoredSession, Swap, TokenStore};

use super::state::{Age, Current};
use super::stored::Record;
use super::{Session, store_failed};
use crate::error::{Error, ErrorKind};

/// How often a change of the store is tried when others change it too.
const STORE_ATTEMPTS: usize = 3;

impl Session {
    fn store(&self) -> Option<(Arc<dyn TokenStore>, &SessionKey)> {
        Some((Arc::clone(self.inner.pool.store()?), self.inner.key.as_ref()?))
    }

    /// Stores the tokens of a new session over whatever the store has.
    pub(super) async fn store_if_new(&self) -> Result<(), Error> {
        if !self.state().is_new {
            return Ok(());
        }
        // Of two that come at once the second finds it done.
        let _one_at_a_time = self.inner.storing.lock().await;
        self.store_new().await.map_err(|error| error.with_session(self))
    }

    async fn store_new(&self) -> Result<(), Error> {
        let Some((store, key)) = self.store().filter(|_| self.state().is_new) else {
            return Ok(());
        };
        let current = self.state().current()?.clone();
        let record = Record::new(&self.inner.username, &current).encode()?;
        let revision = replace_stored(&*store, key, Some(record)).await?;
        let mut state = self.state();
        state.is_new = false;
        state.set_revision(revision);
        Ok(())
    }

    /// Stores refreshed tokens and makes them those of the session, in this order.
    pub(super) async fn save(&self, mut refreshed: Current) -> Result<(), Error> {
        if let Some((store, key)) = self.store() {
            let expected = self.state().current()?.revision;
            let record = Record::new(&self.inner.username, &refreshed).encode()?;
            match store.swap(key, expected, Some(record)).await {
                Ok(Swap::Done(revision)) => refreshed.revision = Some(revision),
                // Another program came first, and what it got is as good.
                Ok(_) => return self.take_newer().await.map(drop),
                Err(error) => {
                    self.state().unsaved = Some(refreshed);
                    return Err(store_failed(error).with_session(self));
                }
            }
        }
        self.publish(refreshed).await
    }

    /// Makes tokens those of the session. If it was signed out meanwhile, nobody may find them.
    async fn publish(&self, refreshed: Current) -> Result<(), Error> {
        let revision = refreshed.revision;
        let ended = {
            let mut state = self.state();
            state.unsaved = None;
            state.publish(refreshed);
            state.has_ended()
        };
        if ended { self.forget_revision(revision).await } else { Ok(()) }
    }

    /// Takes what another program has stored since this session last looked, and tells its age.
    ///
    /// A session that is gone was signed out there, and one of another user has replaced this.
    pub(super) async fn take_newer(&self) -> Result<Option<Age>, Error> {
        let Some((store, key)) = self.store() else {
            return Ok(None);
        };
        let known = self.state().current()?.revision;
        // A store that cannot be read now is told of at the next change.
        let Ok(loaded) = store.load(key).await else {
            return Ok(None);
        };
        match loaded {
            Some((_, revision)) if Some(revision) == known => Ok(None),
            Some((stored, revision)) => {
                let record = Record::decode(&stored)?;
                if record.username() != self.inner.username {
                    return Err(self.replaced());
                }
                let clock = self.inner.pool.clock();
                let newer = Current::stored(record.tokens(), revision, clock);
                let newer = newer.with_device(record.device());
                let age = newer.age(clock);
                self.state().unsaved = None;
                self.state().publish(newer);
                Ok(Some(age))
            }
            None if known.is_some() => Err(self.replaced()),
            None => Ok(None),
        }
    }

    /// Stores the session after its device has changed.
    pub(super) async fn save_device(&self) -> Result<(), Error> {
        self.settle().await;
        let current = self.state().current()?.clone();
        self.save(current).await
    }

    fn replaced(&self) -> Error {
        self.state().end();
        ErrorKind::SessionEnded.into()
    }

    /// Wipes the tokens and forgets what is stored.
    pub(super) async fn end(&self) -> Result<(), Error> {
        let revision = self.state().end();
        self.forget_revision(revision).await
    }

    /// Forgets what is stored, while the tokens are still there.
    pub(super) async fn forget(&self) -> Result<(), Error> {
        let revision = self.state().current()?.revision;
        self.forget_revision(revision).await
    }

    async fn forget_revision(&self, revision: Option<Revision>) -> Result<(), Error> {
        match (self.store(), revision) {
            // A conflict means that somebody else has stored another session by now.
            (Some((store, key)), Some(_)) => {
                store.swap(key, revision, None).await.map(drop).map_err(store_failed)
            }
            _ => Ok(()),
        }
    }
}

/// Replaces whatever is stored, and returns the revision of what is stored then.
pub(crate) async fn replace_stored(
    store: &dyn TokenStore,
    key: &SessionKey,
    new: Option<StoredSession>,
) -> Result<Option<Revision>, Error> {
    for _ in 0..STORE_ATTEMPTS {
        let expected = match store.load(key).await {
            Ok(None) if new.is_none() => return Ok(None),
            Ok(loaded) => loaded.map(|(_, revision)| revision),
            // What cannot be read is replaced.
            Err(error) if error.is_unreadable() => None,
            Err(error) => return Err(store_failed(error)),
        };
        let swapped = store.swap(key, expected, new.clone()).await.map_err(store_failed)?;
        if let Swap::Done(revision) = swapped {
            return Ok(Some(revision));
        }
    }
    Err(ErrorKind::Store.into())
}
