//! The value of the header: a JWS in padded base64, whose header holds the claims to check.

use std::time::SystemTime;

use base64_simd::URL_SAFE;

use crate::error::VerifyError;
use crate::json::{Object, object};

object! {
    AlbHeader {
        alg "alg",
        client "client",
        crit "crit",
        exp "exp",
        iss "iss",
        kid "kid",
        signer "signer",
    }
}

/// The parsed value of the header. Nothing in it is verified yet.
pub(super) struct PaddedJws<'a> {
    pub(super) kid: String,
    pub(super) signer: String,
    pub(super) issuer: String,
    pub(super) client: String,
    pub(super) expires_at: SystemTime,
    pub(super) payload: String,
    pub(super) signing_input: &'a str,
    pub(super) signature: Vec<u8>,
}

impl<'a> PaddedJws<'a> {
    pub(super) fn parse(token: &'a str, limit: usize) -> Result<Self, VerifyError> {
        let found = token.len();
        if found > limit {
            return Err(VerifyError::TooLong { limit, found });
        }
        let structure = VerifyError::Malformed("structure");
        let Some((signing_input, signature)) = token.rsplit_once('.') else {
            return Err(structure);
        };
        let (header, payload) = signing_input.split_once('.').ok_or(structure)?;
        let header = decode_text(header).ok_or(VerifyError::Malformed("header"))?;
        let header = AlbHeader::parse(&header).ok_or(VerifyError::Malformed("header"))?;
        if header.crit.value.is_some() {
            return Err(VerifyError::UnsupportedHeader("crit"));
        }
        if header.alg.text() != Ok(Some("ES256")) {
            return Err(VerifyError::UnsupportedHeader("alg"));
        }
        let kid = header.kid.required()?;
        Ok(Self {
            kid: is_uuid(kid).then(|| kid.to_owned()).ok_or(VerifyError::UnknownKey)?,
            signer: header.signer.required()?.to_owned(),
            issuer: header.iss.required()?.to_owned(),
            client: header.client.required()?.to_owned(),
            expires_at: header.exp.time()?.ok_or(VerifyError::MissingClaim("exp"))?,
            payload: decode_text(payload).ok_or(VerifyError::Malformed("payload"))?,
            signing_input,
            signature: decode(signature).ok_or(VerifyError::Malformed("signature"))?,
        })
    }
}

/// Decodes base64 with padding, which load balancers always write, unlike all other signers.
fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE.decode_to_vec(text).ok()
}

fn decode_text(text: &str) -> Option<String> {
    String::from_utf8(decode(text)?).ok()
}

/// Returns whether `kid` has the form that the service uses: it becomes a part of a URL.
fn is_uuid(kid: &str) -> bool {
    let fits = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    kid.len() == 36 && kid.bytes().enumerate().all(fits)
}
