//! Compact JWS (RFC 7515), read strictly: three parts, RS256 and nothing that changes its meaning.

use crate::base64url;
use crate::claims::ClaimsText;
use crate::error::VerifyError;
use crate::json::Object;

/// A compact JWS whose signature has not been verified.
pub(crate) struct CompactJws<'a> {
    pub(crate) kid: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) signing_input: &'a str,
    pub(crate) signature: Vec<u8>,
    /// The media type that the header states, if any.
    pub(crate) typ: Option<String>,
}

/// Header members that would change what the signature covers or how the payload is read. `crit`
/// must be refused by whoever understands no extension (RFC 7515, 4.1.11); `b64` is RFC 7797;
/// `enc` and `zip` belong to encryption; `cty` announces another token inside.
const REFUSED_MEMBERS: [&str; 5] = ["crit", "b64", "enc", "zip", "cty"];

impl<'a> CompactJws<'a> {
    pub(crate) fn parse(token: &'a str) -> Result<Self, VerifyError> {
        let (signing_input, signature) =
            token.rsplit_once('.').ok_or(VerifyError::Malformed("structure"))?;
        let (header, payload) =
            signing_input.split_once('.').ok_or(VerifyError::Malformed("structure"))?;
        let header = base64url::decode(header).ok_or(VerifyError::Malformed("header"))?;
        let header = std::str::from_utf8(&header).map_err(|_| VerifyError::Malformed("header"))?;
        let header = Object::parse(header).ok_or(VerifyError::Malformed("header"))?;
        if let Some(member) = REFUSED_MEMBERS.into_iter().find(|name| header.get(name).is_some()) {
            return Err(VerifyError::UnsupportedHeader(member));
        }
        if header.text("alg") != Ok(Some("RS256")) {
            return Err(VerifyError::UnsupportedHeader("alg"));
        }
        let text = |name| header.text(name).map_err(VerifyError::UnsupportedHeader);
        let kid = text("kid")?.filter(|kid| !kid.is_empty());
        Ok(Self {
            kid: kid.ok_or(VerifyError::UnsupportedHeader("kid"))?.to_owned(),
            typ: text("typ")?.map(str::to_owned),
            // A dot in the payload is no base64, so that more than three parts end here.
            payload: base64url::decode(payload).ok_or(VerifyError::Malformed("payload"))?,
            signature: base64url::decode(signature).ok_or(VerifyError::Malformed("signature"))?,
            signing_input,
        })
    }
}

impl CompactJws<'_> {
    /// The payload as the claims of a token.
    pub(crate) fn claims(&self) -> Result<ClaimsText<'_>, VerifyError> {
        let text =
            std::str::from_utf8(&self.payload).map_err(|_| VerifyError::Malformed("payload"))?;
        let object = Object::parse(text).ok_or(VerifyError::Malformed("payload"))?;
        Ok(ClaimsText { text, object })
    }
}
