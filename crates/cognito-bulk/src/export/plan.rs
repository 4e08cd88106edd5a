//! The plan of an export: its requests, and the time.

use std::time::Duration;

use cognito_core::{Admin, Error};
use cognito_types::QuotaCategory;

use crate::listing::{Settings, estimated_users, pages, time, users_of};
use crate::patience::{PERMIT_TIMEOUT, patiently};
use crate::quota::Quota;

/// The requests that an export takes, and the time that they take within the quota.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportPlan {
    /// The number of users that the service estimates.
    pub users: u64,
    /// The groups whose users are listed.
    pub groups: u64,
    /// The requests at least: memberships, and the requests that choose the shards, are known only
    /// when they are sent.
    pub requests: u64,
    /// The time of these requests at the current rates.
    pub time: Duration,
    /// The users that count as monthly active because of the export.
    pub monthly_active_users: u64,
}

impl ExportPlan {
    pub(super) async fn new(
        settings: &Settings,
        admin: &Admin,
        quota: &Quota,
    ) -> Result<Self, Error> {
        let pool = patiently(|| admin.pool().describe().timeout(PERMIT_TIMEOUT)).await?;
        let users = users_of(settings.shard, estimated_users(&pool));
        let groups = match settings.memberships {
            Some(_) => {
                patiently(|| async { admin.groups().timeout(PERMIT_TIMEOUT).await }).await?.len()
            }
            None => 0,
        };
        let groups = u64::try_from(groups).unwrap_or(u64::MAX);
        let lists = pages(users).saturating_add(groups);
        let reads = if settings.mfa { users } else { 0 };
        let time = |category, requests| time(requests, quota.usage(category).rate);
        Ok(Self {
            users,
            groups,
            requests: lists.saturating_add(reads).saturating_add(pages(groups)).saturating_add(1),
            // Two categories, whose requests are sent at the same time.
            time: time(QuotaCategory::UserList, lists).max(time(QuotaCategory::UserRead, reads)),
            monthly_active_users: reads,
        })
    }
}
