//! Tokens as header values.

use cognito_types::{IssuedToken, TokenError, TokenErrorKind};
use http::HeaderValue;

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
    let value = [prefix, token.expose_secret()].concat();
    let mut value = HeaderValue::try_from(value)
        .map_err(|error| TokenError::new(TokenErrorKind::Configuration, error))?;
    value.set_sensitive(true);
    Ok(value)
}
