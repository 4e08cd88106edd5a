//! The error type of this crate.

/// An error of the SRP protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SrpError {
    /// SRP_B is not an unsigned integer of 1 to 1,024 hexadecimal digits.
    #[error("SRP_B is not an unsigned integer of 1 to 1024 hex digits")]
    InvalidSrpB,
    /// SRP_B is a multiple of N, which would make the shared secret predictable.
    #[error("SRP_B is a multiple of the group's prime")]
    ZeroSrpB,
    /// The scrambling parameter u is zero, so the proof would not depend on the password.
    #[error("the scrambling parameter u is zero")]
    ZeroScrambler,
    /// SALT is not an integer in hexadecimal.
    #[error("SALT is not an integer in hex")]
    InvalidSalt,
    /// SECRET_BLOCK is not base64.
    #[error("SECRET_BLOCK is not base64")]
    InvalidSecretBlock,
    /// SRP_A is not an unsigned integer of 1 to 1,024 hexadecimal digits.
    #[error("SRP_A is not an unsigned integer of 1 to 1024 hex digits")]
    InvalidSrpA,
    /// SRP_A is a multiple of N, which would make the shared secret predictable.
    #[error("SRP_A is a multiple of the group's prime")]
    ZeroSrpA,
    /// A device's password verifier or salt is not base64 or is out of range.
    #[error("the device's verifier is malformed")]
    InvalidDeviceVerifier,
    /// A stored exchange does not have the form of
    /// [`ServerExchange::to_base64`](crate::ServerExchange::to_base64).
    #[error("the stored exchange is malformed")]
    InvalidExchange,
    /// A timestamp does not have the form `EEE MMM d HH:mm:ss z yyyy` or a year from 1970 to 9999.
    #[error("the timestamp is not of the form EEE MMM d HH:mm:ss z yyyy")]
    InvalidTimestamp,
    /// A claim signature is not base64.
    #[error("the claim signature is not base64")]
    InvalidSignature,
    /// The claim signature was not made with the right password.
    #[error("the claim signature does not match")]
    WrongProof,
    /// A secret exponent is longer than N.
    #[error("the secret exponent is longer than 3072 bits")]
    InvalidExponent,
    /// The random source failed.
    #[error("the random source failed")]
    RandomSource,
}
