//! A call of an operation from its body to its reply, with what was planned to go wrong and what
//! triggers do afterwards.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::flows::faults::Fault;
use crate::flows::service::Service;
use crate::flows::trigger::Caller;
use crate::model;
use crate::model::ServiceError;
use crate::operations::Call;

/// What is sent back for a call.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) error: Option<Refusal>,
    pub(crate) request_id: String,
    pub(crate) delivery: Delivery,
    /// How long it is held back.
    pub(crate) delay: Duration,
}

/// The name of an exception and its message.
pub(crate) type Refusal = (Cow<'static, str>, String);

/// How much of a reply is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    /// The first half of the body; then the connection ends.
    Cut,
    /// The connection ends, after the operation was done.
    Lost,
    /// The connection ends, and nothing was done.
    Refused,
}

/// Runs one operation; `body` is the JSON of its request.
pub(crate) async fn call(service: &Arc<Service>, operation: &str, body: &[u8]) -> Reply {
    let fault = service.faults().next(operation);
    let request_id = service.random().uuid();
    let result = match fault.as_ref().and_then(Fault::refusal) {
        Some(refusal) => Err(refusal),
        None => run(service, operation, body).await.map_err(refusal),
    };
    let (status, body, error) = match result {
        Ok(body) => (200, body, None),
        Err((name, message)) => {
            // A body for JSON of a wrong type has the member with a capital: floci#2869.
            let member = if name == "SerializationException" { "Message" } else { "message" };
            let body = json!({ "__type": name, member: message }).to_string();
            // The two that are the service's own fault.
            let status = if name.starts_with("Internal") { 500 } else { 400 };
            (status, body, Some((name, message)))
        }
    };
    let delivery = match fault {
        Some(Fault::AnswerCut) => Delivery::Cut,
        Some(Fault::AnswerLost) => Delivery::Lost,
        Some(Fault::ConnectionRefused) => Delivery::Refused,
        _ => Delivery::Whole,
    };
    let delay = match fault {
        Some(Fault::Delayed(by)) => by,
        _ => Duration::ZERO,
    };
    Reply { status, body, error, request_id, delivery, delay }
}

/// Runs one operation as [`call`] does, and blocks the thread while triggers run.
pub(crate) fn call_blocking(service: &Arc<Service>, operation: &str, body: &[u8]) -> Reply {
    pollster::block_on(call(service, operation, body))
}

/// Runs an operation to set the scene: without faults and without triggers.
pub(crate) fn seed(
    service: &Arc<Service>,
    operation: &str,
    request: Value,
) -> Result<(), ServiceError> {
    let call = Call::read_known(operation, request)?;
    pollster::block_on(call.run(service, Caller::seed())).map(drop)
}

async fn run(service: &Arc<Service>, operation: &str, body: &[u8]) -> Result<String, ServiceError> {
    let call = model::parse(body).and_then(|request| Call::read(operation, request))?;
    let caller = Caller::new(operation, call.request());
    call.run(service, caller).await
}

fn refusal(ServiceError { name, message }: ServiceError) -> Refusal {
    (name.into(), message.into_owned())
}

impl Fault {
    /// The refusal of a call that is not made.
    fn refusal(&self) -> Option<Refusal> {
        let (name, message) = match self {
            Self::Throttled => ("TooManyRequestsException", "Rate exceeded"),
            Self::InternalError => ("InternalErrorException", "Internal error."),
            Self::ConnectionRefused => ("ConnectionRefused", ""), // is never sent
            Self::Exception { name, message } => {
                return Some((name.clone().into(), message.clone()));
            }
            Self::AnswerCut | Self::AnswerLost | Self::Delayed(_) => return None,
        };
        Some((name.into(), message.to_owned()))
    }
}
