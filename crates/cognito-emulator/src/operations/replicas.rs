//! Replicas of pools in other Regions. They are kept; nothing is replicated.

use crate::flows::step::Step;
use crate::operations::subject::Bare;
use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::operations::Output;
use crate::state::members::{Members, MembersExt};
use crate::state::pool::{ACCOUNT, Pool};

pub(super) fn create(step: &mut Step<'_>, given: Members) -> Output {
    let pool = &mut *step.pool;
    let region = given.text("RegionName");
    if region == pool.id.region() || pool.records.replicas.contains_key(region) {
        return Err(ServiceError::invalid_parameter(format!(
            "The user pool is in {region} already."
        )));
    }
    let replica = replica(pool, region, "SECONDARY");
    let answer = json!({ "UserPoolReplica": replica });
    pool.records.replicas.insert(region.to_owned(), replica);
    Ok(answer)
}

pub(super) fn update(step: &mut Step<'_>, mut given: Members) -> Output {
    let replica = replica_mut(step.pool, &given)?;
    replica.extend(given.remove_entry("Status"));
    Ok(json!({ "UserPoolReplica": replica }))
}

/// Only a replica that is not active can be deleted.
pub(super) fn delete(step: &mut Step<'_>, given: Members) -> Output {
    let replica = replica_mut(step.pool, &given)?;
    if replica.text("Status") != "INACTIVE" {
        return Err(ServiceError::invalid_parameter("Only an inactive replica can be deleted."));
    }
    replica.insert("Status".to_owned(), json!("DELETING"));
    let answer = json!({ "UserPoolReplica": replica });
    step.pool.records.replicas.remove(given.text("RegionName"));
    Ok(answer)
}

/// The primary one comes first. There are few, and all are on one page.
pub(super) fn list(step: &mut Step<'_>, _: Bare) -> Output {
    let pool = &mut *step.pool;
    let primary = replica(pool, pool.id.region(), "PRIMARY");
    let replicas: Value =
        std::iter::once(&primary).chain(pool.records.replicas.values()).cloned().collect();
    Ok(json!({ "UserPoolReplicas": replicas }))
}

fn replica_mut<'a>(pool: &'a mut Pool, given: &Members) -> Result<&'a mut Members, ServiceError> {
    let region = given.text("RegionName");
    let replica = pool.records.replicas.get_mut(region);
    replica.ok_or_else(|| {
        ServiceError::resource_not_found(format!("The user pool has no replica in {region}."))
    })
}

/// UserPoolReplicaType.
fn replica(pool: &Pool, region: &str, role: &str) -> Members {
    let arn = format!("arn:aws:cognito-idp:{region}:{ACCOUNT}:userpool/{}", pool.id);
    let members = [
        ("RegionName", json!(region)),
        ("Role", json!(role)),
        ("Status", json!("ACTIVE")),
        ("UserPoolArn", json!(arn)),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
