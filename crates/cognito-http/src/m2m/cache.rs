//! Caches of machine tokens that several clients share.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cognito_tokens::{BoxFuture, ClientId, Clock, SystemClock, TokenSet};

/// How many tokens a [`MemoryTokenCache`] keeps.
const MOST_TOKENS: usize = 1024;

/// A place where several clients of one program, or several programs, find each other's tokens.
///
/// It is asked before a token is requested, not at each use. One that fails has nothing, and loses
/// nothing but money. Every token in it is a secret: let nobody else read it.
pub trait MachineTokenCache: fmt::Debug + Send + Sync + 'static {
    /// The token that was put there last.
    fn get<'a>(&'a self, key: &'a MachineTokenKey) -> BoxFuture<'a, Option<TokenSet>>;

    /// Keeps a token until it expires.
    fn put<'a>(&'a self, key: &'a MachineTokenKey, token: TokenSet) -> BoxFuture<'a, ()>;
}

/// What machine tokens differ by.
///
/// `Display` writes all of it as one line of JSON, the same for equal keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MachineTokenKey {
    pub(super) endpoint: String,
    pub(super) client_id: ClientId,
    /// Sorted.
    pub(super) scopes: Vec<String>,
    pub(super) resource: Option<String>,
    pub(super) metadata: BTreeMap<String, String>,
}

impl MachineTokenKey {
    /// Where the token is from.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The app client that it was issued to.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The scopes that were asked for; none for all that the app client may have.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The resource that the token is bound to.
    pub fn resource(&self) -> Option<&str> {
        self.resource.as_deref()
    }
}

impl fmt::Display for MachineTokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, client_id, scopes, resource, metadata } = self;
        let parts = (endpoint, client_id.as_str(), scopes, resource, metadata);
        f.write_str(&serde_json::to_string(&parts).map_err(|_| fmt::Error)?)
    }
}

/// A cache that clients of one program share.
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
    /// The same cache by another clock.
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
        if tokens.len() >= MOST_TOKENS {
            tokens.retain(|_, kept| kept.expires_at() > now);
        }
        if tokens.len() < MOST_TOKENS {
            tokens.insert(key.clone(), token);
        }
        Box::pin(std::future::ready(()))
    }
}

impl fmt::Debug for MemoryTokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.tokens().len();
        f.debug_struct("MemoryTokenCache").field("kept", &kept).finish_non_exhaustive()
    }
}
