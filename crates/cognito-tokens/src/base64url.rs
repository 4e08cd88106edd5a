//! Base64 as JOSE uses it: URL-safe, without padding, in its one canonical spelling.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Decodes the canonical spelling and no other.
///
/// Padding, the standard alphabet, white space and set trailing bits are refused: a token must not
/// have two spellings, or lists of revoked tokens can be evaded.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
