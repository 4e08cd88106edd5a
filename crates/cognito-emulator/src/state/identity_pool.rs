//! Identity pools: settings and roles, the identities of users and guests, and their AWS
//! credentials.

pub(crate) mod credentials;
pub(crate) mod identities;
pub(crate) mod role_mapping;
mod saving;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::credentials::{IssuedCredentials, KEPT};
use self::identities::Identities;
use self::role_mapping::RoleMapping;
use crate::model::ServiceError;
use crate::state::keys::PoolKeys;
use crate::state::newest::Newest;
use crate::state::part::{Entries, Single};
use crate::state::pool::ACCOUNT;

/// The identity pools of a service, which share the keys of their tokens.
#[derive(Default)]
pub(crate) struct IdentityPools {
    /// By id.
    pub(crate) pools: Entries<IdentityPool>,
    pub(crate) identities: Identities,
    /// By access key id.
    pub(crate) credentials: Newest<IssuedCredentials, KEPT>,
    /// The keys that sign OpenID tokens, which are created when they are first needed.
    pub(crate) keys: Single<PoolKeys>,
}

/// An identity pool.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct IdentityPool {
    pub(crate) id: String,
    pub(crate) settings: IdentityPoolSettings,
    /// Roles under the keys `authenticated` and `unauthenticated`.
    pub(crate) roles: BTreeMap<String, String>,
    /// By key of the provider.
    pub(crate) role_mappings: BTreeMap<String, RoleMapping>,
}

/// The members of an identity pool that requests set.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct IdentityPoolSettings {
    identity_pool_name: String,
    pub(crate) allow_unauthenticated_identities: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_classic_flow: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supported_login_providers: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) developer_provider_name: Option<String>,
    #[serde(rename = "OpenIdConnectProviderARNs", skip_serializing_if = "Option::is_none")]
    open_id_connect_provider_arns: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cognito_identity_providers: Option<Vec<UserPoolProvider>>,
    #[serde(rename = "SamlProviderARNs", skip_serializing_if = "Option::is_none")]
    saml_provider_arns: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) identity_pool_tags: Option<BTreeMap<String, String>>,
}

/// CognitoIdentityProvider: an app client of a user pool.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UserPoolProvider {
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_side_token_check: Option<bool>,
}

impl IdentityPools {
    pub(crate) fn new(keys: PoolKeys) -> Self {
        Self { keys: Single::new(keys), ..Self::default() }
    }

    pub(crate) fn pool(&self, id: &str) -> Result<&IdentityPool, ServiceError> {
        self.pools.get(id).ok_or_else(|| identity_pool_unknown(id))
    }

    pub(crate) fn pool_mut(&mut self, id: &str) -> Result<&mut IdentityPool, ServiceError> {
        self.pools.get_mut(id).ok_or_else(|| identity_pool_unknown(id))
    }

    /// Returns the pool of an identity.
    pub(crate) fn pool_of(&self, identity_id: &str) -> Result<&IdentityPool, ServiceError> {
        self.pool(&self.identities.get(identity_id)?.pool_id)
    }

    /// Signs with new keys from now on, unless no token was signed so far. Returns whether it does.
    pub(crate) fn rotate_keys(&mut self, now: u64) -> bool {
        let rotates = !self.pools.is_empty() && self.keys.are_made();
        if rotates {
            self.keys.rotate(now);
        }
        rotates
    }

    /// Deletes a pool and its identities.
    pub(crate) fn remove_pool(&mut self, id: &str) -> Result<(), ServiceError> {
        self.pools.remove(id).ok_or_else(|| identity_pool_unknown(id))?;
        self.identities.remove_pool(id);
        Ok(())
    }
}

impl IdentityPool {
    pub(crate) fn new(id: String, settings: IdentityPoolSettings) -> Self {
        Self { id, settings, roles: BTreeMap::new(), role_mappings: BTreeMap::new() }
    }

    pub(crate) fn arn(&self) -> String {
        let region = region_of(&self.id);
        format!("arn:aws:cognito-identity:{region}:{ACCOUNT}:identitypool/{}", self.id)
    }

    /// Rejects the classic flow if it is off. A pool for which it was never set allows it:
    /// aws-cli#7652. With role mappings the flow is rejected, because they would have no effect.
    pub(crate) fn check_classic_flow(&self) -> Result<(), ServiceError> {
        let reason = match self.settings.allow_classic_flow {
            Some(false) => "enabled",
            _ if !self.role_mappings.is_empty() => "supported with RoleMappings",
            _ => return Ok(()),
        };
        Err(ServiceError::invalid_parameter(format!(
            "Basic (classic) flow is not {reason}, please use enhanced flow."
        )))
    }

    pub(crate) fn check_guests(&self) -> Result<(), ServiceError> {
        match self.settings.allow_unauthenticated_identities {
            true => Ok(()),
            false => Err(ServiceError::not_authorized(
                "Unauthenticated access is not supported for this identity pool.",
            )),
        }
    }
}

impl IdentityPoolSettings {
    pub(crate) fn name(&self) -> &str {
        &self.identity_pool_name
    }

    /// Rejects new settings that rename the developer provider (API reference,
    /// DeveloperProviderName).
    pub(crate) fn check_developer_provider(&self, new: &Self) -> Result<(), ServiceError> {
        match (&self.developer_provider_name, &new.developer_provider_name) {
            (Some(old), Some(new)) if old != new => Err(ServiceError::invalid_parameter(
                "The developer provider name of an identity pool cannot be changed.",
            )),
            _ => Ok(()),
        }
    }

    /// Returns whether the providers contain an app client of the user pool.
    pub(crate) fn has_user_pool(&self, provider: &str) -> bool {
        self.clients_of(provider).next().is_some()
    }

    /// Returns an app client of a user pool, if it is a provider.
    pub(crate) fn client(&self, provider: &str, client_id: &str) -> Option<&UserPoolProvider> {
        self.clients_of(provider).find(|client| client.client_id.as_deref() == Some(client_id))
    }

    fn clients_of(&self, provider: &str) -> impl Iterator<Item = &UserPoolProvider> {
        let all = self.cognito_identity_providers.iter().flatten();
        all.filter(move |client| client.provider_name.as_deref() == Some(provider))
    }

    /// Returns whether role mappings can be set for a provider, which is a user pool with an app
    /// client, an address, or an ARN.
    pub(crate) fn has_provider(&self, key: &str) -> bool {
        let user_pool = key.rsplit_once(':');
        let arns = [&self.open_id_connect_provider_arns, &self.saml_provider_arns];
        let mut arns = arns.into_iter().flatten().flatten();
        user_pool.is_some_and(|(provider, client_id)| self.client(provider, client_id).is_some())
            || self.supported_login_providers.iter().any(|providers| providers.contains_key(key))
            || arns.any(|arn| arn == key || arn.ends_with(&format!(":oidc-provider/{key}")))
    }
}

impl UserPoolProvider {
    /// Returns whether tokens of deleted or signed out users are rejected.
    pub(crate) fn checks_users(&self) -> bool {
        self.server_side_token_check == Some(true)
    }
}

/// Returns the Region in the id of an identity pool or an identity.
pub(crate) fn region_of(id: &str) -> &str {
    id.split(':').next().unwrap_or_default()
}

pub(crate) fn identity_pool_unknown(id: &str) -> ServiceError {
    ServiceError::resource_not_found(format!("IdentityPool '{id}' not found."))
}
