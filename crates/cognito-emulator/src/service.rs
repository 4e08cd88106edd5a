//! The state machine of the service: pools and their users, one function for each operation.
//!
//! It does no I/O. The clock and the random source are handed in; adapters carry requests to
//! [`Service::call`] and its replies back.

mod attributes;
mod challenge;
mod client;
mod configuration;
mod constraint;
mod delivery;
mod device;
mod error;
mod expiring;
mod identity_provider;
mod limits;
mod machine;
mod oauth;
mod operations;
mod page;
mod passkey;
mod password;
mod password_policy;
mod pool;
mod records;
mod resource_server;
mod schema;
mod scope;
mod settings;
mod shape;
mod shapes;
mod sign_in_record;
mod srp;
mod tokens;
mod totp;
mod user;
mod webauthn;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

pub(crate) use self::error::ApiError;
pub(crate) use self::oauth::{ClientLogin, OAuthError, TokenForm};
pub use self::operations::{Support, operations};
use self::pool::Pool;
pub use self::scope::IssuerStyle;
use self::scope::Scope;
pub(crate) use self::scope::Shared;
use crate::faults::Fault;
use crate::outbox::Message;
use crate::triggers::Triggers;

/// Every pool of one endpoint.
pub(crate) struct Service {
    pools: BTreeMap<String, Pool>,
    /// The rates that were provisioned, by their categories.
    provisioned: BTreeMap<&'static str, i64>,
    shared: Shared,
}

/// What is sent back for a call.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// The name and the message of a refusal.
    pub(crate) error: Option<(&'static str, String)>,
    pub(crate) request_id: String,
    /// Whether the connection ends before it is sent.
    pub(crate) lost: bool,
}

impl Service {
    pub(crate) fn new(shared: Shared) -> Self {
        Self { pools: BTreeMap::new(), provisioned: BTreeMap::new(), shared }
    }

    /// Runs one operation; `body` is the JSON of its request.
    pub(crate) fn call(&mut self, operation: &str, body: &[u8]) -> Reply {
        let fault = self.shared.faults.next(operation);
        let result = match fault {
            Some(Fault::Throttled) => Err(ApiError::too_many_requests("Rate exceeded")),
            Some(Fault::InternalError) => Err(ApiError::internal_error("Internal error.")),
            _ => parse(body).and_then(|input| operations::run(self, operation, input)),
        };
        let status = match (&result, fault) {
            (Ok(_), _) => 200,
            (Err(_), Some(Fault::InternalError)) => 500,
            (Err(_), _) => 400,
        };
        let (body, error) = match result {
            Ok(output) => (output.to_string(), None),
            Err(ApiError { name, message }) => {
                let body = serde_json::json!({ "__type": name, "message": message }).to_string();
                (body, Some((name, message.into_owned())))
            }
        };
        let (request_id, lost) = (self.shared.random.uuid(), fault == Some(Fault::AnswerLost));
        Reply { status, body, error, request_id, lost }
    }

    pub(crate) fn set_triggers(&mut self, pool_id: &str, to: Triggers) -> Result<(), ApiError> {
        self.pool(pool_id)?.pool.triggers = to;
        Ok(())
    }

    /// The key set of a pool, as JSON.
    pub(crate) fn jwk_set(&self, pool_id: &str) -> Option<String> {
        self.pools.get(pool_id).map(|pool| pool.keys.jwk_set().to_string())
    }

    /// The messages that would have been sent, oldest first.
    pub(crate) fn outbox(&self) -> &[Message] {
        &self.shared.outbox
    }

    pub(crate) fn plan_fault(&mut self, operation: &str, nth: usize, fault: Fault) {
        self.shared.faults.plan(operation, nth, fault);
    }

    pub(crate) fn set_endpoint(&mut self, endpoint: String) {
        self.shared.endpoint = endpoint;
    }

    fn pool(&mut self, id: &str) -> Result<Scope<'_>, ApiError> {
        let pool = self.pools.get_mut(id).ok_or_else(|| ApiError::pool_unknown(id))?;
        Ok(Scope::new(pool, &mut self.shared))
    }

    fn pool_of_client(&mut self, client_id: &str) -> Result<Scope<'_>, ApiError> {
        let mut pools = self.pools.values_mut();
        let found = pools.find(|pool| pool.clients.contains_key(client_id));
        let pool = found.ok_or_else(|| ApiError::client_unknown(client_id))?;
        Ok(Scope::new(pool, &mut self.shared))
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Everything else is full of secrets.
        f.debug_struct("Service").field("pools", &self.pools.keys()).finish_non_exhaustive()
    }
}

/// Reads a request. An explicit `null` counts as absent, everywhere.
fn parse(body: &[u8]) -> Result<Value, ApiError> {
    let mut input = match body {
        [] => Value::Object(serde_json::Map::new()),
        body => serde_json::from_slice(body)
            .map_err(|error| ApiError::serialization(error.to_string()))?,
    };
    remove_nulls(&mut input);
    Ok(input)
}

fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(remove_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}
