//! Claims of new tokens before they are verified.
//!
//! They are used for no decision that the verification does not confirm: the same token is verified
//! before the session's claims are first used.

use std::time::Duration;

use cognito_tokens::unverified_claims;
use cognito_types::AccessToken;
use serde::Deserialize;

#[derive(Default, Deserialize)]
struct Payload {
    username: Option<String>,
    iat: Option<u64>,
    exp: Option<u64>,
}

/// Returns the user name of the service.
pub(crate) fn username(token: &AccessToken) -> Option<String> {
    payload(token).username.filter(|name| !name.is_empty())
}

/// Returns the lifetime of the token, from its issue to its expiration.
pub(crate) fn lifetime(token: &AccessToken) -> Option<Duration> {
    let Payload { iat, exp, .. } = payload(token);
    let seconds = exp?.checked_sub(iat?).filter(|seconds| *seconds > 0)?;
    Some(Duration::from_secs(seconds))
}

fn payload(token: &AccessToken) -> Payload {
    unverified_claims(token.expose_secret()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn token(payload: &str) -> AccessToken {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload)).into()
    }

    #[test]
    fn malformed_claims_are_ignored() {
        let complete = token(r#"{"username":"1f0c","iat":1000,"exp":1300,"other":{}}"#);
        assert_eq!(username(&complete).as_deref(), Some("1f0c"));
        assert_eq!(lifetime(&complete), Some(Duration::from_secs(300)));
        for payload in
            ["", "{}", "[]", r#"{"iat":2,"exp":1}"#, r#"{"iat":1,"exp":1}"#, r#"{"exp":9}"#]
        {
            assert_eq!((username(&token(payload)), lifetime(&token(payload))), (None, None));
        }
        for malformed in ["", "opaque", "a.b", "..."] {
            assert_eq!(lifetime(&malformed.into()), None);
        }
    }
}
