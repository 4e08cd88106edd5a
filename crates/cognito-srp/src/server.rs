//! The service's side: the stored verifier of a password, and the check of a claim.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64ct::{Base64, Encoding};
use crypto_bigint::CtEq;
use hmac::Mac;
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::challenge::{PublicValue, decode_base64};
use crate::client::Agreed;
use crate::comb::power_of_two;
use crate::error::SrpError;
use crate::exponent::Exponent;
use crate::field::{self, ELEMENT_BYTES, Element, SecretBytes};
use crate::hash;
use crate::identity::Identity;
use crate::integer;
use crate::stack;
use crate::timestamp::Timestamp;

/// Length of a salt in bytes, before leading zeros are removed.
const SALT_BYTES: usize = 16;

/// A server's verifier of a password: a salt and v = g^x mod N.
#[derive(Clone)]
pub struct PasswordVerifier {
    /// Padded.
    salt: Vec<u8>,
    verifier: SecretBytes,
}

impl PasswordVerifier {
    /// Creates the verifier of a password with a random 16-byte salt.
    ///
    /// # Errors
    ///
    /// [`SrpError::RandomSource`] when `rng` fails.
    pub fn generate<R: TryCryptoRng + ?Sized>(
        identity: Identity<'_>,
        password: &str,
        rng: &mut R,
    ) -> Result<Self, SrpError> {
        let mut salt = [0; SALT_BYTES];
        rng.try_fill_bytes(&mut salt).map_err(|_| SrpError::RandomSource)?;
        Ok(Self::new(identity, password, &salt))
    }

    /// Creates the verifier of a password with a given salt, a big-endian integer.
    pub fn new(identity: Identity<'_>, password: &str, salt: &[u8]) -> Self {
        let salt = integer::pad(salt);
        Self { verifier: verifier(identity, password, &salt), salt }
    }

    /// Returns whether the verifier belongs to this password, in constant time.
    ///
    /// It is for servers that receive the password itself, as with USER_PASSWORD_AUTH.
    pub fn matches(&self, identity: Identity<'_>, password: &str) -> bool {
        verifier(identity, password, &self.salt)[..].ct_eq(&self.verifier[..]).to_bool()
    }

    /// Parses the verifier that a device sent with ConfirmDevice.
    ///
    /// # Errors
    ///
    /// [`SrpError::InvalidDeviceVerifier`] unless both are base64, the verifier is an integer from
    /// 1 to N − 1, and the salt is not empty.
    pub fn from_device(password_verifier: &str, salt: &str) -> Result<Self, SrpError> {
        stack::wiped(|| {
            let salt = decode_base64(salt).filter(|salt| !salt.is_empty())?;
            let bytes = Zeroizing::new(decode_base64(password_verifier)?);
            let verifier = field::reduce(&bytes)?;
            let [sent, reduced] =
                [&bytes[..], &verifier[..]].map(|bytes| Zeroizing::new(integer::pad(bytes)));
            let is_reduced = sent[..].ct_eq(&reduced[..]);
            let is_zero = verifier[..].ct_eq(&[0; ELEMENT_BYTES][..]);
            let is_valid = (is_reduced & !is_zero).to_bool();
            is_valid.then(|| Self { salt: integer::pad(&salt), verifier })
        })
        .ok_or(SrpError::InvalidDeviceVerifier)
    }

    /// Creates the response to SRP_A with a new B = k·v + g^b mod N.
    ///
    /// # Errors
    ///
    /// [`SrpError::InvalidSrpA`] and [`SrpError::ZeroSrpA`] for an unusable A,
    /// [`SrpError::ZeroScrambler`] if u is zero for A and the new B, [`SrpError::RandomSource`] when
    /// `rng` fails.
    pub fn challenge<R: TryCryptoRng + ?Sized>(
        &self,
        srp_a: &str,
        rng: &mut R,
    ) -> Result<ServerExchange, SrpError> {
        stack::wiped(|| self.challenge_with(srp_a, &Exponent::random(rng)?))
    }

    pub(crate) fn challenge_with(
        &self,
        srp_a: &str,
        b: &Exponent,
    ) -> Result<ServerExchange, SrpError> {
        let a = PublicValue::parse(srp_a, SrpError::InvalidSrpA, SrpError::ZeroSrpA)?;
        let verifier = Element::from_be_bytes(&self.verifier);
        let public = Element::K.mul(&verifier).add(&power_of_two(b)).to_be_bytes();
        let u = hash::scrambler(&a.padded, &integer::pad(&public[..]))?;
        // S = (A·v^u)^b mod N.
        let power = verifier.pow(&Exponent::from_be_bytes(&u));
        let s = Element::from_be_bytes(&a.reduced).mul(&power).pow(b).to_be_bytes();
        Ok(ServerExchange {
            salt: integer::to_hex(&self.salt),
            srp_b: integer::to_hex(&public[..]),
            key: Agreed { u, s }.key(),
        })
    }

    /// Returns the verifier and its salt in base64, the form in which devices send them and servers
    /// can store them. [`from_device`](Self::from_device) parses them.
    ///
    /// ```
    /// use cognito_srp::{Identity, PasswordVerifier};
    ///
    /// let identity = || Identity::user("Example01", "alice");
    /// let verifier = PasswordVerifier::new(identity(), "Correct-horse1", &[1; 16]);
    /// let (stored, salt) = verifier.to_base64();
    /// let restored = PasswordVerifier::from_device(&stored, &salt)?;
    /// assert!(restored.matches(identity(), "Correct-horse1"));
    /// # Ok::<(), cognito_srp::SrpError>(())
    /// ```
    pub fn to_base64(&self) -> (String, String) {
        (Base64::encode_string(&self.padded_verifier()), Base64::encode_string(&self.salt))
    }

    /// Returns PAD(v), the form in which a device sends it.
    pub(crate) fn padded_verifier(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(integer::pad(&self.verifier[..]))
    }
}

/// Computes v = g^x mod N, big-endian.
fn verifier(identity: Identity<'_>, password: &str, padded_salt: &[u8]) -> SecretBytes {
    stack::wiped(|| {
        let x = hash::private_key(identity, password, padded_salt);
        power_of_two(&Exponent::from_be_bytes(&x)).to_be_bytes()
    })
}

impl fmt::Debug for PasswordVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordVerifier([redacted])")
    }
}

/// An exchange with a client: the values to send, and the key for checking claims.
///
/// Like the service, it can check any number of claims until it is dropped.
#[derive(Clone)]
pub struct ServerExchange {
    salt: String,
    srp_b: String,
    key: hash::SessionKey,
}

impl ServerExchange {
    /// Returns the salt in lower-case hexadecimal without leading zeros, to send as SALT.
    pub fn salt(&self) -> &str {
        &self.salt
    }

    /// Returns B in lower-case hexadecimal without leading zeros, to send as SRP_B.
    pub fn srp_b(&self) -> &str {
        &self.srp_b
    }

    /// Returns the exchange in base64, so that a server can store running exchanges.
    /// [`from_base64`](Self::from_base64) restores it.
    ///
    /// # Security
    ///
    /// It contains the session key, which can sign every claim of this exchange.
    ///
    /// ```
    /// use cognito_srp::{Identity, PasswordVerifier, ServerExchange};
    ///
    /// let identity = Identity::user("Example01", "alice");
    /// let verifier = PasswordVerifier::new(identity, "Correct-horse1", &[1; 16]);
    /// let exchange = verifier.challenge("2", &mut getrandom::SysRng)?;
    /// let restored = ServerExchange::from_base64(&exchange.to_base64())?;
    /// assert_eq!(restored.srp_b(), exchange.srp_b());
    /// # Ok::<(), cognito_srp::SrpError>(())
    /// ```
    pub fn to_base64(&self) -> String {
        let texts = format!("{} {}", self.salt, self.srp_b);
        Base64::encode_string(&Zeroizing::new([&self.key[..], texts.as_bytes()].concat()))
    }

    /// Restores an exchange from the form of [`to_base64`](Self::to_base64).
    ///
    /// # Errors
    ///
    /// [`SrpError::InvalidExchange`] for any other text.
    pub fn from_base64(stored: &str) -> Result<Self, SrpError> {
        const INVALID: SrpError = SrpError::InvalidExchange;
        let stored = Zeroizing::new(decode_base64(stored).ok_or(INVALID)?);
        let (key, texts) = stored.split_at_checked(hash::KEY_BYTES).ok_or(INVALID)?;
        let texts = core::str::from_utf8(texts).map_err(|_| INVALID)?;
        let (salt, srp_b) = texts.split_once(' ').ok_or(INVALID)?;
        let mut exchange =
            Self { salt: salt.to_owned(), srp_b: srp_b.to_owned(), key: Box::default() };
        exchange.key.copy_from_slice(key);
        Ok(exchange)
    }

    /// Checks a claim in constant time.
    ///
    /// `secret_block` is the decoded block; `signature` is base64.
    ///
    /// # Errors
    ///
    /// [`SrpError::InvalidSignature`] when the signature is not base64, [`SrpError::WrongProof`]
    /// when it was not made with the right password for exactly these values.
    pub fn verify(
        &self,
        identity: Identity<'_>,
        secret_block: &[u8],
        timestamp: &Timestamp,
        signature: &str,
    ) -> Result<(), SrpError> {
        let signature = decode_base64(signature).ok_or(SrpError::InvalidSignature)?;
        stack::wiped(|| {
            hash::claim_mac(&self.key, identity, secret_block, timestamp).verify_slice(&signature)
        })
        .map_err(|_| SrpError::WrongProof)
    }
}

impl fmt::Debug for ServerExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerExchange([redacted])")
    }
}

#[cfg(test)]
mod tests;
