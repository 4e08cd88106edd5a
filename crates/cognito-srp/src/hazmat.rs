//! Intermediate values of the protocol and chosen randomness, for test vectors.
//!
//! This module is exempt from semantic versioning and must not be used in a sign-in: an exponent
//! that is not random, or an intermediate value that becomes known, reveals the password.

use alloc::string::String;
use alloc::vec::Vec;

use base16ct::lower::encode_string as hex;
use hmac::Mac;
use sha2::{Digest, Sha256};

use crate::challenge::{PublicValue, SrpChallenge};
use crate::client::EphemeralKeyPair;
use crate::device::DeviceSecret;
use crate::error::SrpError;
use crate::exponent::Exponent;
use crate::field::{self, ELEMENT_BYTES, Element};
use crate::hash;
use crate::identity::Identity;
use crate::integer;
use crate::server::{PasswordVerifier, ServerExchange};
use crate::timestamp::Timestamp;

/// The `info` parameter of HKDF for the session key.
pub const KEY_INFO: &[u8] = hash::KEY_INFO;

/// Selects the instructions for later computations: those that every processor of the target has,
/// or the best ones of this processor.
///
/// Use it to compare both in one process. Architectures other than x86-64 have only one level.
pub fn use_baseline_only(baseline_only: bool) {
    field::use_baseline_only(baseline_only);
}

/// Returns N in upper-case hexadecimal.
pub fn prime_hex() -> String {
    base16ct::upper::encode_string(&prime())
}

/// Returns g in hexadecimal.
pub fn generator_hex() -> String {
    integer::to_hex(&Element::TWO.to_be_bytes()[..])
}

/// Returns k as the arithmetic uses it, in hexadecimal.
pub fn multiplier_hex() -> String {
    integer::to_hex(&Element::K.to_be_bytes()[..])
}

/// Computes k by its definition, SHA-256(PAD(N) ‖ PAD(g)).
pub fn computed_multiplier_hex() -> String {
    let generator = integer::pad(&Element::TWO.to_be_bytes()[..]);
    hex(&Sha256::new().chain_update(integer::pad(&prime())).chain_update(generator).finalize())
}

/// Returns PAD of a hexadecimal integer, which has a sign if it is negative, in hexadecimal.
///
/// # Errors
///
/// [`SrpError::InvalidSalt`] when the text is not such an integer.
pub fn pad_hex(integer: &str) -> Result<String, SrpError> {
    let padded = integer::pad_signed_hex(integer).ok_or(SrpError::InvalidSalt)?;
    Ok(hex(&padded))
}

/// Computes u in hexadecimal from A and B in hexadecimal.
///
/// # Errors
///
/// The errors of a client and a server that receive A and B.
pub fn scrambler_hex(a: &str, b: &str) -> Result<String, SrpError> {
    let a = PublicValue::parse(a, SrpError::InvalidSrpA, SrpError::ZeroSrpA)?;
    let b = PublicValue::parse(b, SrpError::InvalidSrpB, SrpError::ZeroSrpB)?;
    Ok(hex(&hash::scrambler(&a.padded, &b.padded)?))
}

/// Computes the session key from padded S and u.
pub fn session_key(padded_s: &[u8], padded_u: &[u8]) -> [u8; 16] {
    **hash::session_key(padded_s, padded_u)
}

/// Returns a client's pair with the given a, of at most 3072 bits, which is reduced modulo N.
///
/// # Errors
///
/// [`SrpError::InvalidExponent`] when it is longer.
pub fn pair_from_secret(a: &[u8]) -> Result<EphemeralKeyPair, SrpError> {
    Ok(EphemeralKeyPair::from_exponent(exponent(a)?))
}

/// Returns the a that [`pair_from_secret`] uses, in hexadecimal.
///
/// # Errors
///
/// [`SrpError::InvalidExponent`] when it is longer than 3072 bits.
pub fn reduced_secret_hex(a: &[u8]) -> Result<String, SrpError> {
    Ok(integer::to_hex(&reduced(a)?))
}

/// Returns a device's password and verifier from the given random numbers.
pub fn device_secret(
    device_group_key: &str,
    device_key: &str,
    password: &[u8; 40],
    salt: &[u8; 16],
) -> DeviceSecret {
    DeviceSecret::from_random_bytes(device_group_key, device_key, password, salt)
}

/// Returns a server's response to SRP_A with the given b, of at most 3072 bits.
///
/// # Errors
///
/// The errors of [`PasswordVerifier::challenge`], and [`SrpError::InvalidExponent`].
pub fn exchange_from_secret(
    verifier: &PasswordVerifier,
    srp_a: &str,
    b: &[u8],
) -> Result<ServerExchange, SrpError> {
    verifier.challenge_with(srp_a, &exponent(b)?)
}

/// The intermediate values of a claim; integers and hashes are in lower-case hexadecimal.
#[derive(Debug)]
#[non_exhaustive]
pub struct Transcript {
    /// u.
    pub u: String,
    /// SHA-256(group ‖ name ‖ ":" ‖ password).
    pub identity_hash: String,
    /// x.
    pub x: String,
    /// v = g^x mod N.
    pub verifier: String,
    /// S.
    pub s: String,
    /// Lengths in bytes of PAD(A), PAD(B), PAD(S) and PAD(u).
    pub padded_bytes: [usize; 4],
    /// HKDF's extracted key.
    pub prk: String,
    /// The key that signs the claim.
    pub key: String,
    /// The signed message.
    pub message: String,
}

impl Transcript {
    /// Computes the intermediate values of [`EphemeralKeyPair::claim`].
    ///
    /// # Errors
    ///
    /// The errors of [`EphemeralKeyPair::claim`].
    pub fn new(
        pair: &EphemeralKeyPair,
        identity: Identity<'_>,
        password: &str,
        challenge: &SrpChallenge,
        timestamp: &Timestamp,
    ) -> Result<Self, SrpError> {
        let x = hash::private_key(identity, password, &challenge.salt);
        let agreed = pair.agree(&x, challenge)?;
        let [s, u] = [&agreed.s[..], &agreed.u[..]].map(integer::pad);
        Ok(Self {
            u: integer::to_hex(&agreed.u),
            identity_hash: hex(&*hash::identity_hash(identity, password)),
            x: integer::to_hex(&*x),
            verifier: integer::to_hex(
                &PasswordVerifier::new(identity, password, &challenge.salt).padded_verifier(),
            ),
            s: integer::to_hex(&s),
            padded_bytes: [pair.padded_public().len(), challenge.b.padded.len(), s.len(), u.len()],
            prk: hex(&hash::hmac(&u).chain_update(&s).finalize().into_bytes()),
            key: hex(&agreed.key()[..]),
            message: hex(&message(identity, &challenge.secret_block, timestamp)),
        })
    }
}

/// The intermediate values of a device's verifier; integers and hashes are in lower-case
/// hexadecimal.
#[derive(Debug)]
#[non_exhaustive]
pub struct DeviceTranscript {
    /// PAD(salt).
    pub salt: String,
    /// SHA-256(group ‖ key ‖ ":" ‖ password).
    pub identity_hash: String,
    /// x.
    pub x: String,
    /// v = g^x mod N.
    pub verifier: String,
    /// Length in bytes of PAD(v).
    pub verifier_padded_bytes: usize,
}

impl DeviceTranscript {
    /// Computes the intermediate values of [`DeviceSecret::generate`].
    pub fn new(device_group_key: &str, device_key: &str, password: &str, salt: &[u8; 16]) -> Self {
        let identity = Identity::device(device_group_key, device_key);
        let salt = integer::pad(salt);
        let verifier = PasswordVerifier::new(identity, password, &salt).padded_verifier();
        Self {
            identity_hash: hex(&*hash::identity_hash(identity, password)),
            x: integer::to_hex(&*hash::private_key(identity, password, &salt)),
            verifier: integer::to_hex(&verifier),
            verifier_padded_bytes: verifier.len(),
            salt: hex(&salt),
        }
    }
}

fn message(identity: Identity<'_>, secret_block: &[u8], timestamp: &Timestamp) -> Vec<u8> {
    let mut message = Vec::new();
    for part in hash::claim_message(identity, secret_block, timestamp) {
        message.extend_from_slice(part);
    }
    message
}

fn prime() -> Vec<u8> {
    // −1 mod N, plus 1: N is odd, so no carry.
    let mut prime = Element::ONE.sub(&Element::TWO).to_be_bytes().to_vec();
    if let Some(last) = prime.last_mut() {
        *last |= 1;
    }
    prime
}

fn exponent(bytes: &[u8]) -> Result<Exponent, SrpError> {
    Ok(Exponent::from_be_bytes(&reduced(bytes)?).bounded(bytes.len().saturating_mul(8)))
}

fn reduced(bytes: &[u8]) -> Result<[u8; ELEMENT_BYTES], SrpError> {
    if bytes.len() > ELEMENT_BYTES {
        return Err(SrpError::InvalidExponent);
    }
    field::reduce(bytes).map(|reduced| **reduced).ok_or(SrpError::InvalidExponent)
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;

    use super::*;

    #[test]
    fn exponent_has_at_most_the_length_of_n() {
        let longest = [0x5A; ELEMENT_BYTES];
        assert_eq!(reduced_secret_hex(&longest), Ok(integer::to_hex(&longest)));
        assert_eq!(reduced_secret_hex(&[0, 7]), Ok("7".to_owned()));
        let longer = reduced_secret_hex(&[1; ELEMENT_BYTES + 1]);
        assert_eq!(longer, Err(SrpError::InvalidExponent));
    }
}
