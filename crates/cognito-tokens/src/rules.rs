//! The pure core of verification: a token, a key set and the time in, claims or a reason out.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::claims::payload::Payload;
use crate::claims::{AccessClaims, Common, IdClaims, Said, TokenClaims, Verified};
use crate::client_id::ClientId;
use crate::error::VerifyError;
use crate::json::{Object, Value};
use crate::jws::{CompactJws, KnownHeaders};
use crate::key_set::KeySet;
use crate::policy::{Callers, Check, Checks, Clients, Required, RevocationList};
use crate::pool_id::{Region, UserPoolId};

#[cfg(test)]
mod tests;

/// How far clocks may differ by default.
pub const DEFAULT_LEEWAY: Duration = Duration::from_secs(60);

/// The longest token by default, in bytes; Cognito's are a tenth of it.
pub const DEFAULT_MAX_TOKEN_BYTES: usize = 16 * 1024;

/// What a token of one user pool must be to be accepted.
///
/// ```
/// use std::time::SystemTime;
/// use cognito_tokens::{Clients, KeySet, Required, TokenRules, VerifyError};
///
/// let rules = TokenRules::new(&"eu-west-1_Ab12Cd34E".parse()?, Clients::only("my-client"))
///     .scopes(Required::any_of(["orders/read", "orders/write"]));
/// let refused = rules.access_token("e30.e30.", &KeySet::default(), SystemTime::now());
/// assert!(matches!(refused, Err(VerifyError::UnsupportedHeader("alg"))));
/// # Ok::<(), cognito_tokens::InvalidUserPoolId>(())
/// ```
///
/// Rules that ask for something add up: what is asked for twice must be met twice.
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
    callers: Callers,
    delegated: bool,
    revocation: Option<Arc<dyn RevocationList>>,
    checks: Checks,
}

impl TokenRules {
    /// Accepts both forms of the pool's issuer, and tokens that nobody was delegated.
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
            callers: Callers::Any,
            delegated: false,
            revocation: None,
            checks: Checks::default(),
        }
    }

    /// Accepts these issuers and no others, for pools behind an endpoint of their own.
    ///
    /// They are compared byte by byte.
    pub fn issuers(self, issuers: impl IntoIterator<Item = String>) -> Self {
        Self { issuers: issuers.into_iter().map(Into::into).collect(), ..self }
    }

    /// Accepts also the tokens that replicas of the pool issue in these Regions.
    ///
    /// Only pools of the ORIGINAL issuer type need it: the UPDATED issuer names the pool's own
    /// Region everywhere.
    pub fn replica_regions(mut self, regions: impl IntoIterator<Item = Region>) -> Self {
        let issuers = regions.into_iter().map(|region| self.pool.replica_issuer(&region).into());
        self.issuers.extend(issuers);
        self
    }

    /// How far the clocks of issuer and verifier may differ; [`DEFAULT_LEEWAY`] unless set.
    pub fn leeway(self, leeway: Duration) -> Self {
        Self { leeway, ..self }
    }

    /// The longest token that is read; [`DEFAULT_MAX_TOKEN_BYTES`] unless set.
    pub fn max_token_bytes(self, bytes: usize) -> Self {
        Self { max_token_bytes: bytes, ..self }
    }

    /// Asks for scopes. ID tokens have none and are then refused.
    pub fn scopes(mut self, required: Required) -> Self {
        self.scopes.push(required);
        self
    }

    /// Asks for groups of the user.
    pub fn groups(mut self, required: Required) -> Self {
        self.groups.push(required);
        self
    }

    /// Asks for an audience: the resource that an access token is bound to (`aud`, RFC 8707), or
    /// the app client of an ID token.
    pub fn audience(mut self, required: Required) -> Self {
        self.audience.push(required);
        self
    }

    /// Asks for a sign-in that is no older (`auth_time`), however young the token is.
    pub fn max_age(self, age: Duration) -> Self {
        Self { max_age: Some(self.max_age.map_or(age, |set| set.min(age))), ..self }
    }

    /// Who may hold an access token; anybody unless set.
    pub fn callers(self, callers: Callers) -> Self {
        Self { callers, ..self }
    }

    /// Accepts tokens with which somebody acts for the user (`act`, RFC 8693).
    ///
    /// # Security
    ///
    /// Look at the [`actors`](AccessClaims::actors) then: the subject is not who calls.
    pub fn allow_delegated(self) -> Self {
        Self { delegated: true, ..self }
    }

    /// Asks this list about every token that is valid otherwise.
    pub fn revocation(self, list: Arc<dyn RevocationList>) -> Self {
        Self { revocation: Some(list), ..self }
    }

    /// Adds a check of access tokens, with the name that its refusals carry.
    pub fn check_access(
        mut self,
        name: &'static str,
        passes: impl Fn(&AccessClaims) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.checks.access.push(Check { name, passes: Arc::new(passes) });
        self
    }

    /// Adds a check of ID tokens, with the name that its refusals carry.
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
        let limit = self.max_token_bytes;
        let (unverified, issuer) =
            Unverified::<C>::parse(token, limit, None, |issuer| self.issuer(issuer))?;
        keys.verify(&unverified.jws)?;
        let claims = self.claims(unverified, issuer)?;
        self.accept(&claims, now)?;
        Ok(claims)
    }

    pub(crate) fn accepted_issuers(&self) -> &[Arc<str>] {
        &self.issuers
    }

    pub(crate) fn longest_token(&self) -> usize {
        self.max_token_bytes
    }

    /// The limit of this pool, which may be lower than that of others.
    pub(crate) fn check_length(&self, token: &str) -> Result<(), VerifyError> {
        let limit = self.max_token_bytes;
        if token.len() > limit {
            return Err(VerifyError::TooLong { limit, found: token.len() });
        }
        Ok(())
    }

    fn issuer(&self, issuer: &str) -> Result<Arc<str>, VerifyError> {
        if self.issuers.is_empty() {
            return Err(VerifyError::Misconfigured("issuer"));
        }
        let accepted = self.issuers.iter().find(|accepted| &***accepted == issuer);
        accepted.cloned().ok_or(VerifyError::WrongIssuer)
    }

    /// Whether a token could be accepted if its signature were right, so that keys are fetched for
    /// no other.
    pub(crate) fn plausible<C: TokenClaims>(
        &self,
        unverified: &Unverified<'_, C>,
        now: SystemTime,
    ) -> Result<(), VerifyError> {
        self.client(unverified.client())?;
        self.check_times(unverified.said.common(), now)
    }

    /// The claims of a token whose issuer and signature are right.
    pub(crate) fn claims<C: TokenClaims>(
        &self,
        unverified: Unverified<'_, C>,
        issuer: Arc<str>,
    ) -> Result<C, VerifyError> {
        let client = self.client(unverified.client())?;
        let Unverified { said, payload, .. } = unverified;
        Ok(C::new(Verified { said, issuer, client, payload }))
    }

    fn client(&self, client: &str) -> Result<ClientId, VerifyError> {
        match &self.clients {
            Clients::Only(clients) if clients.is_empty() => {
                Err(VerifyError::Misconfigured("client"))
            }
            clients => clients.find(client).ok_or(VerifyError::WrongClient),
        }
    }

    /// Checks the claims of a verified token, also of one that was verified earlier.
    pub(crate) fn accept<C: TokenClaims>(
        &self,
        claims: &C,
        now: SystemTime,
    ) -> Result<(), VerifyError> {
        let verified = claims.verified();
        if !self.clients.accept(&verified.client) {
            return Err(VerifyError::WrongClient);
        }
        self.check_times(verified.common(), now)?;
        self.check_sign_in(verified.common(), now)?;
        if self.revocation.as_ref().is_some_and(|list| list.is_revoked(&verified.ids())) {
            return Err(VerifyError::Revoked);
        }
        self.check_rights(claims)?;
        let failed = C::checks(&self.checks).iter().find(|check| !(check.passes)(claims));
        failed.map_or(Ok(()), |check| Err(VerifyError::CheckFailed(check.name)))
    }

    fn check_times(&self, said: &Common, now: SystemTime) -> Result<(), VerifyError> {
        // Saturating: an end or a start beyond what the clock can tell is far away.
        if said.expires_at.checked_add(self.leeway).is_some_and(|end| end <= now) {
            return Err(VerifyError::Expired { expired_at: said.expires_at, now });
        }
        let latest = now.checked_add(self.leeway);
        for valid_from in [said.not_before, said.issued_at].into_iter().flatten() {
            if latest.is_some_and(|latest| valid_from > latest) {
                return Err(VerifyError::NotYetValid { valid_from, now });
            }
        }
        Ok(())
    }

    fn check_sign_in(&self, said: &Common, now: SystemTime) -> Result<(), VerifyError> {
        let Some(max_age) = self.max_age else {
            return Ok(());
        };
        let signed_in_at = said.auth_time.ok_or(VerifyError::MissingClaim("auth_time"))?;
        let age = now.duration_since(signed_in_at).unwrap_or_default();
        if age > max_age.saturating_add(self.leeway) {
            return Err(VerifyError::SignInTooOld { max_age, signed_in_at });
        }
        Ok(())
    }

    fn check_rights<C: TokenClaims>(&self, claims: &C) -> Result<(), VerifyError> {
        let said = claims.verified().common();
        let unmet = |rules: &[Required], has: &dyn Fn(&str) -> bool| {
            rules.iter().find(|required| !required.is_met(has)).cloned()
        };
        if let Some(expected) = unmet(&self.audience, &|name| claims.is_for(name)) {
            return Err(VerifyError::WrongAudience { expected });
        }
        if !self.delegated && !said.actors.is_empty() {
            return Err(VerifyError::Delegated);
        }
        if !self.callers.accept(claims.is_machine()) {
            return Err(VerifyError::WrongCaller { expected: self.callers });
        }
        if let Some(expected) = unmet(&self.scopes, &|name| claims.grants(name)) {
            return Err(VerifyError::MissingScope { expected });
        }
        let in_group = |name: &str| said.groups.iter().any(|group| group == name);
        match unmet(&self.groups, &in_group) {
            Some(expected) => Err(VerifyError::MissingGroup { expected }),
            None => Ok(()),
        }
    }
}

/// A token that is read, and of which nothing can be trusted yet.
pub(crate) struct Unverified<'a, C: TokenClaims> {
    pub(crate) jws: CompactJws<'a>,
    said: C::Said,
    payload: String,
}

impl<'a, C: TokenClaims> Unverified<'a, C> {
    /// Reads a token, and what `find` knows of its issuer.
    pub(crate) fn parse<T>(
        token: &'a str,
        limit: usize,
        headers: Option<&KnownHeaders>,
        find: impl FnOnce(&str) -> Result<T, VerifyError>,
    ) -> Result<(Self, T), VerifyError> {
        if token.len() > limit {
            return Err(VerifyError::TooLong { limit, found: token.len() });
        }
        let mut jws = CompactJws::parse(token, headers)?;
        jws.check_type()?;
        let malformed = VerifyError::Malformed("payload");
        let Ok(text) = String::from_utf8(std::mem::take(&mut jws.payload)) else {
            return Err(malformed);
        };
        let payload = Payload::parse(&text).ok_or(malformed)?;
        let found = find(payload.iss.required()?)?;
        check_use::<C>(&payload)?;
        let said = C::Said::read(&payload, &text)?;
        Ok((Self { jws, said, payload: text }, found))
    }

    pub(crate) fn issued_at(&self) -> Option<SystemTime> {
        self.said.common().issued_at
    }

    fn client(&self) -> &str {
        self.said.common().client(&self.payload)
    }
}

fn check_use<C: TokenClaims>(payload: &Payload<'_>) -> Result<(), VerifyError> {
    let stated = payload.token_use.value.as_ref().and_then(Value::as_text);
    if stated == Some(C::TOKEN_USE) {
        return Ok(());
    }
    payload.token_use.required()?;
    let known = [AccessClaims::TOKEN_USE, IdClaims::TOKEN_USE];
    let found = known.into_iter().find(|known| stated == Some(*known)).unwrap_or("another");
    Err(VerifyError::WrongTokenUse { expected: C::TOKEN_USE, found })
}
