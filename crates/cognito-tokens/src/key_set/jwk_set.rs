//! Conversions to the types of the crate `jsonwebtoken`.

use base64_simd::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse,
    RSAKeyParameters, RSAKeyType,
};

use super::{Key, KeySet};

/// Converts the usable keys, which are all for RS256.
///
/// Keys that a [`KeySet`] ignores, such as weak keys, are not in the result.
impl From<&KeySet> for JwkSet {
    fn from(keys: &KeySet) -> Self {
        Self { keys: keys.keys.iter().map(|key| key.to_jwk()).collect() }
    }
}

impl KeySet {
    /// Returns the key with this `kid` for `decode` of the crate `jsonwebtoken`; `None` if the set
    /// has no usable key with it.
    ///
    /// A valid signature is not sufficient: set issuer and audience in the `Validation`, and check
    /// `token_use` and `client_id` afterwards, as [`Verifier`](crate::Verifier) does. The program
    /// must enable exactly one feature of `jsonwebtoken` for the cryptography: `aws_lc_rs` or
    /// `rust_crypto`.
    ///
    /// ```no_run
    /// use cognito_tokens::KeySet;
    /// use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
    ///
    /// # fn example(keys: &KeySet, token: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// let kid = decode_header(token)?.kid.ok_or("the token names no key")?;
    /// let key = keys.decoding_key(&kid).ok_or("the pool has no such key")?;
    /// let mut validation = Validation::new(Algorithm::RS256);
    /// validation.set_issuer(&["https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12Cd34E"]);
    /// validation.set_audience(&["1example23456789"]);
    /// let id_token = decode::<serde_json::Value>(token, &key, &validation)?;
    /// assert_eq!(id_token.claims["token_use"], "id");
    /// # Ok(())
    /// # }
    /// ```
    pub fn decoding_key(&self, kid: &str) -> Option<DecodingKey> {
        let key = self.find(kid)?;
        Some(DecodingKey::from_rsa_raw_components(&key.modulus, &key.exponent))
    }
}

impl Key {
    fn to_jwk(&self) -> Jwk {
        let common = CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::RS256),
            key_id: Some(self.kid.clone()),
            ..CommonParameters::default()
        };
        let parameters = RSAKeyParameters {
            key_type: RSAKeyType::RSA,
            n: URL_SAFE_NO_PAD.encode_to_string(&self.modulus),
            e: URL_SAFE_NO_PAD.encode_to_string(&self.exponent),
        };
        Jwk { common, algorithm: AlgorithmParameters::RSA(parameters) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{key_set, signers};

    #[test]
    fn usable_keys_are_converted_and_others_left_out() {
        let [one, other] = signers();
        let elliptic = json!({ "kty": "EC", "crv": "P-256", "kid": "an-ec-key" });
        let keys = [one.jwk("one"), other.jwk("other"), elliptic];
        let keys = KeySet::from_json(&key_set(&keys)).unwrap();
        let converted = serde_json::to_value(JwkSet::from(&keys)).unwrap();
        assert_eq!(converted, json!({ "keys": [one.jwk("one"), other.jwk("other")] }));
        assert!(keys.decoding_key("one").is_some());
        assert!(keys.decoding_key("an-ec-key").is_none() && keys.decoding_key("none").is_none());
    }

    #[test]
    fn the_way_back_gives_the_same_keys() {
        let keys = KeySet::from_json(&key_set(&[signers()[0].jwk("one")])).unwrap();
        let text = serde_json::to_string(&JwkSet::from(&keys)).unwrap();
        let back = KeySet::from_json(&text).unwrap();
        assert!(back.holds(keys.find("one").unwrap()));
    }
}
