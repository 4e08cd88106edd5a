//! Compact JWS (RFC 7515), read strictly: three parts, RS256 and nothing that changes its meaning.

use crate::base64url;
use crate::error::VerifyError;
use crate::json::{Object, object};

/// A compact JWS whose signature has not been verified.
pub(crate) struct CompactJws<'a> {
    pub(crate) kid: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) signing_input: &'a str,
    pub(crate) signature: Vec<u8>,
    /// The media type that the header states, if any.
    typ: Option<String>,
}

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

/// The values of `typ` that tokens of this kind have: none, or one of these.
const TYPES: [&str; 3] = ["JWT", "at+jwt", "application/at+jwt"];

impl<'a> CompactJws<'a> {
    pub(crate) fn parse(token: &'a str) -> Result<Self, VerifyError> {
        let (signing_input, signature) =
            token.rsplit_once('.').ok_or(VerifyError::Malformed("structure"))?;
        let (header, payload) =
            signing_input.split_once('.').ok_or(VerifyError::Malformed("structure"))?;
        let header = base64url::decode(header).ok_or(VerifyError::Malformed("header"))?;
        let header = std::str::from_utf8(&header).map_err(|_| VerifyError::Malformed("header"))?;
        let header = Header::parse(header).ok_or(VerifyError::Malformed("header"))?;
        let (kid, typ) = header.check()?;
        Ok(Self {
            kid,
            typ,
            // A dot in the payload is no base64, so that more than three parts end here.
            payload: base64url::decode(payload).ok_or(VerifyError::Malformed("payload"))?,
            signature: base64url::decode(signature).ok_or(VerifyError::Malformed("signature"))?,
            signing_input,
        })
    }

    /// Refuses what the header calls something other than a token.
    pub(crate) fn check_type(&self) -> Result<(), VerifyError> {
        let known = |typ: &str| TYPES.iter().any(|known| known.eq_ignore_ascii_case(typ));
        let fits = self.typ.as_deref().is_none_or(known);
        fits.then_some(()).ok_or(VerifyError::UnsupportedHeader("typ"))
    }
}

impl Header<'_> {
    /// The `kid` and `typ` of a header that asks for nothing but a plain RS256 signature.
    fn check(&self) -> Result<(String, Option<String>), VerifyError> {
        // What would change what the signature covers or how the payload is read. `crit` must be
        // refused by whoever understands no extension (RFC 7515, 4.1.11); `b64` is RFC 7797; `enc`
        // and `zip` belong to encryption; `cty` announces another token inside.
        let refused = [&self.crit, &self.b64, &self.enc, &self.zip, &self.cty];
        if let Some(member) = refused.into_iter().find(|member| member.value.is_some()) {
            return Err(VerifyError::UnsupportedHeader(member.name));
        }
        if self.alg.value.as_ref().and_then(|alg| alg.as_text()) != Some("RS256") {
            return Err(VerifyError::UnsupportedHeader("alg"));
        }
        let kid = self.kid.text().map_err(VerifyError::UnsupportedHeader)?;
        let kid = kid.filter(|kid| !kid.is_empty()).ok_or(VerifyError::UnsupportedHeader("kid"))?;
        let typ = self.typ.text().map_err(VerifyError::UnsupportedHeader)?;
        Ok((kid.to_owned(), typ.map(str::to_owned)))
    }
}
