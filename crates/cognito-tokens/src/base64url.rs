//! The base64 of JOSE: URL-safe, without padding, and only in canonical form.

use base64_simd::URL_SAFE_NO_PAD;

/// Decodes text in the canonical form and refuses all other forms.
///
/// Padding, the standard alphabet, white space and nonzero trailing bits are refused. If a token
/// had two spellings, it could evade a list of revoked tokens.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode_to_vec(text).ok()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as OTHER;

    use super::*;

    /// Letters of both alphabets, padding, white space, the ends of ranges, and bytes beyond ASCII.
    const BYTES: &[u8] = b"AQBCZaz0149-_+/=.,@[`{:\n\0 \x7f";

    fn agree(text: &str) {
        assert_eq!(decode(text), OTHER.decode(text).ok(), "{text:?}");
    }

    #[test]
    fn two_decoders_agree_on_every_ending() {
        for start in ["", "AAAA", &"Zm9v".repeat(20)] {
            agree(start);
            for one in BYTES.iter().map(|byte| char::from(*byte)) {
                agree(&format!("{start}{one}"));
                for two in BYTES.iter().map(|byte| char::from(*byte)) {
                    agree(&format!("{start}{one}{two}"));
                    for three in BYTES.iter().map(|byte| char::from(*byte)) {
                        agree(&format!("{start}{one}{two}{three}"));
                        agree(&format!("{start}{one}{two}{three}A"));
                    }
                }
            }
        }
    }

    #[test]
    fn two_decoders_agree_on_every_byte_in_every_place() {
        let good = "Zm9vYmFyLV8_".replace('?', "A").repeat(8);
        for at in 0..good.len() {
            for byte in (0..=255_u8).map(char::from) {
                let text: String =
                    good.chars().enumerate().map(|(n, c)| if n == at { byte } else { c }).collect();
                agree(&text);
            }
        }
    }
}
