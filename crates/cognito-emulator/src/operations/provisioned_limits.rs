//! The provisioned rates of an account, by category: the emulator's quotas, until an update
//! replaces them.

use std::collections::BTreeMap;

use cognito_types::QuotaCategory;
use serde::{Deserialize, Serialize};

use crate::flows::service::Service;
use crate::model::ServiceError;

/// The maximum rate of an account, in multiples of the free rate.
const MOST_TIMES: u32 = 100;

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
    provisioned_limit_value: u32,
    free_limit_value: u32,
}

pub(super) fn get(service: &Service, request: GetRequest) -> Result<LimitResponse, ServiceError> {
    let limit_definition = request.limit_definition;
    let category = category(&limit_definition)?;
    let free_limit_value = category.default_rate();
    let provisioned_limit_value = service.meters.provisioned_rate(category);
    Ok(LimitResponse {
        limit: Limit { limit_definition, provisioned_limit_value, free_limit_value },
    })
}

pub(super) fn update(
    service: &Service,
    request: UpdateRequest,
) -> Result<LimitResponse, ServiceError> {
    let UpdateRequest { limit_definition, requested_limit_value: requested } = request;
    let category = category(&limit_definition)?;
    let free = category.default_rate();
    if requested < i64::from(free) {
        return Err(ServiceError::invalid_parameter(format!(
            "The limit of {category} is at least {free}."
        )));
    }
    let most = free.saturating_mul(MOST_TIMES);
    let requested = u32::try_from(requested).ok().filter(|requested| *requested <= most);
    let provisioned_limit_value = requested.ok_or_else(|| {
        ServiceError::service_quota_exceeded(format!("The limit of {category} is at most {most}."))
    })?;
    service.meters.provision(category, provisioned_limit_value);
    service.note_change();
    Ok(LimitResponse {
        limit: Limit { limit_definition, provisioned_limit_value, free_limit_value: free },
    })
}

/// Returns the adjustable category in a request.
fn category(definition: &LimitDefinition) -> Result<QuotaCategory, ServiceError> {
    const UNNAMED: &str = "The limit definition names no Category.";
    let name = definition.attributes.get("Category");
    let name = name.ok_or_else(|| ServiceError::invalid_parameter(UNNAMED))?;
    let mut adjustable = QuotaCategory::ALL.iter().filter(|category| category.is_adjustable());
    adjustable.find(|category| category.as_str() == name).copied().ok_or_else(|| {
        ServiceError::resource_not_found(format!("There is no limit for the category {name}."))
    })
}
