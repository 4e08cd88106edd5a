//! Inner values of the protocol and chosen randomness, for test vectors.
//!
//! Outside the promise of semantic versioning, and no part of a sign-in: an exponent that is not
//! random, or an inner value that is shown, gives the password away.

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

/// Computes with the instructions that every processor of the target has from now on, or again
/// with the best of this one.
///
/// It is for comparing both in one process. Other architectures than x86-64 have one level.
pub fn use_baseline_only(baseline_only: bool) {
    field::use_baseline_only(baseline_only);
}

/// N in upper-case hexadecimal.
pub fn prime_hex() -> String {
    base16ct::upper::encode_string(&prime())
}

/// g in hexadecimal.
pub fn generator_hex() -> String {
    integer::to_hex(&Element::TWO.to_be_bytes()[..])
}

/// k as the arithmetic uses it.
pub fn multiplier_hex() -> String {
    integer::to_hex(&Element::K.to_be_bytes()[..])
}

/// k by its definition, SHA-256(PAD(N) ‖ PAD(g)).
pub fn computed_multiplier_hex() -> String {
    let generator = integer::pad(&Element::TWO.to_be_bytes()[..]);
    hex(&Sha256::new().chain_update(integer::pad(&prime())).chain_update(generator).finalize())
}

/// PAD of an integer in hexadecimal, with a sign if negative, in hexadecimal.
///
/// # Errors
///
/// [`SrpError::InvalidSalt`] when the text is no such integer.
pub fn pad_hex(integer: &str) -> Result<String, SrpError> {
    let padded = integer::pad_signed_hex(integer).ok_or(SrpError::InvalidSalt)?;
    Ok(hex(&padded))
}

/// u in hexadecimal, from A and B in hexadecimal.
///
/// # Errors
///
/// Those of a client and a server that receive A and B.
pub fn scrambler_hex(a: &str, b: &str) -> Result<String, SrpError> {
    let a = PublicValue::parse(a, SrpError::InvalidSrpA, SrpError::ZeroSrpA)?;
    let b = PublicValue::parse(b, SrpError::InvalidSrpB, SrpError::ZeroSrpB)?;
    Ok(hex(&hash::scrambler(&a.padded, &b.padded)?))
}

/// The session key from S and u, both padded.
pub fn session_key(padded_s: &[u8], padded_u: &[u8]) -> [u8; 16] {
    **hash::session_key(padded_s, padded_u)
}

/// A client's pair from the given a, of at most 3072 bits, taken modulo N.
///
/// # Errors
///
/// [`SrpError::InvalidExponent`] when it is longer.
pub fn pair_from_secret(a: &[u8]) -> Result<EphemeralKeyPair, SrpError> {
    Ok(EphemeralKeyPair::from_exponent(exponent(a)?))
}

/// The a that [`pair_from_secret`] makes of the given one, in hexadecimal.
///
/// # Errors
///
/// [`SrpError::InvalidExponent`] when it is longer than 3072 bits.
pub fn reduced_secret_hex(a: &[u8]) -> Result<String, SrpError> {
    Ok(integer::to_hex(&reduced(a)?))
}

/// A device's password and verifier from the given random numbers.
pub fn device_secret(
    device_group_key: &str,
    device_key: &str,
    password: &[u8; 40],
    salt: &[u8; 16],
) -> DeviceSecret {
    DeviceSecret::from_random_bytes(device_group_key, device_key, password, salt)
}

/// A server's answer to SRP_A with the given b, of at most 3072 bits.
///
/// # Errors
///
/// Those of [`PasswordVerifier::challenge`], and [`SrpError::InvalidExponent`].
pub fn exchange_from_secret(
    verifier: &PasswordVerifier,
    srp_a: &str,
    b: &[u8],
) -> Result<ServerExchange, SrpError> {
    verifier.challenge_with(srp_a, &exponent(b)?)
}

/// Every inner value of one claim; integers and hashes in lower-case hexadecimal.
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
    /// The message that is signed.
    pub message: String,
}

impl Transcript {
    /// Computes the intermediate values of [`EphemeralKeyPair::claim`].
    ///
    /// # Errors
    ///
    /// Those of [`EphemeralKeyPair::claim`].
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

/// Inner values of a device's verifier; integers and hashes in lower-case hexadecimal.
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
