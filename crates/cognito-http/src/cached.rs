//! A cache of tokens that a function fetches, with refresh before they expire.

mod cache;
mod entry;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_types::{
    BoxFuture, Clock, IssuedToken, TokenError, TokenRequest, TokenSet, TokenSource,
};

pub(crate) use self::cache::{Cache, Fetch, Fetched, Key};
pub use self::entry::MIN_REJECTED_AGE;

/// The maximum number of cached tokens, which differ by kind and scopes.
const MOST_ENTRIES: usize = 256;

/// The default time limit of a fetch by [`CachedTokens`].
pub const FETCH_TIMEOUT: Duration = Duration::from_secs(30);

/// A source of tokens that a function fetches.
///
/// * Concurrent callers share one fetch, which completes even if they are dropped, and fails after
///   a [time limit](Self::timeout).
/// * A token is refreshed in the background after nine tenths of its lifetime, at a random time, so
///   that programs that started together do not refresh together. If the refresh fails, the token
///   is returned until it expires.
/// * After a failed fetch there is a pause, which grows with each failure in a row.
/// * A rejected token is refreshed if it is at least [`MIN_REJECTED_AGE`](crate::MIN_REJECTED_AGE)
///   old and [`RejectionPauses`](cognito_types::RejectionPauses) allow it. It is still returned
///   while that refresh fails with a transient error.
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
pub struct CachedTokens(Cache<TokenRequest>);

impl<F, T> Fetch<TokenRequest> for F
where
    F: Fn(TokenRequest) -> T + Send + Sync + 'static,
    T: Future<Output = Result<TokenSet, TokenError>> + Send + 'static,
{
    fn fetch(
        &self,
        request: TokenRequest,
        _: Option<TokenSet>,
    ) -> BoxFuture<'static, Result<Fetched, TokenError>> {
        let fetching = self(request);
        Box::pin(async move { fetching.await.map(Fetched::from) })
    }
}

impl Key for TokenRequest {
    fn request(&self) -> &TokenRequest {
        self
    }
}

impl CachedTokens {
    /// Creates a source of tokens that this function fetches, one set for each kind and scopes.
    pub fn new<F, T>(fetch: F) -> Self
    where
        F: Fn(TokenRequest) -> T + Send + Sync + 'static,
        T: Future<Output = Result<TokenSet, TokenError>> + Send + 'static,
    {
        Self::fetched_by(fetch)
    }

    pub(crate) fn fetched_by(fetch: impl Fetch<TokenRequest>) -> Self {
        Self(Cache::new(fetch, MOST_ENTRIES))
    }

    /// Sets the clock for the age of tokens and for pauses.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self(self.0.clock(clock))
    }

    /// Sets the time limit of a fetch, [`FETCH_TIMEOUT`] by default.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self(self.0.timeout(timeout))
    }
}

impl TokenSource for CachedTokens {
    fn token(&self, request: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        self.0.token(request)
    }

    fn reject(&self, token: &IssuedToken) {
        self.0.reject(token);
    }
}

/// Returns a request with default scopes if it has none. Scopes are sorted and deduplicated, so
/// that equal requests have one cache entry.
#[cfg(feature = "m2m")]
pub(crate) fn complete(request: &TokenRequest, default_scopes: &[String]) -> TokenRequest {
    let scopes = if request.scopes().is_empty() { default_scopes } else { request.scopes() };
    let mut scopes = scopes.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    request.clone().with_scopes(scopes)
}

impl fmt::Debug for CachedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedTokens").field("kept", &self.0.len()).finish_non_exhaustive()
    }
}
