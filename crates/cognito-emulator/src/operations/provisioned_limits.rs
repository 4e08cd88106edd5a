//! The rates that an account has provisioned, by categories of operations. They are kept and not
//! enforced.

use serde_json::{Value, json};

use crate::flows::service::Service;
use crate::model::ServiceError;
use crate::operations::Output;
use crate::state::members::Members;

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

pub(super) fn get(service: &Service, given: Members) -> Output {
    let (category, free) = category(&given)?;
    let provisioned = service.provisioned().get(category).copied().unwrap_or(free);
    Ok(limit(&given, provisioned, free))
}

pub(super) fn update(service: &Service, given: Members) -> Output {
    let (category, free) = category(&given)?;
    let requested = given.get("RequestedLimitValue").and_then(Value::as_i64).unwrap_or(free);
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
    Ok(limit(&given, requested, free))
}

/// The category that a request names, and its free rate.
fn category(given: &Members) -> Result<(&'static str, i64), ServiceError> {
    let attributes = given.get("LimitDefinition").and_then(|limit| limit.get("Attributes"));
    let name = attributes.and_then(|attributes| attributes.get("Category"));
    let Some(name) = name.and_then(Value::as_str) else {
        return Err(ServiceError::invalid_parameter("The limit definition names no Category."));
    };
    let found = CATEGORIES.into_iter().find(|(category, _)| *category == name);
    found.ok_or_else(|| {
        ServiceError::resource_not_found(format!("There is no limit for the category {name}."))
    })
}

/// LimitType.
fn limit(given: &Members, provisioned: i64, free: i64) -> Value {
    json!({
        "Limit": {
            "LimitDefinition": given.get("LimitDefinition"),
            "ProvisionedLimitValue": provisioned,
            "FreeLimitValue": free,
        }
    })
}
