//! The shards of the users of a pool, by the beginning of their ids.

use cognito_core::{Admin, Error, Filter};
use cognito_types::{BoxFuture, QuotaCategory};
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::job_shard::JobShard;
use crate::patience::{PERMIT_TIMEOUT, next_page};
use crate::quota::Quota;

/// The maximum length of a prefix of ids that divides users.
const LONGEST_PREFIX: usize = 8;

const DIGITS: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];

/// Divides the users of a pool into shards of about the given number of users, by the beginning of
/// their ids.
///
/// Shards are divided level by level, because some digits of an id are the same for all users of a
/// pool: at such a level, each shard has only one child with users. Shards without users are kept,
/// but not divided: ListUsers is eventually consistent, and together the shards have to cover every
/// id.
pub(super) async fn shards(
    admin: &Admin,
    quota: &Quota,
    users: u64,
    shard_users: u64,
    part: Option<JobShard>,
) -> Result<Vec<String>, Error> {
    let (mut level, mut empty) = (roots(part), Vec::new());
    while users / u64::try_from(level.len().max(1)).unwrap_or(u64::MAX) > shard_users {
        let Some(divided) = divided(admin, quota, &level).await? else { break };
        level = divided.with_users;
        empty.extend(divided.without_users);
    }
    level.append(&mut empty);
    Ok(level)
}

/// Returns the shards from which the division starts: all users, or the first digits of a part of
/// the job.
fn roots(part: Option<JobShard>) -> Vec<String> {
    let Some(part) = part else { return vec![String::new()] };
    let digits = children("").into_iter().enumerate();
    digits.filter(|(digit, _)| part.has_digit(*digit, DIGITS.len())).map(|(_, root)| root).collect()
}

/// Returns the estimated number of users of a part, from an estimate of all users.
pub(crate) fn users_of(part: Option<JobShard>, users: u64) -> u64 {
    let roots = u64::try_from(roots(part).len()).unwrap_or(u64::MAX);
    match part {
        None => users,
        Some(_) => users.saturating_mul(roots).div_ceil(u64::try_from(DIGITS.len()).unwrap_or(1)),
    }
}

/// The sixteen shards of each shard of a level.
pub(super) struct Divided {
    pub(super) with_users: Vec<String>,
    without_users: Vec<String>,
}

/// The users on the first page of a shard.
enum Probe {
    Users,
    Empty,
    /// Users with other ids, because the endpoint ignores the filter.
    Others,
}

/// Divides each of several shards. Returns `None` if their users cannot be divided, because the
/// prefixes are too long or because the endpoint ignores the filter.
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

/// Returns the sixteen shards of a shard, or none if its prefix is already too long.
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
    // An empty page need not be the last one.
    while let Some(page) = next_page(&mut pages).await? {
        if let Some(user) = page.items.first() {
            let is_of_shard = user.subject().is_some_and(|sub| sub.starts_with(&prefix));
            let probe = if is_of_shard { Probe::Users } else { Probe::Others };
            return Ok((prefix, probe));
        }
    }
    Ok((prefix, Probe::Empty))
}
