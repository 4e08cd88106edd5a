//! The state machine of the service: pools and their users, one function for each operation.
//!
//! It does no I/O. The clock and the random source are handed in; adapters carry requests to
//! [`Service::call`] and its replies back.

mod alias;
mod attributes;
mod auth_event;
mod challenge;
mod client;
mod configuration;
mod delivery;
mod device;
mod expiring;
mod filter;
mod group;
mod identity;
mod identity_provider;
mod limits;
mod machine;
mod members;
mod message_text;
mod mfa_configuration;
mod oauth;
mod operations;
mod page;
mod passkey;
mod password;
mod password_policy;
mod pool;
mod record_page;
mod records;
mod reply;
mod resource_server;
mod saml;
mod schema;
mod scope;
mod settings;
mod sign_in_record;
#[cfg(test)]
mod soak;
mod srp;
mod tokens;
mod totp;
mod triggers;
mod user;
mod webauthn;

use std::collections::BTreeMap;
use std::fmt;

use self::identity::ProviderUser;
pub(crate) use self::oauth::{ClientLogin, OAuthError, TokenForm};
pub use self::operations::{Support, operations};
pub(crate) use self::page::Lists;
use self::pool::Pool;
pub(crate) use self::reply::{Delivery, Reply, call};
pub use self::scope::IssuerStyle;
use self::scope::Scope;
pub(crate) use self::scope::Shared;
pub(crate) use self::triggers::Caller;
use crate::clock::MovableClock;
use crate::faults::Fault;
use crate::model::ServiceError;
use crate::outbox::{Message, Outbox};
use crate::triggers::Triggers;

/// Every pool of one endpoint.
pub(crate) struct Service {
    pools: BTreeMap<String, Pool>,
    /// The rates that were provisioned, by their categories.
    provisioned: BTreeMap<&'static str, i64>,
    shared: Shared,
}

impl Service {
    pub(crate) fn new(shared: Shared) -> Self {
        Self { pools: BTreeMap::new(), provisioned: BTreeMap::new(), shared }
    }

    pub(crate) fn set_triggers(&mut self, pool_id: &str, to: Triggers) -> Result<(), ServiceError> {
        self.pool(pool_id)?.pool.triggers = to;
        Ok(())
    }

    pub(crate) fn set_lists(&mut self, pool_id: &str, to: Lists) -> Result<(), ServiceError> {
        let pool = self.pool(pool_id)?.pool;
        pool.lists = to;
        pool.users.show_late(to.delay);
        Ok(())
    }

    pub(crate) fn federate(
        &mut self,
        pool_id: &str,
        [provider, id]: [&str; 2],
        attributes: BTreeMap<String, String>,
    ) -> Result<String, ServiceError> {
        let of = ProviderUser { provider: provider.to_owned(), id: id.to_owned() };
        self.pool(pool_id)?.federate(of, attributes)
    }

    pub(crate) fn feedback_token(&self, pool: &str, user: &str, event: &str) -> Option<String> {
        let pool = self.pools.get(pool)?;
        Some(pool.feedback_token(&pool.known_or_flattened(user), event))
    }

    /// The last message that would have been sent to a user, by any name that the user signs in
    /// with.
    pub(crate) fn last_message(&self, pool_id: &str, user: &str) -> Option<&Message> {
        let username = self.pools.get(pool_id).map(|pool| pool.known_or_flattened(user));
        self.shared.outbox.last(pool_id, username.as_deref().unwrap_or(user))
    }

    /// The key set of a pool, as JSON.
    pub(crate) fn jwk_set(&self, pool_id: &str) -> Option<String> {
        let pool = self.pools.get(pool_id)?;
        Some(pool.keys.jwk_set(self.shared.now()).to_string())
    }

    /// Gives a pool new keys, or all pools.
    pub(crate) fn rotate_keys(&mut self, pool_id: Option<&str>) -> Result<(), ServiceError> {
        let now = self.shared.now();
        match pool_id {
            Some(id) => self.pool(id)?.pool.keys.rotate(now),
            None => self.pools.values_mut().for_each(|pool| pool.keys.rotate(now)),
        }
        Ok(())
    }

    pub(crate) fn clock(&self) -> &MovableClock {
        &self.shared.clock
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.shared.now()
    }

    /// The messages that would have been sent.
    pub(crate) fn outbox(&self) -> &Outbox {
        &self.shared.outbox
    }

    pub(crate) fn plan_fault(&mut self, operation: &str, nth: usize, fault: Fault) {
        self.shared.faults.plan(operation, nth, fault);
    }

    fn pool(&mut self, id: &str) -> Result<Scope<'_>, ServiceError> {
        let pool = self.pools.get_mut(id).ok_or_else(|| ServiceError::pool_unknown(id))?;
        Ok(Scope::new(pool, &mut self.shared))
    }

    fn pool_of_client(&mut self, client_id: &str) -> Result<Scope<'_>, ServiceError> {
        let mut pools = self.pools.values_mut();
        let found = pools.find(|pool| pool.clients.contains_key(client_id));
        let pool = found.ok_or_else(|| ServiceError::client_unknown(client_id))?;
        Ok(Scope::new(pool, &mut self.shared))
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Everything else is full of secrets.
        f.debug_struct("Service").field("pools", &self.pools.keys()).finish_non_exhaustive()
    }
}
