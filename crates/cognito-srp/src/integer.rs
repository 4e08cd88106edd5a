//! The two forms in which Cognito writes integers: hexadecimal text, and bytes as Java pads them.
//!
//! PAD is `BigInteger.toByteArray()`: the shortest big-endian two's complement. A number whose top
//! bit is set has a zero byte in front. There is no fixed width: other leading zero bytes are
//! removed.

use alloc::string::String;
use alloc::vec::Vec;

/// Largest length of SRP_A and SRP_B in digits.
const MAX_PUBLIC_DIGITS: usize = 1024;

/// Returns PAD of a non-negative integer in big-endian bytes.
pub(crate) fn pad(magnitude: &[u8]) -> Vec<u8> {
    let magnitude = strip_zeros(magnitude);
    let sign_byte = magnitude.first().is_none_or(|first| *first >= 0x80);
    let mut padded = Vec::with_capacity(magnitude.len().saturating_add(1));
    if sign_byte {
        padded.push(0);
    }
    padded.extend_from_slice(magnitude);
    padded
}

/// Returns PAD of an integer in hexadecimal that may have a minus sign.
pub(crate) fn pad_signed_hex(text: &str) -> Option<Vec<u8>> {
    match text.strip_prefix('-') {
        None => Some(pad(&decode_hex(text)?)),
        Some(digits) => Some(negate(pad(&decode_hex(digits)?))),
    }
}

/// Returns the big-endian bytes of an unsigned integer of 1 to 1,024 hexadecimal digits.
pub(crate) fn parse_public_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_PUBLIC_DIGITS {
        return None;
    }
    decode_hex(text)
}

/// Returns lower-case hexadecimal without leading zeros, like `BigInteger.toString(16)`.
pub(crate) fn to_hex(magnitude: &[u8]) -> String {
    let digits = base16ct::lower::encode_string(magnitude);
    let stripped = digits.trim_start_matches('0');
    String::from(if stripped.is_empty() { "0" } else { stripped })
}

fn decode_hex(digits: &str) -> Option<Vec<u8>> {
    if digits.is_empty() {
        return None;
    }
    let mut even = String::with_capacity(digits.len().saturating_add(1));
    if digits.len() % 2 == 1 {
        even.push('0');
    }
    even.push_str(digits);
    base16ct::mixed::decode_vec(even).ok()
}

/// Returns the shortest two's complement of −n, from that of n ≥ 0.
fn negate(mut padded: Vec<u8>) -> Vec<u8> {
    let mut carry = true;
    for byte in padded.iter_mut().rev() {
        (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
    }
    let redundant =
        padded.windows(2).take_while(|pair| matches!(pair, [0xFF, next] if *next >= 0x80)).count();
    padded.split_off(redundant)
}

fn strip_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(text: &str) -> String {
        base16ct::lower::encode_string(&pad_signed_hex(text).unwrap())
    }

    #[test]
    fn padding_is_that_of_java() {
        let cases = [
            ("0", "00"),
            ("000", "00"),
            ("f", "0f"),
            ("7f", "7f"),
            ("80", "0080"),
            ("0080", "0080"),
            ("abc", "0abc"),
            ("-0", "00"),
            ("-1", "ff"),
            ("-7f", "81"),
            ("-80", "80"),
            ("-81", "ff7f"),
            ("-100", "ff00"),
            ("-ab12", "ff54ee"),
            ("-8000", "8000"),
        ];
        for (text, expected) in cases {
            assert_eq!(padded(text), expected, "{text}");
        }
    }

    #[test]
    fn text_that_is_not_an_integer_is_refused() {
        for text in ["", "-", "--1", "+1", "0x1", "xyz1", "1 ", " 1", "1\n", "١"] {
            assert!(pad_signed_hex(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn public_integers_are_unsigned_and_bounded() {
        assert!(parse_public_hex(&"f".repeat(1024)).is_some());
        assert!(parse_public_hex(&"0".repeat(1025)).is_none());
        assert!(parse_public_hex("-1").is_none());
        assert!(parse_public_hex("").is_none());
    }

    #[test]
    fn hexadecimal_has_no_leading_zeros() {
        assert_eq!(to_hex(&[0, 0x0A, 0xBC]), "abc");
        assert_eq!(to_hex(&[0, 0]), "0");
        assert_eq!(to_hex(&[]), "0");
    }
}
