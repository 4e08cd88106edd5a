//! The plan of an export: its requests, the time, and the shards.

use std::time::Duration;

use cognito_core::sdk::types::UserPoolType;
use cognito_core::{Admin, Error, Filter, MAX_PAGE_SIZE};
use cognito_types::BoxFuture;
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::Settings;
use crate::patience::{PERMIT_TIMEOUT, next_page, patiently};
use crate::quota::{Category, Quota};

/// The requests that an export takes, and the time that they take within the quota.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportPlan {
    /// The number of users that the service estimates.
    pub users: u64,
    /// The groups whose users are listed.
    pub groups: u64,
    /// The requests at least: memberships are known only when they are listed.
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
        let users = estimated_users(&patiently(|| admin.pool().describe()).await?);
        let groups = if settings.groups { admin.groups().await?.len() } else { 0 };
        let groups = u64::try_from(groups).unwrap_or(u64::MAX);
        let pages = users.div_ceil(u64::from(MAX_PAGE_SIZE)).max(1).saturating_add(groups);
        let reads = if settings.mfa { users } else { 0 };
        let time = |category, requests: u64| {
            let requests = u32::try_from(requests).map_or(f64::INFINITY, f64::from);
            let seconds = requests / quota.usage(category).rate;
            Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
        };
        Ok(Self {
            users,
            groups,
            requests: pages.saturating_add(reads).saturating_add(2),
            // Two categories, whose requests are sent at the same time.
            time: time(Category::UserList, pages).max(time(Category::UserRead, reads)),
            monthly_active_users: reads,
        })
    }
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
/// not divide them has one shard with users for each of the level above.
pub(super) async fn shards(
    admin: &Admin,
    quota: &Quota,
    users: u64,
    shard_users: u64,
) -> Result<Vec<String>, Error> {
    let mut level = vec![String::new()];
    for _ in 0..LONGEST_PREFIX {
        let count = u64::try_from(level.len()).unwrap_or(u64::MAX).max(1);
        if users / count <= shard_users {
            break;
        }
        let divided = level.iter().flat_map(|prefix| children(prefix));
        let found: Vec<BoxFuture<'_, _>> =
            divided.map(|prefix| with_users(admin, prefix).boxed()).collect();
        let found = stream::iter(found).buffered(quota.concurrency(Category::UserList));
        let found: Vec<Option<String>> = found.try_collect().await?;
        level = found.into_iter().flatten().collect();
    }
    Ok(level)
}

/// Returns the sixteen shards of a shard; none if its prefix is too long already.
pub(super) fn children(prefix: &str) -> Vec<String> {
    if prefix.len() >= LONGEST_PREFIX {
        return Vec::new();
    }
    DIGITS.iter().map(|digit| format!("{prefix}{digit}")).collect()
}

/// Returns the prefix if there are users whose ids begin so.
async fn with_users(admin: &Admin, prefix: String) -> Result<Option<String>, Error> {
    let filter = Filter::sub().starts_with(&prefix);
    let users = admin.users().filter(filter).page_size(1);
    let mut pages = users.timeout(PERMIT_TIMEOUT).pages();
    loop {
        // A page may be empty and not the last.
        match next_page(&mut pages).await? {
            Some(page) if page.items.is_empty() => {}
            page => return Ok(page.map(|_| prefix)),
        }
    }
}
