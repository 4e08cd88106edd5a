//! Tokens as header values.

use bytes::Bytes;
use cognito_types::{IssuedToken, TokenError, TokenErrorKind};
use http::HeaderValue;
use http::header::InvalidHeaderValue;
use zeroize::Zeroizing;

/// Returns the value of an `Authorization` header, for clients without middleware.
///
/// It is marked as sensitive, so that `Debug` does not print it and HTTP/2 does not index it.
///
/// ```
/// # mod cognito { pub use cognito_http as http; pub use cognito_types as session; }
/// use cognito::http::bearer_value;
/// use cognito::session::IssuedToken;
///
/// let token = IssuedToken::new("a.b.c", std::time::SystemTime::now(), 0);
/// let value = bearer_value(&token)?;
/// assert_eq!(value, "Bearer a.b.c");
/// assert_eq!(format!("{value:?}"), "Sensitive");
/// # Ok::<(), cognito_types::TokenError>(())
/// ```
///
/// # Errors
///
/// [`Configuration`](TokenErrorKind::Configuration) for a token with characters that a header
/// cannot contain.
pub fn bearer_value(token: &IssuedToken) -> Result<HeaderValue, TokenError> {
    prefixed("Bearer ", token)
}

pub(crate) fn prefixed(prefix: &str, token: &IssuedToken) -> Result<HeaderValue, TokenError> {
    let value = Zeroizing::new([prefix, token.expose_secret()].concat().into_bytes());
    secret(value).map_err(|error| TokenError::new(TokenErrorKind::Configuration, error))
}

/// Creates a header value whose buffer is wiped when its last clone is dropped.
///
/// HTTP clients copy it into their own buffers, which are not wiped.
pub(crate) fn secret(value: Zeroizing<Vec<u8>>) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(value))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_os = "linux")]
    use crate::memory::Planted;

    #[test]
    fn a_header_value_keeps_the_buffer_that_is_wiped() {
        let value = Zeroizing::new(b"Bearer a.b.c".to_vec());
        let buffer = value.as_ptr();
        let value = secret(value).unwrap();
        assert_eq!(value.as_bytes().as_ptr(), buffer);
        let clone = value.clone();
        drop(value);
        assert_eq!(clone.as_bytes().as_ptr(), buffer);
        assert!(clone.is_sensitive());
        secret(Zeroizing::new(b"a\nb".to_vec())).unwrap_err();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_dropped_header_value_leaves_no_token() {
        let planted = Planted::new();
        let token = IssuedToken::new(&*planted.text(), std::time::SystemTime::now(), 0);
        let value = bearer_value(&token).unwrap();
        assert!(planted.is_in_memory());
        drop(token);
        assert!(planted.is_in_memory());
        drop(value);
        assert!(!planted.is_in_memory());
    }
}
