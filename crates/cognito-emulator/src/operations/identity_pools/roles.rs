//! The roles of identity pools, and the role mappings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::pools::PoolRequest;
use crate::flows::service::Service;
use crate::model::{self, ServiceError, identity_shapes};
use crate::operations::subject::Empty;
use crate::state::identity_pool::IdentityPool;
use crate::state::identity_pool::role_mapping::RoleMapping;
use crate::state::members::Members;

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Roles {
    identity_pool_id: String,
    roles: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    role_mappings: BTreeMap<String, RoleMapping>,
}

/// Replaces the roles and the mappings. Missing mappings are removed, which is a guess: no other
/// request removes them.
pub(super) fn set(service: &Service, request: Roles) -> Result<Empty, ServiceError> {
    service.with_identity_pools(|pools| {
        put(pools.pool_mut(&request.identity_pool_id)?, request).map(|()| Empty {})
    })
}

/// Sets the roles and mappings of a new pool.
pub(super) fn set_up(
    pool: &mut IdentityPool,
    roles: Members,
    role_mappings: Members,
) -> Result<(), ServiceError> {
    let given = json!({ "IdentityPoolId": pool.id, "Roles": roles, "RoleMappings": role_mappings });
    let given = model::fit_known(&identity_shapes::SET_IDENTITY_POOL_ROLES_INPUT, given)?;
    put(pool, model::typed(given)?)
}

fn put(pool: &mut IdentityPool, given: Roles) -> Result<(), ServiceError> {
    check(pool, &given.role_mappings)?;
    (pool.roles, pool.role_mappings) = (given.roles, given.role_mappings);
    Ok(())
}

/// Rejects incomplete mappings, and mappings for a provider that the pool does not have.
fn check(
    pool: &IdentityPool,
    mappings: &BTreeMap<String, RoleMapping>,
) -> Result<(), ServiceError> {
    for (provider, mapping) in mappings {
        if !pool.settings.has_provider(provider) {
            // The message of the service: aws-cdk#22951.
            return Err(ServiceError::invalid_parameter(format!(
                "{provider} is not a valid RoleMapping ProviderName or is not a configured provider."
            )));
        }
        if let Some(problem) = mapping.problem() {
            return Err(ServiceError::invalid_parameter(problem));
        }
    }
    Ok(())
}

pub(super) fn get(service: &Service, request: PoolRequest) -> Result<Roles, ServiceError> {
    service.with_identity_pools(|pools| {
        let pool = pools.pool(&request.identity_pool_id)?;
        Ok(Roles {
            identity_pool_id: pool.id.clone(),
            roles: pool.roles.clone(),
            role_mappings: pool.role_mappings.clone(),
        })
    })
}
