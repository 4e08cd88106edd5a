//! HTTP as the service speaks it, between any server or client and the state machine.

mod oauth;

use std::sync::{Mutex, PoisonError};

use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, ORIGIN};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};

use crate::service::{Reply, Service};

/// The header that names the operation, and what stands before the name.
const TARGET: &str = "x-amz-target";
const TARGET_PREFIX: &str = "AWSCognitoIdentityProviderService.";

const AMZ_JSON: &str = "application/x-amz-json-1.1";
const JSON: &str = "application/json";

/// Where the messages that would have been sent can be read.
const OUTBOX: &str = "/_emulator/outbox";
const JWKS: &str = "/.well-known/jwks.json";

/// Marks a response that is not to be sent: the connection ends instead.
#[derive(Clone, Copy)]
pub(crate) struct Lost;

/// Answers one request.
pub(crate) fn answer(service: &Mutex<Service>, request: &Request<Vec<u8>>) -> Response<String> {
    let mut service = service.lock().unwrap_or_else(PoisonError::into_inner);
    let mut response = match (request.method(), request.uri().path()) {
        (&Method::OPTIONS, _) => plain(StatusCode::OK, ""),
        (&Method::POST, "/") => operation(&mut service, request),
        (&Method::GET, OUTBOX) => outbox(&service),
        (&Method::POST, oauth::TOKEN_ENDPOINT) => oauth::token(&mut service, request),
        (&Method::GET, path) if path.ends_with(oauth::CONFIGURATION) => {
            oauth::configuration(&mut service, path)
        }
        (&Method::GET, path) if path.ends_with(JWKS) => key_set(&service, path),
        (method, path) => {
            let message = format!(r#"{{"message":"There is nothing at {method} {path}."}}"#);
            with_type(plain(StatusCode::NOT_FOUND, message), JSON)
        }
    };
    if request.headers().contains_key(ORIGIN) {
        allow_every_origin(response.headers_mut(), request.method());
    }
    response
}

fn operation(service: &mut Service, request: &Request<Vec<u8>>) -> Response<String> {
    let target = request.headers().get(TARGET).and_then(|target| target.to_str().ok());
    let name = target.and_then(|target| target.strip_prefix(TARGET_PREFIX)).unwrap_or_default();
    let Reply { status, body, error, request_id, lost } = service.call(name, request.body());
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = with_type(plain(status, body), AMZ_JSON);
    if lost {
        response.extensions_mut().insert(Lost);
    }
    let headers = response.headers_mut();
    insert(headers, "x-amzn-requestid", &request_id);
    if let Some((name, message)) = error {
        insert(headers, "x-amzn-errortype", &format!("{name}:"));
        insert(headers, "x-amzn-errormessage", &message);
    }
    response
}

fn outbox(service: &Service) -> Response<String> {
    match serde_json::to_string(service.outbox()) {
        Ok(messages) => with_type(plain(StatusCode::OK, messages), JSON),
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

fn key_set(service: &Service, path: &str) -> Response<String> {
    let pool_id = path.trim_end_matches(JWKS).trim_start_matches('/');
    match service.jwk_set(pool_id) {
        Some(keys) => with_type(plain(StatusCode::OK, keys), JSON),
        None => {
            let message = format!(r#"{{"message":"User pool {pool_id} does not exist."}}"#);
            with_type(plain(StatusCode::NOT_FOUND, message), JSON)
        }
    }
}

fn allow_every_origin(headers: &mut HeaderMap, method: &Method) {
    insert(headers, "access-control-allow-origin", "*");
    if method == Method::OPTIONS {
        insert(headers, "access-control-allow-methods", "GET, POST, OPTIONS");
        insert(headers, "access-control-allow-headers", "*, Authorization");
        insert(headers, "access-control-max-age", "172800");
    } else {
        let exposed = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date";
        insert(headers, "access-control-expose-headers", exposed);
    }
}

fn plain(status: StatusCode, body: impl Into<String>) -> Response<String> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
}

fn with_type(mut response: Response<String>, media_type: &'static str) -> Response<String> {
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// Sets a header, unless the value has characters that no header can carry.
fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
