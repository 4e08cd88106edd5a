//! Renewal: once for all who wait, to its end even if they leave, stored before it is seen.

use cognito_tokens::{Revision, Swap, TokenSet, TokenStore};
use futures_util::FutureExt;
use futures_util::future::Shared;
use tokio::runtime::Handle;

use super::state::{Age, Current};
use super::stored::Record;
use super::{Session, store_failed};
use crate::context::ClientMetadata;
use crate::device::DeviceCredentials;
use crate::error::{Error, ErrorKind};

/// A renewal under way, for everybody who waits for it.
pub(super) type Renewal = Shared<cognito_tokens::BoxFuture<'static, Result<(), Error>>>;

/// How often a change of the store is tried when others change it too.
const STORE_ATTEMPTS: usize = 3;

impl Session {
    /// Tokens that hold, verified; renewed first if they are about to end.
    pub(super) async fn fresh(&self) -> Result<TokenSet, Error> {
        let clock = self.inner.pool.clock();
        let (age, generation, pauses) = {
            let state = self.state();
            let current = state.current()?;
            (current.age(clock), current.generation, state.pauses(clock))
        };
        match age {
            Age::Fresh => {}
            Age::Ending if pauses => {}
            // What still holds is better than an error that passes.
            Age::Ending => match self.renew_from(generation).await {
                Err(error) if !error.is_transient() => return Err(error),
                _ => {}
            },
            Age::Over => self.renew_from(generation).await?,
        }
        self.verified().await?;
        Ok(self.state().current()?.set.clone())
    }

    /// Renews the tokens unless that has happened since `generation`.
    pub(super) async fn renew_from(&self, generation: u64) -> Result<(), Error> {
        let renewal = {
            let mut state = self.state();
            if state.current()?.generation != generation {
                return Ok(());
            }
            match &state.renewal {
                Some(renewal) => renewal.clone(),
                None => {
                    let renewal = self.start_renewal()?;
                    state.renewal = Some(renewal.clone());
                    renewal
                }
            }
        };
        renewal.await
    }

    /// Runs on a task of its own, which nobody's leaving stops.
    fn start_renewal(&self) -> Result<Renewal, Error> {
        let runtime = Handle::try_current()
            .map_err(|error| Error::new(ErrorKind::NoRuntime).with_source(error))?;
        let session = self.clone();
        let task = runtime.spawn(async move {
            let result = session.renew_once().await;
            let mut state = session.state();
            state.renewal = None;
            if result.is_err() {
                state.failed_at = Some(session.inner.pool.clock().elapsed());
            }
            result
        });
        let outcome = async move {
            let joined = task.await;
            joined.unwrap_or_else(|error| Err(Error::new(ErrorKind::Service).with_source(error)))
        };
        Ok(outcome.boxed().shared())
    }

    async fn renew_once(&self) -> Result<(), Error> {
        let unsaved = self.state().unsaved.clone();
        let renewed = match unsaved {
            // They were renewed before and only have to be stored.
            Some(unsaved) => unsaved,
            None => match self.request_tokens().await {
                Ok(renewed) => renewed,
                Err(refused) if ends_session(refused.kind()) => {
                    return self.survive(refused).await;
                }
                Err(error) => return Err(error),
            },
        };
        self.save(renewed).await
    }

    async fn request_tokens(&self) -> Result<Current, Error> {
        let set = self.state().current()?.set.clone();
        let refresh_token = set.refresh_token().ok_or(ErrorKind::SessionEnded)?;
        let (carrier, clock) = (self.inner.pool.carrier(), self.inner.pool.clock());
        let device_key = self.device().map(DeviceCredentials::key);
        let tokens = carrier.renew(refresh_token, device_key, &ClientMetadata::new()).await?;
        Ok(Current::new(tokens, Some(refresh_token.clone()), clock))
    }

    /// A refresh token that another program has rotated away is no end: the store has its heir.
    async fn survive(&self, refused: Error) -> Result<(), Error> {
        match self.newer_in_store().await? {
            Some(newer) => {
                self.state().publish(newer);
                Ok(())
            }
            None => Err(self.ended(refused).await),
        }
    }

    /// What the store has, if somebody else has changed it since this session last did.
    async fn newer_in_store(&self) -> Result<Option<Current>, Error> {
        let (Some(store), Some(key)) = (self.inner.pool.store(), &self.inner.key) else {
            return Ok(None);
        };
        let known = self.state().current()?.revision;
        match store.load(key).await.map_err(store_failed)? {
            Some((stored, revision)) if Some(&revision) != known.as_ref() => {
                let set = Record::decode(&stored)?.tokens();
                Ok(Some(Current::stored(set, revision, self.inner.pool.clock())))
            }
            _ => Ok(None),
        }
    }

    /// Stores renewed tokens and makes them those of the session, in this order.
    async fn save(&self, mut renewed: Current) -> Result<(), Error> {
        if let (Some(store), Some(key)) = (self.inner.pool.store(), &self.inner.key) {
            let expected = self.state().current()?.revision;
            let record = Record::new(&self.inner.username, &renewed.set, self.device()).encode()?;
            match store.swap(key, expected, Some(record)).await {
                Ok(Swap::Done(revision)) => renewed.revision = Some(revision),
                Ok(_) => renewed = self.take_over(&**store).await?,
                Err(error) => {
                    self.state().unsaved = Some(renewed);
                    return Err(store_failed(error).with_session(self));
                }
            }
        }
        let mut state = self.state();
        state.unsaved = None;
        state.publish(renewed);
        Ok(())
    }

    /// The tokens of whoever renewed the same session first, in another program.
    async fn take_over(&self, store: &dyn TokenStore) -> Result<Current, Error> {
        let key = self.inner.key.as_ref().ok_or(ErrorKind::Store)?;
        match store.load(key).await.map_err(store_failed)? {
            Some((stored, revision)) => {
                let set = Record::decode(&stored)?.tokens();
                Ok(Current::stored(set, revision, self.inner.pool.clock()))
            }
            // Signed out there.
            None => {
                self.state().end();
                Err(ErrorKind::SessionEnded.into())
            }
        }
    }

    /// Stores the tokens of a new session over whatever the store has.
    pub(super) async fn store_new(&self) -> Result<(), Error> {
        let (Some(store), Some(key)) = (self.inner.pool.store(), &self.inner.key) else {
            return Ok(());
        };
        let set = self.state().current()?.set.clone();
        for _ in 0..STORE_ATTEMPTS {
            let loaded = store.load(key).await.map_err(store_failed)?;
            let expected = loaded.map(|(_, revision)| revision);
            let record = Record::new(&self.inner.username, &set, self.device()).encode()?;
            let swapped = store.swap(key, expected, Some(record)).await.map_err(store_failed)?;
            if let Swap::Done(revision) = swapped {
                self.state().set_revision(revision);
                return Ok(());
            }
        }
        Err(ErrorKind::Store.into())
    }

    /// Wipes the tokens and forgets what is stored.
    pub(super) async fn end(&self) -> Result<(), Error> {
        let revision = self.state().end();
        self.forget(revision).await
    }

    async fn forget(&self, revision: Option<Revision>) -> Result<(), Error> {
        match (self.inner.pool.store(), &self.inner.key, revision) {
            // A conflict means that somebody else has stored another session by now.
            (Some(store), Some(key), Some(_)) => {
                store.swap(key, revision, None).await.map(drop).map_err(store_failed)
            }
            _ => Ok(()),
        }
    }

    /// Ends the session because the service did.
    async fn ended(&self, reason: Error) -> Error {
        match self.end().await {
            Ok(()) if reason.kind() == ErrorKind::SessionEnded => reason,
            Ok(()) => Error::new(ErrorKind::SessionEnded).with_source(reason),
            Err(error) => error,
        }
    }
}

/// Whether a refusal of the refresh token is for good.
fn ends_session(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TokenRevoked
            | ErrorKind::TokenExpired
            | ErrorKind::RefreshTokenReuse
            | ErrorKind::UserDisabled
            | ErrorKind::UserNotFound
            | ErrorKind::NotAuthorized
            | ErrorKind::PasswordResetRequired
            | ErrorKind::SessionEnded
            | ErrorKind::DeviceForgotten
    )
}
