//! Tags of identity pools.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::flows::service::Service;
use crate::model::ServiceError;
use crate::operations::subject::Empty;
use crate::state::identity_pool::{IdentityPool, IdentityPools};

type Tags = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagRequest {
    resource_arn: String,
    tags: Tags,
}

pub(super) fn tag(service: &Service, request: TagRequest) -> Result<Empty, ServiceError> {
    service.with_identity_pools(|pools| {
        tags_mut(pools, &request.resource_arn)?.extend(request.tags);
        Ok(Empty {})
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagRequest {
    resource_arn: String,
    tag_keys: Vec<String>,
}

pub(super) fn untag(service: &Service, request: UntagRequest) -> Result<Empty, ServiceError> {
    service.with_identity_pools(|pools| {
        let tags = tags_mut(pools, &request.resource_arn)?;
        tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok(Empty {})
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRequest {
    resource_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    tags: Tags,
}

pub(super) fn list(service: &Service, request: ListRequest) -> Result<ListResponse, ServiceError> {
    service.with_identity_pools(|pools| {
        let pool = pools.pool(&pool_id(pools, &request.resource_arn)?)?;
        Ok(ListResponse { tags: pool.settings.identity_pool_tags.clone().unwrap_or_default() })
    })
}

fn tags_mut<'a>(pools: &'a mut IdentityPools, arn: &str) -> Result<&'a mut Tags, ServiceError> {
    let id = pool_id(pools, arn)?;
    let pool = pools.pool_mut(&id)?;
    Ok(pool.settings.identity_pool_tags.get_or_insert_default())
}

fn pool_id(pools: &IdentityPools, arn: &str) -> Result<String, ServiceError> {
    let mut all = pools.pools.values();
    let pool: Option<&IdentityPool> = all.find(|pool| pool.arn() == arn);
    let unknown = || ServiceError::resource_not_found(format!("{arn} does not exist."));
    pool.map(|pool| pool.id.clone()).ok_or_else(unknown)
}
