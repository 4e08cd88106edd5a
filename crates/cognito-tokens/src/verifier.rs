//! The verifier that fetches the pool's keys by itself.

use std::sync::Arc;

use crate::claims::{AccessClaims, IdClaims, TokenClaims};
use crate::clock::{Clock, SystemClock};
use crate::error::VerifyError;
use crate::fetch::FetchKeys;
use crate::key_source::KeySource;
use crate::pool_id::UserPoolId;
use crate::rules::{Clients, TokenRules};

/// Verifies tokens of one user pool against the key sets that the pool publishes.
///
/// Keys are fetched when the first token asks for them and shared by all clones.
#[derive(Clone, Debug)]
pub struct Verifier {
    rules: TokenRules,
    /// One for each issuer, or one for all of them.
    sources: Vec<(Option<String>, KeySource)>,
    clock: Arc<dyn Clock>,
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

    /// Starts a verifier that gets its keys from `fetcher`.
    pub fn builder(
        pool: &UserPoolId,
        clients: Clients,
        fetcher: Arc<dyn FetchKeys>,
    ) -> VerifierBuilder {
        VerifierBuilder {
            issuers: vec![pool.issuer(), pool.updated_issuer()],
            jwks_uri: None,
            rules: TokenRules::new(pool, clients),
            fetcher,
            clock: Arc::new(SystemClock),
        }
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

    /// Fetches the keys of every issuer now, so that the first token need not wait.
    ///
    /// The key set of the UPDATED issuer is refused by the service for pools that are not switched
    /// to it, so one set that can be had is enough.
    ///
    /// # Errors
    ///
    /// [`VerifyError::KeysUnavailable`] when no key set could be fetched.
    pub async fn prefetch(&self) -> Result<(), VerifyError> {
        let mut result = Ok(());
        for (_, source) in &self.sources {
            match source.prefetch().await {
                Ok(()) => return Ok(()),
                failed => result = failed,
            }
        }
        result
    }

    /// Verifies an access token with the keys that are there.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token); [`VerifyError::UnknownKey`] also when keys would
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

    async fn verify<C: TokenClaims>(&self, token: &str) -> Result<C, VerifyError> {
        let jws = self.rules.parse(token)?;
        let claims = jws.claims()?;
        let source = self.source(self.rules.issuer(&claims)?)?;
        source.keys_for(&jws.kid).await?.verify(&jws)?;
        self.rules.accept(&claims, self.clock.now())
    }

    fn verify_offline<C: TokenClaims>(&self, token: &str) -> Result<C, VerifyError> {
        let jws = self.rules.parse(token)?;
        let claims = jws.claims()?;
        let source = self.source(self.rules.issuer(&claims)?)?;
        source.current().ok_or(VerifyError::UnknownKey)?.verify(&jws)?;
        self.rules.accept(&claims, self.clock.now())
    }

    fn source(&self, issuer: &str) -> Result<&KeySource, VerifyError> {
        let serves = |of: &Option<String>| of.as_deref().is_none_or(|of| of == issuer);
        let found = self.sources.iter().find(|(of, _)| serves(of));
        found.map(|(_, source)| source).ok_or(VerifyError::WrongIssuer)
    }
}

/// Settings of a [`Verifier`]; each has a default that fits a pool of AWS.
#[derive(Clone, Debug)]
#[must_use]
pub struct VerifierBuilder {
    issuers: Vec<String>,
    jwks_uri: Option<String>,
    rules: TokenRules,
    fetcher: Arc<dyn FetchKeys>,
    clock: Arc<dyn Clock>,
}

impl VerifierBuilder {
    /// Accepts these issuers instead of the pool's own two.
    pub fn issuers(self, issuers: impl IntoIterator<Item = String>) -> Self {
        Self { issuers: issuers.into_iter().collect(), ..self }
    }

    /// Fetches one key set for all issuers from this address, instead of from
    /// `<issuer>/.well-known/jwks.json`.
    pub fn jwks_uri(self, uri: impl Into<String>) -> Self {
        Self { jwks_uri: Some(uri.into()), ..self }
    }

    /// Tells the time by this clock.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// How far clocks may differ; [`DEFAULT_LEEWAY`](crate::DEFAULT_LEEWAY) unless set.
    pub fn leeway(self, leeway: std::time::Duration) -> Self {
        Self { rules: self.rules.leeway(leeway), ..self }
    }

    /// Makes the verifier; no I/O happens yet.
    pub fn build(self) -> Verifier {
        let Self { issuers, jwks_uri, rules, fetcher, clock } = self;
        let source = |uri: String| KeySource::new(uri, Arc::clone(&fetcher), Arc::clone(&clock));
        let sources = match jwks_uri {
            Some(uri) => vec![(None, source(uri))],
            None => {
                let of_issuer = |issuer: &String| {
                    (Some(issuer.clone()), source(format!("{issuer}/.well-known/jwks.json")))
                };
                issuers.iter().map(of_issuer).collect()
            }
        };
        Verifier { rules: rules.issuers(issuers), sources, clock }
    }
}
