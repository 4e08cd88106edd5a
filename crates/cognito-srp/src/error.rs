//! The errors of this crate.

use core::fmt;

/// Why a value was refused or a proof did not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SrpError {
    /// SRP_B is not an unsigned integer of 1 to 1,024 hexadecimal digits.
    InvalidSrpB,
    /// SRP_B is a multiple of N, which would make the shared secret known to anybody.
    ZeroSrpB,
    /// The scrambling parameter u is zero, so that the password would not enter the proof.
    ZeroScrambler,
    /// SALT is not an integer in hexadecimal.
    InvalidSalt,
    /// SECRET_BLOCK is not base64.
    InvalidSecretBlock,
    /// SRP_A is not an unsigned integer of 1 to 1,024 hexadecimal digits.
    InvalidSrpA,
    /// SRP_A is a multiple of N, which would make the shared secret known to anybody.
    ZeroSrpA,
    /// A device's password verifier or its salt is not base64, or out of range.
    InvalidDeviceVerifier,
    /// A timestamp has not the form `EEE MMM d HH:mm:ss z yyyy`, or its year is not 1970 to 9999.
    InvalidTimestamp,
    /// A claim signature is not base64.
    InvalidSignature,
    /// The claim signature was not made with the right password.
    WrongProof,
    /// A secret exponent is longer than N.
    InvalidExponent,
    /// The random source failed.
    RandomSource,
}

impl fmt::Display for SrpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidSrpB => "SRP_B is not an unsigned integer of 1 to 1024 hex digits",
            Self::ZeroSrpB => "SRP_B is a multiple of the group's prime",
            Self::ZeroScrambler => "the scrambling parameter u is zero",
            Self::InvalidSalt => "SALT is not an integer in hex",
            Self::InvalidSecretBlock => "SECRET_BLOCK is not base64",
            Self::InvalidSrpA => "SRP_A is not an unsigned integer of 1 to 1024 hex digits",
            Self::ZeroSrpA => "SRP_A is a multiple of the group's prime",
            Self::InvalidDeviceVerifier => "the device's verifier is malformed",
            Self::InvalidTimestamp => "the timestamp is not of the form EEE MMM d HH:mm:ss z yyyy",
            Self::InvalidSignature => "the claim signature is not base64",
            Self::WrongProof => "the claim signature does not match",
            Self::InvalidExponent => "the secret exponent is longer than 3072 bits",
            Self::RandomSource => "the random source failed",
        })
    }
}

impl core::error::Error for SrpError {}
