//! The query of the request to the callback URL.

use std::borrow::Cow;

use cognito_types::Code;
use url::Url;
use url::form_urlencoded::parse;

use super::error::ManagedLoginError;
use super::pending::PendingSignIn;
use super::rejection::Rejection;

/// The maximum length of a callback, in bytes. Web servers have lower limits.
const MAX_CALLBACK_BYTES: usize = 64 * 1024;

/// The parameters of an authorization response (RFC 6749, 4.1.2).
#[derive(Default)]
struct Callback {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Returns the authorization code of a callback to this sign-in.
///
/// The state is checked first: without it, neither the code nor the error belongs to this sign-in.
pub(super) fn code(text: &str, pending: &PendingSignIn) -> Result<Code, ManagedLoginError> {
    let callback = Callback::parse(text, pending.redirect_uri())?;
    let state = callback.state.ok_or(ManagedLoginError::MalformedCallback("state is missing"))?;
    if !pending.has_state(&state) {
        return Err(ManagedLoginError::WrongState);
    }
    match (callback.error, callback.code) {
        (Some(error), _) => {
            Err(ManagedLoginError::Rejected(Rejection::new(error, callback.error_description)))
        }
        (None, Some(code)) if !code.is_empty() => Ok(code.into()),
        _ => Err(ManagedLoginError::MalformedCallback("code is missing")),
    }
}

/// Returns the state of a well-formed callback to this URL.
pub(super) fn state(text: &str, redirect_uri: &str) -> Option<String> {
    let callback = Callback::parse(text, redirect_uri).ok()?;
    callback.state.filter(|_| callback.error.is_some() || callback.code.is_some())
}

/// Returns whether a callback to this URL reports an error.
pub(super) fn is_rejected(text: &str, redirect_uri: &str) -> bool {
    Callback::parse(text, redirect_uri).is_ok_and(|callback| callback.error.is_some())
}

impl Callback {
    /// Parses a query, or the query of a URL, without the parameters of the callback URL itself.
    fn parse(text: &str, redirect_uri: &str) -> Result<Self, ManagedLoginError> {
        if text.len() > MAX_CALLBACK_BYTES {
            return Err(ManagedLoginError::MalformedCallback("too long"));
        }
        // RFC 6749, 3.1.2: the query of the callback URL is retained. It is unknown whether the
        // service replaces a parameter of the same name, so its own parameters may be missing.
        let url = Url::parse(redirect_uri).ok();
        let mut own: Vec<_> = url.iter().flat_map(Url::query_pairs).collect();
        let mut callback = Self::default();
        for (name, value) in parse(query(text).as_bytes()) {
            if is_taken_from(&mut own, (&name, &value)) {
                continue;
            }
            let (parameter, twice) = match &*name {
                "code" => (&mut callback.code, "code is repeated"),
                "state" => (&mut callback.state, "state is repeated"),
                "error" => (&mut callback.error, "error is repeated"),
                "error_description" => {
                    (&mut callback.error_description, "error_description is repeated")
                }
                _ => continue,
            };
            // RFC 6749, 3.1: parameters must not be included more than once.
            if parameter.replace(value.into_owned()).is_some() {
                return Err(ManagedLoginError::MalformedCallback(twice));
            }
        }
        Ok(callback)
    }
}

/// Removes a parameter from those of the callback URL; returns false if it is not one of them.
fn is_taken_from(own: &mut Vec<(Cow<'_, str>, Cow<'_, str>)>, (name, value): (&str, &str)) -> bool {
    let at = own.iter().position(|(own_name, own_value)| own_name == name && own_value == value);
    at.map(|at| own.swap_remove(at)).is_some()
}

/// Returns the query of a URL or a path, or the text itself if it is a query, in which a
/// description may contain question marks.
fn query(text: &str) -> &str {
    // Some providers append a fragment, such as Facebook's `#_=_`.
    let text = text.split('#').next().unwrap_or_default();
    let head = text.split(['?', '=', '&']).next().unwrap_or_default();
    let rest = text.strip_prefix(head).unwrap_or_default();
    let is_url = head.starts_with('/') || head.contains(':') || rest.starts_with('?');
    if is_url { text.split_once('?').map_or("", |(_, query)| query) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLBACK: &str = "https://www.example.com/callback";

    #[test]
    fn callback_that_reports_an_error_is_recognized() {
        assert!(is_rejected("error=access_denied&state=s", CALLBACK));
        assert!(!is_rejected("code=c0de&state=s", CALLBACK));
        assert!(!is_rejected("error=a&error=b&state=s", CALLBACK), "it is malformed");
    }

    #[test]
    fn length_of_callbacks_is_limited() {
        let padded = |length: usize| {
            let start = "code=c0de&state=s&x=";
            start.to_owned() + &"a".repeat(length - start.len())
        };
        assert_eq!(state(&padded(MAX_CALLBACK_BYTES), CALLBACK).as_deref(), Some("s"));
        assert_eq!(state(&padded(MAX_CALLBACK_BYTES + 1), CALLBACK), None);
    }
}
