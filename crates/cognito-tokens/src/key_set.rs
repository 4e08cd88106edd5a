//! Key sets (JWKS, RFC 7517) and their keys for RS256, which are parsed once.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::base64url;
use crate::error::VerifyError;
use crate::json::{Object, Value, object};
use crate::jws::CompactJws;

#[cfg(feature = "jsonwebtoken")]
mod jwk_set;
mod roca;

/// The usable keys of a user pool.
///
/// A key that cannot be used for RS256 is ignored: another type, use or algorithm, RSA below 2048
/// bits or from a broken generator, a malformed member. Two different keys with the same `kid` are
/// both ignored.
///
/// ```
/// # mod cognito { pub use cognito_tokens as verify; }
/// use cognito::verify::KeySet;
///
/// let keys = KeySet::from_json(r#"{"keys":[{"kty":"EC","kid":"no RSA","crv":"P-256"}]}"#)?;
/// assert!(keys.is_empty());
/// # Ok::<(), cognito_tokens::InvalidKeySet>(())
/// ```
#[derive(Clone, Default)]
pub struct KeySet {
    keys: Vec<Arc<Key>>,
}

impl KeySet {
    /// Parses the JSON of a `jwks.json`.
    ///
    /// # Errors
    ///
    /// [`InvalidKeySet`] when the text is not a JSON object with an array `keys`.
    pub fn from_json(text: &str) -> Result<Self, InvalidKeySet> {
        #[derive(Deserialize)]
        struct Document<'a> {
            #[serde(borrow)]
            keys: Vec<&'a RawValue>,
        }

        let document: Document<'_> = serde_json::from_str(text).map_err(|_| InvalidKeySet)?;
        let mut keys: Vec<Key> = Vec::new();
        let mut ambiguous = Vec::new();
        for key in document.keys.iter().filter_map(|key| Key::parse(key.get())) {
            match keys.iter().find(|other| other.kid == key.kid) {
                None => keys.push(key),
                Some(other) if other.is_same(&key) => {}
                Some(_) => ambiguous.push(key.kid),
            }
        }
        keys.retain(|key| !ambiguous.contains(&key.kid));
        Ok(Self { keys: keys.into_iter().map(Arc::new).collect() })
    }

    /// Verifies a compact JWS (RFC 7515) signed with RS256 and returns its payload.
    ///
    /// This is the level below tokens: the payload can be anything.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Malformed`], [`VerifyError::UnsupportedHeader`], [`VerifyError::UnknownKey`]
    /// or [`VerifyError::WrongSignature`].
    pub fn verify_compact(&self, jws: &str) -> Result<Vec<u8>, VerifyError> {
        let jws = CompactJws::parse(jws, None)?;
        self.verify(&jws)?;
        Ok(jws.payload)
    }

    /// Verifies the signature and returns the key that made it.
    pub(crate) fn verify(&self, jws: &CompactJws<'_>) -> Result<&Arc<Key>, VerifyError> {
        let key = self.find(&jws.header.kid).ok_or(VerifyError::UnknownKey)?;
        let verified = key.public.verify_sig(jws.signing_input.as_bytes(), &jws.signature);
        verified.map_err(|_| VerifyError::WrongSignature)?;
        Ok(key)
    }

    /// Returns whether the set has a usable key with this `kid`.
    pub fn contains(&self, kid: &str) -> bool {
        self.find(kid).is_some()
    }

    /// Returns the number of usable keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns whether the set has no usable key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns whether a key, possibly from an older set, is still the key with its `kid`.
    pub(crate) fn holds(&self, key: &Arc<Key>) -> bool {
        self.find(&key.kid).is_some_and(|found| Arc::ptr_eq(found, key) || found.is_same(key))
    }

    fn find(&self, kid: &str) -> Option<&Arc<Key>> {
        self.keys.iter().find(|key| key.kid == kid)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.kid)).finish()
    }
}

/// The error for a text that is not a key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key set is not a JSON object with an array of keys")]
pub struct InvalidKeySet;

/// The smallest modulus: 2048 bits.
const MIN_MODULUS_BYTES: usize = 256;

/// A public key that can verify RS256.
pub(crate) struct Key {
    pub(crate) kid: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    /// The parsed key, with the Montgomery context, which takes a tenth of the time of a
    /// verification.
    public: ParsedPublicKey,
}

object! {
    Jwk {
        alg "alg",
        e "e",
        key_ops "key_ops",
        kid "kid",
        kty "kty",
        n "n",
        use_ "use",
    }
}

impl Key {
    fn parse(json: &str) -> Option<Self> {
        let jwk = Jwk::parse(json)?;
        if !jwk.is_for_rs256()? {
            return None;
        }
        let kid = jwk.kid.text().ok()?.filter(|kid| !kid.is_empty())?.to_owned();
        let modulus = positive_integer(jwk.n.text().ok()??)?;
        let exponent = positive_integer(jwk.e.text().ok()??)?;
        if modulus.len() < MIN_MODULUS_BYTES || exponent == [1] || roca::is_suspect(&modulus) {
            return None;
        }
        let components = PublicKeyComponents { n: &modulus, e: &exponent };
        let public = components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()?;
        Some(Self { kid, modulus, exponent, public })
    }

    fn is_same(&self, other: &Self) -> bool {
        self.modulus == other.modulus && self.exponent == other.exponent
    }
}

impl Jwk<'_> {
    fn is_for_rs256(&self) -> Option<bool> {
        let fits = self.kty.text().ok()?? == "RSA"
            && self.use_.text().ok()?.is_none_or(|use_| use_ == "sig")
            && self.alg.text().ok()?.is_none_or(|alg| alg == "RS256")
            && self.key_ops.value.as_ref().is_none_or(allows_verification);
        Some(fits)
    }
}

fn allows_verification(key_ops: &Value<'_>) -> bool {
    let operations = key_ops.as_array().unwrap_or_default();
    operations.iter().any(|operation| operation.as_text() == Some("verify"))
}

/// Decodes a Base64urlUInt of RFC 7518: big-endian without leading zeros.
fn positive_integer(text: &str) -> Option<Vec<u8>> {
    let bytes = base64url::decode(text)?;
    bytes.first().is_some_and(|first| *first != 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;
    use crate::testing::{key_set, signers};

    fn kids(keys: &[serde_json::Value]) -> Vec<String> {
        let set = KeySet::from_json(&key_set(keys)).unwrap();
        assert_eq!((set.len(), set.is_empty()), (set.keys.len(), set.keys.is_empty()));
        set.keys.iter().map(|key| key.kid.clone()).collect()
    }

    /// The key of that modulus, whose factors no test needs.
    fn key_of(modulus: &[u8]) -> serde_json::Value {
        json!({ "kty": "RSA", "kid": "a", "n": URL_SAFE_NO_PAD.encode(modulus), "e": "AQAB" })
    }

    #[test]
    fn key_that_occurs_twice_is_one_key_and_two_keys_of_one_kid_are_none() {
        let [one, other] = signers();
        assert_eq!(kids(&[one.jwk("a"), one.jwk("a"), other.jwk("b")]), ["a", "b"]);
        assert_eq!(kids(&[one.jwk("a"), other.jwk("a"), other.jwk("b")]), ["b"]);
    }

    #[test]
    fn payload_of_a_signed_text_is_returned() {
        let keys = KeySet::from_json(&key_set(&[signers()[0].jwk("a")])).unwrap();
        let payload = keys.verify_compact(&signers()[0].sign("a", &json!([1, 2]))).unwrap();
        assert_eq!(payload, b"[1,2]");
    }

    #[test]
    fn keys_for_other_operations_are_left_out() {
        let with = |operations: serde_json::Value| {
            let mut key = signers()[0].jwk("a");
            key["key_ops"] = operations;
            kids(&[key]).len()
        };
        assert_eq!(with(json!(["sign", "verify"])), 1);
        for operations in [json!(["sign"]), json!([]), json!("verify"), json!(null)] {
            assert_eq!(with(operations.clone()), 0, "{operations}");
        }
    }

    #[test]
    fn weak_keys_are_left_out() {
        assert_eq!(kids(&[key_of(&[0xC3; 256])]), ["a"]);
        assert_eq!(kids(&[key_of(&[0xC3; 384])]), ["a"]);
        assert_eq!(kids(&[key_of(&[0xC3; 255])]), [""; 0]);
        // 65537^128, which has the mark of the broken generator.
        let mut power = vec![1];
        for _ in 0..128 {
            let shifted = power.iter().copied().chain([0, 0]);
            let same = [0, 0].iter().chain(&power).copied();
            let digits: Vec<(u8, u8)> = shifted.zip(same).collect();
            let mut carry = 0;
            power.clear();
            for (one, other) in digits.into_iter().rev() {
                let sum = u16::from(one) + u16::from(other) + carry;
                power.insert(0, u8::try_from(sum % 256).unwrap());
                carry = sum / 256;
            }
        }
        assert_eq!(power.len(), 257);
        assert_eq!(kids(&[key_of(&power)]), [""; 0]);
        let mut exponent = key_of(&[0xC3; 256]);
        exponent["e"] = "AQ".into();
        assert_eq!(kids(&[exponent]), [""; 0], "an exponent of 1");
    }
}
