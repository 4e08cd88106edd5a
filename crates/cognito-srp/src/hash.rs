//! The hashes of the protocol: u, x, the session key and the claim.

use alloc::boxed::Box;
use alloc::string::String;

use base64ct::{Base64, Encoding};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::SrpError;
use crate::identity::Identity;
use crate::timestamp::Timestamp;

/// The length of a SHA-256 hash in bytes.
pub(crate) const HASH_BYTES: usize = 32;

/// The length in bytes of the key that signs the claim.
pub(crate) const KEY_BYTES: usize = 16;

/// The key that signs the claim, which is not copied by moves and is wiped when dropped.
pub(crate) type SessionKey = Box<Zeroizing<[u8; KEY_BYTES]>>;

/// The `info` parameter of HKDF.
pub(crate) const KEY_INFO: &[u8] = b"Caldera Derived Key";

/// Computes u = SHA-256(PAD(A) ‖ PAD(B)) from padded values; an error if it is zero.
pub(crate) fn scrambler(a: &[u8], b: &[u8]) -> Result<[u8; HASH_BYTES], SrpError> {
    let u = Sha256::new().chain_update(a).chain_update(b).finalize().into();
    if u == [0; HASH_BYTES] { Err(SrpError::ZeroScrambler) } else { Ok(u) }
}

/// Computes SHA-256(group ‖ name ‖ ":" ‖ password).
pub(crate) fn identity_hash(identity: Identity<'_>, password: &str) -> Zeroizing<[u8; HASH_BYTES]> {
    let hasher = Sha256::new()
        .chain_update(identity.group)
        .chain_update(identity.name)
        .chain_update(":")
        .chain_update(password);
    wiped(hasher)
}

/// Computes x = SHA-256(PAD(salt) ‖ SHA-256(group ‖ name ‖ ":" ‖ password)) from a padded salt.
pub(crate) fn private_key(
    identity: Identity<'_>,
    password: &str,
    salt: &[u8],
) -> Zeroizing<[u8; HASH_BYTES]> {
    let inner = identity_hash(identity, password);
    wiped(Sha256::new().chain_update(salt).chain_update(*inner))
}

/// Derives the 16-byte key from PAD(S) with HKDF (RFC 5869) and PAD(u) as its salt.
pub(crate) fn session_key(s: &[u8], u: &[u8]) -> SessionKey {
    let mut key = SessionKey::default();
    // HKDF only fails for more than 255 blocks, and this is half a block.
    let expanded = Hkdf::<Sha256>::new(Some(u), s).expand(KEY_INFO, &mut key[..]);
    debug_assert!(expanded.is_ok());
    key
}

/// Computes HMAC-SHA-256(key, group ‖ name ‖ secret block ‖ timestamp).
pub(crate) fn claim_mac(
    key: &[u8; KEY_BYTES],
    identity: Identity<'_>,
    secret_block: &[u8],
    timestamp: &Timestamp,
) -> Hmac<Sha256> {
    let message = claim_message(identity, secret_block, timestamp);
    message.into_iter().fold(hmac(key), |mac, part| mac.chain_update(part))
}

/// Returns the parts of the signed message in order.
pub(crate) fn claim_message<'a>(
    identity: Identity<'a>,
    secret_block: &'a [u8],
    timestamp: &'a Timestamp,
) -> [&'a [u8]; 4] {
    let Identity { group, name } = identity;
    [group.as_bytes(), name.as_bytes(), secret_block, timestamp.as_str().as_bytes()]
}

/// Computes SECRET_HASH: base64 of HMAC-SHA-256(client secret, user name ‖ client id).
///
/// The user name depends on the operation: the name in the request for SignUp,
/// ConfirmSignUp, ResendConfirmationCode, ForgotPassword, ConfirmForgotPassword and InitiateAuth;
/// the name that the service returned for RespondToAuthChallenge.
///
/// ```
/// let hash = cognito_srp::secret_hash("alice", "1example23456789", "secretsecretsecretsecret");
/// assert_eq!(hash, "Frcgik1I5BO69D5/Ross3o24gt8azq0ruP8sN9b3zg8=");
/// ```
pub fn secret_hash(username: &str, client_id: &str, client_secret: &str) -> String {
    let mac = hmac(client_secret.as_bytes()).chain_update(username).chain_update(client_id);
    Base64::encode_string(&mac.finalize().into_bytes())
}

pub(crate) fn hmac(key: &[u8]) -> Hmac<Sha256> {
    <Hmac<Sha256> as KeyInit>::new_from_slice(key)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of every length"))
}

fn wiped(hasher: Sha256) -> Zeroizing<[u8; HASH_BYTES]> {
    let mut hash = Zeroizing::new([0; HASH_BYTES]);
    hasher.finalize_into((&mut *hash).into());
    hash
}
