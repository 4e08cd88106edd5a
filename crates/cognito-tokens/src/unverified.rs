//! Claims of tokens that are not verified.
//!
//! They only decide how long and under which key a program stores a token that it received from the
//! service or sends to it, and never what a caller may do.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::base64url;

/// Returns the claims of a JWT without verification; `None` if its payload is malformed.
#[doc(hidden)]
pub fn unverified_claims<T: DeserializeOwned>(token: &str) -> Option<T> {
    let payload = base64url::decode(token.split('.').nth(1)?)?;
    serde_json::from_slice(&payload).ok()
}

/// Returns the time at which a JWT expires without verification, by its claim `exp`.
#[doc(hidden)]
pub fn unverified_expiry(token: &str) -> Option<SystemTime> {
    #[derive(Deserialize)]
    struct Expiry {
        exp: u64,
    }
    let Expiry { exp } = unverified_claims(token)?;
    UNIX_EPOCH.checked_add(Duration::from_secs(exp))
}

/// Returns the lifetime of a JWT without verification, from its issue (`iat`) to its expiration.
#[doc(hidden)]
pub fn unverified_lifetime(token: &str) -> Option<Duration> {
    #[derive(Deserialize)]
    struct Times {
        iat: u64,
        exp: u64,
    }
    let Times { iat, exp } = unverified_claims(token)?;
    exp.checked_sub(iat).filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::Value;

    use super::*;

    #[test]
    fn expiry_of_a_malformed_token_is_absent() {
        let token = |payload: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload));
        let expected = UNIX_EPOCH + Duration::from_secs(7);
        assert_eq!(unverified_expiry(&token(r#"{"exp":7,"iat":1}"#)), Some(expected));
        let far = format!(r#"{{"exp":{}}}"#, u64::MAX);
        for payload in ["", "{}", "[]", r#"{"exp":-1}"#, r#"{"exp":"7"}"#, &far] {
            assert_eq!(unverified_expiry(&token(payload)), None, "{payload}");
        }
        let lifetime = Some(Duration::from_secs(6));
        assert_eq!(unverified_lifetime(&token(r#"{"exp":7,"iat":1}"#)), lifetime);
        for payload in ["", "{}", "[]", r#"{"iat":2,"exp":1}"#, r#"{"iat":1,"exp":1}"#] {
            assert_eq!(unverified_lifetime(&token(payload)), None, "{payload}");
        }
        for malformed in ["", "opaque", "a.b", "...", "a.%%%.b"] {
            assert_eq!(unverified_claims::<Value>(malformed), None, "{malformed}");
        }
    }
}
