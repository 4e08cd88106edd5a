//! A call of an operation from its body to its reply, with what was planned to go wrong and what
//! triggers do afterwards.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::Service;
use super::operations::Call;
use super::triggers::{Afterwards, Caller};
use crate::faults::Fault;
use crate::model;
use crate::model::ServiceError;

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
///
/// What triggers do afterwards is done when the service is free again, so that they may call it.
pub(crate) fn call(service: &Mutex<Service>, operation: &str, body: &[u8]) -> Reply {
    let called = service.lock().unwrap_or_else(PoisonError::into_inner).begin(operation, body);
    let Called { fault, result, afterwards, request_id } = called;
    let result = result.and_then(|output| {
        let mut afterwards = afterwards.into_iter();
        afterwards.try_for_each(|later| later()).map(|()| output).map_err(refusal)
    });
    let (status, body, error) = match result {
        Ok(output) => (200, output.to_string(), None),
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

/// An operation that was run, but for what is done afterwards.
struct Called {
    fault: Option<Fault>,
    result: Result<Value, Refusal>,
    afterwards: Vec<Afterwards>,
    request_id: String,
}

impl Service {
    /// Runs an operation to set the scene: without faults and without triggers.
    pub(crate) fn seed(&mut self, operation: &str, input: Value) -> Result<Value, ServiceError> {
        self.shared.caller = Caller::seed();
        let output = Call::read_known(operation, input).and_then(|call| call.run(self));
        self.shared.afterwards.clear();
        output
    }

    fn begin(&mut self, operation: &str, body: &[u8]) -> Called {
        let fault = self.shared.faults.next(operation);
        let result = match &fault {
            Some(fault) => fault.refusal().map_or_else(|| self.run(operation, body), Err),
            None => self.run(operation, body),
        };
        let afterwards = std::mem::take(&mut self.shared.afterwards);
        Called { fault, result, afterwards, request_id: self.shared.random.uuid() }
    }

    fn run(&mut self, operation: &str, body: &[u8]) -> Result<Value, Refusal> {
        let call = model::parse(body).and_then(|request| Call::read(operation, request));
        let call = call.map_err(refusal)?;
        self.shared.caller = Caller::new(operation, call.request());
        call.run(self).map_err(refusal)
    }
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
