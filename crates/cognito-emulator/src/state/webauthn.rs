//! Verification of data from authenticators, for the creation and the use of a passkey.
//!
//! See [Web Authentication, Level 3](https://www.w3.org/TR/webauthn-3/), sections 7.1 and 7.2.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value as Cbor;
use serde::{Deserialize, Serialize};

/// The reason why a passkey is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The response is malformed.
    Malformed,
    /// The response was created on a page of another site.
    Origin,
    /// The response is for another relying party.
    RelyingParty,
    /// The algorithm is not supported, or the user was not present or not verified.
    NotSupported,
    /// The signature is wrong, or the counter reveals a copy.
    Signature,
}

/// The relying party of passkeys.
pub(crate) struct RelyingParty<'a> {
    pub(crate) id: &'a str,
    /// True if user verification (a fingerprint, a PIN) is required.
    pub(crate) verifies_user: bool,
}

impl RelyingParty<'_> {
    pub(crate) fn user_verification(&self) -> &'static str {
        if self.verifies_user { "required" } else { "preferred" }
    }
}

/// CollectedClientData from the browser.
pub(crate) struct ClientData {
    json: Vec<u8>,
    members: ClientDataMembers,
}

#[derive(Deserialize)]
struct ClientDataMembers {
    r#type: String,
    challenge: String,
    origin: String,
}

/// The public key of a passkey.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum PasskeyKey {
    /// An uncompressed point of P-256.
    Es256(Vec<u8>),
    /// The modulus and the exponent of an RSA key.
    Rs256(Vec<u8>, Vec<u8>),
}

/// The data of a new passkey.
pub(crate) struct Attested {
    pub(crate) credential_id: Vec<u8>,
    pub(crate) key: PasskeyKey,
    pub(crate) counter: u32,
}

/// AuthenticatorAssertionResponse.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Assertion {
    #[serde(rename = "clientDataJSON")]
    pub(crate) client_data_json: String,
    authenticator_data: String,
    signature: String,
    pub(crate) user_handle: Option<String>,
}

/// Bits of the flags of authenticator data: user present, user verified, passkey attested.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// Decodes base64url, with or without padding.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, Flaw> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| Flaw::Malformed)
}

impl ClientData {
    pub(crate) fn parse(encoded: &str) -> Result<Self, Flaw> {
        let json = decode(encoded)?;
        let members = serde_json::from_slice(&json).map_err(|_| Flaw::Malformed)?;
        Ok(Self { json, members })
    }

    pub(crate) fn challenge(&self) -> &str {
        self.members.challenge.trim_end_matches('=')
    }

    /// Checks the type, `webauthn.create` or `webauthn.get`, and the origin.
    fn check(&self, r#type: &str, party: &RelyingParty<'_>) -> Result<(), Flaw> {
        if self.members.r#type != r#type {
            return Err(Flaw::Malformed);
        }
        match party.is_site_of(&self.members.origin) {
            true => Ok(()),
            false => Err(Flaw::Origin),
        }
    }
}

impl RelyingParty<'_> {
    /// Returns whether an origin is the party's domain or below it. TLS is required except on this
    /// machine.
    fn is_site_of(&self, origin: &str) -> bool {
        let secure = origin.strip_prefix("https://");
        let local = origin.strip_prefix("http://").filter(|_| self.id == "localhost");
        let host = secure.or(local).and_then(|site| site.split(':').next()).unwrap_or_default();
        let below = host.strip_suffix(self.id);
        below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
    }
}

/// Verifies the attestation object of a new passkey.
///
/// The attestation statement is not requested and not checked.
pub(crate) fn check_new(
    client_data: &ClientData,
    attestation_object: &str,
    party: &RelyingParty<'_>,
) -> Result<Attested, Flaw> {
    client_data.check("webauthn.create", party)?;
    let object = decode(attestation_object)?;
    let object: Cbor = ciborium::from_reader(&*object).map_err(|_| Flaw::Malformed)?;
    let data = text_member(&object, "authData").and_then(Cbor::as_bytes).ok_or(Flaw::Malformed)?;
    let data = AuthenticatorData::parse(data)?;
    data.check(party)?;
    data.attested()
}

/// Verifies the use of a passkey and returns its new counter.
pub(crate) fn check_use(
    client_data: &ClientData,
    assertion: &Assertion,
    party: &RelyingParty<'_>,
    key: &PasskeyKey,
    counter: u32,
) -> Result<u32, Flaw> {
    client_data.check("webauthn.get", party)?;
    let bytes = decode(&assertion.authenticator_data)?;
    let data = AuthenticatorData::parse(&bytes)?;
    data.check(party)?;
    let hash = digest(&SHA256, &client_data.json);
    let signed = [&bytes, hash.as_ref()].concat();
    key.verify(&signed, &decode(&assertion.signature)?)?;
    // A counter that does not increase reveals a copy; authenticators without a counter always send
    // zero.
    if data.counter <= counter && (data.counter, counter) != (0, 0) {
        return Err(Flaw::Signature);
    }
    Ok(data.counter)
}

/// AuthenticatorData, up to the optional parts that the flags announce.
struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8; 32],
    flags: u8,
    counter: u32,
    rest: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, Flaw> {
        let parts = || {
            let (rp_id_hash, rest) = bytes.split_first_chunk::<32>()?;
            let (flags, rest) = rest.split_first()?;
            let (counter, rest) = rest.split_first_chunk::<4>()?;
            let counter = u32::from_be_bytes(*counter);
            Some(Self { rp_id_hash, flags: *flags, counter, rest })
        };
        parts().ok_or(Flaw::Malformed)
    }

    fn check(&self, party: &RelyingParty<'_>) -> Result<(), Flaw> {
        if digest(&SHA256, party.id.as_bytes()).as_ref() != self.rp_id_hash {
            return Err(Flaw::RelyingParty);
        }
        let needed = if party.verifies_user { PRESENT | VERIFIED } else { PRESENT };
        match self.flags & needed == needed {
            true => Ok(()),
            false => Err(Flaw::NotSupported),
        }
    }

    /// Returns the new passkey: AAGUID, length and bytes of the id, then the key in COSE.
    fn attested(&self) -> Result<Attested, Flaw> {
        if self.flags & ATTESTED == 0 {
            return Err(Flaw::Malformed);
        }
        let parts = || {
            let (_aaguid, rest) = self.rest.split_first_chunk::<16>()?;
            let (length, rest) = rest.split_first_chunk::<2>()?;
            rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        };
        let (id, mut key) = parts().ok_or(Flaw::Malformed)?;
        // Extensions may follow the key.
        let key: Cbor = ciborium::from_reader(&mut key).map_err(|_| Flaw::Malformed)?;
        let key = PasskeyKey::from_cose(&key)?;
        Ok(Attested { credential_id: id.to_owned(), key, counter: self.counter })
    }
}

/// The labels and values of [COSE](https://www.rfc-editor.org/rfc/rfc9053) that are used.
const ALGORITHM: i64 = 3;
const EC_X: i64 = -2;
const EC_Y: i64 = -3;
const RSA_N: i64 = -1;
const RSA_E: i64 = -2;
pub(crate) const ES256: i64 = -7;
pub(crate) const RS256: i64 = -257;

impl PasskeyKey {
    fn from_cose(key: &Cbor) -> Result<Self, Flaw> {
        let algorithm = int_member(key, ALGORITHM).and_then(Cbor::as_integer);
        let bytes = |label| {
            let bytes = int_member(key, label).and_then(Cbor::as_bytes);
            bytes.cloned().ok_or(Flaw::Malformed)
        };
        if algorithm == Some(ES256.into()) {
            let (x, y) = (bytes(EC_X)?, bytes(EC_Y)?);
            Ok(Self::Es256([&[4], &*x, &*y].concat()))
        } else if algorithm == Some(RS256.into()) {
            Ok(Self::Rs256(bytes(RSA_N)?, bytes(RSA_E)?))
        } else {
            Err(Flaw::NotSupported)
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Flaw> {
        let verified = match self {
            Self::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::Rs256(n, e) => RsaPublicKeyComponents { n, e }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            ),
        };
        verified.map_err(|_| Flaw::Signature)
    }
}

fn text_member<'a>(map: &'a Cbor, name: &str) -> Option<&'a Cbor> {
    let members = map.as_map()?;
    members.iter().find(|(label, _)| label.as_text() == Some(name)).map(|(_, value)| value)
}

fn int_member(map: &Cbor, label: i64) -> Option<&Cbor> {
    let members = map.as_map()?;
    let label = Some(label.into());
    members.iter().find(|(other, _)| other.as_integer() == label).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_the_domain_and_those_below_it() {
        let party = |id| RelyingParty { id, verifies_user: false };
        for origin in ["https://example.com", "https://a.example.com:8443"] {
            assert!(party("example.com").is_site_of(origin), "{origin}");
        }
        for origin in [
            "http://example.com",
            "https://example.com.evil.org",
            "https://notexample.com",
            "https://",
            "example.com",
            "android:apk-key-hash:x",
        ] {
            assert!(!party("example.com").is_site_of(origin), "{origin}");
        }
        assert!(party("localhost").is_site_of("http://localhost:3000"));
    }

    #[test]
    fn no_prefix_of_authenticator_data_is_a_panic() {
        let mut bytes = vec![0; 37];
        bytes[32] = PRESENT | ATTESTED;
        bytes.extend([0; 16]);
        bytes.extend([0, 4, 1, 2, 3, 4, 0xa1, 0x03, 0x26]);
        for length in 0..bytes.len() {
            let parsed = AuthenticatorData::parse(&bytes[..length]);
            assert!(parsed.and_then(|data| data.attested()).is_err(), "{length}");
        }
        let whole = AuthenticatorData::parse(&bytes).and_then(|data| data.attested());
        assert!(matches!(whole, Err(Flaw::Malformed)), "the key has no coordinates");
    }
}
