//! Claims of new tokens before they are verified.
//!
//! They are used for no decision that the verification does not confirm: the same token is verified
//! before the session's claims are first used. The exceptions compare a session with the record of
//! its name: a sign-out deletes only the record of its own sign-in, and a new session does not replace
//! that of a later one.

use std::time::Duration;

use cognito_tokens::{unverified_claims, unverified_lifetime};
use cognito_types::AccessToken;
use serde::Deserialize;

#[derive(Default, Deserialize)]
struct Payload {
    username: Option<String>,
    iat: Option<u64>,
    sub: Option<String>,
    auth_time: Option<u64>,
    origin_jti: Option<String>,
}

/// Returns the user name of the service.
pub(crate) fn username(token: &AccessToken) -> Option<String> {
    payload(token).username.filter(|name| !name.is_empty())
}

/// Returns the lifetime of the token, from its issue to its expiration.
pub(crate) fn lifetime(token: &AccessToken) -> Option<Duration> {
    unverified_lifetime(token.expose_secret())
}

/// Returns whether two access tokens are of one sign-in, which refreshes continue.
///
/// Tokens of an app client without EnableTokenRevocation have no `origin_jti`; then the user and the
/// time of the sign-in are compared. Sign-ins in one session of a browser have the same time (SSO).
pub(crate) fn are_of_one_sign_in(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|token| unverified_claims(token).unwrap_or_default());
    let Payload { sub, auth_time, origin_jti, .. } = one;
    match (origin_jti, &other.origin_jti) {
        (Some(one), Some(other)) => one == *other,
        _ => {
            let is_known = sub.is_some() && auth_time.is_some();
            is_known && (sub, auth_time) == (other.sub, other.auth_time)
        }
    }
}

/// Returns whether the sign-in of a token began after another token was issued, by the service's
/// clock.
pub(crate) fn is_later_sign_in(token: &str, other: &str) -> bool {
    let [token, other] = [token, other].map(|token| unverified_claims(token).unwrap_or_default());
    let (Payload { auth_time, .. }, Payload { iat, .. }) = (token, other);
    auth_time.zip(iat).is_some_and(|(signed_in_at, issued_at)| signed_in_at > issued_at)
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
    fn sign_ins_are_compared_by_their_id_or_else_by_user_and_time() {
        let one = r#"{"sub":"a","auth_time":7,"origin_jti":"1"}"#;
        let cases = [
            (one, r#"{"sub":"a","auth_time":7,"origin_jti":"1"}"#, true),
            (one, r#"{"sub":"a","auth_time":7,"origin_jti":"2"}"#, false),
            (one, r#"{"sub":"a","auth_time":7}"#, true),
            (r#"{"sub":"a","auth_time":7}"#, one, true),
            (one, r#"{"sub":"b","auth_time":7}"#, false),
            (one, r#"{"sub":"a","auth_time":8}"#, false),
            (r#"{"sub":"a"}"#, r#"{"sub":"a"}"#, false),
            (r#"{"auth_time":7}"#, r#"{"auth_time":7}"#, false),
            ("", "", false),
        ];
        for (one, other, is_same) in cases {
            let tokens = [one, other].map(token);
            let [first, second] = [&tokens[0], &tokens[1]].map(AccessToken::expose_secret);
            assert_eq!(are_of_one_sign_in(first, second), is_same, "{one} {other}");
        }
    }

    #[test]
    fn later_sign_in_began_after_the_other_token_was_issued() {
        let cases = [
            (r#"{"auth_time":8}"#, r#"{"iat":7}"#, true),
            (r#"{"auth_time":7,"iat":9}"#, r#"{"iat":7}"#, false),
            (r#"{"iat":9}"#, r#"{"iat":7}"#, false),
            (r#"{"auth_time":8}"#, r#"{"auth_time":7}"#, false),
            ("", "", false),
        ];
        for (one, other, is_later) in cases {
            let tokens = [one, other].map(token);
            let [first, second] = [&tokens[0], &tokens[1]].map(AccessToken::expose_secret);
            assert_eq!(is_later_sign_in(first, second), is_later, "{one} {other}");
        }
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
