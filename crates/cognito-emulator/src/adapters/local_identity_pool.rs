//! An identity pool of an emulator, and its settings.

use cognito_types::IdentityPoolId;
use serde_json::{Map, Value, json};

use crate::adapters::emulator::Emulator;
use crate::adapters::error::EmulatorError;
use crate::adapters::local_pool::LocalPool;
use crate::operations::identity_pools::pools;

/// Settings of an identity pool.
///
/// By default it has no providers, allows no guests, and has the roles
/// `arn:aws:iam::000000000000:role/authenticated` and `…/unauthenticated`.
#[derive(Clone, Debug)]
#[must_use]
pub struct IdentityPoolSettings {
    id: Option<IdentityPoolId>,
    pool: Map<String, Value>,
    providers: Vec<Value>,
    roles: Map<String, Value>,
    role_mappings: Map<String, Value>,
}

impl Default for IdentityPoolSettings {
    fn default() -> Self {
        let empty = Self {
            id: None,
            pool: Map::new(),
            providers: Vec::new(),
            roles: Map::new(),
            role_mappings: Map::new(),
        };
        empty
            .pool_member("IdentityPoolName", "local")
            .pool_member("AllowUnauthenticatedIdentities", false)
            .authenticated_role("arn:aws:iam::000000000000:role/authenticated")
            .unauthenticated_role("arn:aws:iam::000000000000:role/unauthenticated")
    }
}

impl IdentityPoolSettings {
    /// Sets the id; a random one by default.
    pub fn id(self, id: IdentityPoolId) -> Self {
        Self { id: Some(id), ..self }
    }

    /// Accepts ID tokens of the app client of a user pool, unless the user was deleted, disabled or
    /// signed out (`ServerSideTokenCheck`, which is off by default in the service).
    pub fn user_pool(self, pool: &LocalPool) -> Self {
        self.provider(pool, true)
    }

    /// Accepts ID tokens of the app client of a user pool until they expire.
    pub fn user_pool_without_token_check(self, pool: &LocalPool) -> Self {
        self.provider(pool, false)
    }

    fn provider(mut self, pool: &LocalPool, server_side_token_check: bool) -> Self {
        self.providers.push(json!({
            "ProviderName": pool.provider_name(),
            "ClientId": pool.client_id().as_str(),
            "ServerSideTokenCheck": server_side_token_check,
        }));
        self
    }

    /// Allows guests, who have an identity without a login.
    pub fn guests(self) -> Self {
        self.pool_member("AllowUnauthenticatedIdentities", true)
    }

    /// Sets the role of users.
    pub fn authenticated_role(mut self, arn: impl Into<String>) -> Self {
        self.roles.insert("authenticated".to_owned(), arn.into().into());
        self
    }

    /// Sets the role of guests.
    pub fn unauthenticated_role(mut self, arn: impl Into<String>) -> Self {
        self.roles.insert("unauthenticated".to_owned(), arn.into().into());
        self
    }

    /// Sets the `RoleMapping` (of SetIdentityPoolRoles) that selects the role for users of a user
    /// pool's app client.
    pub fn role_mapping(mut self, pool: &LocalPool, mapping: impl Into<Value>) -> Self {
        let key = format!("{}:{}", pool.provider_name(), pool.client_id().as_str());
        self.role_mappings.insert(key, mapping.into());
        self
    }

    /// Sets a member of CreateIdentityPool. User pools are added to `CognitoIdentityProviders`.
    pub fn pool_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.pool.insert(name.to_owned(), value.into());
        self
    }
}

/// An identity pool of an [`Emulator`], which keeps the emulator running.
#[derive(Clone, Debug)]
pub struct LocalIdentityPool {
    emulator: Emulator,
    id: IdentityPoolId,
}

impl LocalIdentityPool {
    pub(crate) fn create(
        emulator: &Emulator,
        settings: IdentityPoolSettings,
    ) -> Result<Self, EmulatorError> {
        let IdentityPoolSettings { id, mut pool, providers, roles, role_mappings } = settings;
        let service = emulator.service();
        let id = match id {
            Some(id) => id,
            None => pools::new_id(service)?,
        };
        if !providers.is_empty() {
            let listed = pool.entry("CognitoIdentityProviders").or_insert_with(|| json!([]));
            // A value of another type is rejected later, with the other members.
            if let Some(listed) = listed.as_array_mut() {
                listed.extend(providers);
            }
        }
        pools::set_up(service, &id, pool, roles, role_mappings)?;
        Ok(Self { emulator: emulator.clone(), id })
    }

    /// Returns the id.
    pub fn id(&self) -> IdentityPoolId {
        self.id.clone()
    }

    /// Returns the emulator.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// Returns the address for clients, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        self.emulator.endpoint()
    }
}
