//! The visitor of a page: cookies, the session, and forms that other sites cannot send.

use std::collections::BTreeMap;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::extract::{FromRequest, FromRequestParts, RawForm, Request};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use cognito::{Error, Session};

use crate::site::{Failure, Site};

/// A browser, and the session of its user if there is one.
pub(crate) struct Visitor {
    pub(crate) session: Option<Session>,
    /// The name under which the devices of users are kept in this browser: the value of its
    /// persistent cookie, or a new one.
    pub(crate) device: String,
    /// The value that forms of the site repeat (double submit). Other sites cannot read it.
    csrf: String,
}

impl Visitor {
    /// Returns a form; fields are a label, a name, a type and a value.
    pub(crate) fn form(
        &self,
        action: &str,
        fields: &[(&str, &str, &str, &str)],
        button: &str,
    ) -> String {
        let inputs = fields.iter().map(|(label, name, kind, value)| {
            let value = escaped(value);
            format!(
                "<label>{label} <input name=\"{name}\" type=\"{kind}\" value=\"{value}\"></label>"
            )
        });
        let csrf = format!("<input type=\"hidden\" name=\"csrf\" value=\"{}\">", self.csrf);
        let inputs: String = inputs.collect();
        format!(
            "<form method=\"post\" action=\"{action}\">{csrf}{inputs}<button>{button}</button></form>"
        )
    }

    pub(crate) fn page(&self, title: &str, body: &str) -> Response {
        let html = Html(format!("<!doctype html><title>{title}</title><h1>{title}</h1>{body}"));
        (AppendHeaders([(SET_COOKIE, cookie("csrf", &self.csrf, 86_400))]), html).into_response()
    }

    /// Returns the session, or redirects to the sign-in.
    pub(crate) fn signed_in(&self) -> Result<&Session, Guest> {
        self.session.as_ref().ok_or(Guest)
    }
}

/// A visitor who has to sign in first.
pub(crate) struct Guest;

impl From<Guest> for Response {
    fn from(Guest: Guest) -> Self {
        Redirect::to("/sign-in").into_response()
    }
}

impl FromRequestParts<Site> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        let kept = |name| find_cookie(&parts.headers, name).filter(|value| is_random(value));
        // A value that the site has not created could be known to an attacker.
        let [csrf, device] =
            ["csrf", "device"].map(|name| kept(name).map_or_else(random, str::to_owned));
        let name = find_cookie(&parts.headers, "session").unwrap_or_default();
        let Some(key) = site.pool.random_session_key(name) else {
            return Ok(Self { session: None, device, csrf });
        };
        match site.pool.restore(&key).await.map_err(Error::from) {
            Ok(session) => Ok(Self { session, device, csrf }),
            Err(error) if error.ends_session() => Ok(Self { session: None, device, csrf }),
            Err(error) => Err(Failure(error)),
        }
    }
}

/// The fields of a form that a page of this site has sent.
pub(crate) struct Fields(BTreeMap<String, String>);

impl Fields {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }
}

impl FromRequest<Site> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Response> {
        let expected = find_cookie(request.headers(), "csrf").unwrap_or_default().to_owned();
        let RawForm(form) =
            RawForm::from_request(request, site).await.map_err(IntoResponse::into_response)?;
        let fields = form_urlencoded::parse(&form).into_owned().collect();
        let fields = Self(fields);
        let found = fields.get("csrf").as_bytes();
        let is_own = verify_slices_are_equal(found, expected.as_bytes()).is_ok();
        if is_own && is_random(&expected) {
            return Ok(fields);
        }
        Err((StatusCode::FORBIDDEN, Html("<h1>Please load the page again</h1>")).into_response())
    }
}

/// Returns a cookie that scripts cannot read and that browsers do not send with forms of other sites.
/// With HTTPS, also set `Secure`, and use a name that begins with `__Host-`.
pub(crate) fn cookie(name: &str, value: &str, seconds: u32) -> String {
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}")
}

pub(crate) fn find_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(found, _)| found.trim() == name).map(|(_, value)| value)
}

/// Returns 128 random bits in hexadecimal digits.
pub(crate) fn random() -> String {
    let mut bits = [0; 16];
    // Without random numbers, no sign-in is possible.
    aws_lc_rs::rand::fill(&mut bits).unwrap_or_else(|_| std::process::abort());
    bits.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_random(value: &str) -> bool {
    value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
