//! The HTML pages of managed login, which need scripts for passkeys only.

mod qr_code;

use askama::Template;
use axum::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Response, StatusCode};

use self::qr_code::QrPath;
use super::super::{plain, with_type};
use crate::flows::managed_login::external::MOCK_PATH;
use crate::flows::sign_in::parameters::Parameters;
use crate::operations::managed_login::external::{DENY, PERSON};
use crate::operations::managed_login::login::CONTINUE;
use crate::operations::managed_login::page::{ATTRIBUTE, Frame, Page, View};

/// The path of the stylesheet.
pub(super) const STYLESHEET: &str = "/assets/managed-login.css";

/// The path of the only script, which creates and uses passkeys.
pub(super) const PASSKEY_SCRIPT: &str = "/assets/passkey.js";

const HTML: &str = "text/html;charset=UTF-8";

/// Headers of every page and redirect. The policy has no `form-action`, because browsers apply it
/// to the redirect after a form, which goes to the application.
const PROTECTION: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cache-control", "no-cache, no-store, max-age=0, must-revalidate"),
];

#[derive(Template)]
#[template(path = "page.html")]
struct Shown<'a> {
    frame: &'a Frame,
    view: &'a View,
    continue_field: &'static str,
    attribute_prefix: &'static str,
    passkey_script: &'static str,
    mock_path: &'static str,
    person_field: &'static str,
    deny_field: &'static str,
}

impl Shown<'_> {
    /// Returns the label of a factor, by the name of its challenge.
    fn factor_label(&self, factor: &str) -> &'static str {
        match factor {
            "PASSWORD" => "Password",
            "WEB_AUTHN" => "Passkey",
            "EMAIL_OTP" => "Code by e-mail",
            "SMS_OTP" | "SMS_MFA" => "Code by text message",
            "SOFTWARE_TOKEN_MFA" => "Authenticator app",
            _ => "Another factor",
        }
    }

    fn qr_code(&self, text: &str) -> Option<QrPath> {
        QrPath::of(text)
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct Error<'a> {
    error: Option<&'a str>,
}

pub(super) fn show(Page { frame, view }: &Page) -> Response<String> {
    let shown = Shown {
        frame,
        view,
        continue_field: CONTINUE,
        attribute_prefix: ATTRIBUTE,
        passkey_script: PASSKEY_SCRIPT,
        mock_path: MOCK_PATH,
        person_field: PERSON,
        deny_field: DENY,
    };
    // The classic pages return status 200 for every error; the status of managed login is not
    // measured.
    html(StatusCode::OK, &shown)
}

/// Returns the error page for requests whose redirect URI is not verified.
pub(super) fn error(query: &str) -> Response<String> {
    let parameters = Parameters::parse(query.as_bytes()).unwrap_or_default();
    failure(parameters.get("error"))
}

/// Returns the page of a request that cannot be served.
pub(super) fn failure(error: Option<&str>) -> Response<String> {
    html(StatusCode::BAD_REQUEST, &Error { error })
}

/// Returns the stylesheet or the script at a path.
pub(super) fn asset(path: &str) -> Response<String> {
    let (text, media_type) = match path {
        PASSKEY_SCRIPT => {
            (include_str!("../../../../templates/passkey.js"), "text/javascript;charset=UTF-8")
        }
        _ => (include_str!("../../../../templates/managed-login.css"), "text/css;charset=UTF-8"),
    };
    let mut response = with_type(plain(StatusCode::OK, text), media_type);
    let headers = response.headers_mut();
    protect(headers);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
    response
}

/// Sets the headers that prevent framing and caching of a page.
pub(super) fn protect(headers: &mut HeaderMap) {
    for (name, value) in PROTECTION {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

fn html(status: StatusCode, page: &impl Template) -> Response<String> {
    // Rendering to a string cannot fail.
    let text = page.render().unwrap_or_default();
    let mut response = with_type(plain(status, text), HTML);
    protect(response.headers_mut());
    response
}
