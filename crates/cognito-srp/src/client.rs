//! The client's side: the ephemeral pair, and the claim that proves the password.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64ct::{Base64, Encoding};
use hmac::Mac;
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::challenge::SrpChallenge;
use crate::comb::power_of_two;
use crate::error::SrpError;
use crate::exponent::Exponent;
use crate::field::{ELEMENT_BYTES, Element, SecretBytes};
use crate::hash;
use crate::identity::Identity;
use crate::integer;
use crate::stack;
use crate::timestamp::Timestamp;

/// A client's secret a and its public A = g^a mod N, for a single claim.
///
/// ```
/// use cognito_srp::{SrpChallenge, EphemeralKeyPair, Identity, Timestamp};
/// # let mut rng = getrandom::SysRng;
/// # let timestamp = Timestamp::from_unix_seconds(1_767_582_249)?;
/// # let stored = cognito_srp::PasswordVerifier::generate(
/// #     Identity::user("Ab12Cd34E", "alice"), "correct horse", &mut rng)?;
///
/// let pair = EphemeralKeyPair::generate(&mut rng)?;
/// let srp_a = pair.srp_a(); // goes into InitiateAuth
/// # let server = stored.challenge(&srp_a, &mut rng)?;
/// # let (salt, srp_b, secret_block) = (server.salt(), server.srp_b(), "c2VjcmV0IGJsb2Nr");
///
/// let challenge = SrpChallenge::parse(salt, srp_b, secret_block)?;
/// let identity = Identity::user("Ab12Cd34E", "alice");
/// let claim = pair.claim(identity, "correct horse", &challenge, &timestamp)?;
/// let signature = claim.signature(); // goes into RespondToAuthChallenge
/// # server.verify(identity, b"secret block", &timestamp, signature)?;
/// # Ok::<(), cognito_srp::SrpError>(())
/// ```
pub struct EphemeralKeyPair {
    secret: Exponent,
    /// Big-endian.
    public: [u8; ELEMENT_BYTES],
}

impl EphemeralKeyPair {
    /// Generates a pair from 320 random bits.
    ///
    /// It does not depend on the service, so it can be generated before the request is ready.
    ///
    /// # Errors
    ///
    /// [`SrpError::RandomSource`] when `rng` fails.
    pub fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, SrpError> {
        stack::wiped(|| Ok(Self::from_exponent(Exponent::random(rng)?)))
    }

    pub(crate) fn from_exponent(secret: Exponent) -> Self {
        let public = **power_of_two(&secret).to_be_bytes();
        Self { secret, public }
    }

    /// Returns A in lower-case hexadecimal without leading zeros, to send as SRP_A.
    pub fn srp_a(&self) -> String {
        integer::to_hex(&self.public)
    }

    /// Proves knowledge of the password of `identity` by signing the challenge's secret block.
    ///
    /// The password is used as UTF-8 without Unicode normalization. The timestamp
    /// must be within a few seconds of the service's clock.
    ///
    /// # Errors
    ///
    /// [`SrpError::ZeroScrambler`] if u is zero for this challenge.
    pub fn claim(
        self,
        identity: Identity<'_>,
        password: &str,
        challenge: &SrpChallenge,
        timestamp: &Timestamp,
    ) -> Result<PasswordClaim, SrpError> {
        stack::wiped(|| {
            let x = hash::private_key(identity, password, &challenge.salt);
            let key = self.agree(&x, challenge)?.key();
            let mac = hash::claim_mac(&key, identity, &challenge.secret_block, timestamp);
            Ok(PasswordClaim { signature: Base64::encode_string(&mac.finalize().into_bytes()) })
        })
    }

    /// Returns PAD(A).
    pub(crate) fn padded_public(&self) -> Vec<u8> {
        integer::pad(&self.public)
    }

    /// Computes S = (B − k·g^x)^(a + u·x) mod N.
    pub(crate) fn agree(&self, x: &[u8; 32], challenge: &SrpChallenge) -> Result<Agreed, SrpError> {
        let u = hash::scrambler(&self.padded_public(), &challenge.b.padded)?;
        let verifier = power_of_two(&Exponent::from_be_bytes(x));
        let base = Element::from_be_bytes(&challenge.b.reduced).sub(&Element::K.mul(&verifier));
        let s = base.pow(&self.secret.plus_product(&u, x)).to_be_bytes();
        Ok(Agreed { u, s })
    }
}

impl fmt::Debug for EphemeralKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EphemeralKeyPair([redacted])")
    }
}

/// The values that both sides compute: u and S.
pub(crate) struct Agreed {
    pub(crate) u: [u8; hash::HASH_BYTES],
    pub(crate) s: SecretBytes,
}

impl Agreed {
    pub(crate) fn key(&self) -> hash::SessionKey {
        let s = Zeroizing::new(integer::pad(&self.s[..]));
        hash::session_key(&s, &integer::pad(&self.u))
    }
}

/// The proof of the password, to send with the timestamp and the unchanged secret block.
pub struct PasswordClaim {
    signature: String,
}

impl PasswordClaim {
    /// Returns the signature in base64, to send as PASSWORD_CLAIM_SIGNATURE.
    pub fn signature(&self) -> &str {
        &self.signature
    }
}

impl fmt::Debug for PasswordClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordClaim([redacted])")
    }
}
