//! The rates that an account has provisioned, by categories of operations. They are stored and not
//! enforced.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::flows::service::Service;
use crate::model::ServiceError;

/// The categories whose rates can be raised, with the rate that is free, in requests a second.
/// See [Quotas](https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html).
const CATEGORIES: [(&str, i64); 6] = [
    ("UserAuthentication", 120),
    ("UserCreation", 50),
    ("UserFederation", 25),
    ("UserRead", 120),
    ("UserResourceRead", 50),
    ("UserToken", 120),
];

/// The largest rate of an account, in multiples of the free one.
const MOST_TIMES: i64 = 100;

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LimitDefinition {
    limit_class: String,
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetRequest {
    limit_definition: LimitDefinition,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateRequest {
    limit_definition: LimitDefinition,
    requested_limit_value: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LimitResponse {
    limit: Limit,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Limit {
    limit_definition: LimitDefinition,
    provisioned_limit_value: i64,
    free_limit_value: i64,
}

pub(super) fn get(service: &Service, request: GetRequest) -> Result<LimitResponse, ServiceError> {
    let limit_definition = request.limit_definition;
    let (category, free_limit_value) = category(&limit_definition)?;
    let provisioned_limit_value =
        service.provisioned().get(category).copied().unwrap_or(free_limit_value);
    Ok(LimitResponse {
        limit: Limit { limit_definition, provisioned_limit_value, free_limit_value },
    })
}

pub(super) fn update(
    service: &Service,
    request: UpdateRequest,
) -> Result<LimitResponse, ServiceError> {
    let UpdateRequest { limit_definition, requested_limit_value: requested } = request;
    let (category, free) = category(&limit_definition)?;
    if requested < free {
        return Err(ServiceError::invalid_parameter(format!(
            "The limit of {category} is at least {free}."
        )));
    }
    let most = free.saturating_mul(MOST_TIMES);
    if requested > most {
        return Err(ServiceError::service_quota_exceeded(format!(
            "The limit of {category} is at most {most}."
        )));
    }
    service.provisioned().insert(category, requested);
    let limit =
        Limit { limit_definition, provisioned_limit_value: requested, free_limit_value: free };
    Ok(LimitResponse { limit })
}

/// Returns the category that a request names, and its free rate.
fn category(definition: &LimitDefinition) -> Result<(&'static str, i64), ServiceError> {
    const UNNAMED: &str = "The limit definition names no Category.";
    let name = definition.attributes.get("Category");
    let name = name.ok_or_else(|| ServiceError::invalid_parameter(UNNAMED))?;
    let found = CATEGORIES.into_iter().find(|(category, _)| category == name);
    found.ok_or_else(|| {
        ServiceError::resource_not_found(format!("There is no limit for the category {name}."))
    })
}
