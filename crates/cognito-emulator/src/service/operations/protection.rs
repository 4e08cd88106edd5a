//! Threat protection and logs. Their settings are kept; no risk is seen and no log written.

use serde_json::{Value, json};

use super::Output;
use crate::service::Service;
use crate::service::members::{Members, MembersExt};

/// Stands for all clients of a pool that have no configuration of their own.
pub(super) const ALL: &str = "ALL";

/// The members of a risk configuration that a request sets.
const RISKS: [&str; 3] = [
    "AccountTakeoverRiskConfiguration",
    "CompromisedCredentialsRiskConfiguration",
    "RiskExceptionConfiguration",
];

/// A client without a configuration of its own has that of the pool.
pub(super) fn describe_risk(service: &mut Service, given: Members) -> Output {
    let scope = service.named_pool(&given)?;
    let risks = &scope.pool.records.risks;
    let own = given.optional_text("ClientId").and_then(|id| risks.get(id));
    let configuration = own.or_else(|| risks.get(ALL)).cloned();
    let configuration = configuration.unwrap_or_else(|| named(&given));
    Ok(json!({ "RiskConfiguration": configuration }))
}

/// A request that sets nothing takes the configuration away.
pub(super) fn set_risk(service: &mut Service, given: Members) -> Output {
    let scope = service.named_pool(&given)?;
    if let Some(id) = given.optional_text("ClientId") {
        scope.pool.client(id)?;
    }
    let key = given.optional_text("ClientId").unwrap_or(ALL).to_owned();
    let mut configuration = given;
    configuration.insert("LastModifiedDate".to_owned(), scope.date().into());
    let risks = &mut scope.pool.records.risks;
    if RISKS.iter().any(|risk| configuration.contains_key(*risk)) {
        risks.insert(key, configuration.clone());
    } else {
        risks.remove(&key);
    }
    Ok(json!({ "RiskConfiguration": configuration }))
}

pub(super) fn get_log_delivery(service: &mut Service, given: Members) -> Output {
    let scope = service.named_pool(&given)?;
    let logs = scope.pool.records.log_delivery.clone().unwrap_or_else(|| json!([]));
    Ok(log_delivery(&given, logs))
}

pub(super) fn set_log_delivery(service: &mut Service, mut given: Members) -> Output {
    let scope = service.named_pool(&given)?;
    let logs = given.remove("LogConfigurations").unwrap_or_default();
    scope.pool.records.log_delivery = Some(logs.clone());
    Ok(log_delivery(&given, logs))
}

fn log_delivery(given: &Members, logs: Value) -> Value {
    let pool_id = given.text("UserPoolId");
    json!({ "LogDeliveryConfiguration": { "UserPoolId": pool_id, "LogConfigurations": logs } })
}

/// The members that name a pool, and a client if the request names one.
fn named(given: &Members) -> Members {
    let mut named = given.clone();
    named.retain(|name, _| ["ClientId", "UserPoolId"].contains(&name.as_str()));
    named
}
