//! The tables of operations, with the support, the access and the kind of handler of each.

use std::pin::Pin;

use serde::Serialize;
use serde_json::Value;

use crate::flows::context::Context;
use crate::flows::service::Service;
use crate::flows::step::Step;
use crate::flows::storage::Access;
use crate::model::ServiceError;
use crate::state::sign_in_record::SignInRecord;

/// The level of support for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Support {
    /// Behaves as in the service, and rejects the same requests.
    Strict,
    /// Accepted, kept and returned, without effect.
    Stored,
    /// Rejected with UnknownOperationException.
    Missing,
}

pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) support: Support,
    pub(super) access: Access,
    pub(super) handler: Handler,
}

/// The response to a request, as JSON.
pub(super) type Body = Result<String, ServiceError>;

/// A handler of requests that were validated against their shape.
#[derive(Clone, Copy)]
pub(super) enum Handler {
    /// For requests without a user pool, and requests that change the set of pools or of unique
    /// names.
    Service(fn(&Service, Value) -> Body),
    /// For requests that name a pool or an app client, and need one step.
    Pool(fn(&mut Step<'_>, Value) -> Body),
    /// For requests with an access token that need one step.
    User(fn(&mut Step<'_>, &SignInRecord, Value) -> Body),
    /// For requests that name a pool or an app client and need several steps, because they call
    /// triggers or wait for keys.
    Flow(fn(Context, Value) -> Pending),
    /// For requests with an access token that call triggers.
    UserFlow(fn(Context, SignInRecord, Value) -> Pending),
}

/// A response that waits for triggers or keys.
type Pending = Pin<Box<dyn Future<Output = Body> + Send>>;

/// Defines the table of operations: the name, the kind of handler and the handler, which has its
/// own request and response types. The marks in brackets are `Stored`, for the support of that
/// name, and `Read`, for an operation that changes nothing; by default an operation is strict and
/// writes.
macro_rules! operations {
    ($($name:literal => $kind:ident $operation:path $([$($mark:ident),+])?,)+) => {
        pub(in crate::operations) const OPERATIONS: &[Operation] = &[$(Operation {
            name: $name,
            support: support!($($($mark),+)?),
            access: access!($($($mark),+)?),
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
    ($(Read)?) => {
        Support::Strict
    };
    ($(Read,)? Stored) => {
        Support::Stored
    };
}

macro_rules! access {
    ($(Stored)?) => {
        Access::Write
    };
    (Read $(, Stored)?) => {
        Access::Read
    };
}

pub(super) fn body<R: Serialize>(response: Result<R, ServiceError>) -> Body {
    serde_json::to_string(&response?).map_err(|error| ServiceError::internal(error.to_string()))
}
