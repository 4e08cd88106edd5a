//! Fetches machine tokens from the shared cache, or otherwise from the endpoint.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cognito_tokens::unverified_expiry;
use cognito_types::{BoxFuture, Clock, Lifetime, TokenError, TokenKind, TokenRequest, TokenSet};
use tokio::time::timeout;

use super::cache::{MachineTokenCache, MachineTokenKey};
use super::request::Requester;
use crate::cached::{Fetch, Fetched};
use crate::token_endpoint_error::TokenEndpointError;

/// The time limit of the shared cache, after which a token is requested.
const CACHE_TIMEOUT: Duration = Duration::from_secs(2);

/// The tolerance for the clock of the program that put a token into the shared cache.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(30);

/// Fetches tokens from the shared cache, or otherwise from the endpoint.
#[derive(Clone)]
pub(super) struct Fetcher {
    pub(super) requester: Arc<Requester>,
    /// The key without scopes, which each request sets.
    pub(super) key: MachineTokenKey,
    pub(super) cache: Option<Arc<dyn MachineTokenCache>>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Fetch<TokenRequest> for Fetcher {
    fn fetch(
        &self,
        request: TokenRequest,
        rejected: Option<TokenSet>,
    ) -> BoxFuture<'static, Result<Fetched, TokenError>> {
        let fetcher = self.clone();
        Box::pin(async move { Ok(fetcher.tokens(&request, rejected).await?.into()) })
    }
}

impl Fetcher {
    async fn tokens(
        mut self,
        request: &TokenRequest,
        rejected: Option<TokenSet>,
    ) -> Result<TokenSet, TokenEndpointError> {
        if request.kind() != TokenKind::Access {
            return Err(TokenEndpointError::Unsupported("programs have access tokens only"));
        }
        self.key.scopes = request.scopes().to_vec();
        if let Some(cached) = self.cached(rejected.as_ref()).await {
            tracing::debug!(client = %self.key.client_id, "the shared cache has the token");
            return Ok(cached);
        }
        let requested_at = self.clock.now();
        let granted = self.requester.request(&self.key).await?;
        let seconds = granted.lifetime.as_secs();
        tracing::debug!(client = %self.key.client_id, seconds, "the endpoint issued a token");
        let set = TokenSet::new(granted.token, requested_at, granted.lifetime);
        if let Some(cache) = &self.cache {
            // If the cache is too slow, other programs do not get the token, but this caller does.
            let _ = timeout(CACHE_TIMEOUT, cache.put(&self.key, set.clone())).await;
        }
        Ok(set)
    }

    /// Returns the token of the shared cache, unless it was rejected or should be refreshed.
    async fn cached(&self, rejected: Option<&TokenSet>) -> Option<TokenSet> {
        let cached = timeout(CACHE_TIMEOUT, self.cache.as_ref()?.get(&self.key)).await.ok()??;
        let token = cached.access_token().expose_secret();
        let is_rejected =
            rejected.is_some_and(|rejected| rejected.access_token().expose_secret() == token);
        let cached = dated(cached, self.clock.now())?;
        let lifetime = Lifetime::new(cached.issued_at(), cached.lifetime(), &*self.clock);
        let is_young = lifetime.remaining(&*self.clock) > lifetime.last_part(10, Duration::MAX);
        (is_young && !is_rejected).then_some(cached)
    }
}

/// Returns the token with the earlier of two dates of issue: the date of the program that stored
/// it, and the date derived from its claim `exp`. Returns `None` if that is in the future, because
/// its age is unknown.
fn dated(set: TokenSet, now: SystemTime) -> Option<TokenSet> {
    let by_claim = unverified_expiry(set.access_token().expose_secret())
        .and_then(|expiry| expiry.checked_sub(set.lifetime()))
        .unwrap_or_else(|| set.issued_at());
    let issued_at = by_claim.min(set.issued_at());
    let latest = now.checked_add(CLOCK_TOLERANCE).unwrap_or(now);
    let dated = || TokenSet::new(set.access_token().clone(), issued_at, set.lifetime());
    (issued_at <= latest).then(dated)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const LIFETIME: Duration = Duration::from_secs(3600);

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn jwt(exp: u64) -> String {
        let payload = URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{exp}}}"));
        format!("e30.{payload}.AA")
    }

    fn issued_at(token: &str, issued: u64, now: u64) -> Option<SystemTime> {
        dated(TokenSet::new(token, at(issued), LIFETIME), at(now)).map(|set| set.issued_at())
    }

    #[test]
    fn a_cached_token_has_the_earlier_date_of_issue() {
        let now = 100_000;
        assert_eq!(issued_at("opaque", now - 50, now), Some(at(now - 50)));
        assert_eq!(issued_at(&jwt(now + 3500), now - 50, now), Some(at(now - 100)));
        assert_eq!(issued_at(&jwt(now + 3600), now - 50, now), Some(at(now - 50)));
        // The clock of the program that cached it was ahead.
        assert_eq!(issued_at(&jwt(now + 600), now + 7200, now), Some(at(now - 3000)));
        assert_eq!(issued_at("a.%%%.b", now - 50, now), Some(at(now - 50)));
    }

    #[test]
    fn a_cached_token_from_the_future_is_not_used() {
        let now = 100_000;
        assert_eq!(issued_at("opaque", now + 7200, now), None);
        assert_eq!(issued_at(&jwt(now + 7200 + 3600), now + 7200, now), None);
        assert_eq!(issued_at("opaque", now + 30, now), Some(at(now + 30)));
    }
}
