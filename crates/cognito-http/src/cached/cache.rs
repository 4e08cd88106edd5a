//! A bounded cache of tokens by a key, with one fetch at a time for each key.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cognito_types::{
    BoxFuture, Clock, IssuedToken, SystemClock, TokenError, TokenErrorKind, TokenRequest, TokenSet,
};
use tokio::time::timeout;

use super::FETCH_TIMEOUT;
use super::entry::{Current, Entry, Held};
use crate::attempts::Next;
use crate::flight::{Flight, lost};

/// The longest time from its start that callers wait for a refresh while their token is still
/// valid.
const HELD_PATIENCE: Duration = Duration::from_secs(5);

/// The time between two sweeps.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// A cache of tokens. Clones share it.
pub(crate) struct Cache<K> {
    inner: Arc<Inner<K>>,
    clock: Arc<dyn Clock>,
    timeout: Duration,
}

struct Inner<K> {
    fetch: Box<dyn Fetch<K>>,
    entries: Mutex<Entries<K>>,
}

/// The entries by their keys.
struct Entries<K> {
    by_key: HashMap<K, Entry>,
    capacity: usize,
    /// The number of fetches that have ended.
    generations: u64,
    /// The time of the last sweep, by the monotonic clock.
    swept_at: Duration,
}

/// A key that identifies the tokens of a cache.
pub(crate) trait Key: Clone + Eq + Hash + Send + Sync + 'static {
    fn request(&self) -> &TokenRequest;
}

/// A way to fetch new tokens.
pub(crate) trait Fetch<K>: Send + Sync + 'static {
    /// Fetches tokens other than the `rejected` ones.
    fn fetch(
        &self,
        key: K,
        rejected: Option<TokenSet>,
    ) -> BoxFuture<'static, Result<Fetched, TokenError>>;
}

/// Tokens that were fetched.
pub(crate) struct Fetched {
    pub(crate) set: TokenSet,
    /// True if a later token expires later, so that an early refresh helps.
    pub(crate) is_renewable: bool,
}

impl From<TokenSet> for Fetched {
    fn from(set: TokenSet) -> Self {
        Self { set, is_renewable: true }
    }
}

/// The result of a lookup.
enum Found {
    Now(IssuedToken),
    Soon(Soon),
}

/// The outcome of a fetch, or otherwise the token that is still valid.
struct Soon {
    flight: Flight<IssuedToken>,
    /// True if the caller has started the fetch.
    is_own: bool,
    held: Option<Held>,
}

impl<K: Key> Cache<K> {
    pub(crate) fn new(fetch: impl Fetch<K>, capacity: usize) -> Self {
        let entries = Mutex::new(Entries::new(capacity));
        let inner = Inner { fetch: Box::new(fetch), entries };
        Self { inner: Arc::new(inner), clock: Arc::new(SystemClock), timeout: FETCH_TIMEOUT }
    }

    pub(crate) fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    pub(crate) fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Returns the number of entries.
    pub(crate) fn len(&self) -> usize {
        self.inner.entries().by_key.len()
    }

    /// Returns the token of a key. It is fetched first if it is missing or about to expire.
    pub(crate) fn token(&self, key: &K) -> BoxFuture<'static, Result<IssuedToken, TokenError>> {
        match self.find(key) {
            Ok(Found::Now(token)) => Box::pin(std::future::ready(Ok(token))),
            Ok(Found::Soon(soon)) => {
                let (cache, key) = (self.clone(), key.clone());
                Box::pin(async move { cache.fetched(&key, soon).await })
            }
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    async fn fetched(&self, key: &K, mut soon: Soon) -> Result<IssuedToken, TokenError> {
        loop {
            if let Some(outcome) = soon.outcome(self.clock.elapsed()).await {
                return outcome;
            }
            // The runtime of another caller was shut down: fetch again.
            soon = match self.find(key)? {
                Found::Now(token) => return Ok(token),
                Found::Soon(next) => next,
            };
        }
    }

    /// Records that a server rejected a token.
    pub(crate) fn reject(&self, token: &IssuedToken) {
        let mut entries = self.inner.entries();
        let of_token = |entry: &&mut Entry| entry.generation() == Some(token.generation());
        if let Some(entry) = entries.by_key.values_mut().find(of_token) {
            entry.reject(&*self.clock);
        }
    }

    fn find(&self, key: &K) -> Result<Found, TokenError> {
        let (clock, mut entries) = (&*self.clock, self.inner.entries());
        entries.sweep(key, clock);
        if !entries.by_key.contains_key(key) {
            entries.make_room(clock)?;
        }
        let entry = match entries.by_key.get_mut(key) {
            Some(entry) => entry,
            None => entries.by_key.entry(key.clone()).or_default(),
        };
        let held = entry.held(clock);
        if let Some(held) = held.as_ref().filter(|held| held.is_fresh()) {
            return Ok(Found::Now(held.token.clone()));
        }
        let flight = match entry.attempts.next(clock.elapsed()) {
            Next::Join(flight) => Ok((flight, false)),
            Next::Fail(error) => Err(error),
            Next::Start => self.start(key, entry).map(|flight| (flight, true)),
        };
        match (flight, held) {
            (_, Some(held)) if held.is_refreshed_in_background() => Ok(Found::Now(held.token)),
            (Ok((flight, is_own)), held) => Ok(Found::Soon(Soon { flight, is_own, held })),
            (Err(error), Some(held)) => held.instead_of(error).map(Found::Now),
            (Err(error), None) => Err(error),
        }
    }

    fn start(&self, key: &K, entry: &mut Entry) -> Result<Flight<IssuedToken>, TokenError> {
        let fetcher = Arc::clone(&self.inner);
        let (requested, rejected) = (key.clone(), entry.rejected());
        // The application's function runs inside the task, because it may panic.
        let work = async move { fetcher.fetch.fetch(requested, rejected).await };
        let (inner, clock) = (Arc::clone(&self.inner), Arc::clone(&self.clock));
        let key = key.clone();
        let arrived = move |fetched| inner.arrived(key, fetched, &*clock);
        let flight = Flight::launch((self.clock.elapsed(), self.timeout), work, arrived)?;
        entry.attempts.started(flight.clone());
        Ok(flight)
    }
}

impl<K: Key> Inner<K> {
    fn arrived(
        &self,
        key: K,
        fetched: Result<Fetched, TokenError>,
        clock: &dyn Clock,
    ) -> Result<IssuedToken, TokenError> {
        let generation = self.entries().next_generation();
        let request = key.request();
        let fetched =
            fetched.and_then(|fetched| Current::new(fetched, request.kind(), generation, clock));
        match &fetched {
            Ok(_) => {
                tracing::debug!(kind = ?request.kind(), scopes = ?request.scopes(), "fetched a token")
            }
            // The cause may contain text of the application.
            Err(error) => tracing::warn!(error = ?error.kind(), "cannot fetch a token"),
        }
        let mut entries = self.entries();
        let entry = entries.by_key.entry(key).or_default();
        match fetched {
            Ok(current) => {
                let issued = current.issued.clone();
                entry.current = Some(current);
                entry.attempts.succeeded();
                Ok(issued)
            }
            Err(error) => {
                entry.attempts.failed(error.clone(), clock.elapsed());
                Err(error)
            }
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries<K>> {
        // No code under the lock can panic, so the state is valid even if the lock is poisoned.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Key> Entries<K> {
    fn new(capacity: usize) -> Self {
        Self { by_key: HashMap::new(), capacity, generations: 0, swept_at: Duration::ZERO }
    }

    /// Evicts expired tokens, or otherwise the one that expires first.
    ///
    /// An entry with a fetch under way is kept, because evicting it would allow a second fetch. If
    /// there are no other entries, the cache is full.
    fn make_room(&mut self, clock: &dyn Clock) -> Result<(), TokenError> {
        if self.by_key.len() < self.capacity {
            return Ok(());
        }
        self.by_key.retain(|_, entry| entry.is_of_use(clock));
        if self.by_key.len() < self.capacity {
            return Ok(());
        }
        let now = clock.elapsed();
        let is_idle = |entry: &Entry| !matches!(entry.attempts.next(now), Next::Join(_));
        let idle = self.by_key.iter().filter(|(_, entry)| is_idle(entry));
        let first = idle.min_by_key(|(_, entry)| entry.held(clock).map(|held| held.remaining));
        let Some(first) = first.map(|(key, _)| key.clone()) else {
            let full = "the cache is full of tokens that are being fetched; increase its capacity";
            return Err(TokenError::new(TokenErrorKind::Transient, full));
        };
        self.by_key.remove(&first);
        Ok(())
    }

    /// Removes entries without further use, so that neither expired tokens nor their keys, which
    /// may contain tokens too, stay in memory.
    fn sweep(&mut self, current: &K, clock: &dyn Clock) {
        let now = clock.elapsed();
        if now.saturating_sub(self.swept_at) >= SWEEP_INTERVAL {
            self.swept_at = now;
            self.by_key.retain(|key, entry| key == current || !entry.is_stale(clock));
        }
    }

    fn next_generation(&mut self) -> u64 {
        let generation = self.generations;
        self.generations = generation.wrapping_add(1);
        generation
    }
}

impl Soon {
    /// Returns the outcome of the fetch, or the token that is still valid if the fetch fails or
    /// takes too long. Returns `None` if the fetch of another caller was lost.
    async fn outcome(self, now: Duration) -> Option<Result<IssuedToken, TokenError>> {
        let Self { flight, is_own, held } = self;
        let own_loss = || is_own.then(|| Err(lost()));
        let Some(held) = held else { return flight.outcome(now).await.or_else(own_loss) };
        let patience = HELD_PATIENCE.saturating_sub(now.saturating_sub(flight.began()));
        match timeout(patience.min(held.remaining), flight.outcome(now)).await {
            Ok(outcome) => match outcome.or_else(own_loss)? {
                Ok(token) => Some(Ok(token)),
                Err(error) => Some(held.instead_of(error)),
            },
            Err(_) if held.remaining > patience => Some(Ok(held.token)),
            Err(_) => flight.outcome(now).await.or_else(own_loss),
        }
    }
}

impl<K> Clone for Cache<K> {
    fn clone(&self) -> Self {
        let (inner, clock) = (Arc::clone(&self.inner), Arc::clone(&self.clock));
        Self { inner, clock, timeout: self.timeout }
    }
}
