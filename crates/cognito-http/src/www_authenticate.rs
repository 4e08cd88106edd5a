//! The challenges of a 401 response: whether another token can help.

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// Returns whether a new token can help: the response names no error, or `invalid_token`.
///
/// `insufficient_user_authentication` (RFC 9470) asks for a new sign-in, `invalid_request` and
/// `insufficient_scope` (RFC 6750, 3.1) for another request.
pub(crate) fn is_curable(headers: &HeaderMap) -> bool {
    let challenges = headers.get_all(WWW_AUTHENTICATE).iter();
    let errors: Vec<_> = challenges.flat_map(|value| errors_of(value.as_bytes())).collect();
    errors.is_empty() || errors.iter().any(|error| error == b"invalid_token")
}

/// Returns the values of the parameter `error`, one for each challenge that has it.
///
/// API Gateway separates parameters by spaces instead of the commas of RFC 9110, so both are
/// accepted. Quoted values are skipped as a whole, because a description may contain `error=`.
fn errors_of(challenges: &[u8]) -> Vec<Vec<u8>> {
    let (mut errors, mut rest) = (Vec::new(), challenges);
    while !rest.is_empty() {
        let (name, after) = word(rest);
        if name.is_empty() {
            rest = rest.get(1..).unwrap_or_default(); // A separator.
            continue;
        }
        rest = after.trim_ascii_start();
        if let Some(value) = rest.strip_prefix(b"=") {
            let (value, after) = value_of(value.trim_ascii_start());
            if name.eq_ignore_ascii_case(b"error") {
                errors.push(value);
            }
            rest = after;
        }
    }
    errors
}

/// Returns a word up to a separator, and the rest.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let is_separator = |byte: &u8| byte.is_ascii_whitespace() || b",=\"".contains(byte);
    text.split_at(text.iter().position(is_separator).unwrap_or(text.len()))
}

/// Returns a word or a quoted string without its quotes, and the rest.
fn value_of(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let (value, rest) = word(text);
        return (value.to_vec(), rest);
    };
    let (mut value, mut bytes) = (Vec::new(), quoted.iter());
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => value.extend(bytes.next()),
            byte => value.push(*byte),
        }
    }
    (value, bytes.as_slice())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn curable(challenges: &[&'static str]) -> bool {
        let pair = |text: &&'static str| (WWW_AUTHENTICATE, HeaderValue::from_static(text));
        is_curable(&challenges.iter().map(pair).collect())
    }

    #[test]
    fn a_challenge_without_an_error_or_of_an_invalid_token_is_curable() {
        for challenges in [
            &[][..],
            &[""],
            &["Bearer"],
            &["Basic realm=\"a\""],
            &["Bearer realm=\"error=insufficient_scope\""],
            &["Bearer error_description=\"an error=\\\"x\\\", error=y\""],
            &["Bearer error=\"invalid_token\", error_description=\"expired\""],
            // The form of HTTP APIs of API Gateway.
            &["Bearer scope=\"\" error=\"invalid_token\" error_description=\"expired\""],
            &["Bearer ERROR = invalid_token"],
            &["Basic realm=\"a\"", "Bearer error=invalid_token"],
            &["DPoP error=\"use_dpop_nonce\", Bearer error=\"invalid_token\""],
            &["Basic realm=\"unclosed"],
            &["=,=,\"", "Bearer ,,"],
        ] {
            assert!(curable(challenges), "{challenges:?}");
        }
    }

    #[test]
    fn other_errors_are_not_curable_by_a_new_token() {
        for challenges in [
            &["Bearer error=\"insufficient_user_authentication\", max_age=300"][..],
            &["Bearer realm=\"a, b\", error=\"insufficient_scope\""],
            &["Bearer error=invalid_request"],
            &["Basic realm=\"a\", Bearer error=\"insufficient_user_authentication\""],
            &["Basic realm=\"a\"", "Bearer scope=\"\" error=\"insufficient_scope\""],
            &["DPoP error=\"use_dpop_nonce\""],
            &["Bearer error=\"insufficient\\_scope\""],
        ] {
            assert!(!curable(challenges), "{challenges:?}");
        }
    }
}
