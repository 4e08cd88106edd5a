//! The test interface: requests to control the emulator from tests in every language.

mod clock;
mod credentials;
mod faults;
mod messages;
mod pools;
mod quotas;
mod tokens;

use std::sync::Arc;

use axum::http::header::{ALLOW, HeaderValue};
use axum::http::{Method, Response, StatusCode, Uri};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{JSON, message, plain, with_type};
use crate::adapters::host::Host;
use crate::model::ServiceError;

/// The beginning of every path; no pool has such an id.
pub(super) const PREFIX: &str = "/_emulator/";

/// A route of the interface: its method, path and handler, which takes the members of the query or
/// the body.
type Route = (Method, &'static str, fn(&Arc<Host>, Value) -> Result<Value, Rejection>);

const ROUTES: [Route; 18] = [
    (Method::GET, "clock", clock::read),
    (Method::POST, "clock", clock::change),
    (Method::GET, "code", messages::last),
    (Method::GET, "credentials", credentials::read),
    (Method::DELETE, "faults", faults::clear),
    (Method::GET, "faults", faults::list),
    (Method::POST, "faults", faults::plan),
    (Method::GET, HEALTH, health),
    (Method::DELETE, "outbox", messages::clear),
    (Method::GET, "outbox", messages::list),
    (Method::GET, "pools", pools::list),
    (Method::GET, "quotas", quotas::read),
    (Method::DELETE, "requests", clear_requests),
    (Method::GET, "requests", list_requests),
    (Method::POST, "reset", reset),
    (Method::POST, "rotate-keys", rotate_keys),
    (Method::GET, "tls", read_tls),
    (Method::POST, "tokens", tokens::issue),
];

/// The path of the only request that every host may send, since it returns nothing but the version.
const HEALTH: &str = "health";

/// The rejection of a request: its status and the reason.
struct Rejection(StatusCode, String);

impl Rejection {
    fn bad_request(reason: impl ToString) -> Self {
        Self(StatusCode::BAD_REQUEST, reason.to_string())
    }

    fn not_found(reason: impl ToString) -> Self {
        Self(StatusCode::NOT_FOUND, reason.to_string())
    }
}

impl From<ServiceError> for Rejection {
    fn from(error: ServiceError) -> Self {
        match error.name {
            "ResourceNotFoundException" | "UserNotFoundException" => Self::not_found(error.message),
            _ => Self::bad_request(error.message),
        }
    }
}

/// Responds to a request below [`PREFIX`].
pub(super) fn respond(
    host: &Arc<Host>,
    method: &Method,
    uri: &Uri,
    body: &[u8],
) -> Response<String> {
    let path = uri.path().strip_prefix(PREFIX).unwrap_or_default();
    if !host.has_test_interface && path != HEALTH {
        let off = "the test interface is off, because the server listens on an address that is not \
                   loopback; start the server with --test-interface";
        return message(StatusCode::FORBIDDEN, off);
    }
    let Some((.., handler)) = ROUTES.iter().find(|(m, p, _)| m == method && *p == path) else {
        return no_route(method, path);
    };
    let members = match *method {
        Method::POST => members_of_body(body),
        _ => Ok(members_of_query(uri)),
    };
    match members.and_then(|members| handler(host, members)) {
        Ok(value) => with_type(plain(StatusCode::OK, value.to_string()), JSON),
        Err(Rejection(status, reason)) => message(status, reason),
    }
}

/// Rejects a request without a handler: the path does not exist, or not with this method.
fn no_route(method: &Method, path: &str) -> Response<String> {
    let allowed: Vec<&str> =
        ROUTES.iter().filter(|(_, p, _)| *p == path).map(|(m, ..)| m.as_str()).collect();
    if allowed.is_empty() {
        let reason = format!("the test interface has no path {PREFIX}{path}");
        return message(StatusCode::NOT_FOUND, reason);
    }
    let allowed = allowed.join(", ");
    let reason = format!("{PREFIX}{path} accepts {allowed}, not {method}");
    let mut response = message(StatusCode::METHOD_NOT_ALLOWED, reason);
    response.headers_mut().extend(HeaderValue::from_str(&allowed).map(|value| (ALLOW, value)));
    response
}

/// Parses the body; an empty body means no members.
fn members_of_body(body: &[u8]) -> Result<Value, Rejection> {
    let body = if body.is_empty() { b"{}" } else { body };
    // Parsed as a map, because serde also accepts an array for the members of a struct.
    serde_json::from_slice::<Map<_, _>>(body).map(Value::Object).map_err(Rejection::bad_request)
}

fn members_of_query(uri: &Uri) -> Value {
    let members = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let members = members.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
    members.collect::<Map<_, _>>().into()
}

fn read<I: DeserializeOwned>(members: Value) -> Result<I, Rejection> {
    serde_json::from_value(members).map_err(Rejection::bad_request)
}

/// A request without members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

/// Responds as soon as requests are served, for the health checks of containers.
fn health(_: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let Empty {} = read(members)?;
    Ok(json!({ "Version": env!("CARGO_PKG_VERSION") }))
}

/// Returns the address over TLS, and the certificate to trust for it.
fn read_tls(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let Empty {} = read(members)?;
    let tls = host.tls.as_ref();
    let tls = tls.ok_or_else(|| Rejection::not_found("TLS is off; start the server with --tls"))?;
    Ok(json!({ "Endpoint": tls.endpoint, "CaCertificate": tls.ca_certificate }))
}

fn reset(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let Empty {} = read(members)?;
    host.reset().map_err(Rejection::bad_request)?;
    Ok(json!({}))
}

fn list_requests(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let Empty {} = read(members)?;
    let records = host.requests.records();
    let requests = records.into_iter().map(|record| {
        json!({
            "Operation": record.operation,
            "Status": record.status,
            "Error": record.error,
            "RequestId": record.request_id,
            "Time": clock::seconds(record.time),
            "Milliseconds": u64::try_from(record.duration.as_millis()).unwrap_or(u64::MAX),
        })
    });
    Ok(requests.collect())
}

fn clear_requests(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let Empty {} = read(members)?;
    host.requests.clear();
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RotateKeys {
    user_pool_id: Option<String>,
}

fn rotate_keys(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let request: RotateKeys = read(members)?;
    host.rotate_keys(request.user_pool_id.as_deref())?;
    Ok(json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Emulator;

    /// Returns a valid request for a route.
    fn request_of(method: &Method, path: &str) -> Value {
        match (method, path) {
            (&Method::GET, "code") => {
                json!({ "UserPoolId": "eu-west-1_Example01", "Username": "a" })
            }
            (&Method::GET, "credentials") => json!({ "AccessKeyId": "ASIAEXAMPLE" }),
            (&Method::POST, "faults") => json!({ "Operation": "GetUser", "Fault": "Throttled" }),
            (&Method::POST, "tokens") => {
                json!({ "UserPoolId": "eu-west-1_Example01", "ClientId": "1" })
            }
            _ => json!({}),
        }
    }

    #[test]
    fn every_route_rejects_unknown_members() {
        let emulator = Emulator::builder().in_process();
        let exception = json!({ "Operation": "GetUser", "Fault": "Exception", "Name": "Any" });
        let delayed = json!({ "Operation": "GetUser", "Fault": "Delayed", "Milliseconds": 1 });
        let faults = [exception, delayed].map(|request| (Method::POST, "faults", request));
        let routes = ROUTES.map(|(method, path, _)| {
            let request = request_of(&method, path);
            (method, path, request)
        });
        for (method, path, mut request) in routes.into_iter().chain(faults) {
            request["Nht"] = "2".into();
            let members = request.as_object().unwrap().iter();
            let members = members.map(|(name, value)| (name, value.as_str().unwrap_or_default()));
            let query =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(members).finish();
            let (query, body) = match method {
                Method::POST => (String::new(), request.to_string()),
                _ => (format!("?{query}"), String::new()),
            };
            let uri = format!("{PREFIX}{path}{query}").parse().unwrap();
            let response = respond(emulator.host(), &method, &uri, body.as_bytes());
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{method} {path}");
            let known = request.as_object().unwrap().keys();
            let named = known.into_iter().all(|name| response.body().contains(name));
            assert!(named, "{method} {path}: {}", response.body());
        }
    }

    #[test]
    fn bodies_that_are_no_objects_are_rejected() {
        let emulator = Emulator::builder().in_process();
        for body in ["[]", "[null]", "1", "null", "{"] {
            let uri = format!("{PREFIX}rotate-keys").parse().unwrap();
            let response = respond(emulator.host(), &Method::POST, &uri, body.as_bytes());
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{body}");
        }
    }
}
