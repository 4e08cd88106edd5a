//! Why a token was refused.

use std::fmt;
use std::sync::Arc;

use crate::fetch::FetchError;

/// Why a token was refused, or could not be checked.
///
/// No variant holds any part of the token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum VerifyError {
    /// The token is longer than the rules allow.
    TooLong {
        /// The most bytes that are read.
        limit: usize,
    },
    /// The token is not a compact JWS of canonical base64 and strict JSON.
    Malformed(&'static str),
    /// The header asks for something other than a plain RS256 signature.
    UnsupportedHeader(&'static str),
    /// The key set has no usable key of the token's `kid`.
    UnknownKey,
    /// The signature was not made by the key that the token names.
    WrongSignature,
    /// A claim that every token carries is missing.
    MissingClaim(&'static str),
    /// A claim is of the wrong type or out of range.
    InvalidClaim(&'static str),
    /// The issuer is none of those that are accepted.
    WrongIssuer,
    /// An ID token stands where an access token must, or the other way round.
    WrongTokenUse {
        /// `access` or `id`.
        expected: &'static str,
    },
    /// The token was issued to another app client.
    WrongClient,
    /// The token has expired.
    Expired,
    /// The token is not valid yet, or was issued in the future: a clock is wrong.
    NotYetValid,
    /// The key set could not be fetched, so nothing is known of the token.
    KeysUnavailable(Arc<FetchError>),
}

impl VerifyError {
    /// Whether the same token may be accepted later, because keys were missing and not the token
    /// at fault.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::KeysUnavailable(_))
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit } => write!(f, "the token is longer than {limit} bytes"),
            Self::Malformed(part) => write!(f, "the token's {part} is malformed"),
            Self::UnsupportedHeader(member) => {
                write!(f, "the token's header member {member} is not supported")
            }
            Self::UnknownKey => f.write_str("the key set has no usable key for the token"),
            Self::WrongSignature => f.write_str("the token's signature is wrong"),
            Self::MissingClaim(claim) => write!(f, "the token has no claim {claim}"),
            Self::InvalidClaim(claim) => write!(f, "the token's claim {claim} is invalid"),
            Self::WrongIssuer => f.write_str("the token was issued by another user pool"),
            Self::WrongTokenUse { expected } => write!(f, "the token is not an {expected} token"),
            Self::WrongClient => f.write_str("the token was issued to another app client"),
            Self::Expired => f.write_str("the token has expired"),
            Self::NotYetValid => f.write_str("the token is not valid yet"),
            Self::KeysUnavailable(_) => f.write_str("the pool's key set is unavailable"),
        }
    }
}

impl std::error::Error for VerifyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::KeysUnavailable(error) => Some(&**error),
            _ => None,
        }
    }
}
