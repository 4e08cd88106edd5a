//! Verification without I/O: from a token, a key set and the time to claims or an error.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cognito_types::{Region, UserPoolId};

use crate::claims::{AccessClaims, IdClaims, TokenClaims};
use crate::error::VerifyError;
use crate::key_set::KeySet;
#[cfg(feature = "api-gateway")]
use crate::pipeline::Signed;
use crate::pipeline::{Trust, Unverified};
use crate::plain_http::spellings;
use crate::policy::{Callers, Check, Checks, Clients, Required, RevocationList};

mod checks;
#[cfg(test)]
mod tests;

/// The default tolerance for clocks that differ.
pub const DEFAULT_LEEWAY: Duration = Duration::from_secs(60);

/// The default limit for the length of a token, in bytes.
///
/// It is the limit of the service's API (TokenModelType, 131,072 characters). The service's quotas
/// allow long tokens: 100 groups of 128 characters make an access token of 18 KiB, and attributes
/// of 2,048 characters each make a longer ID token. Web servers have their own limits for headers.
pub const DEFAULT_MAX_TOKEN_BYTES: usize = 128 * 1024;

/// The requirements for tokens of one user pool.
///
/// ```
/// # mod cognito { pub use cognito_tokens as verify; }
/// use std::time::SystemTime;
/// use cognito::verify::{Clients, KeySet, Required, TokenRules, VerifyError};
///
/// let rules = TokenRules::new(&"eu-west-1_Ab12Cd34E".parse()?, Clients::only("my-client"))
///     .scopes(Required::any_of(["orders/read", "orders/write"]));
/// let refused = rules.access_token("e30.e30.", &KeySet::default(), SystemTime::now());
/// assert!(matches!(refused, Err(VerifyError::UnsupportedHeader("alg"))));
/// # Ok::<(), cognito_tokens::InvalidUserPoolId>(())
/// ```
///
/// Requirements accumulate: a second one does not replace the first.
#[derive(Clone, Debug)]
pub struct TokenRules {
    pool: UserPoolId,
    issuers: Vec<Arc<str>>,
    clients: Clients,
    leeway: Duration,
    max_token_bytes: usize,
    max_age: Option<Duration>,
    scopes: Vec<Required>,
    groups: Vec<Required>,
    audience: Vec<Required>,
    any_audience: bool,
    callers: Vec<Callers>,
    delegated: bool,
    revocation: Vec<Arc<dyn RevocationList>>,
    checks: Checks,
}

impl TokenRules {
    /// Creates rules that accept both forms of the pool's issuer, but neither delegated tokens nor
    /// tokens that are bound to a resource.
    pub fn new(pool: &UserPoolId, clients: Clients) -> Self {
        Self {
            pool: pool.clone(),
            issuers: vec![pool.issuer().into(), pool.updated_issuer().into()],
            clients,
            leeway: DEFAULT_LEEWAY,
            max_token_bytes: DEFAULT_MAX_TOKEN_BYTES,
            max_age: None,
            scopes: Vec::new(),
            groups: Vec::new(),
            audience: Vec::new(),
            any_audience: false,
            callers: Vec::new(),
            delegated: false,
            revocation: Vec::new(),
            checks: Checks::default(),
        }
    }

    /// Replaces the accepted issuers, for pools behind a custom endpoint.
    ///
    /// Issuers are compared byte by byte.
    pub fn issuers(self, issuers: impl IntoIterator<Item = String>) -> Self {
        Self { issuers: issuers.into_iter().map(Into::into).collect(), ..self }
    }

    /// Returns the issuer of the pool for another endpoint of the service.
    pub(crate) fn issuer_at(&self, endpoint: &str) -> String {
        format!("{}/{}", endpoint.trim_end_matches('/'), self.pool)
    }

    /// Also accepts the issuer of another endpoint of the service, in each of its spellings.
    pub(crate) fn or_endpoint(mut self, endpoint: &str) -> Self {
        let issuers = spellings(endpoint).into_iter().map(|spelling| self.issuer_at(&spelling));
        let issuers: Vec<_> = issuers.map(Into::into).collect();
        self.issuers.extend(issuers);
        self
    }

    /// Also accepts tokens that replicas of the pool in these Regions issue.
    ///
    /// Only pools with the ORIGINAL issuer type need this: the UPDATED issuer names the pool's own
    /// Region in all Regions.
    pub fn replica_regions(mut self, regions: impl IntoIterator<Item = Region>) -> Self {
        let issuers = regions.into_iter().map(|region| self.pool.replica_issuer(&region).into());
        self.issuers.extend(issuers);
        self
    }

    /// Sets the tolerance for clocks that differ; [`DEFAULT_LEEWAY`] by default.
    pub fn leeway(self, leeway: Duration) -> Self {
        Self { leeway, ..self }
    }

    /// Sets the longest token that is parsed; [`DEFAULT_MAX_TOKEN_BYTES`] by default.
    pub fn max_token_bytes(self, bytes: usize) -> Self {
        Self { max_token_bytes: bytes, ..self }
    }

    /// Requires scopes. ID tokens have no scopes and are then refused.
    pub fn scopes(mut self, required: Required) -> Self {
        self.scopes.push(required);
        self
    }

    /// Requires that the user is in groups.
    pub fn groups(mut self, required: Required) -> Self {
        self.groups.push(required);
        self
    }

    /// Requires an audience: the resource that an access token is bound to (`aud`, RFC 8707), or
    /// the app client of an ID token.
    pub fn audience(mut self, required: Required) -> Self {
        self.audience.push(required);
        self
    }

    /// Accepts access tokens that are bound to any resource (`aud`).
    ///
    /// Without this and without [`audience`](Self::audience), such a token is refused because a
    /// service that `aud` does not name must reject it (RFC 7519, 4.1.3; other verifiers accept
    /// it). A token whose `aud` is its own app client is accepted if the client is named.
    ///
    /// # Security
    ///
    /// Tokens for other services of the pool are accepted too.
    pub fn allow_any_audience(self) -> Self {
        Self { any_audience: true, ..self }
    }

    /// Limits the time since the sign-in (`auth_time`), regardless of the age of the token.
    pub fn max_age(self, age: Duration) -> Self {
        Self { max_age: Some(self.max_age.map_or(age, |set| set.min(age))), ..self }
    }

    /// Limits access tokens to those of users or of programs; both are accepted by default.
    pub fn callers(mut self, callers: Callers) -> Self {
        self.callers.push(callers);
        self
    }

    /// Accepts tokens of an actor on behalf of the user (`act`, RFC 8693).
    ///
    /// # Security
    ///
    /// The subject of such a token is not the caller: check the [`actors`](AccessClaims::actors).
    pub fn allow_delegated(self) -> Self {
        Self { delegated: true, ..self }
    }

    /// Refuses tokens on this list, which is consulted for every token that is otherwise valid.
    pub fn revocation(mut self, list: Arc<dyn RevocationList>) -> Self {
        self.revocation.push(list);
        self
    }

    /// Adds a check for access tokens. Its errors contain the name.
    pub fn check_access(
        mut self,
        name: &'static str,
        passes: impl Fn(&AccessClaims) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.checks.access.push(Check { name, passes: Arc::new(passes) });
        self
    }

    /// Adds a check for ID tokens. Its errors contain the name.
    pub fn check_id(
        mut self,
        name: &'static str,
        passes: impl Fn(&IdClaims) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.checks.id.push(Check { name, passes: Arc::new(passes) });
        self
    }

    /// Verifies an access token.
    ///
    /// # Errors
    ///
    /// The first rule of [`VerifyError`] that the token breaks.
    pub fn access_token(
        &self,
        token: &str,
        keys: &KeySet,
        now: SystemTime,
    ) -> Result<AccessClaims, VerifyError> {
        self.verify(token, keys, now)
    }

    /// Verifies an ID token.
    ///
    /// # Errors
    ///
    /// The first rule of [`VerifyError`] that the token breaks.
    pub fn id_token(
        &self,
        token: &str,
        keys: &KeySet,
        now: SystemTime,
    ) -> Result<IdClaims, VerifyError> {
        self.verify(token, keys, now)
    }

    fn verify<C: TokenClaims>(
        &self,
        token: &str,
        keys: &KeySet,
        now: SystemTime,
    ) -> Result<C, VerifyError> {
        let find = |issuer: &str| Ok(Named { rules: self, issuer: self.issuer(issuer)? });
        let unverified = Unverified::parse(token, self.max_token_bytes, None, now, find)?;
        Ok(unverified.signed(keys)?.accepted(now)?.claims)
    }

    /// Checks the payload of a token whose signature another party has verified.
    #[cfg(feature = "api-gateway")]
    pub(crate) fn check_payload<C: TokenClaims>(
        &self,
        payload: String,
        now: SystemTime,
    ) -> Result<C, VerifyError> {
        let find = |issuer: &str| Ok(Named { rules: self, issuer: self.issuer(issuer)? });
        Ok(Signed::<C, _>::elsewhere(payload, now, find)?.accepted(now)?.claims)
    }

    pub(crate) fn accepted_issuers(&self) -> &[Arc<str>] {
        &self.issuers
    }

    /// Returns whether tokens of that issuer are accepted.
    pub(crate) fn names(&self, issuer: &str) -> bool {
        self.issuers.iter().any(|accepted| &**accepted == issuer)
    }

    pub(crate) fn longest_token(&self) -> usize {
        self.max_token_bytes
    }
}

/// Rules, and the accepted issuer of a token.
struct Named<'r> {
    rules: &'r TokenRules,
    issuer: Arc<str>,
}

impl Trust for Named<'_> {
    fn rules(&self) -> &TokenRules {
        self.rules
    }

    fn issuer(&self) -> &Arc<str> {
        &self.issuer
    }
}
