//! The query of the request to the callback URL.

use cognito_types::Code;
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
    let callback = Callback::parse(text)?;
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

/// Returns the state of a well-formed callback.
pub(super) fn state(text: &str) -> Option<String> {
    let callback = Callback::parse(text).ok()?;
    callback.state.filter(|_| callback.error.is_some() || callback.code.is_some())
}

/// Returns whether a callback reports an error.
pub(super) fn is_rejected(text: &str) -> bool {
    Callback::parse(text).is_ok_and(|callback| callback.error.is_some())
}

impl Callback {
    /// Parses a query, or the query of a URL.
    fn parse(text: &str) -> Result<Self, ManagedLoginError> {
        if text.len() > MAX_CALLBACK_BYTES {
            return Err(ManagedLoginError::MalformedCallback("too long"));
        }
        let mut callback = Self::default();
        for (name, value) in parse(query(text).as_bytes()) {
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

    #[test]
    fn callback_that_reports_an_error_is_recognized() {
        assert!(is_rejected("error=access_denied&state=s"));
        assert!(!is_rejected("code=c0de&state=s"));
        assert!(!is_rejected("error=a&error=b&state=s"), "it is malformed");
    }

    #[test]
    fn length_of_callbacks_is_limited() {
        let padded = |length: usize| {
            let start = "code=c0de&state=s&x=";
            start.to_owned() + &"a".repeat(length - start.len())
        };
        assert_eq!(state(&padded(MAX_CALLBACK_BYTES)).as_deref(), Some("s"));
        assert_eq!(state(&padded(MAX_CALLBACK_BYTES + 1)), None);
    }
}
