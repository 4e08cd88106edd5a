//! Tokens that are fetched when they are needed, kept, and renewed ahead of their end.

mod entry;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cognito_tokens::{
    BoxFuture, Clock, IssuedToken, SystemClock, TokenError, TokenRequest, TokenSet, TokenSource,
};

use self::entry::{Age, Current, Entry};
use crate::flight::{Flight, launch, under_way};
use crate::pause::Pause;

/// How many kinds of tokens are kept, which differ by their scopes.
const MOST_ENTRIES: usize = 256;

/// A source of tokens that a function fetches.
///
/// A token is fetched once, however many ask for it, and to the end, whoever leaves. It is renewed
/// in the background after nine tenths of its lifetime, not at the same moment by all programs, and
/// served to its end when that fails; failures are not repeated before a pause that grows. Clones
/// share everything.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use cognito_http::CachedTokens;
/// use cognito_tokens::{AccessToken, TokenRequest, TokenSet, TokenSource};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cognito_tokens::TokenError> {
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
}

struct Inner {
    fetch: Box<dyn Fetch>,
    clock: Arc<dyn Clock>,
    entries: Mutex<HashMap<TokenRequest, Entry>>,
    generations: AtomicU64,
}

/// Where new tokens come from.
pub(crate) trait Fetch: Send + Sync + 'static {
    /// Fetches tokens; those that are `refused` are not to come back.
    fn fetch(
        &self,
        want: TokenRequest,
        refused: Option<TokenSet>,
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

/// What a caller gets.
enum Found {
    Now(IssuedToken),
    /// What the flight brings; if it fails, the token that still holds.
    Soon(Flight<IssuedToken>, Option<IssuedToken>),
}

impl CachedTokens {
    /// Tokens that this function fetches, one set for each kind and scopes.
    pub fn new<F, T>(fetch: F) -> Self
    where
        F: Fn(TokenRequest) -> T + Send + Sync + 'static,
        T: Future<Output = Result<TokenSet, TokenError>> + Send + 'static,
    {
        Self::with_clock(fetch, Arc::new(SystemClock))
    }

    /// The same by another clock.
    pub fn by_clock<F, T>(clock: Arc<dyn Clock>, fetch: F) -> Self
    where
        F: Fn(TokenRequest) -> T + Send + Sync + 'static,
        T: Future<Output = Result<TokenSet, TokenError>> + Send + 'static,
    {
        Self::with_clock(fetch, clock)
    }

    pub(crate) fn with_clock(fetch: impl Fetch, clock: Arc<dyn Clock>) -> Self {
        let entries = Mutex::new(HashMap::new());
        let generations = AtomicU64::new(0);
        Self { inner: Arc::new(Inner { fetch: Box::new(fetch), clock, entries, generations }) }
    }

    fn find(&self, want: &TokenRequest) -> Result<Found, TokenError> {
        let clock = &*self.inner.clock;
        let mut entries = self.inner.entries();
        if !entries.contains_key(want) {
            make_room(&mut entries, clock);
        }
        let entry = match entries.get_mut(want) {
            Some(entry) => entry,
            None => entries.entry(want.clone()).or_default(),
        };
        let held = entry.current.as_ref().map(|held| (held.issued.clone(), held.age(clock)));
        let pause = entry.pause.as_ref().filter(|pause| pause.lasts(clock.elapsed()));
        match (held, pause) {
            (Some((token, Age::Fresh)), _) => Ok(Found::Now(token)),
            (Some((token, Age::Ending | Age::Closing)), Some(_)) => Ok(Found::Now(token)),
            (_, Some(pause)) => Err(pause.error.clone()),
            (Some((token, Age::Ending)), None) => {
                // Nobody waits for it, so nobody is told that it cannot begin.
                let _renewal = self.renew(want, entry);
                Ok(Found::Now(token))
            }
            (Some((token, Age::Closing)), None) => {
                Ok(Found::Soon(self.renew(want, entry)?, Some(token)))
            }
            _ => Ok(Found::Soon(self.renew(want, entry)?, None)),
        }
    }

    /// The renewal under way, or a new one.
    fn renew(
        &self,
        want: &TokenRequest,
        entry: &mut Entry,
    ) -> Result<Flight<IssuedToken>, TokenError> {
        if let Some(flight) = under_way(&entry.flight) {
            return Ok(flight);
        }
        let (inner, want, refused) = (Arc::clone(&self.inner), want.clone(), entry.refused());
        let flight = launch(async move {
            let fetched = inner.fetch.fetch(want.clone(), refused).await;
            inner.arrived(want, fetched)
        })?;
        entry.flight = Some(flight.clone());
        Ok(flight)
    }
}

impl Inner {
    fn arrived(
        &self,
        want: TokenRequest,
        fetched: Result<TokenSet, TokenError>,
    ) -> Result<IssuedToken, TokenError> {
        let generation = self.generations.fetch_add(1, Ordering::Relaxed);
        let fetched =
            fetched.and_then(|set| Current::new(set, want.kind(), generation, &*self.clock));
        let mut entries = self.entries();
        let entry = entries.entry(want).or_default();
        entry.flight = None;
        match fetched {
            Ok(current) => {
                let issued = current.issued.clone();
                (entry.current, entry.pause) = (Some(current), None);
                Ok(issued)
            }
            Err(error) => {
                let before = entry.pause.as_ref();
                entry.pause = Some(Pause::after(error.clone(), before, self.clock.elapsed()));
                Err(error)
            }
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<TokenRequest, Entry>> {
        // Nothing under the lock can panic half-way.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops tokens that have ended, or any one if none has.
fn make_room(entries: &mut HashMap<TokenRequest, Entry>, clock: &dyn Clock) {
    if entries.len() < MOST_ENTRIES {
        return;
    }
    entries.retain(|_, entry| entry.is_of_use(clock));
    let idle = entries.iter().find(|(_, entry)| under_way(&entry.flight).is_none());
    if let (Some(any), true) = (idle.map(|(want, _)| want.clone()), entries.len() >= MOST_ENTRIES) {
        entries.remove(&any);
    }
}

impl TokenSource for CachedTokens {
    fn token(&self, want: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        match self.find(want) {
            Ok(Found::Now(token)) => Box::pin(std::future::ready(Ok(token))),
            Ok(Found::Soon(flight, held)) => Box::pin(async move {
                let fetched = flight.await;
                // What still holds is better than an error that passes.
                fetched.or_else(|error| held.ok_or(error))
            }),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn reject(&self, token: &IssuedToken) {
        let mut entries = self.inner.entries();
        let current = entries.values_mut().filter_map(|entry| entry.current.as_mut());
        let refused = current.filter(|current| current.issued.generation() == token.generation());
        refused.for_each(|current| current.refused = true);
    }
}

impl fmt::Debug for CachedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.inner.entries().len();
        f.debug_struct("CachedTokens").field("kept", &kept).finish_non_exhaustive()
    }
}
