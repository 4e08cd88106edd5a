//! Caches of machine tokens that several clients share.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use cognito_types::{BoxFuture, ClientId, Clock, SystemClock, TokenSet};

/// The capacity of a [`MemoryTokenCache`].
const MOST_TOKENS: usize = 1024;

/// A cache of tokens that several clients of one program, or several programs, share.
///
/// It is read before a token is requested, not at each use. An implementation that fails returns
/// `None`; a slow one is skipped after two seconds. Both cost a request. The tokens are secrets:
/// restrict access to the cache.
pub trait MachineTokenCache: fmt::Debug + Send + Sync + 'static {
    /// Returns the token that was stored last.
    fn get<'a>(&'a self, key: &'a MachineTokenKey) -> BoxFuture<'a, Option<TokenSet>>;

    /// Stores a token until it expires, in place of another one with this key.
    fn put<'a>(&'a self, key: &'a MachineTokenKey, token: TokenSet) -> BoxFuture<'a, ()>;
}

/// The key of a machine token.
///
/// `Display` writes it as one line of JSON, which is the same for equal keys and contains client
/// metadata. `Debug` omits the metadata.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MachineTokenKey {
    pub(super) endpoint: String,
    pub(super) client_id: ClientId,
    /// Sorted.
    pub(super) scopes: Vec<String>,
    pub(super) metadata: BTreeMap<String, String>,
}

impl MachineTokenKey {
    /// Returns the URL of the endpoint that issued the token.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the app client that it was issued to.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Returns the requested scopes; empty for all that the app client may have.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }
}

impl fmt::Debug for MachineTokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // ClientMetadata can contain personal data.
        f.debug_struct("MachineTokenKey")
            .field("endpoint", &self.endpoint)
            .field("client_id", &self.client_id)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for MachineTokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, client_id, scopes, metadata } = self;
        let parts = (endpoint, client_id.as_str(), scopes, metadata);
        f.write_str(&serde_json::to_string(&parts).map_err(|_| fmt::Error)?)
    }
}

/// A cache that the clients of one program share.
///
/// It holds 1,024 tokens; a further token evicts the one that expires first.
#[derive(Clone)]
pub struct MemoryTokenCache {
    tokens: Arc<Mutex<HashMap<MachineTokenKey, TokenSet>>>,
    clock: Arc<dyn Clock>,
}

impl Default for MemoryTokenCache {
    fn default() -> Self {
        Self { tokens: Arc::default(), clock: Arc::new(SystemClock) }
    }
}

impl MemoryTokenCache {
    /// Sets the clock by which tokens expire.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<MachineTokenKey, TokenSet>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MachineTokenCache for MemoryTokenCache {
    fn get<'a>(&'a self, key: &'a MachineTokenKey) -> BoxFuture<'a, Option<TokenSet>> {
        let found = self.tokens().get(key).cloned();
        Box::pin(std::future::ready(found))
    }

    fn put<'a>(&'a self, key: &'a MachineTokenKey, token: TokenSet) -> BoxFuture<'a, ()> {
        let (mut tokens, now) = (self.tokens(), self.clock.now());
        if tokens.len() >= MOST_TOKENS && !tokens.contains_key(key) {
            make_room(&mut tokens, now);
        }
        tokens.insert(key.clone(), token);
        Box::pin(std::future::ready(()))
    }
}

/// Evicts expired tokens, or otherwise the one that expires first.
fn make_room(tokens: &mut HashMap<MachineTokenKey, TokenSet>, now: SystemTime) {
    tokens.retain(|_, kept| kept.expires_at() > now);
    if tokens.len() >= MOST_TOKENS {
        let first = tokens.iter().min_by_key(|(_, kept)| kept.expires_at());
        if let Some(key) = first.map(|(key, _)| key.clone()) {
            tokens.remove(&key);
        }
    }
}

impl fmt::Debug for MemoryTokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.tokens().len();
        f.debug_struct("MemoryTokenCache").field("kept", &kept).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;

    use super::*;

    fn key(number: usize) -> MachineTokenKey {
        MachineTokenKey {
            endpoint: "https://auth.example.com/oauth2/token".to_owned(),
            client_id: "client-id".into(),
            scopes: vec![format!("orders/{number}")],
            metadata: BTreeMap::new(),
        }
    }

    fn put(cache: &MemoryTokenCache, number: usize, token: &str) {
        // Tokens with a lower number expire first.
        let lifetime = Duration::from_secs(3600 + u64::try_from(number).unwrap());
        let set = TokenSet::new(token, SystemClock.now(), lifetime);
        cache.put(&key(number), set).now_or_never().unwrap();
    }

    fn get(cache: &MemoryTokenCache, number: usize) -> Option<String> {
        let set = cache.get(&key(number)).now_or_never().unwrap();
        set.map(|set| set.access_token().expose_secret().to_owned())
    }

    #[test]
    fn a_full_cache_still_replaces_its_tokens() {
        let cache = MemoryTokenCache::default();
        (0..MOST_TOKENS).for_each(|number| put(&cache, number, "old"));
        put(&cache, 7, "new");
        assert_eq!(get(&cache, 7).as_deref(), Some("new"));
        assert_eq!(get(&cache, 0).as_deref(), Some("old"));
    }

    #[test]
    fn a_full_cache_evicts_the_token_that_expires_first() {
        let cache = MemoryTokenCache::default();
        (0..=MOST_TOKENS).for_each(|number| put(&cache, number, "token"));
        assert_eq!(get(&cache, 0), None);
        assert!(get(&cache, 1).is_some() && get(&cache, MOST_TOKENS).is_some());
        assert_eq!(cache.tokens().len(), MOST_TOKENS);
    }

    /// A clock that stands still.
    #[derive(Debug)]
    struct Still(SystemTime);

    impl Clock for Still {
        fn now(&self) -> SystemTime {
            self.0
        }

        fn elapsed(&self) -> Duration {
            Duration::ZERO
        }
    }

    #[test]
    fn tokens_expire_by_the_clock_of_the_cache() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let cache = MemoryTokenCache::default().clock(Arc::new(Still(now)));
        let set = |seconds| TokenSet::new("token", now, Duration::from_secs(seconds));
        for number in 0..MOST_TOKENS {
            let seconds = if number < 3 { 0 } else { 60 };
            cache.put(&key(number), set(seconds)).now_or_never().unwrap();
        }
        cache.put(&key(MOST_TOKENS), set(60)).now_or_never().unwrap();
        assert_eq!(cache.tokens().len(), MOST_TOKENS - 2, "the three expired ones made room");
    }
}
