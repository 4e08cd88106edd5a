//! Threat protection and logs. Their settings are kept; no risk is seen and no log written.

use crate::flows::step::Step;
use serde_json::{Value, json};

use crate::operations::Output;
use crate::state::members::{Members, MembersExt};

/// Stands for all clients of a pool that have no configuration of their own.
pub(super) const ALL: &str = "ALL";

/// The members of a risk configuration that a request sets.
const RISKS: [&str; 3] = [
    "AccountTakeoverRiskConfiguration",
    "CompromisedCredentialsRiskConfiguration",
    "RiskExceptionConfiguration",
];

/// A client without a configuration of its own has that of the pool.
pub(super) fn describe_risk(step: &mut Step<'_>, given: Members) -> Output {
    let risks = &step.pool.records.risks;
    let own = given.optional_text("ClientId").and_then(|id| risks.get(id));
    let configuration = own.or_else(|| risks.get(ALL)).cloned();
    let configuration = configuration.unwrap_or_else(|| named(&given));
    Ok(json!({ "RiskConfiguration": configuration }))
}

/// A request that sets nothing takes the configuration away.
pub(super) fn set_risk(step: &mut Step<'_>, given: Members) -> Output {
    if let Some(id) = given.optional_text("ClientId") {
        step.pool.client(id)?;
    }
    let key = given.optional_text("ClientId").unwrap_or(ALL).to_owned();
    let mut configuration = given;
    configuration.insert("LastModifiedDate".to_owned(), step.date().into());
    let risks = &mut step.pool.records.risks;
    if RISKS.iter().any(|risk| configuration.contains_key(*risk)) {
        risks.insert(key, configuration.clone());
    } else {
        risks.remove(&key);
    }
    Ok(json!({ "RiskConfiguration": configuration }))
}

pub(super) fn get_log_delivery(step: &mut Step<'_>, given: Members) -> Output {
    let logs = step.pool.records.log_delivery.clone().unwrap_or_else(|| json!([]));
    Ok(log_delivery(&given, logs))
}

pub(super) fn set_log_delivery(step: &mut Step<'_>, mut given: Members) -> Output {
    let logs = given.remove("LogConfigurations").unwrap_or_default();
    step.pool.records.log_delivery = Some(logs.clone());
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
