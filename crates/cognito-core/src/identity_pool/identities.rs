//! Lookup of the identity of a login or guest: from the cache, or with GetId, once for all callers.

use std::sync::{Arc, Mutex, PoisonError};

use cognito_types::{BoxFuture, FlightError, IdentityId, IdentityPoolId, SingleFlight, StoreError};
use serde::{Deserialize, Serialize};

use super::identity_cache::{IdentityCache, IdentityKey};
use super::login::{Login, LoginDigest, Logins};
use super::shared::PATIENCE;
use crate::app_client::unreadable;
use crate::error::{Error, ErrorKind};
use crate::session::in_store_time;
use crate::transport::{Operation, Transport};

/// The identities of an identity pool.
#[derive(Debug)]
pub(super) struct Identities {
    source: Source,
    under_way: Mutex<Vec<UnderWay>>,
}

/// The cache and the service.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) transport: Transport,
    pub(super) pool: IdentityPoolId,
    /// The initial identity, used instead of calling GetId.
    pub(super) initial: Option<IdentityId>,
    pub(super) cache: Arc<dyn IdentityCache>,
}

/// The identity of a login.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) id: IdentityId,
    pub(super) origin: Origin,
    /// The identity that the cache has.
    cached: Option<IdentityId>,
    cache: CacheState,
}

/// The source of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Cache,
    /// The initial identity, which the service may replace.
    Initial,
    /// A response to GetId, which is final.
    Service,
}

/// The outcomes of earlier attempts of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Earlier {
    /// The identity that the service has refused.
    pub(super) stale: Option<IdentityId>,
    pub(super) cache: CacheState,
}

/// The state of the cache during a request. A cache that failed is not used again, because each
/// failure may take as long as [`STORE_TIMEOUT`](crate::STORE_TIMEOUT).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum CacheState {
    #[default]
    Works,
    Failed,
}

/// A failed attempt, with the identity that may have caused it.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub(super) error: Error,
    pub(super) stale: Option<IdentityId>,
    pub(super) cache: CacheState,
}

impl Found {
    /// Returns the failure of a request about the identity.
    pub(super) fn failed(&self, error: Error) -> Failed {
        let stale = Some(self.id.clone()).filter(|_| self.origin != Origin::Service);
        Failed { error, stale, cache: self.cache }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { error, stale: None, cache: CacheState::Works }
    }
}

type Flight = SingleFlight<Result<Found, Failed>>;

/// A lookup that callers share.
#[derive(Debug)]
struct UnderWay {
    digest: LoginDigest,
    earlier: Earlier,
    flight: Flight,
}

impl Identities {
    pub(super) fn new(source: Source) -> Self {
        Self { source, under_way: Mutex::default() }
    }

    pub(super) fn pool(&self) -> &IdentityPoolId {
        &self.source.pool
    }

    /// Returns the identity of a login: the cached one, the initial one, or that of GetId.
    ///
    /// Callers with the same token share the lookup. It completes even if they leave, because an
    /// identity of a guest that is not cached would be lost.
    pub(super) async fn find(
        &self,
        login: Option<&Login>,
        earlier: &Earlier,
    ) -> Result<Found, Failed> {
        loop {
            let (flight, is_own) = self.flight(login, earlier).map_err(Error::from)?;
            match flight.outcome_within(PATIENCE).await {
                Ok(outcome) => return outcome,
                // The runtime of another caller was shut down: look up again.
                Err(_) if !is_own => {}
                Err(lost) => return Err(Error::from(lost).into()),
            }
        }
    }

    /// Caches the identity of a response, unless it is cached already.
    pub(super) async fn keep(
        &self,
        login: Option<&Login>,
        found: Found,
        id: IdentityId,
    ) -> Result<(), Error> {
        if found.cached.as_ref() == Some(&id) {
            return Ok(());
        }
        self.source.replace(&self.source.key(login), found, Some(id)).await.map(drop)
    }

    /// Removes an identity from the cache.
    pub(super) async fn forget(&self, login: &Login, found: Found) -> Result<(), Error> {
        self.source.replace(&self.source.key(Some(login)), found, None).await.map(drop)
    }

    /// Returns the lookup under way for a login, or starts one; true if it was started here.
    fn flight(
        &self,
        login: Option<&Login>,
        earlier: &Earlier,
    ) -> Result<(Flight, bool), FlightError> {
        let digest = Login::digest(login);
        // No code under the lock can panic, so the state is valid even if the lock is poisoned.
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.retain(|one| !one.flight.has_ended());
        let same = under_way.iter().find(|one| one.digest == digest && one.earlier == *earlier);
        if let Some(same) = same {
            return Ok((same.flight.clone(), false));
        }
        let (source, login, before) = (self.source.clone(), login.cloned(), earlier.clone());
        let work = async move { source.find(login.as_ref(), before).await };
        let flight = SingleFlight::spawn(work)?;
        under_way.push(UnderWay { digest, earlier: earlier.clone(), flight: flight.clone() });
        Ok((flight, true))
    }
}

impl Source {
    async fn find(&self, login: Option<&Login>, earlier: Earlier) -> Result<Found, Failed> {
        let Earlier { stale, mut cache } = earlier;
        let key = self.key(login);
        let read = limited(&key, &mut cache, || self.cache.find_identity(&key)).await?;
        let cached = read.flatten();
        let initial = self.initial.clone().filter(|_| stale.is_none());
        let known = match cached.clone().filter(|cached| Some(cached) != stale.as_ref()) {
            Some(cached) => Some((cached, Origin::Cache)),
            None => initial.map(|initial| (initial, Origin::Initial)),
        };
        if let Some((id, origin)) = known {
            return Ok(Found { id, origin, cached, cache });
        }
        let id = self.get_id(login).await.map_err(|error| Failed { error, stale: None, cache })?;
        let found = Found { id: id.clone(), origin: Origin::Service, cached, cache };
        // A stale identity stays in the cache until now, so that a failure does not lose a guest's.
        let mut found = self.replace(&key, found, Some(id)).await?;
        if let Some(kept) = found.cached.as_ref().filter(|_| key.is_guest()) {
            // Another program may have created a guest in the meantime; all programs should use
            // one.
            found.id = kept.clone();
        }
        Ok(found)
    }

    /// Sends GetId.
    async fn get_id(&self, login: Option<&Login>) -> Result<IdentityId, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            identity_pool_id: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            logins: Option<Logins<'a>>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            identity_id: Option<String>,
        }
        let input = Input { identity_pool_id: self.pool.as_str(), logins: login.map(Logins) };
        let output: Output = self.transport.call(Operation::GetId, &input).await?;
        let id = output.identity_id.ok_or_else(unreadable)?;
        id.parse().map_err(|_| unreadable())
    }

    /// Replaces the cached identity, and returns the one that the cache has afterwards.
    async fn replace(
        &self,
        key: &IdentityKey,
        mut found: Found,
        new: Option<IdentityId>,
    ) -> Result<Found, Error> {
        let seen = found.cached.take();
        let replace = || self.cache.replace_identity(key, seen, new);
        found.cached = limited(key, &mut found.cache, replace).await?.flatten();
        Ok(found)
    }

    fn key(&self, login: Option<&Login>) -> IdentityKey {
        match login {
            Some(login) => {
                IdentityKey::of_login(self.pool.clone(), &login.provider, &login.subject)
            }
            None => IdentityKey::of_guest(self.pool.clone()),
        }
    }
}

/// Awaits a cache operation with a time limit. A failure is `None` for a login, because GetId
/// returns its identity again, and an error for a guest, whose identity would be lost.
async fn limited<'a, T>(
    key: &IdentityKey,
    cache: &mut CacheState,
    operation: impl FnOnce() -> BoxFuture<'a, Result<T, StoreError>>,
) -> Result<Option<T>, Error> {
    if *cache == CacheState::Failed {
        return Ok(None);
    }
    match in_store_time(operation()).await? {
        Ok(output) => Ok(Some(output)),
        Err(error) if key.is_guest() => Err(Error::new(ErrorKind::Store).with_source(error)),
        Err(_) => {
            // The error of the application's cache is not logged, because it may contain a secret.
            tracing::warn!("the cache of identities failed; the identity is requested again");
            *cache = CacheState::Failed;
            Ok(None)
        }
    }
}
