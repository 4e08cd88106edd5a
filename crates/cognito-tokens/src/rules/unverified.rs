//! A token that was read and not verified.

use std::time::SystemTime;

use crate::claims::payload::Payload;
use crate::claims::{AccessClaims, Common, IdClaims, Said, TokenClaims};
use crate::error::VerifyError;
use crate::json::{Object, Value};
use crate::jws::{CompactJws, KnownHeaders};

/// A token of which nothing can be trusted yet.
pub(crate) struct Unverified<'a, C: TokenClaims> {
    pub(crate) jws: CompactJws<'a>,
    pub(super) said: C::Said,
    pub(super) payload: String,
}

impl<'a, C: TokenClaims> Unverified<'a, C> {
    /// Parses a token, and returns it with the result of `find` for its issuer.
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
        self.common().issued_at
    }

    pub(super) fn common(&self) -> &Common {
        self.said.common()
    }

    pub(super) fn client(&self) -> &str {
        self.common().client(&self.payload)
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
