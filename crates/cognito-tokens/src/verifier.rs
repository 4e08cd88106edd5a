//! The verifier that fetches keys by itself, for one pool or many.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use futures_util::future::join_all;

use crate::claims::{AccessClaims, IdClaims, TokenClaims};
use crate::clock::{Clock, Moment};
use crate::error::VerifyError;
use crate::fetch::FetchKeys;
use crate::jws::KnownHeaders;
use crate::key_set::KeySet;
use crate::key_source::{KeySetStatus, KeySource, Wanted};
use crate::policy::Clients;
use crate::pool_id::UserPoolId;
use crate::rules::{TokenRules, Unverified};

mod builder;
mod cache;
mod prefetch;
mod saved;
#[cfg(test)]
mod tests;

pub use builder::{KeysFrom, VerifierBuilder};
pub use cache::CacheStatus;
pub(crate) use cache::{Cache, Table};
pub use prefetch::{PoolFailure, PrefetchError};
pub use saved::InvalidSavedKeys;

use cache::Remembered;
use prefetch::Outcome;

/// Verifies tokens of one or more user pools against the key sets that the pools publish.
///
/// Keys are fetched when the first token asks for them and shared by all clones.
#[derive(Clone)]
pub struct Verifier {
    trusted: Arc<Vec<Trusted>>,
    /// Places in `trusted`.
    by_issuer: Arc<HashMap<Arc<str>, usize>>,
    longest_token: usize,
    clock: Arc<dyn Clock>,
    headers: Arc<KnownHeaders>,
    cache: Option<Arc<Cache>>,
}

/// What is believed of one issuer.
#[derive(Clone, Debug)]
struct Trusted {
    issuer: Arc<str>,
    /// Its own place among those that are trusted.
    index: usize,
    /// The pools are counted, because each may have several issuers.
    pool: usize,
    rules: Arc<TokenRules>,
    source: KeySource,
}

impl Verifier {
    /// Verifies tokens of both issuers of the pool, fetching keys over HTTP.
    ///
    /// ```no_run
    /// use cognito_tokens::{Clients, Verifier};
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

    /// Starts a verifier that has these keys and never fetches any.
    pub fn offline(rules: TokenRules, keys: KeySet) -> VerifierBuilder {
        VerifierBuilder::new(rules, KeysFrom::Set(keys), None)
    }

    /// Starts a verifier that gets its keys from `fetcher`.
    pub fn builder(
        pool: &UserPoolId,
        clients: Clients,
        fetcher: Arc<dyn FetchKeys>,
    ) -> VerifierBuilder {
        VerifierBuilder::new(TokenRules::new(pool, clients), KeysFrom::Issuer, Some(fetcher))
    }

    /// A verifier with further rules that shares keys and cache with this one, such as one for each
    /// route of a service.
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
    /// Issuers cannot be added in this way.
    #[must_use]
    pub fn with_rules(&self, change: impl Fn(TokenRules) -> TokenRules) -> Self {
        let changed = |trusted: &Trusted| {
            let rules = Arc::new(change((*trusted.rules).clone()));
            Trusted { rules, ..trusted.clone() }
        };
        Self { trusted: Arc::new(self.trusted.iter().map(changed).collect()), ..self.clone() }
    }

    /// Verifies an access token.
    ///
    /// # Errors
    ///
    /// The first rule of [`VerifyError`] that the token breaks, or
    /// [`VerifyError::KeysUnavailable`], which says nothing of the token.
    pub async fn access_token(&self, token: &str) -> Result<AccessClaims, VerifyError> {
        self.verify(token).await
    }

    /// Verifies an ID token.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub async fn id_token(&self, token: &str) -> Result<IdClaims, VerifyError> {
        self.verify(token).await
    }

    /// Verifies an access token with the keys that are there.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token); [`VerifyError::KeysNotFetched`] when keys would
    /// have to be fetched first.
    pub fn access_token_offline(&self, token: &str) -> Result<AccessClaims, VerifyError> {
        self.verify_offline(token)
    }

    /// Verifies an ID token with the keys that are there.
    ///
    /// # Errors
    ///
    /// As [`access_token_offline`](Self::access_token_offline).
    pub fn id_token_offline(&self, token: &str) -> Result<IdClaims, VerifyError> {
        self.verify_offline(token)
    }

    /// Fetches the keys of every pool now, so that the first token need not wait.
    ///
    /// The key set of the UPDATED issuer is refused by the service for pools that are not switched
    /// to it, so one set that can be had is enough for a pool.
    ///
    /// # Errors
    ///
    /// [`PrefetchError`] names each pool of which no key set could be fetched; the others are
    /// ready.
    pub async fn prefetch(&self) -> Result<(), PrefetchError> {
        let fetches = self.trusted.iter().map(|trusted| async move {
            let result = trusted.source.prefetch().await;
            Outcome { pool: trusted.pool, issuer: Arc::clone(&trusted.issuer), result }
        });
        PrefetchError::unless_each_pool_has_keys(join_all(fetches).await)
    }

    /// The key sets that are kept, one for each address.
    pub fn key_sets(&self) -> Vec<KeySetStatus> {
        let mut all: Vec<_> = self.trusted.iter().map(|trusted| trusted.source.status()).collect();
        all.sort_by(|one, other| one.uri.cmp(&other.uri));
        all.dedup_by(|one, other| one.uri == other.uri);
        all
    }

    /// How the cache of verified tokens does; none without one.
    pub fn cache(&self) -> Option<CacheStatus> {
        self.cache.as_ref().map(|cache| cache.status())
    }

    async fn verify<C: TokenClaims>(&self, token: &str) -> Result<C, VerifyError> {
        let now = Moment::now(&*self.clock);
        if let Some((remembered, trusted)) = self.recall::<C>(token) {
            let wanted = Wanted { kid: &remembered.key.kid, issued_at: None };
            let keys = match trusted.source.ready(wanted.kid, &now) {
                Some(keys) => keys,
                None => trusted.source.keys_for(wanted).await?,
            };
            if keys.holds(&remembered.key) {
                return trusted.accept_again(remembered, &now);
            }
        }
        let (unverified, trusted) = self.read::<C>(token)?;
        let wanted = Wanted { kid: &unverified.jws.header.kid, issued_at: unverified.issued_at() };
        let keys = match trusted.source.ready(wanted.kid, &now) {
            Some(keys) => keys,
            None => {
                trusted.rules.plausible(&unverified, now.wall)?;
                trusted.source.keys_for(wanted).await?
            }
        };
        self.finish(token, unverified, trusted, &keys, &now)
    }

    fn verify_offline<C: TokenClaims>(&self, token: &str) -> Result<C, VerifyError> {
        let now = Moment::now(&*self.clock);
        if let Some((remembered, trusted)) = self.recall::<C>(token) {
            let keys = trusted.source.current(&now).ok_or(VerifyError::KeysNotFetched)?;
            if keys.holds(&remembered.key) {
                return trusted.accept_again(remembered, &now);
            }
        }
        let (unverified, trusted) = self.read::<C>(token)?;
        let keys = trusted.source.current(&now).ok_or(VerifyError::KeysNotFetched)?;
        self.finish(token, unverified, trusted, &keys, &now)
    }

    /// What the cache knows of a token, and who decides on it now.
    fn recall<C: TokenClaims>(&self, token: &str) -> Option<(Remembered<C>, &Trusted)> {
        let cache = self.cache.as_ref().filter(|_| token.len() <= self.longest_token)?;
        let remembered = C::table(cache).get(token)?;
        let trusted = self.trusted.get(remembered.issuer)?;
        trusted.rules.check_length(token).ok()?;
        Some((remembered, trusted))
    }

    fn read<'t, C: TokenClaims>(
        &self,
        token: &'t str,
    ) -> Result<(Unverified<'t, C>, &Trusted), VerifyError> {
        if self.trusted.is_empty() {
            return Err(VerifyError::Misconfigured("issuer"));
        }
        let trusted = |issuer: &str| self.trusted(issuer).ok_or(VerifyError::WrongIssuer);
        let headers = Some(&*self.headers);
        let (unverified, trusted) = Unverified::parse(token, self.longest_token, headers, trusted)?;
        trusted.rules.check_length(token)?;
        Ok((unverified, trusted))
    }

    fn trusted(&self, issuer: &str) -> Option<&Trusted> {
        self.trusted.get(*self.by_issuer.get(issuer)?)
    }

    fn finish<C: TokenClaims>(
        &self,
        token: &str,
        unverified: Unverified<'_, C>,
        trusted: &Trusted,
        keys: &KeySet,
        now: &Moment,
    ) -> Result<C, VerifyError> {
        let key = keys.verify(&unverified.jws)?;
        self.headers.add(&unverified.jws.header);
        let claims = trusted.rules.claims(unverified, Arc::clone(&trusted.issuer))?;
        trusted.rules.accept(&claims, now.wall)?;
        if let Some(cache) = &self.cache {
            let (claims, key) = (C::clone(&claims), Arc::clone(key));
            C::table(cache).put(token, Remembered { claims, key, issuer: trusted.index });
        }
        Ok(claims)
    }
}

impl Trusted {
    /// Decides anew on a token whose signature was right: all rules, with today's time.
    fn accept_again<C: TokenClaims>(
        &self,
        remembered: Remembered<C>,
        now: &Moment,
    ) -> Result<C, VerifyError> {
        self.rules.accept(&remembered.claims, now.wall)?;
        Ok(remembered.claims)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("issuers", &self.by_issuer.keys())
            .field("cache", &self.cache())
            .finish_non_exhaustive()
    }
}
