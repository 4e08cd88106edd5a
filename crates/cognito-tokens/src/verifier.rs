//! The verifier for one or more pools, which fetches their keys.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use cognito_types::{Clock, Moment, UserPoolId};
use futures_util::future::join_all;

use crate::claims::{AccessClaims, IdClaims, TokenClaims};
use crate::error::VerifyError;
use crate::fetch::FetchKeys;
use crate::jws::KnownHeaders;
use crate::key_set::KeySet;
use crate::key_source::{Document, KeySetStatus, KeySource};
use crate::pipeline::{Accepted, Trust, Unverified};
use crate::policy::Clients;
use crate::rules::TokenRules;

mod builder;
mod cache;
mod prefetch;
mod refresh;
#[cfg(test)]
mod tests;

pub use builder::{KeysFrom, VerifierBuilder};
pub use cache::CacheStatus;
pub(crate) use cache::{Cache, Table};
pub use prefetch::{PoolFailure, PrefetchError};
pub use saved::InvalidSavedKeys;

use cache::CachedToken;
use prefetch::Outcome;

/// Verifies tokens of one or more user pools against the key sets that the pools publish.
///
/// Keys are fetched when the first token needs them and are shared by all clones.
#[derive(Clone)]
pub struct Verifier {
    /// An entry is `None` if later rules exclude the issuer.
    trusted: Arc<Vec<Option<Trusted>>>,
    /// Indexes in `trusted`.
    by_issuer: Arc<HashMap<Arc<str>, usize>>,
    longest_token: usize,
    clock: Arc<dyn Clock>,
    headers: Arc<KnownHeaders>,
    cache: Option<Arc<Cache>>,
}

/// The rules and the keys for one issuer.
#[derive(Clone, Debug)]
struct Trusted {
    issuer: Arc<str>,
    /// Its index in `trusted`.
    index: usize,
    /// The index of the pool, which may have several issuers.
    pool: usize,
    rules: Arc<TokenRules>,
    source: KeySource,
}

impl Trust for &Trusted {
    fn rules(&self) -> &TokenRules {
        &self.rules
    }

    fn issuer(&self) -> &Arc<str> {
        &self.issuer
    }
}

impl Verifier {
    /// Creates a verifier for both issuers of the pool that fetches keys over HTTP.
    ///
    /// ```no_run
    /// # mod cognito { pub use cognito_tokens::*; pub use cognito_tokens as verify; }
    /// use cognito::Verifier;
    /// use cognito::verify::Clients;
    ///
    /// # async fn example(jwt: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// let pool = "eu-west-1_Ab12Cd34E".parse()?;
    /// let verifier = Verifier::new(&pool, Clients::only("1example23456789"))?;
    /// let claims = verifier.access_token(jwt).await?;
    /// println!("{} may {:?}", claims.subject(), claims.scopes().collect::<Vec<_>>());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`FetchError`](crate::FetchError) when TLS cannot be set up.
    #[cfg(feature = "fetch")]
    pub fn new(pool: &UserPoolId, clients: Clients) -> Result<Self, crate::FetchError> {
        let fetcher = crate::fetch::ReqwestFetcher::new()?;
        Ok(Self::builder(pool, clients, Arc::new(fetcher)).build())
    }

    /// Starts a verifier with these keys that never fetches any.
    pub fn offline(rules: TokenRules, keys: KeySet) -> VerifierBuilder {
        VerifierBuilder::new(rules, KeysFrom::Set(keys), None)
    }

    /// Starts a verifier that fetches its keys with `fetcher`.
    pub fn builder(
        pool: &UserPoolId,
        clients: Clients,
        fetcher: Arc<dyn FetchKeys>,
    ) -> VerifierBuilder {
        VerifierBuilder::new(TokenRules::new(pool, clients), KeysFrom::Issuer, Some(fetcher))
    }

    /// Returns a verifier with additional rules that shares keys and cache with this one, such as
    /// one for each route of a service.
    ///
    /// ```
    /// # use cognito_tokens::{Clients, KeySet, Required, TokenRules, Verifier};
    /// # let rules = TokenRules::new(&"eu-west-1_Ab12Cd34E".parse()?, Clients::only("my-client"));
    /// # let verifier = Verifier::offline(rules, KeySet::default()).build();
    /// let orders = verifier.with_rules(|rules| rules.scopes(Required::any_of(["orders/read"])));
    /// assert!(orders.access_token_offline("no token").is_err());
    /// # Ok::<(), cognito_tokens::InvalidUserPoolId>(())
    /// ```
    ///
    /// This can exclude issuers but not add any: the issuer of a token must be accepted by both
    /// this verifier and the changed rules.
    #[must_use]
    pub fn with_rules(&self, change: impl Fn(TokenRules) -> TokenRules) -> Self {
        let changed = |trusted: &Option<Trusted>| {
            let trusted = trusted.as_ref()?;
            let rules = Arc::new(change((*trusted.rules).clone()));
            rules.names(&trusted.issuer).then(|| Trusted { rules, ..trusted.clone() })
        };
        self.with_trusted(self.trusted.iter().map(changed).collect())
    }

    fn with_trusted(&self, trusted: Vec<Option<Trusted>>) -> Self {
        let limits = trusted.iter().flatten().map(|trusted| trusted.rules.longest_token());
        let longest_token = limits.max().unwrap_or_default();
        Self { trusted: Arc::new(trusted), longest_token, ..self.clone() }
    }

    /// Verifies an access token.
    ///
    /// # Errors
    ///
    /// The first rule of [`VerifyError`] that the token breaks, or
    /// [`VerifyError::KeysUnavailable`], in which case the token may be valid.
    #[doc(alias = "verify_token")]
    pub async fn access_token(&self, token: &str) -> Result<AccessClaims, VerifyError> {
        self.verify(token).await
    }

    /// Verifies an ID token.
    ///
    /// # Errors
    ///
    /// The errors of [`access_token`](Self::access_token).
    #[doc(alias = "verify_token")]
    pub async fn id_token(&self, token: &str) -> Result<IdClaims, VerifyError> {
        self.verify(token).await
    }

    /// Verifies an access token with keys that were fetched before.
    ///
    /// A set is used until it is [`KEY_SET_OUTAGE_LIMIT`](crate::KEY_SET_OUTAGE_LIMIT) old, so run
    /// [`refresh_keys`](Self::refresh_keys) in the background of a program that only calls this.
    ///
    /// # Errors
    ///
    /// The errors of [`access_token`](Self::access_token), and [`VerifyError::KeysNotFetched`] when
    /// keys must be fetched first.
    pub fn access_token_offline(&self, token: &str) -> Result<AccessClaims, VerifyError> {
        self.verify_offline(token)
    }

    /// Verifies an ID token with keys that were fetched before.
    ///
    /// # Errors
    ///
    /// The errors of [`access_token_offline`](Self::access_token_offline).
    pub fn id_token_offline(&self, token: &str) -> Result<IdClaims, VerifyError> {
        self.verify_offline(token)
    }

    /// Fetches the keys of every pool now, so that the first token does not wait for them.
    ///
    /// The service refuses the key set of the UPDATED issuer for pools that do not
    /// use it, so one set is sufficient for a pool.
    ///
    /// # Errors
    ///
    /// [`PrefetchError`] names each pool for which no key set could be fetched. The other pools are
    /// ready.
    pub async fn prefetch(&self) -> Result<(), PrefetchError> {
        let fetches = self.trusted().map(|trusted| async move {
            let result = trusted.source.prefetch().await;
            Outcome { pool: trusted.pool, issuer: Arc::clone(&trusted.issuer), result }
        });
        PrefetchError::unless_each_pool_has_keys(join_all(fetches).await)
    }

    /// Keeps the key sets current: fetches each one again before it is
    /// [`KEY_SET_MAX_AGE`](crate::KEY_SET_MAX_AGE) old.
    ///
    /// Your runtime drives the future and provides `sleep`. The future ends when the verifier
    /// and all its clones are dropped.
    ///
    /// ```no_run
    /// # fn example(verifier: cognito_tokens::Verifier) {
    /// tokio::spawn(verifier.refresh_keys(tokio::time::sleep));
    /// # }
    /// ```
    pub fn refresh_keys<S, F>(&self, sleep: S) -> impl Future<Output = ()> + Send + use<S, F>
    where
        S: Fn(Duration) -> F + Send,
        F: Future<Output = ()> + Send,
    {
        refresh::keep_fresh(refresh::Pools::of(self.trusted()), sleep)
    }

    /// Returns the state of each key set, one for each URL.
    pub fn key_sets(&self) -> Vec<KeySetStatus> {
        let with_keys: HashSet<usize> = self
            .trusted()
            .filter(|trusted| trusted.source.has_keys())
            .map(|trusted| trusted.pool)
            .collect();
        let status = |trusted: &Trusted| trusted.source.status(with_keys.contains(&trusted.pool));
        let mut all: Vec<_> = self.trusted().map(status).collect();
        all.sort_by(|one, other| one.uri.cmp(&other.uri));
        all.dedup_by(|one, other| one.uri == other.uri);
        all
    }

    /// Returns the state of the cache of verified tokens; `None` without a cache.
    pub fn cache(&self) -> Option<CacheStatus> {
        self.cache.as_ref().map(|cache| cache.status())
    }

    async fn verify<C: TokenClaims>(&self, token: &str) -> Result<C, VerifyError> {
        self.verified(token).await.inspect_err(VerifyError::log)
    }

    fn verify_offline<C: TokenClaims>(&self, token: &str) -> Result<C, VerifyError> {
        self.verified_offline(token).inspect_err(VerifyError::log)
    }

    async fn verified<C: TokenClaims>(&self, token: &str) -> Result<C, VerifyError> {
        let now = Moment::now(&*self.clock);
        let unverified = self.read::<C>(token, &now)?;
        let keys = unverified.trust().source.keys_for(unverified.key_request(), &now).await?;
        self.accept(token, unverified, &keys, &now)
    }

    fn verified_offline<C: TokenClaims>(&self, token: &str) -> Result<C, VerifyError> {
        let now = Moment::now(&*self.clock);
        let unverified = self.read::<C>(token, &now)?;
        let keys = unverified.trust().source.kept(unverified.key_request().kid, &now)?;
        self.accept(token, unverified, &keys, &now)
    }

    fn read<'t, C: TokenClaims>(
        &'t self,
        token: &'t str,
        now: &Moment,
    ) -> Result<Unverified<'t, C, &'t Trusted>, VerifyError> {
        if let Some((CachedToken { claims, key, .. }, trusted)) = self.cached(token) {
            return Unverified::from_cache(token, claims, key, trusted, now.wall);
        }
        if self.trusted().next().is_none() {
            return Err(VerifyError::Misconfigured("issuer"));
        }
        let find = |issuer: &str| self.trusted_for(issuer).ok_or(VerifyError::WrongIssuer);
        Unverified::parse(token, self.longest_token, Some(&*self.headers), now.wall, find)
    }

    fn accept<C: TokenClaims>(
        &self,
        token: &str,
        unverified: Unverified<'_, C, &Trusted>,
        keys: &Document,
        now: &Moment,
    ) -> Result<C, VerifyError> {
        let issuer = unverified.trust().index;
        let Accepted { claims, key } = unverified.signed(&keys.keys)?.accepted(now.wall)?;
        if let (Some(cache), Some(key)) = (&self.cache, key) {
            let claims = C::clone(&claims);
            C::table(cache).put(token, CachedToken { claims, key, issuer });
        }
        Ok(claims)
    }

    /// Returns the cached claims of a token, and the rules for them.
    fn cached<C: TokenClaims>(&self, token: &str) -> Option<(CachedToken<C>, &Trusted)> {
        let cache = self.cache.as_ref().filter(|_| token.len() <= self.longest_token)?;
        let cached = C::table(cache).get(token)?;
        let trusted = self.trusted.get(cached.issuer)?.as_ref()?;
        Some((cached, trusted))
    }

    fn trusted(&self) -> impl Iterator<Item = &Trusted> {
        self.trusted.iter().flatten()
    }

    fn trusted_for(&self, issuer: &str) -> Option<&Trusted> {
        self.trusted.get(*self.by_issuer.get(issuer)?)?.as_ref()
    }
}

// It is declared here so that the documentation lists the main methods first.
mod saved;

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("issuers", &self.trusted().map(|trusted| &trusted.issuer).collect::<Vec<_>>())
            .field("cache", &self.cache())
            .finish_non_exhaustive()
    }
}
