//! The test interface: what tests in every language need of the emulator besides the API.

use std::time::Duration;

use axum::http::{Method, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{JSON, message, no_such_pool, plain, with_type};
use crate::adapters::emulator::rotate_keys as rotate;
use crate::flows::faults::InjectedFault;
use crate::flows::service::Service;
use crate::operations::operations;

/// What all paths begin with; no pool has such an id.
const PREFIX: &str = "/_emulator/";

/// Responds to a request for the emulator itself; none if the path is not one of its own.
pub(super) fn respond(
    service: &Service,
    method: &Method,
    path: &str,
    body: &[u8],
) -> Option<Response<String>> {
    let response = match (method, path.strip_prefix(PREFIX)?) {
        (&Method::GET, "outbox") => Ok(outbox(service)),
        (&Method::POST, "clock") => read(body).map(|input| move_clock(service, &input)),
        (&Method::POST, "faults") => read(body).and_then(|input| plan_fault(service, input)),
        (&Method::POST, "rotate-keys") => read(body).map(|input| rotate_keys(service, &input)),
        _ => return None,
    };
    Some(response.unwrap_or_else(|problem| message(StatusCode::BAD_REQUEST, problem)))
}

fn outbox(service: &Service) -> Response<String> {
    match serde_json::to_string(&service.shared.outbox.messages()) {
        Ok(messages) => with_type(plain(StatusCode::OK, messages), JSON),
        Err(error) => message(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ClockInput {
    advance_seconds: u64,
}

fn move_clock(service: &Service, input: &ClockInput) -> Response<String> {
    service.shared.clock.advance(Duration::from_secs(input.advance_seconds));
    with_type(plain(StatusCode::OK, json!({ "Now": service.shared.now() }).to_string()), JSON)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FaultInput {
    operation: String,
    #[serde(default = "first")]
    nth: usize,
    #[serde(flatten)]
    fault: NamedFault,
}

fn first() -> usize {
    1
}

/// An [`InjectedFault`] by its name, with its facts beside it.
#[derive(Deserialize)]
#[serde(tag = "Fault")]
enum NamedFault {
    Throttled,
    InternalError,
    #[serde(rename_all = "PascalCase")]
    Exception {
        name: String,
        #[serde(default)]
        message: String,
    },
    ConnectionRefused,
    ResponseLost,
    ResponseTruncated,
    #[serde(rename_all = "PascalCase")]
    Delayed {
        milliseconds: u64,
    },
}

impl From<NamedFault> for InjectedFault {
    fn from(named: NamedFault) -> Self {
        match named {
            NamedFault::Throttled => Self::Throttled,
            NamedFault::InternalError => Self::InternalError,
            NamedFault::Exception { name, message } => Self::Exception { name, message },
            NamedFault::ConnectionRefused => Self::ConnectionRefused,
            NamedFault::ResponseLost => Self::ResponseLost,
            NamedFault::ResponseTruncated => Self::ResponseTruncated,
            NamedFault::Delayed { milliseconds } => {
                Self::Delayed(Duration::from_millis(milliseconds))
            }
        }
    }
}

/// Plans a fault, unless it is of a call that can never be made.
fn plan_fault(service: &Service, input: FaultInput) -> Result<Response<String>, String> {
    let FaultInput { operation, nth, fault } = input;
    if !operations().any(|(name, _)| name == operation) {
        return Err(format!("there is no operation {operation:?}"));
    }
    if nth == 0 {
        return Err("calls are counted from 1".to_owned());
    }
    service.faults().plan(&operation, nth, fault.into());
    Ok(with_type(plain(StatusCode::OK, "{}"), JSON))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
struct RotateInput {
    user_pool_id: Option<String>,
}

fn rotate_keys(service: &Service, input: &RotateInput) -> Response<String> {
    let id = input.user_pool_id.as_deref();
    match (rotate(service, id), id) {
        (Err(_), Some(id)) => no_such_pool(id),
        _ => with_type(plain(StatusCode::OK, "{}"), JSON),
    }
}

/// Reads a request, of which no body stands for no members.
fn read<I: DeserializeOwned>(body: &[u8]) -> Result<I, String> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| error.to_string())
}
