//! Tokens that a function fetches, that are cached and refreshed ahead of their end.

mod entry;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cognito_types::{
    BoxFuture, Clock, IssuedToken, SystemClock, TokenError, TokenRequest, TokenSet, TokenSource,
};
use tokio::time::timeout;

pub use self::entry::MIN_REJECTED_AGE;
use self::entry::{Current, Entry, Held};
use crate::attempts::Next;
use crate::flight::Flight;

/// The most kinds of tokens that are cached; they differ by their scopes.
const MOST_ENTRIES: usize = 256;

/// The time limit of a fetch by [`CachedTokens`], unless set otherwise.
pub const FETCH_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest that callers wait for a refresh, from its start, while their token is still valid.
const HELD_PATIENCE: Duration = Duration::from_secs(5);

/// A source of tokens that a function fetches.
///
/// * Concurrent callers share one fetch, which runs to its end even if they are dropped, and fails
///   after a [time limit](Self::timeout).
/// * A token is refreshed in the background after nine tenths of its lifetime, spread at random so
///   that programs which started together do not refresh together. It is returned until it expires
///   while the refresh fails.
/// * A failed fetch is not repeated before a pause, which grows with each failure in a row.
/// * A rejected token is refreshed if it is at least [`MIN_REJECTED_AGE`](crate::MIN_REJECTED_AGE)
///   old and [`RejectionPauses`](cognito_types::RejectionPauses) allow it. It is still returned
///   while that refresh fails for a reason that passes.
///
/// Clones share the cache. It needs a tokio runtime with a timer.
///
/// ```
/// # mod cognito { pub use cognito_http as http; pub use cognito_types as session; pub use cognito_types as types; }
/// use std::time::{Duration, SystemTime};
/// use cognito::http::CachedTokens;
/// use cognito::session::{TokenRequest, TokenSet, TokenSource};
/// use cognito::types::AccessToken;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cognito_types::TokenError> {
/// let source = CachedTokens::new(async |_| {
///     let token = AccessToken::from("fetched from somewhere");
///     Ok(TokenSet::new(token, SystemTime::now(), Duration::from_secs(3600)))
/// });
/// let token = source.token(&TokenRequest::access()).await?;
/// assert_eq!(token.expose_secret(), "fetched from somewhere");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CachedTokens {
    inner: Arc<Inner>,
    clock: Arc<dyn Clock>,
    timeout: Duration,
}

struct Inner {
    fetch: Box<dyn Fetch>,
    entries: Mutex<HashMap<TokenRequest, Entry>>,
    generations: AtomicU64,
}

/// A way to fetch new tokens.
pub(crate) trait Fetch: Send + Sync + 'static {
    /// Fetches tokens other than the `rejected` ones.
    fn fetch(
        &self,
        want: TokenRequest,
        rejected: Option<TokenSet>,
    ) -> BoxFuture<'static, Result<TokenSet, TokenError>>;
}

impl<F, T> Fetch for F
where
    F: Fn(TokenRequest) -> T + Send + Sync + 'static,
    T: Future<Output = Result<TokenSet, TokenError>> + Send + 'static,
{
    fn fetch(
        &self,
        want: TokenRequest,
        _: Option<TokenSet>,
    ) -> BoxFuture<'static, Result<TokenSet, TokenError>> {
        Box::pin(self(want))
    }
}

/// The result of a look into the cache.
enum Found {
    Now(IssuedToken),
    /// The outcome of a fetch, or else the token that is still valid.
    Soon(Flight<IssuedToken>, Option<Held>),
}

impl CachedTokens {
    /// Creates a source whose tokens this function fetches, one set for each kind and scopes.
    pub fn new<F, T>(fetch: F) -> Self
    where
        F: Fn(TokenRequest) -> T + Send + Sync + 'static,
        T: Future<Output = Result<TokenSet, TokenError>> + Send + 'static,
    {
        Self::fetched_by(fetch)
    }

    pub(crate) fn fetched_by(fetch: impl Fetch) -> Self {
        let entries = Mutex::new(HashMap::new());
        let inner = Inner { fetch: Box::new(fetch), entries, generations: AtomicU64::new(0) };
        Self { inner: Arc::new(inner), clock: Arc::new(SystemClock), timeout: FETCH_TIMEOUT }
    }

    /// Sets the clock by which tokens age and pauses end.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Sets the time limit of a fetch, [`FETCH_TIMEOUT`] by default.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    fn find(&self, want: &TokenRequest) -> Result<Found, TokenError> {
        let (clock, mut entries) = (&*self.clock, self.inner.entries());
        if !entries.contains_key(want) {
            make_room(&mut entries, clock);
        }
        let entry = match entries.get_mut(want) {
            Some(entry) => entry,
            None => entries.entry(want.clone()).or_default(),
        };
        let held = entry.held(clock);
        if let Some(held) = held.as_ref().filter(|held| held.is_fresh()) {
            return Ok(Found::Now(held.token.clone()));
        }
        let flight = match entry.attempts.next(clock.elapsed()) {
            Next::Join(flight) => Ok(flight),
            Next::Fail(error) => Err(error),
            Next::Start => self.start(want, entry),
        };
        match (flight, held) {
            (_, Some(held)) if held.is_refreshed_in_background() => Ok(Found::Now(held.token)),
            (Ok(flight), held) => Ok(Found::Soon(flight, held)),
            (Err(error), Some(held)) => held.instead_of(error).map(Found::Now),
            (Err(error), None) => Err(error),
        }
    }

    fn start(
        &self,
        want: &TokenRequest,
        entry: &mut Entry,
    ) -> Result<Flight<IssuedToken>, TokenError> {
        let fetcher = Arc::clone(&self.inner);
        let (wanted, rejected) = (want.clone(), entry.rejected());
        // The function of the application runs inside the task, as it may panic.
        let work = async move { fetcher.fetch.fetch(wanted, rejected).await };
        let (inner, clock) = (Arc::clone(&self.inner), Arc::clone(&self.clock));
        let want = want.clone();
        let arrived = move |fetched| inner.arrived(want, fetched, &*clock);
        let flight = Flight::launch((self.clock.elapsed(), self.timeout), work, arrived)?;
        entry.attempts.started(flight.clone());
        Ok(flight)
    }
}

impl Inner {
    fn arrived(
        &self,
        want: TokenRequest,
        fetched: Result<TokenSet, TokenError>,
        clock: &dyn Clock,
    ) -> Result<IssuedToken, TokenError> {
        let generation = self.generations.fetch_add(1, Ordering::Relaxed);
        let fetched = fetched.and_then(|set| Current::new(set, want.kind(), generation, clock));
        match &fetched {
            Ok(_) => {
                tracing::debug!(kind = ?want.kind(), scopes = ?want.scopes(), "fetched a token")
            }
            // The cause may hold texts of the application.
            Err(error) => tracing::warn!(error = ?error.kind(), "cannot fetch a token"),
        }
        let mut entries = self.entries();
        let entry = entries.entry(want).or_default();
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

    fn entries(&self) -> MutexGuard<'_, HashMap<TokenRequest, Entry>> {
        // Nothing under the lock can panic half-way.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops tokens that have expired, or any one if none has.
fn make_room(entries: &mut HashMap<TokenRequest, Entry>, clock: &dyn Clock) {
    if entries.len() < MOST_ENTRIES {
        return;
    }
    entries.retain(|_, entry| entry.is_of_use(clock));
    let now = clock.elapsed();
    let idle = entries.iter().find(|(_, entry)| !matches!(entry.attempts.next(now), Next::Join(_)));
    if let (Some(any), true) = (idle.map(|(want, _)| want.clone()), entries.len() >= MOST_ENTRIES) {
        entries.remove(&any);
    }
}

/// The outcome of the refresh, or the token that is still valid if that takes long or fails.
async fn refreshed(
    flight: Flight<IssuedToken>,
    held: Held,
    now: Duration,
) -> Result<IssuedToken, TokenError> {
    let patience = HELD_PATIENCE.saturating_sub(now.saturating_sub(flight.began()));
    match timeout(patience.min(held.remaining), flight.outcome()).await {
        Ok(Ok(token)) => Ok(token),
        Ok(Err(error)) => held.instead_of(error),
        Err(_) if held.remaining > patience => Ok(held.token),
        Err(_) => flight.outcome().await,
    }
}

impl TokenSource for CachedTokens {
    fn token(&self, want: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        match self.find(want) {
            Ok(Found::Now(token)) => Box::pin(std::future::ready(Ok(token))),
            Ok(Found::Soon(flight, None)) => Box::pin(async move { flight.outcome().await }),
            Ok(Found::Soon(flight, Some(held))) => {
                Box::pin(refreshed(flight, held, self.clock.elapsed()))
            }
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn reject(&self, token: &IssuedToken) {
        let mut entries = self.inner.entries();
        let of_token = |entry: &&mut Entry| entry.generation() == Some(token.generation());
        if let Some(entry) = entries.values_mut().find(of_token) {
            entry.reject(&*self.clock);
        }
    }
}

impl fmt::Debug for CachedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.inner.entries().len();
        f.debug_struct("CachedTokens").field("kept", &kept).finish_non_exhaustive()
    }
}
