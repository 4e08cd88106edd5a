//! Strict parsing of compact JWS (RFC 7515): three parts, RS256, and no header member that changes
//! the format.

use std::sync::{Arc, PoisonError, RwLock};

use crate::base64url;
use crate::error::VerifyError;
use crate::json::{Object, object};

/// A compact JWS whose signature has not been verified.
pub(crate) struct CompactJws<'a> {
    pub(crate) header: Arc<PlainHeader>,
    pub(crate) payload: Vec<u8>,
    pub(crate) signing_input: &'a str,
    pub(crate) signature: Vec<u8>,
}

/// A header that requires only a plain RS256 signature.
pub(crate) struct PlainHeader {
    /// The header as it is encoded in the token.
    spelling: Box<str>,
    pub(crate) kid: Box<str>,
    /// True if the media type is absent or that of a token.
    is_of_token: bool,
}

/// Headers of verified tokens. All tokens of one key have the same header, so it is parsed only
/// once.
#[derive(Default)]
pub(crate) struct KnownHeaders(RwLock<Vec<Arc<PlainHeader>>>);

/// The largest number of known headers, more than the number of keys that a pool has at a time.
const MAX_KNOWN_HEADERS: usize = 16;

object! {
    Header {
        alg "alg",
        kid "kid",
        typ "typ",
        crit "crit",
        b64 "b64",
        enc "enc",
        zip "zip",
        cty "cty",
    }
}

/// The accepted values of `typ`, which may also be absent.
const TYPES: [&str; 3] = ["JWT", "at+jwt", "application/at+jwt"];

impl<'a> CompactJws<'a> {
    pub(crate) fn parse(token: &'a str, known: Option<&KnownHeaders>) -> Result<Self, VerifyError> {
        let (signing_input, signature) =
            token.rsplit_once('.').ok_or(VerifyError::Malformed("structure"))?;
        let (header, payload) =
            signing_input.split_once('.').ok_or(VerifyError::Malformed("structure"))?;
        let header = match known.and_then(|known| known.find(header)) {
            Some(header) => header,
            None => Arc::new(PlainHeader::parse(header)?),
        };
        Ok(Self {
            header,
            // Base64 contains no dot, so more than three parts are refused here.
            payload: base64url::decode(payload).ok_or(VerifyError::Malformed("payload"))?,
            signature: base64url::decode(signature).ok_or(VerifyError::Malformed("signature"))?,
            signing_input,
        })
    }

    /// Rejects headers whose type is not that of a token.
    pub(crate) fn check_type(&self) -> Result<(), VerifyError> {
        self.header.is_of_token.then_some(()).ok_or(VerifyError::UnsupportedHeader("typ"))
    }
}

impl KnownHeaders {
    fn find(&self, spelling: &str) -> Option<Arc<PlainHeader>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|header| &*header.spelling == spelling).cloned()
    }

    /// Remembers the header of a token whose signature is valid.
    pub(crate) fn add(&self, header: &Arc<PlainHeader>) {
        // A header that was found here is already in the list.
        if Arc::strong_count(header) > 1 {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN_HEADERS {
            known.clear();
        }
        known.push(Arc::clone(header));
    }
}

impl PlainHeader {
    fn parse(spelling: &str) -> Result<Self, VerifyError> {
        let json = base64url::decode(spelling).ok_or(VerifyError::Malformed("header"))?;
        let json = std::str::from_utf8(&json).map_err(|_| VerifyError::Malformed("header"))?;
        let header = Header::parse(json).ok_or(VerifyError::Malformed("header"))?;
        // Members that change the signed bytes or the format of the payload. `crit` must be
        // rejected by a verifier without extensions (RFC 7515, 4.1.11). `b64` is from RFC 7797.
        // `enc` and `zip` are for encryption. `cty` announces a nested token.
        let refused = [&header.crit, &header.b64, &header.enc, &header.zip, &header.cty];
        if let Some(member) = refused.into_iter().find(|member| member.value.is_some()) {
            return Err(VerifyError::UnsupportedHeader(member.name));
        }
        if header.alg.text() != Ok(Some("RS256")) {
            return Err(VerifyError::UnsupportedHeader("alg"));
        }
        let kid = header.kid.text().map_err(VerifyError::UnsupportedHeader)?;
        let kid = kid.filter(|kid| !kid.is_empty()).ok_or(VerifyError::UnsupportedHeader("kid"))?;
        let typ = header.typ.text().map_err(VerifyError::UnsupportedHeader)?;
        let known = |typ: &str| TYPES.iter().any(|known| known.eq_ignore_ascii_case(typ));
        let (spelling, kid) = (spelling.into(), kid.into());
        Ok(Self { spelling, kid, is_of_token: typ.is_none_or(known) })
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::*;

    fn spelled(header: &Value) -> String {
        URL_SAFE_NO_PAD.encode(header.to_string())
    }

    fn of_kid(kid: usize) -> Arc<PlainHeader> {
        let header = json!({ "alg": "RS256", "kid": kid.to_string() });
        Arc::new(PlainHeader::parse(&spelled(&header)).unwrap())
    }

    #[test]
    fn header_with_another_type_is_refused() {
        let check = |typ: Value| {
            let header = spelled(&json!({ "alg": "RS256", "kid": "a-key", "typ": typ }));
            let token = format!("{header}.e30.AA");
            CompactJws::parse(&token, None).and_then(|jws| jws.check_type())
        };
        for typ in ["JWT", "jwt", "at+jwt", "application/at+jwt"] {
            assert!(check(json!(typ)).is_ok(), "{typ}");
        }
        for typ in [json!("secevent+jwt"), json!("JOSE"), json!(""), json!(1), json!(["JWT"])] {
            let outcome = check(typ.clone());
            assert!(matches!(outcome, Err(VerifyError::UnsupportedHeader("typ"))), "{typ}");
        }
    }

    #[test]
    fn known_headers_are_found_by_their_spelling_and_not_repeated() {
        let known = KnownHeaders::default();
        for kid in 0..3 {
            known.add(&of_kid(kid));
        }
        let [zero, two] = [0, 2].map(|kid| known.find(&of_kid(kid).spelling).unwrap());
        assert_eq!((&*zero.kid, &*two.kid), ("0", "2"));
        assert!(known.find(&of_kid(3).spelling).is_none());
        known.add(&zero);
        assert_eq!(known.0.read().unwrap().len(), 3);
    }

    #[test]
    fn number_of_known_headers_is_bounded() {
        let known = KnownHeaders::default();
        for kid in 0..10 * MAX_KNOWN_HEADERS {
            known.add(&of_kid(kid));
            assert!(known.find(&of_kid(kid).spelling).is_some());
            assert!(known.0.read().unwrap().len() <= MAX_KNOWN_HEADERS);
        }
    }
}
