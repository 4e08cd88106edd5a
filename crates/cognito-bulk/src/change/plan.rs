//! The plan of a mass change: its requests, the time, and the cost.

use std::time::Duration;

use cognito_core::Admin;
use cognito_types::QuotaCategory;

use super::listed::UniqueNames;
use super::users::Selection;
use super::{MassChange, UserChange};
use crate::error::JobError;
use crate::listing;
use crate::patience::{PERMIT_TIMEOUT, next_page, patiently};
use crate::quota::Quota;

/// The requests that a mass change takes, and their effects.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MassChangePlan {
    /// The number of users that are changed. For all users of a pool it is the estimate of the
    /// service.
    pub users: u64,
    /// The number of requests, without retries.
    pub requests: u64,
    /// The time of these requests at the current rates.
    pub time: Duration,
    /// The maximum number of e-mails and SMS messages that the service sends.
    pub messages: u64,
    /// The maximum number of users that count as monthly active because of the change. It includes
    /// users that are active in this month anyway.
    ///
    /// AWS documents examples of the operations that count, but no complete list, so the users of
    /// every change are counted here.
    pub monthly_active_users: u64,
    /// True if another change can restore the previous state: not for users that are deleted,
    /// passwords that are reset, sessions that end, and values that are replaced.
    pub is_reversible: bool,
}

impl MassChangePlan {
    pub(super) async fn new(
        job: &MassChange,
        admin: &Admin,
        quota: &Quota,
    ) -> Result<Self, JobError> {
        let (users, lists) = count(job, admin).await?;
        let time = |category, requests| listing::time(requests, quota.usage(category).rate);
        let changes = time(job.change.category(), users);
        Ok(Self {
            users,
            requests: users.saturating_add(lists),
            time: changes.saturating_add(time(QuotaCategory::UserList, lists)),
            messages: users.saturating_mul(job.change.messages()),
            monthly_active_users: users,
            is_reversible: matches!(
                job.change,
                UserChange::AddToGroup(_)
                    | UserChange::RemoveFromGroup(_)
                    | UserChange::Enable
                    | UserChange::Disable
            ),
        })
    }
}

/// Returns the number of users, and the number of requests that list them.
async fn count(job: &MassChange, admin: &Admin) -> Result<(u64, u64), JobError> {
    let mut users = UniqueNames::new(job.shard);
    let mut lists = 0_u64;
    match &job.users.0 {
        Selection::Names(names) => {
            for name in names.read()? {
                users.add(&name?);
            }
        }
        Selection::Query(query) if query.is_all() => {
            let pool = patiently(|| admin.pool().describe().timeout(PERMIT_TIMEOUT)).await?;
            let users = listing::estimated_users(&pool);
            let parts = job.shard.map_or(1, |shard| shard.count());
            return Ok((users.div_ceil(u64::from(parts)), listing::pages(users)));
        }
        Selection::Query(query) => {
            let mut pages = query.pages(admin);
            while let Some(page) = next_page(&mut pages).await? {
                lists = lists.saturating_add(1);
                for user in page.items.iter().filter(|user| query.matches(user)) {
                    users.add(user.username());
                }
            }
        }
    }
    Ok((users.items, lists))
}
