//! The tables of operations: the degree of support and the kind of handler of each.

use std::pin::Pin;

use serde::Serialize;
use serde_json::Value;

use crate::flows::context::Context;
use crate::flows::service::Service;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::sign_in_record::SignInRecord;

/// The degree to which the emulator implements an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Support {
    /// Implemented: it does what the service does and rejects what the service rejects.
    Strict,
    /// Accepted, kept and returned, without effect.
    Stored,
    /// Rejected with UnknownOperationException.
    Missing,
}

pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) support: Support,
    pub(super) handler: Handler,
}

/// The response to a request, as JSON.
pub(super) type Body = Result<String, ServiceError>;

/// A handler of requests, which takes one that has been checked against its shape.
#[derive(Clone, Copy)]
pub(super) enum Handler {
    /// Of requests that name no user pool, or that change which pools and names there are.
    Service(fn(&Service, Value) -> Body),
    /// Of requests that name a pool, or an app client of it. One step does it.
    Pool(fn(&mut Step<'_>, Value) -> Body),
    /// Of requests with an access token. One step does it.
    User(fn(&mut Step<'_>, &SignInRecord, Value) -> Body),
    /// Of requests that name a pool or an app client, and take several steps: triggers have a say,
    /// or keys are needed.
    Flow(fn(Context, Value) -> Pending),
    /// Of requests with an access token, where triggers have a say.
    UserFlow(fn(Context, SignInRecord, Value) -> Pending),
}

/// A response that comes after those of triggers.
type Pending = Pin<Box<dyn Future<Output = Body> + Send>>;

/// Makes the table of operations: the name of each, its kind of handler, the handler with a
/// request type and a response type of its own. An operation without a mark is strict.
macro_rules! operations {
    ($($name:literal => $kind:ident $operation:path $([$support:ident])?,)+) => {
        pub(in crate::operations) const OPERATIONS: &[Operation] = &[$(Operation {
            name: $name,
            support: support!($($support)?),
            handler: handler!($kind $operation),
        }),+];
    };
}

macro_rules! handler {
    (service $operation:path) => {
        Handler::Service(|service, request| body($operation(service, model::typed(request)?)))
    };
    (pool $operation:path) => {
        Handler::Pool(|step, request| body($operation(step, model::typed(request)?)))
    };
    (user $operation:path) => {
        Handler::User(|step, record, request| {
            body($operation(step, record, model::typed(request)?))
        })
    };
    (flow $operation:path) => {
        Handler::Flow(|context, request| {
            Box::pin(async move { body($operation(&context, model::typed(request)?).await) })
        })
    };
    (user_flow $operation:path) => {
        Handler::UserFlow(|context, record, request| {
            Box::pin(
                async move { body($operation(&context, &record, model::typed(request)?).await) },
            )
        })
    };
}

macro_rules! support {
    () => {
        Support::Strict
    };
    ($support:ident) => {
        Support::$support
    };
}

pub(super) fn body<R: Serialize>(response: Result<R, ServiceError>) -> Body {
    serde_json::to_string(&response?).map_err(|error| ServiceError::internal(error.to_string()))
}
