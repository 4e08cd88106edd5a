//! The steps from a token to its claims, with the same order of checks for every kind of
//! verification.
//!
//! ```text
//! text ──► Unverified ──(key set)──► Signed ──(rules)──► Accepted
//!              ▲                                             │
//!              └──────────────────── cache ◄─────────────────┘
//! ```
//!
//! Each step consumes the previous one. All checks that need no key come before the first step,
//! so that no keys are fetched for a token that would be rejected anyway.

use std::sync::Arc;
use std::time::SystemTime;

use crate::claims::payload::Payload;
use crate::claims::{AccessClaims, IdClaims, ParsedClaims, TokenClaims, Verified};
use crate::error::VerifyError;
use crate::json::{Object, Value};
use crate::jws::{CompactJws, KnownHeaders};
use crate::key_set::{Key, KeySet};
use crate::key_source::KeyRequest;
use crate::rules::TokenRules;

/// The rules for tokens of one issuer.
pub(crate) trait Trust {
    fn rules(&self) -> &TokenRules;

    fn issuer(&self) -> &Arc<str>;
}

/// A token that may be accepted if its signature is valid. Nothing in it is verified yet.
pub(crate) struct Unverified<'t, C: TokenClaims, T> {
    token: &'t str,
    trust: T,
    evidence: Evidence<'t, C>,
}

/// A token whose signature is valid.
pub(crate) struct Signed<C, T> {
    trust: T,
    claims: C,
    /// The key that made the signature; `None` if another party verified it.
    key: Option<Arc<Key>>,
}

/// The claims of a token that all rules accept.
pub(crate) struct Accepted<C> {
    pub(crate) claims: C,
    /// The key of a signature that was verified just now, for the cache.
    pub(crate) key: Option<Arc<Key>>,
}

// It is on the stack during one verification, and an allocation would take longer than moving it.
#[allow(clippy::large_enum_variant)]
enum Evidence<'t, C: TokenClaims> {
    Parsed(Parsed<'t, C>),
    /// Claims from the cache, and the key with which the signature was verified.
    Cached(C, Arc<Key>),
}

struct Parsed<'t, C: TokenClaims> {
    jws: CompactJws<'t>,
    payload_claims: PayloadClaims<C>,
    known: Option<&'t KnownHeaders>,
}

/// The claims of a payload, and its text.
struct PayloadClaims<C: TokenClaims> {
    parsed: C::ParsedClaims,
    payload: String,
}

impl<'t, C: TokenClaims, T: Trust> Unverified<'t, C, T> {
    /// Parses a token whose issuer `find` accepts.
    pub(crate) fn parse(
        token: &'t str,
        limit: usize,
        known: Option<&'t KnownHeaders>,
        now: SystemTime,
        find: impl FnOnce(&str) -> Result<T, VerifyError>,
    ) -> Result<Self, VerifyError> {
        if token.len() > limit {
            return Err(VerifyError::TooLong { limit, found: token.len() });
        }
        let find = |issuer: &str| {
            let trust = find(issuer)?;
            trust.rules().check_length(token).map(|()| trust)
        };
        let (parsed, trust) = Parsed::<C>::parse(token, known, find)?;
        parsed.payload_claims.check_plausible(trust.rules(), now)?;
        Ok(Self { token, trust, evidence: Evidence::Parsed(parsed) })
    }

    /// Continues with a cached token, whose signature was verified with this key.
    pub(crate) fn from_cache(
        token: &'t str,
        claims: C,
        key: Arc<Key>,
        trust: T,
        now: SystemTime,
    ) -> Result<Self, VerifyError> {
        trust.rules().check_length(token)?;
        let verified = claims.verified();
        trust.rules().check_plausible(verified.client.as_str(), verified.common(), now)?;
        Ok(Self { token, trust, evidence: Evidence::Cached(claims, key) })
    }

    pub(crate) fn trust(&self) -> &T {
        &self.trust
    }

    /// Returns the key that the next step needs.
    pub(crate) fn key_request(&self) -> KeyRequest<'_> {
        match &self.evidence {
            Evidence::Cached(_, key) => KeyRequest { kid: &key.kid, issued_at: None },
            Evidence::Parsed(Parsed { jws, payload_claims, .. }) => KeyRequest {
                kid: &jws.header.kid,
                issued_at: payload_claims.parsed.common().issued_at,
            },
        }
    }

    /// Verifies the signature, or for a cached token that its key is still in the set.
    pub(crate) fn signed(self, keys: &KeySet) -> Result<Signed<C, T>, VerifyError> {
        let Self { token, trust, evidence } = self;
        let parsed = match evidence {
            Evidence::Parsed(parsed) => parsed,
            Evidence::Cached(claims, key) if keys.holds(&key) => {
                return Ok(Signed { trust, claims, key: None });
            }
            // The `kid` now names another key.
            Evidence::Cached(..) => Parsed::<C>::parse(token, None, |_| Ok(()))?.0,
        };
        let key = Arc::clone(keys.verify(&parsed.jws)?);
        if let Some(known) = parsed.known {
            known.add(&parsed.jws.header);
        }
        parsed.payload_claims.signed(trust, Some(key))
    }
}

impl<C: TokenClaims, T: Trust> Signed<C, T> {
    /// Continues with the payload of a token whose signature another party has verified.
    #[cfg(feature = "api-gateway")]
    pub(crate) fn elsewhere(
        payload: String,
        now: SystemTime,
        find: impl FnOnce(&str) -> Result<T, VerifyError>,
    ) -> Result<Self, VerifyError> {
        let (payload_claims, trust) = PayloadClaims::<C>::read(payload, find)?;
        payload_claims.check_plausible(trust.rules(), now)?;
        payload_claims.signed(trust, None)
    }

    /// Checks the rules that need verified claims.
    pub(crate) fn accepted(self, now: SystemTime) -> Result<Accepted<C>, VerifyError> {
        let Self { trust, claims, key } = self;
        trust.rules().check_claims(&claims, now)?;
        Ok(Accepted { claims, key })
    }
}

impl<'t, C: TokenClaims> Parsed<'t, C> {
    /// Parses a token, and returns it with the result of `find` for its issuer.
    fn parse<T>(
        token: &'t str,
        known: Option<&'t KnownHeaders>,
        find: impl FnOnce(&str) -> Result<T, VerifyError>,
    ) -> Result<(Self, T), VerifyError> {
        let mut jws = CompactJws::parse(token, known)?;
        jws.check_type()?;
        let text = String::from_utf8(std::mem::take(&mut jws.payload));
        let text = text.map_err(|_| VerifyError::Malformed("payload"))?;
        let (payload_claims, found) = PayloadClaims::read(text, find)?;
        Ok((Self { jws, payload_claims, known }, found))
    }
}

impl<C: TokenClaims> PayloadClaims<C> {
    /// Reads a payload, and returns it with the result of `find` for its issuer.
    fn read<T>(
        text: String,
        find: impl FnOnce(&str) -> Result<T, VerifyError>,
    ) -> Result<(Self, T), VerifyError> {
        let payload = Payload::parse(&text).ok_or(VerifyError::Malformed("payload"))?;
        let found = find(payload.iss.required()?)?;
        check_use::<C>(&payload)?;
        let parsed = C::ParsedClaims::read(&payload, &text)?;
        drop(payload);
        Ok((Self { parsed, payload: text }, found))
    }

    fn check_plausible(&self, rules: &TokenRules, now: SystemTime) -> Result<(), VerifyError> {
        let common = self.parsed.common();
        rules.check_plausible(common.client(&self.payload), common, now)
    }

    fn signed<T: Trust>(
        self,
        trust: T,
        key: Option<Arc<Key>>,
    ) -> Result<Signed<C, T>, VerifyError> {
        let Self { parsed, payload } = self;
        let client = trust.rules().client(parsed.common().client(&payload))?;
        let issuer = Arc::clone(trust.issuer());
        let claims = C::new(Verified { parsed, issuer, client, payload });
        Ok(Signed { trust, claims, key })
    }
}

fn check_use<C: TokenClaims>(payload: &Payload<'_>) -> Result<(), VerifyError> {
    let token_use = payload.token_use.value.as_ref().and_then(Value::as_text);
    if token_use == Some(C::TOKEN_USE) {
        return Ok(());
    }
    payload.token_use.required()?;
    let known = [AccessClaims::TOKEN_USE, IdClaims::TOKEN_USE];
    let found = known.into_iter().find(|known| token_use == Some(*known)).unwrap_or("another");
    Err(VerifyError::WrongTokenUse { expected: C::TOKEN_USE, found })
}
