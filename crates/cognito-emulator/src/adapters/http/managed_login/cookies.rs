//! Cookies of managed login.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Request};

/// The cookie of a session.
pub(super) const SESSION: &str = "cognito";

/// The cookie that the field `_csrf` of forms repeats.
pub(super) const CSRF: &str = "XSRF-TOKEN";

/// The cookie of the state of a sign-in at an identity provider. The service sets it with SameSite=None,
/// which browsers accept over https alone; a provider's redirect sends it as it is.
pub(super) const STATE: &str = "csrf-state";

/// The cookies of a request.
pub(super) struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Reads the pairs one by one: those of other programs on this host, which a browser sends to every
    /// port, may hold any byte (RFC 6265, 5.4).
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        let headers = request.headers().get_all(COOKIE).into_iter();
        let pairs = headers.flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
        let read = |pair| {
            let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
            Some((name.trim().to_owned(), value.trim().trim_matches('"').to_owned()))
        };
        Self(pairs.filter_map(read).collect())
    }

    /// Returns the first cookie of a name, which a browser sends for the longest path; none if it is
    /// empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }
}

/// Sets a cookie, with an age in seconds or until the browser is closed.
///
/// It is Secure where the browser uses https only: not every browser keeps such a cookie of
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
    // The value of a browser's own cookie is one that a header can hold.
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.append(SET_COOKIE, cookie);
    }
}
