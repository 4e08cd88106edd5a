//! The plan of an export: its requests, the time, and the shards.

use std::time::Duration;

use cognito_core::sdk::types::UserPoolType;
use cognito_core::{Admin, Error, Filter, MAX_PAGE_SIZE};
use cognito_types::{BoxFuture, QuotaCategory};
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::Settings;
use crate::patience::{PERMIT_TIMEOUT, next_page, patiently};
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
    /// The time of these requests at the present rates.
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
        let users =
            estimated_users(&patiently(|| admin.pool().describe().timeout(PERMIT_TIMEOUT)).await?);
        let groups = match settings.groups {
            true => {
                patiently(|| async { admin.groups().timeout(PERMIT_TIMEOUT).await }).await?.len()
            }
            false => 0,
        };
        let groups = u64::try_from(groups).unwrap_or(u64::MAX);
        let group_pages = groups.div_ceil(u64::from(MAX_PAGE_SIZE)).max(1);
        let pages = users.div_ceil(u64::from(MAX_PAGE_SIZE)).max(1).saturating_add(groups);
        let reads = if settings.mfa { users } else { 0 };
        let time = |category, requests| time(requests, quota.usage(category).rate);
        Ok(Self {
            users,
            groups,
            requests: pages.saturating_add(reads).saturating_add(group_pages).saturating_add(1),
            // Two categories, whose requests are sent at the same time.
            time: time(QuotaCategory::UserList, pages).max(time(QuotaCategory::UserRead, reads)),
            monthly_active_users: reads,
        })
    }
}

/// Returns the time of requests at a rate, which may be zero.
fn time(requests: u64, rate: f64) -> Duration {
    if requests == 0 {
        return Duration::ZERO;
    }
    let requests = u32::try_from(requests).map_or(f64::INFINITY, f64::from);
    Duration::try_from_secs_f64(requests / rate).unwrap_or(Duration::MAX)
}

pub(super) fn estimated_users(pool: &UserPoolType) -> u64 {
    u64::try_from(pool.estimated_number_of_users()).unwrap_or_default()
}

/// The most digits of an id that divide users.
const LONGEST_PREFIX: usize = 8;

const DIGITS: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];

/// Divides the users of a pool into shards of about a number of users, by the beginning of their
/// ids.
///
/// Level by level, as some digits of an id are the same for all users of a pool: a level that does
/// not divide them has one shard with users for each of the level above. Shards without users are
/// kept, but not divided: ListUsers is eventually consistent, and together the shards have every id.
pub(super) async fn shards(
    admin: &Admin,
    quota: &Quota,
    users: u64,
    shard_users: u64,
) -> Result<Vec<String>, Error> {
    let (mut level, mut empty) = (vec![String::new()], Vec::new());
    while users / u64::try_from(level.len()).unwrap_or(u64::MAX) > shard_users {
        let Some(divided) = divided(admin, quota, &level).await? else { break };
        level = divided.with_users;
        empty.extend(divided.without_users);
    }
    level.append(&mut empty);
    Ok(level)
}

/// The sixteen shards of each shard of a level.
pub(super) struct Divided {
    pub(super) with_users: Vec<String>,
    without_users: Vec<String>,
}

/// The users at the first page of a shard.
enum Probe {
    Users,
    Empty,
    /// Users with other ids: the endpoint does not apply the filter.
    Others,
}

/// Divides each of some shards; returns none if that does not divide their users, as their prefixes
/// are too long, or as the endpoint does not apply the filter.
pub(super) async fn divided(
    admin: &Admin,
    quota: &Quota,
    level: &[String],
) -> Result<Option<Divided>, Error> {
    let prefixes = level.iter().flat_map(|prefix| children(prefix));
    let probes: Vec<BoxFuture<'_, _>> =
        prefixes.map(|prefix| probe(admin, prefix).boxed()).collect();
    let mut probes = stream::iter(probes).buffered(quota.concurrency(QuotaCategory::UserList));
    let mut divided = Divided { with_users: Vec::new(), without_users: Vec::new() };
    while let Some((prefix, probe)) = probes.try_next().await? {
        match probe {
            Probe::Users => divided.with_users.push(prefix),
            Probe::Empty => divided.without_users.push(prefix),
            Probe::Others => return Ok(None),
        }
    }
    Ok((!divided.with_users.is_empty()).then_some(divided))
}

/// Returns the sixteen shards of a shard; none if its prefix is too long already.
pub(super) fn children(prefix: &str) -> Vec<String> {
    if prefix.len() >= LONGEST_PREFIX {
        return Vec::new();
    }
    DIGITS.iter().map(|digit| format!("{prefix}{digit}")).collect()
}

async fn probe(admin: &Admin, prefix: String) -> Result<(String, Probe), Error> {
    let filter = Filter::sub().starts_with(&prefix);
    let users = admin.users().filter(filter).page_size(1);
    let mut pages = users.timeout(PERMIT_TIMEOUT).pages();
    // A page may be empty and not the last.
    while let Some(page) = next_page(&mut pages).await? {
        if let Some(user) = page.items.first() {
            let is_of_shard = user.subject().is_some_and(|sub| sub.starts_with(&prefix));
            let probe = if is_of_shard { Probe::Users } else { Probe::Others };
            return Ok((prefix, probe));
        }
    }
    Ok((prefix, Probe::Empty))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_requests_take_no_time_at_any_rate() {
        assert_eq!(time(0, 0.0), Duration::ZERO);
        assert_eq!(time(30, 15.0), Duration::from_secs(2));
        assert_eq!(time(1, 0.0), Duration::MAX);
        assert_eq!(time(u64::MAX, 15.0), Duration::MAX);
    }
}
