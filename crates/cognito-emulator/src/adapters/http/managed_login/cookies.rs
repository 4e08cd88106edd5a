//! Cookies of managed login.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Request};

/// The session cookie.
pub(super) const SESSION: &str = "cognito";

/// The cookie whose value the form field `_csrf` repeats.
pub(super) const CSRF: &str = "XSRF-TOKEN";

/// The cookie with the state of a sign-in at an identity provider. The service sets it with
/// SameSite=None, which browsers accept over https only; the redirect of a provider also sends it
/// without.
pub(super) const STATE: &str = "csrf-state";

/// The cookies of a request.
pub(super) struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Parses each pair separately: browsers send the cookies of other programs on this host to
    /// every port, and those can contain any byte (RFC 6265, 5.4).
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        let headers = request.headers().get_all(COOKIE).into_iter();
        let pairs = headers.flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
        let read = |pair| {
            let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
            Some((name.trim().to_owned(), value.trim().trim_matches('"').to_owned()))
        };
        Self(pairs.filter_map(read).collect())
    }

    /// Returns the first cookie with a name, which is the one with the longest path; `None` if it
    /// is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }
}

/// Sets a cookie, with a maximum age in seconds or until the browser is closed.
///
/// It is Secure only if the browser uses https: some browsers do not store a Secure cookie of
/// `http://localhost`.
pub(super) fn set(
    headers: &mut HeaderMap,
    name: &str,
    value: &str,
    max_age: Option<u64>,
    is_secure: bool,
) {
    let max_age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie = format!("{name}={value}{max_age}; Path=/{secure}; HttpOnly; SameSite=Lax");
    // A value that came from a browser's cookie is valid in a header.
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.append(SET_COOKIE, cookie);
    }
}
