//! The service's response to SRP_A, parsed and checked.

use alloc::vec;
use alloc::vec::Vec;
use core::mem;

use base64ct::{Base64Unpadded, Encoding};
use zeroize::Zeroizing;

use crate::error::SrpError;
use crate::field::{self, ELEMENT_BYTES};
use crate::integer;

/// The parameters of a PASSWORD_VERIFIER or DEVICE_PASSWORD_VERIFIER challenge.
#[derive(Clone, Debug)]
pub struct SrpChallenge {
    pub(crate) salt: Vec<u8>,
    pub(crate) b: PublicValue,
    pub(crate) secret_block: Vec<u8>,
}

impl SrpChallenge {
    /// Parses SALT, SRP_B and SECRET_BLOCK in the form in which they were received.
    ///
    /// SALT is an integer in hexadecimal, with a sign if negative. SRP_B is an unsigned integer of
    /// 1 to 1,024 hexadecimal digits. Both may have leading zeros and an odd number of digits.
    /// SECRET_BLOCK is base64 in either alphabet, with or without padding.
    ///
    /// # Errors
    ///
    /// [`SrpError::InvalidSalt`], [`SrpError::InvalidSrpB`] and [`SrpError::InvalidSecretBlock`]
    /// for malformed values, [`SrpError::ZeroSrpB`] when SRP_B is a multiple of N.
    pub fn parse(salt: &str, srp_b: &str, secret_block: &str) -> Result<Self, SrpError> {
        Ok(Self {
            salt: integer::pad_signed_hex(salt).ok_or(SrpError::InvalidSalt)?,
            b: PublicValue::parse(srp_b, SrpError::InvalidSrpB, SrpError::ZeroSrpB)?,
            secret_block: decode_base64(secret_block).ok_or(SrpError::InvalidSecretBlock)?,
        })
    }
}

/// The A or B of the other side, both in the padded form in which it was sent and reduced modulo N.
#[derive(Clone)]
pub(crate) struct PublicValue {
    pub(crate) padded: Vec<u8>,
    /// Big-endian.
    pub(crate) reduced: [u8; ELEMENT_BYTES],
}

impl PublicValue {
    pub(crate) fn parse(text: &str, invalid: SrpError, zero: SrpError) -> Result<Self, SrpError> {
        let bytes = integer::parse_public_hex(text).ok_or(invalid)?;
        let reduced = **field::reduce(&bytes).ok_or(invalid)?;
        if reduced == [0; ELEMENT_BYTES] {
            return Err(zero);
        }
        Ok(Self { padded: integer::pad(&bytes), reduced })
    }
}

impl core::fmt::Debug for PublicValue {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PublicValue({} bytes)", self.padded.len())
    }
}

/// Decodes base64 in the standard or the URL-safe alphabet, with or without padding.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let unpadded = text.trim_end_matches('=');
    if text.len().checked_sub(unpadded.len())? > 2 {
        return None;
    }
    // Some texts are secret, so the copy is wiped.
    let mut standard = Zeroizing::new(unpadded.as_bytes().to_vec());
    for byte in standard.iter_mut() {
        match byte {
            b'-' => *byte = b'+',
            b'_' => *byte = b'/',
            _ => {}
        }
    }
    let mut decoded = Zeroizing::new(vec![0; standard.len()]);
    let length = Base64Unpadded::decode(&*standard, &mut decoded).ok()?.len();
    decoded.truncate(length);
    Some(mem::take(&mut *decoded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_block_is_accepted_in_either_alphabet() {
        for text in ["+/++", "-_--", "-/+-"] {
            assert_eq!(decode_base64(text).unwrap(), [0xFB, 0xFF, 0xBE], "{text}");
        }
        for text in ["YWJjZA==", "YWJjZA=", "YWJjZA"] {
            assert_eq!(decode_base64(text).unwrap(), b"abcd", "{text}");
        }
        for text in ["!!!!", "YWJjZA===", "YWJj ZA", "YWJjZA=\n", "YW=jZA", "A"] {
            assert_eq!(decode_base64(text), None, "{text:?}");
        }
    }
}
