//! The call of an operation, from the request body to the response, with injected faults.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::flows::caller::{Caller, TriggerLimit};
use crate::flows::faults::InjectedFault;
use crate::flows::service::Service;
use crate::flows::storage;
use crate::flows::workers::block_on;
use crate::model;
use crate::model::{ServiceError, Target, http_status};
use crate::operations::{Call, quota};

/// A response, and how it is delivered.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) error: Option<Rejection>,
    pub(crate) request_id: String,
    pub(crate) delivery: Delivery,
    /// The delay before it is sent.
    pub(crate) delay: Duration,
}

/// The name of an exception and its message.
pub(crate) type Rejection = (Cow<'static, str>, String);

/// The part of a response that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    /// The first half of the body; then the connection ends.
    Truncated,
    /// The connection ends after the operation was executed.
    Lost,
    /// The connection ends, and the operation was not executed.
    Refused,
}

/// Runs one operation; `body` is the JSON of its request.
pub(crate) async fn call(
    service: &Arc<Service>,
    target: Target<'_>,
    body: &[u8],
    trigger_limit: TriggerLimit,
) -> Response {
    let fault = service.faults().next(target);
    let request_id = service.request_ids.next();
    let result = match fault.as_ref().and_then(injected) {
        Some(rejection) => Err(rejection),
        None => run(service, target, body, trigger_limit).await.map_err(rejection),
    };
    let (status, body, error) = match result {
        Ok(body) => (200, body, None),
        Err((name, message)) => {
            // The member is capitalized in a SerializationException (floci#2869).
            let member = if name == "SerializationException" { "Message" } else { "message" };
            let body = json!({ "__type": name, member: message }).to_string();
            (http_status(&name), body, Some((name, message)))
        }
    };
    let delivery = match fault {
        Some(InjectedFault::ResponseTruncated) => Delivery::Truncated,
        Some(InjectedFault::ResponseLost) => Delivery::Lost,
        Some(InjectedFault::ConnectionRefused) => Delivery::Refused,
        _ => Delivery::Whole,
    };
    let delay = match fault {
        Some(InjectedFault::Delayed(by)) => by,
        _ => Duration::ZERO,
    };
    Response { status, body, error, request_id, delivery, delay }
}

/// Runs one operation like [`call`], and blocks the thread while triggers run.
pub(crate) fn call_blocking(service: &Arc<Service>, target: Target<'_>, body: &[u8]) -> Response {
    block_on(call(service, target, body, None))
}

/// Runs an operation of a seed, without faults and triggers.
pub(crate) fn seed(
    service: &Arc<Service>,
    operation: &str,
    request: Value,
) -> Result<(), ServiceError> {
    seed_as(Caller::seed(), service, operation, request)
}

/// Runs an operation like [`seed`], for a caller that sets more members of the entry.
pub(crate) fn seed_as(
    caller: Caller,
    service: &Arc<Service>,
    operation: &str,
    request: Value,
) -> Result<(), ServiceError> {
    let call = Call::read_known(Target::named(operation), request)?;
    block_on(call.run(service, caller)).map(drop)
}

async fn run(
    service: &Arc<Service>,
    target: Target<'_>,
    body: &[u8],
    trigger_limit: TriggerLimit,
) -> Result<String, ServiceError> {
    let request = model::parse(body)?;
    quota::admit(service, target, &request)?;
    let call = Call::read(target, request)?;
    let caller = Caller::new(target.name, call.request()).with_trigger_limit(trigger_limit);
    let (access, hides_deleted_user) = (call.access(), call.hides_deleted_user());
    let run = call.run_for_client(service, caller);
    let response = storage::committed(service, access, run).await;
    let response = response.map_err(|not_stored| ServiceError::internal(not_stored.to_string()))?;
    response.map_err(|error| match error.name {
        // The message of the service is not known.
        "UserNotFoundException" if hides_deleted_user => {
            ServiceError::not_authorized("Access Token has been revoked")
        }
        _ => error,
    })
}

fn rejection(ServiceError { name, message }: ServiceError) -> Rejection {
    (name.into(), message.into_owned())
}

/// Returns the rejection for a fault that replaces the call.
fn injected(fault: &InjectedFault) -> Option<Rejection> {
    let (name, message) = match fault {
        InjectedFault::Throttled => ("TooManyRequestsException", "Rate exceeded"),
        InjectedFault::InternalError => ("InternalErrorException", "Internal error."),
        InjectedFault::ConnectionRefused => ("ConnectionRefused", ""), // No response is sent.
        InjectedFault::Exception { name, message } => {
            return Some((name.clone().into(), message.clone()));
        }
        InjectedFault::ResponseTruncated
        | InjectedFault::ResponseLost
        | InjectedFault::Delayed(_) => return None,
    };
    Some((name.into(), message.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::{Emulator, PoolSettings, SigningKeys};

    #[test]
    fn step_of_one_pool_does_not_block_requests_to_another() {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
        let pools = [(); 2].map(|()| emulator.create_pool(PoolSettings::default()).unwrap());
        let [busy, free] = &pools;
        free.add_user("alice", "Correct-horse1").unwrap();
        let (done, responses) = mpsc::channel();
        let inside = |_: &mut crate::flows::step::Step<'_>| {
            let free = free.clone();
            thread::spawn(move || {
                let token = free.access_token_for(json!({ "username": "alice" })).unwrap();
                let token = json!({ "AccessToken": token.expose_secret() });
                let responses = [
                    free.call("AdminGetUser", json!({ "Username": "alice" })),
                    free.call("ForgotPassword", json!({ "Username": "alice" })),
                    free.call("CreateUserPoolClient", json!({ "ClientName": "second" })),
                    free.call("CreateUserPool", json!({ "PoolName": "third" })),
                    free.call("GetUser", token),
                ];
                done.send(responses.map(|response| response.is_ok())).unwrap();
            });
            Ok(responses.recv_timeout(Duration::from_secs(60)))
        };
        let responses = emulator.service().in_pool(busy.id().as_str(), inside).unwrap();
        assert_eq!(responses, Ok([true, false, true, true, true]), "alice has no address");
    }
}
