//! The pure core of verification: a token, a key set and the time in, claims or a reason out.

use std::time::{Duration, SystemTime};

use crate::claims::{self, AccessClaims, ClaimsText, IdClaims, TokenClaims};
use crate::client_id::ClientId;
use crate::error::VerifyError;
use crate::json::Object;
use crate::jws::CompactJws;
use crate::key_set::KeySet;
use crate::pool_id::UserPoolId;

/// How far clocks may differ by default.
pub const DEFAULT_LEEWAY: Duration = Duration::from_secs(60);

/// The longest token by default, in bytes; Cognito's are a tenth of it.
pub const DEFAULT_MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Whose tokens are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clients {
    /// Only those of these app clients.
    Only(Vec<ClientId>),
    /// Those of every app client of the pool.
    ///
    /// # Security
    ///
    /// Anybody's client of the same pool then does, a test client or a partner's included.
    Any,
}

impl Clients {
    /// Only tokens that were issued to this app client.
    pub fn only(client: impl Into<ClientId>) -> Self {
        Self::Only(vec![client.into()])
    }

    /// Tokens that were issued to one of these app clients.
    pub fn any_of<C: Into<ClientId>>(clients: impl IntoIterator<Item = C>) -> Self {
        Self::Only(clients.into_iter().map(Into::into).collect())
    }

    fn accept(&self, client: &ClientId) -> bool {
        match self {
            Self::Only(clients) => clients.contains(client),
            Self::Any => true,
        }
    }
}

/// What a token must be to be accepted.
///
/// ```
/// use std::time::SystemTime;
/// use cognito_tokens::{Clients, KeySet, TokenRules, VerifyError};
///
/// let rules = TokenRules::new(&"eu-west-1_Ab12Cd34E".parse()?, Clients::only("my-client"));
/// let refused = rules.access_token("e30.e30.", &KeySet::default(), SystemTime::now());
/// assert!(matches!(refused, Err(VerifyError::UnsupportedHeader("alg"))));
/// # Ok::<(), cognito_tokens::InvalidUserPoolId>(())
/// ```
#[derive(Clone, Debug)]
pub struct TokenRules {
    issuers: Vec<String>,
    clients: Clients,
    leeway: Duration,
    max_token_bytes: usize,
}

impl TokenRules {
    /// Accepts both forms of the pool's issuer.
    pub fn new(pool: &UserPoolId, clients: Clients) -> Self {
        Self {
            issuers: vec![pool.issuer(), pool.updated_issuer()],
            clients,
            leeway: DEFAULT_LEEWAY,
            max_token_bytes: DEFAULT_MAX_TOKEN_BYTES,
        }
    }

    /// Accepts these issuers and no others, for pools behind an endpoint of their own.
    ///
    /// They are compared byte by byte.
    pub fn issuers(self, issuers: impl IntoIterator<Item = String>) -> Self {
        Self { issuers: issuers.into_iter().collect(), ..self }
    }

    /// How far the clocks of issuer and verifier may differ; [`DEFAULT_LEEWAY`] unless set.
    pub fn leeway(self, leeway: Duration) -> Self {
        Self { leeway, ..self }
    }

    /// The longest token that is read; [`DEFAULT_MAX_TOKEN_BYTES`] unless set.
    pub fn max_token_bytes(self, bytes: usize) -> Self {
        Self { max_token_bytes: bytes, ..self }
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
        let jws = self.parse(token)?;
        let claims = jws.claims()?;
        self.issuer(&claims)?;
        keys.verify(&jws)?;
        self.accept(&claims, now)
    }

    /// Reads the outer form of a token, nothing of which can be trusted yet.
    pub(crate) fn parse<'a>(&self, token: &'a str) -> Result<CompactJws<'a>, VerifyError> {
        if token.len() > self.max_token_bytes {
            return Err(VerifyError::TooLong { limit: self.max_token_bytes });
        }
        let jws = CompactJws::parse(token)?;
        let known = |typ: &str| TYPES.iter().any(|known| known.eq_ignore_ascii_case(typ));
        if !jws.typ.as_deref().is_none_or(known) {
            return Err(VerifyError::UnsupportedHeader("typ"));
        }
        Ok(jws)
    }

    /// The token's issuer, if it is an accepted one.
    pub(crate) fn issuer<'a>(&self, claims: &'a ClaimsText<'_>) -> Result<&'a str, VerifyError> {
        let issuer = claims::required_text(&claims.object, "iss")?;
        let accepted = self.issuers.iter().any(|accepted| accepted == issuer);
        accepted.then_some(issuer).ok_or(VerifyError::WrongIssuer)
    }

    /// Checks the claims of a token whose issuer and signature are right.
    pub(crate) fn accept<C: TokenClaims>(
        &self,
        claims: &ClaimsText<'_>,
        now: SystemTime,
    ) -> Result<C, VerifyError> {
        if claims::required_text(&claims.object, "token_use")? != C::TOKEN_USE {
            return Err(VerifyError::WrongTokenUse { expected: C::TOKEN_USE });
        }
        let read = C::read(&claims.object, claims.text)?;
        if !self.clients.accept(read.client()) {
            return Err(VerifyError::WrongClient);
        }
        self.check_times(&claims.object, now)?;
        Ok(read)
    }

    fn check_times(&self, claims: &Object<'_>, now: SystemTime) -> Result<(), VerifyError> {
        let exp = claims::time(claims, "exp")?.ok_or(VerifyError::MissingClaim("exp"))?;
        // Saturating: an end or a start beyond what the clock can tell is far away.
        if exp.checked_add(self.leeway).is_some_and(|end| end <= now) {
            return Err(VerifyError::Expired);
        }
        for name in ["nbf", "iat"] {
            let start = claims::time(claims, name)?;
            let latest = now.checked_add(self.leeway);
            if start.is_some_and(|start| latest.is_some_and(|latest| start > latest)) {
                return Err(VerifyError::NotYetValid);
            }
        }
        Ok(())
    }
}

/// The values of `typ` that tokens of this kind have: none, or one of these.
const TYPES: [&str; 3] = ["JWT", "at+jwt", "application/at+jwt"];
