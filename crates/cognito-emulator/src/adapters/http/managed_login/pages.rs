//! The pages of managed login, as HTML that works without scripts.

use askama::Template;
use axum::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Response, StatusCode};

use super::super::{plain, with_type};
use crate::operations::managed_login::form;
use crate::operations::managed_login::login::{CONTINUE, LoginPage};

/// The path of the stylesheet.
pub(super) const STYLESHEET: &str = "/assets/managed-login.css";

const HTML: &str = "text/html;charset=UTF-8";

/// Headers of every page and redirect. `form-action` is missing from the policy: browsers apply it to
/// the redirect that follows a form, which leads to the application.
const PROTECTION: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cache-control", "no-cache, no-store, max-age=0, must-revalidate"),
];

#[derive(Template)]
#[template(path = "login.html")]
struct Login<'a> {
    page: &'a LoginPage,
    continue_field: &'static str,
}

#[derive(Template)]
#[template(path = "error.html")]
struct Error<'a> {
    error: Option<&'a str>,
}

pub(super) fn login(page: &LoginPage) -> Response<String> {
    // The classic page comes again with status 200, whatever is wrong; the status is not measured.
    html(StatusCode::OK, &Login { page, continue_field: CONTINUE })
}

/// Returns the page of requests whose redirect URI is not known to be good.
pub(super) fn error(query: &str) -> Response<String> {
    let parameters = form::parse(query.as_bytes()).unwrap_or_default();
    failure(parameters.get("error"))
}

/// Returns the page of a request that cannot be served.
pub(super) fn failure(error: Option<&str>) -> Response<String> {
    html(StatusCode::BAD_REQUEST, &Error { error })
}

pub(super) fn stylesheet() -> Response<String> {
    let css = include_str!("../../../../templates/managed-login.css");
    let mut response = with_type(plain(StatusCode::OK, css), "text/css;charset=UTF-8");
    let headers = response.headers_mut();
    protect(headers);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
    response
}

/// Sets the headers that keep a page out of frames and caches.
pub(super) fn protect(headers: &mut HeaderMap) {
    for (name, value) in PROTECTION {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

fn html(status: StatusCode, page: &impl Template) -> Response<String> {
    // A template fails only where its output cannot be written, which a text can.
    let text = page.render().unwrap_or_default();
    let mut response = with_type(plain(status, text), HTML);
    protect(response.headers_mut());
    response
}
