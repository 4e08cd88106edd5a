//! Replicas of pools in other Regions. They are stored only.

use serde::{Deserialize, Serialize};

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::subject::Bare;
use crate::state::pool::{ACCOUNT, Pool};
use crate::state::records::Replica;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReplicaRequest {
    region_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReplicaResponse {
    user_pool_replica: Replica,
}

pub(super) fn create(
    step: &mut Step<'_>,
    request: ReplicaRequest,
) -> Result<ReplicaResponse, ServiceError> {
    let pool = &mut *step.pool;
    let region = request.region_name;
    if region == pool.id.region() || pool.records.replicas.contains_key(&region) {
        return Err(ServiceError::invalid_parameter(format!(
            "The user pool is already in {region}."
        )));
    }
    let user_pool_replica = replica(pool, &region, "SECONDARY");
    pool.records.replicas.insert(region, user_pool_replica.clone());
    Ok(ReplicaResponse { user_pool_replica })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateRequest {
    region_name: String,
    status: String,
}

pub(super) fn update(
    step: &mut Step<'_>,
    request: UpdateRequest,
) -> Result<ReplicaResponse, ServiceError> {
    let replica = replica_mut(step.pool, &request.region_name)?;
    replica.status = request.status;
    Ok(ReplicaResponse { user_pool_replica: replica.clone() })
}

/// Deletes a replica, which must not be active.
pub(super) fn delete(
    step: &mut Step<'_>,
    request: ReplicaRequest,
) -> Result<ReplicaResponse, ServiceError> {
    let region = request.region_name;
    let replica = replica_mut(step.pool, &region)?.clone();
    if replica.status != "INACTIVE" {
        return Err(ServiceError::invalid_parameter("Only an inactive replica can be deleted."));
    }
    step.pool.records.replicas.remove(&region);
    let user_pool_replica = Replica { status: "DELETING".to_owned(), ..replica };
    Ok(ReplicaResponse { user_pool_replica })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    user_pool_replicas: Vec<Replica>,
}

/// Lists the replicas on a single page, the primary one first.
pub(super) fn list(step: &mut Step<'_>, _: Bare) -> Result<ListResponse, ServiceError> {
    let pool = &*step.pool;
    let primary = replica(pool, pool.id.region(), "PRIMARY");
    let others = pool.records.replicas.values().cloned();
    Ok(ListResponse { user_pool_replicas: std::iter::once(primary).chain(others).collect() })
}

fn replica_mut<'a>(pool: &'a mut Pool, region: &str) -> Result<&'a mut Replica, ServiceError> {
    pool.records.replicas.get_mut(region).ok_or_else(|| {
        ServiceError::resource_not_found(format!("The user pool has no replica in {region}."))
    })
}

fn replica(pool: &Pool, region: &str, role: &str) -> Replica {
    Replica {
        region_name: region.to_owned(),
        role: role.to_owned(),
        status: "ACTIVE".to_owned(),
        user_pool_arn: format!("arn:aws:cognito-idp:{region}:{ACCOUNT}:userpool/{}", pool.id),
    }
}
