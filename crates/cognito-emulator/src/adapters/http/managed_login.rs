//! Managed login over HTTP: paths, cookies, headers and pages.

mod api;
mod cookies;
mod pages;

use std::sync::Arc;

use axum::http::header::{ALLOW, HOST, HeaderValue, LOCATION};
use axum::http::uri::Authority;
use axum::http::{Method, Request, Response, StatusCode};

use self::cookies::Cookies;
use super::{insert, media_type, plain};
use crate::flows::caller::TriggerLimit;
use crate::flows::managed_login::external::{MOCK_PATH, RETURN_PATH};
use crate::flows::managed_login::request::Refusal;
use crate::flows::service::Service;
use crate::operations::managed_login::browser::{
    BrowserRequest, BrowserResponse, Content, CookieChange,
};
use crate::operations::managed_login::{
    authorize, external, link, login, logout, passkey, recovery, sign_up,
};
use crate::state::managed_login::{EXTERNAL_SECONDS, SESSION_SECONDS};

const FORM: &str = "application/x-www-form-urlencoded";

/// The paths, and the methods of each.
const PATHS: [(&str, &str); 19] = [
    ("/authorize", "GET"),
    ("/confirm", "GET, POST"),
    ("/confirmForgotPassword", "GET, POST"),
    ("/confirmUser", "GET"),
    ("/error", "GET"),
    ("/forgotPassword", "GET, POST"),
    ("/login", "GET, POST"),
    ("/logout", "GET"),
    (MOCK_PATH, "GET, POST"),
    ("/oauth2/authorize", "GET"),
    (RETURN_PATH, "GET"),
    ("/oauth2/revoke", "POST"),
    ("/oauth2/token", "POST"),
    ("/oauth2/userInfo", "GET, POST"),
    (passkey::PATH, "GET, POST"),
    ("/resendcode", "POST"),
    ("/signup", "GET, POST"),
    (pages::PASSKEY_SCRIPT, "GET"),
    (pages::STYLESHEET, "GET"),
];

/// Returns whether a path is one of managed login.
pub(super) fn serves(path: &str) -> bool {
    PATHS.iter().any(|(served, _)| *served == path)
}

/// Returns whether a path is opened by browsers, and not called by scripts.
pub(super) fn is_page(path: &str) -> bool {
    serves(path) && !["/oauth2/revoke", "/oauth2/token", "/oauth2/userInfo"].contains(&path)
}

/// Responds to a request to one of the paths.
pub(super) async fn respond(
    service: &Arc<Service>,
    method: &Method,
    request: &Request<Vec<u8>>,
    trigger_limit: TriggerLimit,
) -> Response<String> {
    let cookies = Cookies::of(request);
    let browser = browser(service, request, &cookies, trigger_limit);
    let path = request.uri().path();
    let page = match (method, path) {
        (&Method::GET, _) => show(service, &browser, path).await,
        (&Method::POST, _) => submit(service, &browser, path, form_of(request)).await,
        _ => None,
    };
    let mut response = match (page, method, path) {
        (Some(page), ..) => sent(page.unwrap_or_else(Into::into), browser.is_https),
        (_, &Method::GET, "/error") => pages::error(browser.query),
        (_, &Method::GET, pages::STYLESHEET | pages::PASSKEY_SCRIPT) => pages::asset(path),
        (_, &Method::POST, "/oauth2/revoke") => api::revoke(service, request),
        (_, &Method::POST, "/oauth2/token") => api::token(service, request, trigger_limit).await,
        (_, &Method::GET | &Method::POST, "/oauth2/userInfo") => api::user_info(service, request),
        _ => return not_allowed(path),
    };
    if let Some(language) = browser.language().filter(|_| is_page(path)) {
        cookies::set(response.headers_mut(), "lang", language, None, browser.is_https);
    }
    let request_id = service.request_ids.next();
    insert(response.headers_mut(), "x-amz-cognito-request-id", &request_id);
    response
}

/// Returns the response to GET, or `None` for a path without a page.
async fn show(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    path: &str,
) -> Option<Result<BrowserResponse, Refusal>> {
    Some(match path {
        "/oauth2/authorize" | "/authorize" => authorize::authorize(service, browser).await,
        "/login" => login::show(service, browser),
        "/signup" => sign_up::show(service, browser),
        "/confirm" => sign_up::show_confirm(service, browser),
        "/confirmUser" => link::confirm(service, browser).await,
        "/forgotPassword" => recovery::show(service, browser),
        "/confirmForgotPassword" => recovery::show_confirm(service, browser),
        passkey::PATH => passkey::show(service, browser),
        "/logout" => Ok(logout::logout(service, browser)),
        MOCK_PATH => Ok(external::show_mock(service, browser)),
        RETURN_PATH => Ok(external::respond(service, browser).await),
        _ => return None,
    })
}

/// Handles the form of a page; returns `None` for a path without a form.
async fn submit(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    path: &str,
    form: &[u8],
) -> Option<Result<BrowserResponse, Refusal>> {
    Some(match path {
        "/login" => login::submit(service, browser, form).await,
        "/signup" => sign_up::submit(service, browser, form).await,
        "/confirm" => sign_up::submit_confirm(service, browser, form).await,
        "/resendcode" => sign_up::submit_resend(service, browser, form).await,
        "/forgotPassword" => recovery::submit(service, browser, form).await,
        "/confirmForgotPassword" => recovery::submit_confirm(service, browser, form).await,
        passkey::PATH => passkey::submit(service, browser, form).await,
        MOCK_PATH => Ok(external::submit_mock(service, browser, form).await),
        _ => return None,
    })
}

fn browser<'a>(
    service: &Service,
    request: &'a Request<Vec<u8>>,
    cookies: &'a Cookies,
    trigger_limit: TriggerLimit,
) -> BrowserRequest<'a> {
    BrowserRequest {
        adds_passkey: request.uri().path() == passkey::PATH,
        query: request.uri().query().unwrap_or_default(),
        host: host(request),
        is_https: is_secure(service, request),
        session: cookies.get(cookies::SESSION),
        csrf: cookies.get(cookies::CSRF),
        state: cookies.get(cookies::STATE),
        trigger_limit,
    }
}

/// Returns the host of a request, with its port. A client without a socket has it in the URI.
fn host(request: &Request<Vec<u8>>) -> Option<&str> {
    let header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    header.or_else(|| request.uri().authority().map(Authority::as_str))
}

/// Returns the form of a request, which is empty if the request has another type.
fn form_of(request: &Request<Vec<u8>>) -> &[u8] {
    match media_type(request.headers()) == FORM {
        true => request.body(),
        false => &[],
    }
}

/// Returns whether the browser uses https, so that it stores Secure cookies: for this server, or
/// for a proxy in front of it that keeps the host of the request. With a proxy that sets another
/// host, cookies are not Secure, which browsers store as well.
fn is_secure(service: &Service, request: &Request<Vec<u8>>) -> bool {
    let shared = &service.shared;
    let announced = shared.public_url.iter().chain([&shared.endpoint]);
    let mut hosts = announced.filter_map(|url| https_authority(url));
    let host = host(request).map(|host| host.strip_suffix(":443").unwrap_or(host));
    let is_announced = host.is_some_and(|host| hosts.any(|own| own.eq_ignore_ascii_case(host)));
    request.uri().scheme_str() == Some("https") || is_announced
}

/// Returns the host and the port of an https URL, as a request names them.
fn https_authority(url: &str) -> Option<&str> {
    let authority = url.strip_prefix("https://")?.split('/').next()?;
    Some(authority.strip_suffix(":443").unwrap_or(authority))
}

fn sent(outcome: BrowserResponse, is_secure: bool) -> Response<String> {
    let BrowserResponse { content, session, csrf, state } = outcome;
    let mut response = match content {
        Content::Redirect(location) => redirect(&location),
        Content::Page(page) => pages::show(&page),
        Content::Error(reason) => pages::failure(Some(reason)),
    };
    let headers = response.headers_mut();
    if let Some(token) = csrf {
        cookies::set(headers, cookies::CSRF, &token, None, is_secure);
    }
    let changes =
        [(cookies::SESSION, &session, SESSION_SECONDS), (cookies::STATE, &state, EXTERNAL_SECONDS)];
    for (name, change, seconds) in changes {
        let (value, max_age) = match change {
            CookieChange::Keep => continue,
            CookieChange::Set(value) => (&**value, seconds),
            CookieChange::Clear => ("", 0),
        };
        cookies::set(headers, name, value, Some(max_age), is_secure);
    }
    response
}

fn redirect(location: &str) -> Response<String> {
    let mut response = plain(StatusCode::FOUND, "");
    pages::protect(response.headers_mut());
    if let Ok(location) = HeaderValue::from_bytes(location.as_bytes()) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// Rejects a method. The body is empty, as on the service's token endpoint.
fn not_allowed(path: &str) -> Response<String> {
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "");
    let methods = PATHS.iter().find(|(served, _)| *served == path).map(|(_, methods)| *methods);
    let methods = HeaderValue::from_static(methods.unwrap_or_default());
    response.headers_mut().insert(ALLOW, methods);
    response
}
