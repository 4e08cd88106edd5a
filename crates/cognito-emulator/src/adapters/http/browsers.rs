//! Rejection of requests that a page of another web site sends through a developer's browser.

use axum::http::header::{HOST, HeaderName, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{Request, Response, StatusCode};

use super::{message, target_of, test_interface};
use crate::adapters::host::Host;
use crate::operations::managed_login::pool;

const FOREIGN_HOST: &str = "the host name of the request is not one of this server; start the \
                            server with --endpoint or --public-url for the name, or with \
                            --allow-origin for an origin with the name";

const FOREIGN_ORIGIN: &str = "pages of this origin can use neither the test interface nor \
                              operations for administrators; if you trust the pages, start the \
                              server with --allow-origin and the origin";

/// Returns the rejection of a request for a foreign host name, or by a page of a foreign origin.
///
/// Applications in browsers call the other operations, which are authorized by their content.
pub(super) fn rejection(host: &Host, request: &Request<Vec<u8>>) -> Option<Response<String>> {
    if host.origins.checks_host && !serves(host, request) {
        log(request, HOST, FOREIGN_HOST);
        return Some(message(StatusCode::MISDIRECTED_REQUEST, FOREIGN_HOST));
    }
    if is_protected(request) && host.origins.is_foreign(request.method(), request.headers()) {
        log(request, ORIGIN, FOREIGN_ORIGIN);
        return Some(message(StatusCode::FORBIDDEN, FOREIGN_ORIGIN));
    }
    None
}

/// Logs a rejection, because browsers show its text to no script.
fn log(request: &Request<Vec<u8>>, header: HeaderName, reason: &str) {
    const LENGTH: usize = 200;
    let values = request.headers().get_all(&header).iter();
    let values: Vec<_> = values.map(|value| value.as_bytes().escape_ascii().to_string()).collect();
    let shown: String = values.join(", ").chars().take(LENGTH).collect();
    match values.is_empty() {
        true => tracing::warn!("a request without the header {header} is rejected: {reason}"),
        false => tracing::warn!("a request with the {header} `{shown}` is rejected: {reason}"),
    }
}

/// Returns whether the host of a request belongs to the emulator, or is the domain of a pool.
fn serves(host: &Host, request: &Request<Vec<u8>>) -> bool {
    let name = match request.headers().get(HOST) {
        Some(name) => name.to_str().ok(),
        None => request.uri().authority().map(Authority::as_str),
    };
    let of_pool = |name| pool::of_host(&host.service, name).is_some();
    // Only HTTP/1.0 permits requests without a host; browsers do not send it.
    name.is_none_or(|name| host.origins.serves(name) || of_pool(name))
}

/// Returns whether a request could read secrets or change settings without a secret: the test
/// interface, and the operations that the service accepts only with a signature.
fn is_protected(request: &Request<Vec<u8>>) -> bool {
    let path = request.uri().path();
    path.starts_with(test_interface::PREFIX)
        || target_of(request).is_some_and(|target| target.is_signed())
}
