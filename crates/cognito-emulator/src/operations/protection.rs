//! Threat protection and log delivery. The settings are stored only.

use serde::{Deserialize, Serialize};

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::subject::Bare;
use crate::state::members::{Members, MembersExt};

/// The key for all clients of a pool without their own configuration.
pub(super) const ALL: &str = "ALL";

/// The members of a risk configuration that a request sets.
const RISKS: [&str; 3] = [
    "AccountTakeoverRiskConfiguration",
    "CompromisedCredentialsRiskConfiguration",
    "RiskExceptionConfiguration",
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RiskResponse {
    risk_configuration: Members,
}

/// Returns the configuration of a client, by default that of the pool.
pub(super) fn describe_risk(
    step: &mut Step<'_>,
    given: Members,
) -> Result<RiskResponse, ServiceError> {
    let risks = &step.pool.records.risks;
    let own = given.optional_text("ClientId").and_then(|id| risks.get(id));
    let configuration = own.or_else(|| risks.get(ALL)).cloned();
    // A pool without a configuration is described with the members of the request.
    Ok(RiskResponse { risk_configuration: configuration.unwrap_or(given) })
}

/// Stores a configuration. A request without settings deletes it.
pub(super) fn set_risk(step: &mut Step<'_>, given: Members) -> Result<RiskResponse, ServiceError> {
    if let Some(id) = given.optional_text("ClientId") {
        step.pool.client(id)?;
    }
    let key = given.optional_text("ClientId").unwrap_or(ALL).to_owned();
    let mut risk_configuration = given;
    risk_configuration.insert("LastModifiedDate".to_owned(), step.date().into());
    let risks = &mut step.pool.records.risks;
    if RISKS.iter().any(|risk| risk_configuration.contains_key(*risk)) {
        risks.insert(key, risk_configuration.clone());
    } else {
        risks.remove(&key);
    }
    Ok(RiskResponse { risk_configuration })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LogResponse {
    log_delivery_configuration: LogDeliveryConfiguration,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LogDeliveryConfiguration {
    user_pool_id: String,
    log_configurations: Vec<Members>,
}

pub(super) fn get_log_delivery(step: &mut Step<'_>, _: Bare) -> Result<LogResponse, ServiceError> {
    let log_delivery_configuration = LogDeliveryConfiguration {
        user_pool_id: step.pool.id.to_string(),
        log_configurations: step.pool.records.log_delivery.clone(),
    };
    Ok(LogResponse { log_delivery_configuration })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LogRequest {
    log_configurations: Vec<Members>,
}

pub(super) fn set_log_delivery(
    step: &mut Step<'_>,
    request: LogRequest,
) -> Result<LogResponse, ServiceError> {
    step.pool.records.log_delivery = request.log_configurations;
    get_log_delivery(step, Bare {})
}
