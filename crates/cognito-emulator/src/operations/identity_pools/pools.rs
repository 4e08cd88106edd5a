//! Identity pools and their settings.

use std::ops::Bound;

use cognito_types::IdentityPoolId;
use serde::{Deserialize, Serialize};

use crate::flows::service::Service;
use crate::model::{self, ServiceError, identity_shapes};
use crate::operations::page::PageRequest;
use crate::operations::subject::Empty;
use crate::state::identity_pool::{IdentityPool, IdentityPoolSettings};
use crate::state::members::Members;

/// The quota of identity pools in an account.
const MOST: usize = 1000;

/// A request that names an identity pool and nothing else.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PoolRequest {
    pub(super) identity_pool_id: String,
}

/// IdentityPool.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct IdentityPoolType {
    identity_pool_id: String,
    #[serde(flatten)]
    settings: IdentityPoolSettings,
}

impl IdentityPoolType {
    fn new(pool: &IdentityPool) -> Self {
        Self { identity_pool_id: pool.id.clone(), settings: pool.settings.clone() }
    }
}

pub(super) fn create(
    service: &Service,
    settings: IdentityPoolSettings,
) -> Result<IdentityPoolType, ServiceError> {
    add(service, IdentityPool::new(new_id(service)?.to_string(), settings))
}

pub(crate) fn new_id(service: &Service) -> Result<IdentityPoolId, ServiceError> {
    let id = format!("{}:{}", service.shared.region, service.random().uuid());
    id.parse().map_err(|_| ServiceError::invalid_parameter("The region is not valid."))
}

/// Creates an identity pool with the given id, the members of CreateIdentityPool, and those of
/// SetIdentityPoolRoles. If a member is rejected, no pool is created.
pub(crate) fn set_up(
    service: &Service,
    id: &IdentityPoolId,
    given: Members,
    roles: Members,
    role_mappings: Members,
) -> Result<(), ServiceError> {
    let given = model::fit_known(&identity_shapes::CREATE_IDENTITY_POOL_INPUT, given.into())?;
    let mut pool = IdentityPool::new(id.to_string(), model::typed(given)?);
    super::roles::set_up(&mut pool, roles, role_mappings)?;
    add(service, pool).map(drop)
}

fn add(service: &Service, pool: IdentityPool) -> Result<IdentityPoolType, ServiceError> {
    service.with_identity_pools(|pools| {
        if pools.pools.contains_key(&pool.id) {
            let message = format!("IdentityPool '{}' already exists.", pool.id);
            return Err(ServiceError::resource_conflict(message));
        }
        if pools.pools.len() >= MOST {
            let message = format!("An account has at most {MOST} identity pools.");
            return Err(ServiceError::limit_exceeded(message));
        }
        let response = IdentityPoolType::new(&pool);
        pools.pools.insert(pool.id.clone(), pool);
        Ok(response)
    })
}

pub(super) fn describe(
    service: &Service,
    request: PoolRequest,
) -> Result<IdentityPoolType, ServiceError> {
    service.with_identity_pools(|pools| {
        pools.pool(&request.identity_pool_id).map(IdentityPoolType::new)
    })
}

/// Replaces the settings: missing members get their defaults (API reference).
pub(super) fn update(
    service: &Service,
    request: IdentityPoolType,
) -> Result<IdentityPoolType, ServiceError> {
    service.with_identity_pools(|pools| {
        let pool = pools.pool_mut(&request.identity_pool_id)?;
        pool.settings.check_developer_provider(&request.settings)?;
        pool.settings = request.settings;
        Ok(IdentityPoolType::new(pool))
    })
}

pub(super) fn delete(service: &Service, request: PoolRequest) -> Result<Empty, ServiceError> {
    service.with_identity_pools(|pools| pools.remove_pool(&request.identity_pool_id))?;
    Ok(Empty {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRequest {
    max_results: usize,
    next_token: Option<String>,
}

/// IdentityPoolShortDescription.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShortDescription {
    identity_pool_id: String,
    identity_pool_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    identity_pools: Vec<ShortDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn list(service: &Service, request: ListRequest) -> Result<ListResponse, ServiceError> {
    let ListRequest { max_results, next_token } = request;
    let page = PageRequest::read(Some(max_results), next_token, &["identity pools"])?;
    service.with_identity_pools(|pools| {
        let after = page.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let rest = pools.pools.range::<str, _>((after, Bound::Unbounded));
        let described = |(id, pool): (&String, &IdentityPool)| {
            let identity_pool_name = pool.settings.name().to_owned();
            (id.clone(), ShortDescription { identity_pool_id: id.clone(), identity_pool_name })
        };
        let (identity_pools, next_token) = page.take(rest.map(described));
        Ok(ListResponse { identity_pools, next_token })
    })
}
