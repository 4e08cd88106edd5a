//! Counting of requests by the quota category of their operation.

use cognito_types::QuotaCategory;
use serde_json::Value;

use crate::flows::service::Service;
use crate::model::{Api, ServiceError, Target};
use crate::operations::pool_of;
use crate::state::quotas::{Allowance, Charge};

/// Counts a request by the category of its operation. Operations without a category are not
/// counted, such as ListIdentities, for which the quotas page has no rate.
///
/// # Errors
///
/// Returns `TooManyRequestsException` for a request over the rate.
pub(super) fn admit(
    service: &Service,
    target: Target<'_>,
    request: &Value,
) -> Result<(), ServiceError> {
    let category = match target.api {
        Api::UserPools => QuotaCategory::of(target.name),
        Api::IdentityPools => QuotaCategory::of_identity_pool_operation(target.name),
    };
    let Some((category, operation)) = category.zip(target.api.operation(target.name)) else {
        return Ok(());
    };
    let challenge = request.get("ChallengeName").and_then(Value::as_str);
    let (category, allowance) = match operation.name.ends_with("RespondToAuthChallenge") {
        // AWS quotas page: a new password counts as account recovery.
        true if challenge == Some("NEW_PASSWORD_REQUIRED") => {
            (QuotaCategory::UserAccountRecovery, Allowance::Rate)
        }
        true => (category, Allowance::Responses),
        false => (category, Allowance::Rate),
    };
    let is_in_pool = category.is_limited_in_pool();
    let pool = is_in_pool.then(|| pool_of(service, request).ok()).flatten();
    let in_pool = pool.as_ref().map(|pool| (operation.name, &pool.meter));
    count(service, &Charge { category, allowance, in_pool })
}

/// Counts a request.
///
/// # Errors
///
/// Returns `TooManyRequestsException` for a request over the rate.
pub(super) fn count(service: &Service, charge: &Charge<'_>) -> Result<(), ServiceError> {
    match service.meters.admit(charge, service.shared.since_epoch()) {
        true => Ok(()),
        false => Err(ServiceError::too_many_requests("Rate exceeded")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_user_pools_has_a_category() {
        let categories = QuotaCategory::ALL.iter().filter(|one| !one.is_of_identity_pools());
        let mut counted: Vec<_> = categories.flat_map(|one| one.operations()).collect();
        counted.sort_unstable();
        let operations = Api::UserPools.operations().iter().map(|operation| operation.name);
        assert!(counted.into_iter().eq(operations));
    }

    #[test]
    fn categories_of_identity_pools_are_for_existing_operations() {
        for category in QuotaCategory::ALL.iter().filter(|one| one.is_of_identity_pools()) {
            assert!(category.operations().eq([category.as_str()]), "{category}");
            assert!(Api::IdentityPools.operation(category.as_str()).is_some(), "{category}");
        }
    }
}
