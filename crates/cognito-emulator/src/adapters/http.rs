//! Conversion between HTTP messages and operations, for every server and client.

mod browsers;
mod import_file;
mod managed_login;
mod sts;
mod test_interface;

use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, ORIGIN};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) use self::import_file::is_upload;
use crate::adapters::host::Host;
use crate::flows::caller::TriggerLimit;
use crate::flows::identity_pools::open_id_token;
use crate::flows::service::Service;
use crate::flows::storage::{self, Access, NotStored};
use crate::model::Target;
use crate::operations::dispatch::{self, Delivery};
use crate::operations::managed_login::discovery;
use crate::state::request_log::RequestRecord;

/// The length of the longest request that is accepted, in bytes, except for files.
pub(crate) const MAX_REQUEST_BYTES: usize = 1024 * 1024;

/// The header that names the service and the operation.
const TARGET: &str = "x-amz-target";

/// The header that holds the request id.
const REQUEST_ID: &str = "x-amzn-requestid";

/// The header that names the exception.
const ERROR_TYPE: &str = "x-amzn-errortype";

const AMZ_JSON: &str = "application/x-amz-json-1.1";
const JSON: &str = "application/json";
const JWKS: &str = "/.well-known/jwks.json";
const CONFIGURATION: &str = "/.well-known/openid-configuration";

/// A response, and how it is delivered.
pub(crate) struct Outgoing {
    pub(crate) response: Response<String>,
    pub(crate) delivery: Delivery,
    /// The delay before it is sent.
    pub(crate) delay: Duration,
}

impl From<Response<String>> for Outgoing {
    fn from(response: Response<String>) -> Self {
        Self { response, delivery: Delivery::Whole, delay: Duration::ZERO }
    }
}

/// Responds to one request, and adds it to the log.
pub(crate) async fn respond(
    host: &Arc<Host>,
    mut request: Request<Vec<u8>>,
    trigger_limit: TriggerLimit,
) -> Outgoing {
    let begin = Instant::now();
    let rejection = browsers::rejection(host, &request);
    let is_rejected = rejection.is_some();
    let mut outgoing = match rejection {
        Some(rejection) => rejection.into(),
        None => handle(host, &mut request, trigger_limit).await,
    };
    insert_date(outgoing.response.headers_mut(), host.service.shared.now());
    // Scripts of other origins must not read the pages.
    let is_page = managed_login::is_page(request.uri().path());
    if request.headers().contains_key(ORIGIN) && !is_page && !is_rejected {
        allow_every_origin(outgoing.response.headers_mut(), request.method());
    }
    record(host, &request, &outgoing, begin);
    outgoing
}

/// Handles a request; the body of an upload is moved out of it.
async fn handle(
    host: &Arc<Host>,
    request: &mut Request<Vec<u8>>,
    trigger_limit: TriggerLimit,
) -> Outgoing {
    // HEAD is handled as GET; the server omits the body.
    let method = match request.method() {
        &Method::HEAD => Method::GET,
        method => method.clone(),
    };
    match (&method, request.uri().path()) {
        (&Method::OPTIONS, _) => plain(StatusCode::OK, "").into(),
        (_, "/") if !sts::is_request(request) => {
            operation(&host.service, request, trigger_limit).await
        }
        (method, _) => {
            let access = access(method, request.uri().path());
            let responding = beside_operations(host, method, request, trigger_limit);
            let response = storage::committed(&host.service, access, responding).await;
            response.unwrap_or_else(not_stored).into()
        }
    }
}

/// Rejects a request that is longer than [`MAX_REQUEST_BYTES`], or whose body does not end.
pub(crate) fn reject_unreadable(host: &Host, request: &Request<()>) -> Outgoing {
    let text = "The request is longer than 1 MiB (the file of an import job: 100 MiB), or it is \
                incomplete.";
    let outgoing = message(StatusCode::PAYLOAD_TOO_LARGE, text).into();
    record(host, request, &outgoing, Instant::now());
    outgoing
}

/// Responds to a request that calls no operation: managed login, key sets, the test interface.
async fn beside_operations(
    host: &Arc<Host>,
    method: &Method,
    request: &mut Request<Vec<u8>>,
    trigger_limit: TriggerLimit,
) -> Response<String> {
    let service = &host.service;
    match (method, request.uri().path()) {
        (method, path) if managed_login::serves(path) => {
            // Boxed, because the future is large and most requests do not need it.
            Box::pin(managed_login::respond(service, method, request, trigger_limit)).await
        }
        (&Method::POST, "/") => sts::respond(service, request),
        (method, path) if is_upload(method, path) => import_file::respond(service, request),
        (&Method::GET, CONFIGURATION) => json_document(open_id_token::configuration(service)),
        (&Method::GET, open_id_token::KEYS_PATH) => json_document(open_id_token::key_set(service)),
        (&Method::GET, path) if path.ends_with(CONFIGURATION) => configuration(service, path),
        (&Method::GET, path) if path.ends_with(JWKS) => key_set(service, path),
        (method, path) if path.starts_with(test_interface::PREFIX) => {
            test_interface::respond(host, method, request.uri(), request.body())
        }
        (_, path) => nothing_at(request.method(), path),
    }
}

/// Returns whether a request that calls no operation writes. `/logout`, `/confirmUser` and other
/// pages of managed login write by GET.
fn access(method: &Method, path: &str) -> Access {
    let is_page = managed_login::is_page(path);
    if *method == Method::GET && !is_page { Access::Read } else { Access::Write }
}

fn not_stored(error: NotStored) -> Response<String> {
    message(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
}

/// Adds a request to the log; requests of the test interface are only passed to the callback.
fn record<B>(host: &Host, request: &Request<B>, outgoing: &Outgoing, begin: Instant) {
    let headers = outgoing.response.headers();
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let record = RequestRecord {
        operation: name_of(request),
        status: outgoing.response.status().as_u16(),
        error: text(ERROR_TYPE).map(|name| name.trim_end_matches(':').to_owned()),
        request_id: text(REQUEST_ID).map(str::to_owned),
        time: host.now(),
        duration: begin.elapsed().saturating_add(outgoing.delay),
    };
    host.record(record, !request.uri().path().starts_with(test_interface::PREFIX));
}

/// Runs the operation that a request names. A missing name is treated as an unknown operation.
async fn operation(
    service: &Arc<Service>,
    request: &Request<Vec<u8>>,
    trigger_limit: TriggerLimit,
) -> Outgoing {
    let is_call = request.method() == Method::POST && media_type(request.headers()) == AMZ_JSON;
    let target = target_of(request).filter(|_| is_call);
    let target = target.unwrap_or(Target::of_user_pools(""));
    let called = dispatch::call(service, target, request.body(), trigger_limit).await;
    let dispatch::Response { status, body, error, request_id, delivery, delay } = called;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = with_type(plain(status, body), AMZ_JSON);
    let headers = response.headers_mut();
    insert(headers, REQUEST_ID, &request_id);
    if let Some((name, message)) = error {
        insert(headers, ERROR_TYPE, &format!("{name}:"));
        insert(headers, "x-amzn-errormessage", &message);
    }
    Outgoing { response, delivery, delay }
}

/// Returns the operation of a request, or its method and path. Neither is secret.
fn name_of<B>(request: &Request<B>) -> String {
    match target_of(request) {
        Some(target) => target.name.to_owned(),
        None => format!("{} {}", request.method(), request.uri().path()),
    }
}

fn target_of<B>(request: &Request<B>) -> Option<Target<'_>> {
    request.headers().get(TARGET)?.to_str().ok().and_then(Target::read)
}

/// Returns the Content-Type without its parameters, in lower case.
fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next()).unwrap_or_default();
    media_type.trim().to_ascii_lowercase()
}

fn key_set(service: &Service, path: &str) -> Response<String> {
    let pool_id = path.trim_end_matches(JWKS).trim_start_matches('/');
    match service.pool(pool_id).and_then(|pool| pool.keys()) {
        Ok(keys) => json_document(keys.jwk_set(service.shared.now())),
        Err(_) => no_such_pool(pool_id),
    }
}

/// Returns the OpenID configuration of a pool.
fn configuration(service: &Service, path: &str) -> Response<String> {
    let pool_id = path.trim_end_matches(CONFIGURATION).trim_start_matches('/');
    match discovery::configuration(service, pool_id) {
        Some(document) => json_document(document),
        None => no_such_pool(pool_id),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "documents are created to be sent")]
fn json_document(document: Value) -> Response<String> {
    with_type(plain(StatusCode::OK, document.to_string()), JSON)
}

fn no_such_pool(pool_id: &str) -> Response<String> {
    message(StatusCode::NOT_FOUND, format!("User pool {pool_id} does not exist."))
}

fn nothing_at(method: &Method, path: &str) -> Response<String> {
    message(StatusCode::NOT_FOUND, format!("No resource exists at {method} {path}."))
}

fn allow_every_origin(headers: &mut HeaderMap, method: &Method) {
    insert(headers, "access-control-allow-origin", "*");
    if method == Method::OPTIONS {
        insert(headers, "access-control-allow-methods", "GET, POST, PUT, DELETE, OPTIONS");
        insert(headers, "access-control-allow-headers", "*, Authorization");
        insert(headers, "access-control-max-age", "172800");
    } else {
        let exposed = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date";
        insert(headers, "access-control-expose-headers", exposed);
    }
}

/// Sets the header Date by the test clock: AWS SDKs correct their clock by it.
fn insert_date(headers: &mut HeaderMap, seconds: u64) {
    // No HTTP date has a year of five digits.
    const YEAR_10000: u64 = 253_402_300_800;
    if seconds < YEAR_10000 {
        let now = UNIX_EPOCH + Duration::from_secs(seconds);
        insert(headers, "date", &httpdate::fmt_http_date(now));
    }
}

fn plain(status: StatusCode, body: impl Into<String>) -> Response<String> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
}

fn message(status: StatusCode, text: impl Into<String>) -> Response<String> {
    let body = json!({ "message": text.into() }).to_string();
    with_type(plain(status, body), JSON)
}

fn with_type(mut response: Response<String>, media_type: &'static str) -> Response<String> {
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// The maximum length of a header's value in bytes. Node.js rejects heads of more than 16 KiB and
/// Python lines of more than 64 KiB, but messages can repeat long values of a request.
const MAX_VALUE_BYTES: usize = 1024;

/// Sets a header in UTF-8, with a space in place of each control character, and without the rest of
/// a long value. The body has every message whole.
fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    let fits = |(start, c): &(usize, char)| start + c.len_utf8() <= MAX_VALUE_BYTES;
    let shown = value.char_indices().take_while(fits);
    let line: String = shown.map(|(_, c)| if c.is_control() { ' ' } else { c }).collect();
    if let Ok(value) = HeaderValue::from_bytes(line.as_bytes()) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn get_of_a_managed_login_page_is_a_write() {
        let of = |method, path| access(&method, path);
        assert_eq!(of(Method::GET, "/logout"), Access::Write);
        assert_eq!(of(Method::GET, "/confirmUser"), Access::Write);
        assert_eq!(of(Method::POST, "/oauth2/token"), Access::Write);
        for path in ["/oauth2/userInfo", "/_emulator/requests", "/pool/.well-known/jwks.json"] {
            assert_eq!(of(Method::GET, path), Access::Read, "{path}");
        }
    }

    #[test]
    fn every_message_fits_into_a_header() {
        let mut headers = HeaderMap::new();
        insert(&mut headers, "x-amzn-errormessage", "zu früh:\r\nspäter\u{85} 再试");
        let value = headers.get("x-amzn-errormessage").map(HeaderValue::as_bytes);
        assert_eq!(value, Some("zu früh:  später  再试".as_bytes()));
        insert(&mut headers, "x-amzn-errormessage", &"再".repeat(MAX_VALUE_BYTES));
        let value = headers.get("x-amzn-errormessage").map(HeaderValue::as_bytes);
        assert_eq!(value, Some("再".repeat(MAX_VALUE_BYTES / 3).as_bytes()));
    }
}
