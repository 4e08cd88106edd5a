//! Verification of data from authenticators, for the creation and the use of a passkey.
//!
//! See [Web Authentication, Level 3](https://www.w3.org/TR/webauthn-3/), sections 7.1 and 7.2.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
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

/// Bits of the flags of authenticator data: user present, user verified, passkey can be backed up,
/// passkey is backed up, passkey attested, extensions included.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;

/// The maximum length of a passkey's id in bytes (section 7.1).
const MAX_ID_BYTES: usize = 1023;

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

/// AuthenticatorData. Extensions are parsed, and ignored.
struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8; 32],
    flags: u8,
    counter: u32,
    /// `None` if the flags do not announce it.
    attested: Option<AttestedCredential<'a>>,
}

/// AttestedCredentialData: the id of a new passkey, and its key in COSE.
struct AttestedCredential<'a> {
    id: &'a [u8],
    key: Cbor,
}

impl<'a> AuthenticatorData<'a> {
    /// Parses the parts that the flags announce. Other bytes must not follow (section 6.1).
    fn parse(bytes: &'a [u8]) -> Result<Self, Flaw> {
        let head = || {
            let (rp_id_hash, rest) = bytes.split_first_chunk::<32>()?;
            let (flags, rest) = rest.split_first()?;
            let (counter, rest) = rest.split_first_chunk::<4>()?;
            Some((rp_id_hash, *flags, u32::from_be_bytes(*counter), rest))
        };
        let (rp_id_hash, flags, counter, mut rest) = head().ok_or(Flaw::Malformed)?;
        let has = |part| flags & part != 0;
        let attested = has(ATTESTED).then(|| AttestedCredential::parse(&mut rest)).transpose()?;
        let extended = !has(EXTENSIONS) || cbor(&mut rest)?.is_map();
        // A passkey that is backed up can be backed up.
        let backup = !has(BACKED_UP) || has(BACKUP_ELIGIBLE);
        match extended && backup && rest.is_empty() {
            true => Ok(Self { rp_id_hash, flags, counter, attested }),
            false => Err(Flaw::Malformed),
        }
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

    /// Returns the new passkey.
    fn attested(&self) -> Result<Attested, Flaw> {
        let AttestedCredential { id, key } = self.attested.as_ref().ok_or(Flaw::Malformed)?;
        if id.is_empty() || id.len() > MAX_ID_BYTES {
            return Err(Flaw::Malformed);
        }
        let key = PasskeyKey::from_cose(key)?;
        Ok(Attested { credential_id: (*id).to_owned(), key, counter: self.counter })
    }
}

impl<'a> AttestedCredential<'a> {
    /// Parses AAGUID, length and bytes of the id, then the key in COSE, and advances `bytes` past
    /// them.
    fn parse(bytes: &mut &'a [u8]) -> Result<Self, Flaw> {
        let whole = *bytes;
        let parts = || {
            let (_aaguid, rest) = whole.split_first_chunk::<16>()?;
            let (length, rest) = rest.split_first_chunk::<2>()?;
            rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        };
        let (id, rest) = parts().ok_or(Flaw::Malformed)?;
        *bytes = rest;
        Ok(Self { id, key: cbor(bytes)? })
    }
}

/// Parses one item, and advances `bytes` past it.
fn cbor(bytes: &mut &[u8]) -> Result<Cbor, Flaw> {
    ciborium::from_reader(bytes).map_err(|_| Flaw::Malformed)
}

/// The labels and values of [COSE](https://www.rfc-editor.org/rfc/rfc9053) that are used.
const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;
const EC_CURVE: i64 = -1;
const EC_X: i64 = -2;
const EC_Y: i64 = -3;
const RSA_N: i64 = -1;
const RSA_E: i64 = -2;
const EC2: i64 = 2;
const RSA: i64 = 3;
const P256: i64 = 1;
pub(crate) const ES256: i64 = -7;
pub(crate) const RS256: i64 = -257;

impl PasskeyKey {
    fn from_cose(key: &Cbor) -> Result<Self, Flaw> {
        let has = |label, value: i64| {
            int_member(key, label).and_then(Cbor::as_integer) == Some(value.into())
        };
        let bytes = |label| {
            let bytes = int_member(key, label).and_then(Cbor::as_bytes);
            bytes.cloned().ok_or(Flaw::Malformed)
        };
        let (key, fits) = if has(ALGORITHM, ES256) {
            let (x, y) = (bytes(EC_X)?, bytes(EC_Y)?);
            let point = [&[4], &*x, &*y].concat();
            (Self::Es256(point), has(KEY_TYPE, EC2) && has(EC_CURVE, P256))
        } else if has(ALGORITHM, RS256) {
            (Self::Rs256(bytes(RSA_N)?, bytes(RSA_E)?), has(KEY_TYPE, RSA))
        } else {
            return Err(Flaw::NotSupported);
        };
        if fits && key.can_verify() { Ok(key) } else { Err(Flaw::Malformed) }
    }

    /// Returns whether the key is a point of the curve, or has a modulus of 2048 to 8192 bits. A
    /// passkey with another key could be registered, but never used.
    fn can_verify(&self) -> bool {
        match self {
            Self::Es256(point) => ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).is_ok(),
            Self::Rs256(n, e) => {
                // The conversion checks the length of the modulus.
                let key: Result<PublicEncryptingKey, _> =
                    RsaPublicKeyComponents { n, e }.try_into();
                key.is_ok()
            }
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
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

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

    /// Returns the key of an authenticator in COSE, with these members changed or added.
    fn cose_key(changes: &[(i64, Cbor)]) -> Vec<u8> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let point = key.public_key().as_ref()[1..].to_vec();
        let (x, y) = point.split_at(32);
        let (x, y) = (Cbor::Bytes(x.to_vec()), Cbor::Bytes(y.to_vec()));
        let number = |value: i64| Cbor::from(value);
        let mut members = vec![
            (KEY_TYPE, number(EC2)),
            (ALGORITHM, number(ES256)),
            (EC_CURVE, number(P256)),
            (EC_X, x),
            (EC_Y, y),
        ];
        for (label, value) in changes {
            members.retain(|(known, _)| known != label);
            members.push((*label, value.clone()));
        }
        let members = members.into_iter().map(|(label, value)| (number(label), value));
        encoded(&Cbor::Map(members.collect()))
    }

    fn encoded(value: &Cbor) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).unwrap();
        bytes
    }

    /// Returns authenticator data of a new passkey.
    fn new_data(flags: u8, id: &[u8], key: &[u8], rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(id.len()).unwrap().to_be_bytes();
        let flags = PRESENT | ATTESTED | flags;
        [&[0; 32][..], &[flags], &[0; 4], &[0; 16], &length, id, key, rest].concat()
    }

    fn attested(data: &[u8]) -> Result<Attested, Flaw> {
        AuthenticatorData::parse(data).and_then(|data| data.attested())
    }

    #[test]
    fn keys_that_verify_no_signature_are_rejected() {
        let zeros = |length| Cbor::Bytes(vec![0; length]);
        let ones = |length| Cbor::Bytes(vec![0xff; length]);
        let rsa =
            |n, e| [(KEY_TYPE, RSA.into()), (ALGORITHM, RS256.into()), (RSA_N, n), (RSA_E, e)];
        let exponent = || Cbor::Bytes(vec![1, 0, 1]);
        assert!(attested(&new_data(0, b"id", &cose_key(&[]), b"")).is_ok());
        assert!(attested(&new_data(0, b"id", &cose_key(&rsa(ones(256), exponent())), b"")).is_ok());
        for changes in [
            &[(EC_X, zeros(32)), (EC_Y, zeros(32))][..],
            &[(EC_X, zeros(3))],
            &[(KEY_TYPE, RSA.into())],
            &[(KEY_TYPE, Cbor::Null)],
            &[(EC_CURVE, 2.into())],
            &rsa(zeros(0), zeros(0)),
            &rsa(ones(128), exponent()),
            &[
                (KEY_TYPE, EC2.into()),
                (ALGORITHM, RS256.into()),
                (RSA_N, ones(256)),
                (RSA_E, exponent()),
            ],
        ] {
            let rejected = attested(&new_data(0, b"id", &cose_key(changes), b""));
            assert_eq!(rejected.err(), Some(Flaw::Malformed), "{changes:?}");
        }
    }

    #[test]
    fn passkey_ids_have_one_to_1023_bytes() {
        let key = cose_key(&[]);
        for (length, accepted) in [(0, false), (1, true), (1023, true), (1024, false)] {
            let result = attested(&new_data(0, &vec![7; length], &key, b""));
            assert_eq!(result.is_ok(), accepted, "{length}");
        }
    }

    #[test]
    fn authenticator_data_has_the_parts_that_its_flags_announce() {
        let key = cose_key(&[]);
        let map = encoded(&Cbor::Map(Vec::new()));
        for (flags, rest, accepted) in [
            (0, &b""[..], true),
            (0, &map, false),
            (EXTENSIONS, &map, true),
            (EXTENSIONS, b"", false),
            (EXTENSIONS, &encoded(&Cbor::Null), false),
            (EXTENSIONS, &[&*map, b"x"].concat(), false),
            (BACKUP_ELIGIBLE, b"", true),
            (BACKUP_ELIGIBLE | BACKED_UP, b"", true),
            (BACKED_UP, b"", false),
        ] {
            let created = attested(&new_data(flags, b"id", &key, rest));
            assert_eq!(created.is_ok(), accepted, "new passkey: {flags:#x} {rest:?}");
            let used = [&[0; 32][..], &[PRESENT | flags], &[0; 4], rest].concat();
            let used = AuthenticatorData::parse(&used);
            assert_eq!(used.is_ok(), accepted, "use: {flags:#x} {rest:?}");
        }
        let unannounced = [&[0; 32][..], &[PRESENT | ATTESTED], &[0; 4]].concat();
        assert!(AuthenticatorData::parse(&unannounced).is_err());
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
