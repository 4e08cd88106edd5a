//! The counters of quotas and of monthly active users, read over HTTP.

use std::sync::Arc;

use cognito_types::QuotaCategory;
use serde::Serialize;
use serde_json::Value;

use super::{Empty, Rejection};
use crate::adapters::host::Host;
use crate::flows::caller::Caller;
use crate::state::quotas::QuotaUsage;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Meters {
    categories: Vec<CategoryMeter>,
    monthly_active_users: Vec<ActiveUsers>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CategoryMeter {
    category: QuotaCategory,
    rate: Option<u32>,
    requests: u64,
    throttled: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ActiveUsers {
    user_pool_id: String,
    month: String,
    users: u64,
}

pub(super) fn read(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let Empty {} = super::read(members)?;
    let categories = host.service.meters.usage().into_iter().map(CategoryMeter::from).collect();
    let mut monthly_active_users = Vec::new();
    for pool in host.service.pools() {
        // A pool that was deleted in the meantime is left out.
        let _deleted = pool.step(&host.service.shared, &mut Caller::default(), |step| {
            let user_pool_id = step.pool.id.to_string();
            let months = step.pool.active_users.iter();
            monthly_active_users.extend(months.map(|(month, users)| ActiveUsers {
                user_pool_id: user_pool_id.clone(),
                month: month.name(),
                users: *users,
            }));
            Ok(())
        });
    }
    serde_json::to_value(Meters { categories, monthly_active_users })
        .map_err(Rejection::bad_request)
}

impl From<QuotaUsage> for CategoryMeter {
    fn from(QuotaUsage { category, rate, requests, throttled }: QuotaUsage) -> Self {
        Self { category, rate, requests, throttled }
    }
}
