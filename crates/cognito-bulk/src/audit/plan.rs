//! The plan of an audit: the requests and the time of both ways to read memberships.

use std::time::Duration;

use cognito_core::{Admin, Error, MAX_PAGE_SIZE};
use cognito_types::QuotaCategory;

use super::Audit;
use crate::listing::{Memberships, estimated_users, pages, probes, time};
use crate::patience::{PERMIT_TIMEOUT, next_page, patiently};
use crate::quota::Quota;

/// The maximum number of groups of a user.
const MOST_GROUPS: u64 = 100;

/// The requests that an audit takes, for both ways to read the memberships of users.
///
/// The numbers are upper bounds, if the numbers of users and memberships on which they are based
/// are right.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AuditPlan {
    /// The number of users that the service estimates.
    pub users: u64,
    /// The number of groups.
    pub groups: u64,
    /// The mean number of memberships of a user, if it was set or sampled. Otherwise the plan
    /// assumes the maximum number of groups for every user.
    pub mean_memberships: Option<f64>,
    /// The cost of [`Memberships::ByGroup`].
    pub by_group: AuditCost,
    /// The cost of [`Memberships::ByUser`].
    pub by_user: AuditCost,
}

/// The cost of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditCost {
    /// The number of requests.
    pub requests: u64,
    /// The time of these requests at the current rates.
    pub time: Duration,
    /// The users that count as monthly active because of the audit.
    pub monthly_active_users: u64,
}

impl AuditPlan {
    pub(super) async fn new(audit: &Audit, admin: &Admin, quota: &Quota) -> Result<Self, Error> {
        let pool = patiently(|| admin.pool().describe().timeout(PERMIT_TIMEOUT)).await?;
        let groups =
            patiently(|| async { admin.groups().timeout(PERMIT_TIMEOUT).await }).await?.len();
        let groups = u64::try_from(groups).unwrap_or(u64::MAX);
        let mean_memberships = match (audit.mean_memberships, audit.sample) {
            (Some(mean), _) => Some(mean),
            (None, 0) => None,
            (None, sample) => sampled(admin, sample).await?,
        };
        let counts = Counts {
            users: estimated_users(&pool),
            groups,
            mean: mean_memberships.unwrap_or_else(|| whole(groups.min(MOST_GROUPS))),
            shard_users: audit.listing.settings.shard_users,
            mfa: audit.listing.settings.mfa,
        };
        let [by_group, by_user] = [Memberships::ByGroup, Memberships::ByUser]
            .map(|way| counts.cost(way, |category| quota.usage(category).rate));
        Ok(Self { users: counts.users, groups, mean_memberships, by_group, by_user })
    }

    /// Returns the faster way, or [`Memberships::ByGroup`] if the number of memberships is not
    /// known, because the other way counts every user as monthly active.
    pub fn cheaper(&self) -> Memberships {
        match self.mean_memberships {
            Some(_) if self.by_user.time < self.by_group.time => Memberships::ByUser,
            _ => Memberships::ByGroup,
        }
    }
}

/// Returns the mean number of groups of the first users of the pool; `None` if it has no users.
async fn sampled(admin: &Admin, sample: u8) -> Result<Option<f64>, Error> {
    let mut list = admin.users().page_size(sample).timeout(PERMIT_TIMEOUT).pages();
    let users = next_page(&mut list).await?.map(|page| page.items).unwrap_or_default();
    let (mut memberships, mut count) = (0_u64, 0_u64);
    for user in users {
        let user = admin.user(user.username());
        let groups = patiently(|| async { user.groups().timeout(PERMIT_TIMEOUT).await }).await?;
        memberships = memberships.saturating_add(u64::try_from(groups.len()).unwrap_or(u64::MAX));
        count = count.saturating_add(1);
    }
    Ok((count > 0).then(|| whole(memberships) / whole(count)))
}

/// The numbers on which a plan is based.
struct Counts {
    users: u64,
    groups: u64,
    /// The mean number of memberships of a user.
    mean: f64,
    shard_users: u64,
    mfa: bool,
}

impl Counts {
    fn cost(&self, way: Memberships, rate: impl Fn(QuotaCategory) -> f64) -> AuditCost {
        let (mut lists, mut groups_of_users) = (self.user_lists(), 0);
        match way {
            Memberships::ByGroup => lists = lists.saturating_add(self.member_lists()),
            Memberships::ByUser => {
                let pages = pages(rounded_up(self.mean));
                groups_of_users = self.users.saturating_mul(pages);
            }
        }
        let reads = if self.mfa { self.users } else { 0 };
        let is_counted = self.mfa || way == Memberships::ByUser;
        let start = pages(self.groups);
        // The requests of these categories are sent concurrently.
        let times = [
            (QuotaCategory::UserList, lists),
            (QuotaCategory::UserResourceRead, groups_of_users),
            (QuotaCategory::UserRead, reads),
        ]
        .map(|(category, requests)| time(requests, rate(category)));
        let all = [lists, groups_of_users, reads, start, 1];
        AuditCost {
            requests: all.into_iter().fold(0, u64::saturating_add),
            time: times.into_iter().max().unwrap_or_default(),
            monthly_active_users: if is_counted { self.users } else { 0 },
        }
    }

    /// Returns the number of requests that list users: the pages, of which the last of each shard
    /// is not full, and the requests that choose the shards.
    fn user_lists(&self) -> u64 {
        match probes(self.users, self.shard_users) {
            (1, _) => pages(self.users),
            (shards, probes) => (self.users / u64::from(MAX_PAGE_SIZE))
                .saturating_add(shards)
                .saturating_add(probes),
        }
    }

    /// Returns the number of pages of members, of which the last of each group is not full.
    fn member_lists(&self) -> u64 {
        let memberships = rounded_up(whole(self.users) * self.mean);
        (memberships / u64::from(MAX_PAGE_SIZE)).saturating_add(self.groups)
    }
}

fn whole(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Rounds up a number that is not negative. The detour over a duration saturates.
fn rounded_up(number: f64) -> u64 {
    Duration::try_from_secs_f64(number.ceil()).map_or(u64::MAX, |number| number.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the documented rate of a new account, without a reserve.
    fn rate(category: QuotaCategory) -> f64 {
        match category {
            QuotaCategory::UserList => 30.0,
            QuotaCategory::UserResourceRead => 50.0,
            _ => 120.0,
        }
    }

    fn counts(users: u64, groups: u64, mean: f64) -> Counts {
        Counts { users, groups, mean, shard_users: 12_000, mfa: false }
    }

    #[test]
    fn a_list_by_group_is_faster_up_to_about_35_memberships_of_a_user() {
        for (mean, by_group_is_faster) in [(0.5, true), (34.0, true), (36.0, false)] {
            let counts = counts(1_000_000, 100, mean);
            let by_group = counts.cost(Memberships::ByGroup, rate);
            let by_user = counts.cost(Memberships::ByUser, rate);
            assert_eq!(by_group.time < by_user.time, by_group_is_faster, "{mean}");
            assert_eq!(
                (by_group.monthly_active_users, by_user.monthly_active_users),
                (0, 1_000_000)
            );
        }
    }

    #[test]
    fn the_costs_are_those_of_the_formulas() {
        let by_group = counts(1_000_000, 100, 2.0).cost(Memberships::ByGroup, rate);
        let (shards, probes) = (256, 16 + 256);
        let lists = 1_000_000 / 60 + shards + probes + 2_000_000 / 60 + 100;
        assert_eq!(by_group.requests, lists + 2 + 1);
        assert_eq!(by_group.time.as_secs(), lists / 30);

        let by_user = Counts { mfa: true, ..counts(600, 3, 61.0) }.cost(Memberships::ByUser, rate);
        assert_eq!(by_user.requests, 10 + 600 * 2 + 600 + 1 + 1);
        assert_eq!(by_user.time.as_secs(), 600 * 2 / 50);
    }
}
