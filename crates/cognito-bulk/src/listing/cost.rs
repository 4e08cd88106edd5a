//! The cost of a list: its requests, and their time.

use std::time::Duration;

use cognito_core::MAX_PAGE_SIZE;
use cognito_core::sdk::types::UserPoolType;

pub(crate) fn estimated_users(pool: &UserPoolType) -> u64 {
    u64::try_from(pool.estimated_number_of_users()).unwrap_or_default()
}

/// Returns the number of pages of a list, at least one.
pub(crate) fn pages(items: u64) -> u64 {
    items.div_ceil(u64::from(MAX_PAGE_SIZE)).max(1)
}

/// Returns the number of shards for a number of users with evenly distributed ids, and the number
/// of requests that choose the shards.
pub(crate) fn probes(users: u64, shard_users: u64) -> (u64, u64) {
    let (mut shards, mut probes) = (1_u64, 0_u64);
    while users / shards > shard_users {
        shards = shards.saturating_mul(16);
        probes = probes.saturating_add(shards);
    }
    (shards, probes)
}

/// Returns the time that requests take at a rate, which may be zero.
pub(crate) fn time(requests: u64, rate: f64) -> Duration {
    if requests == 0 {
        return Duration::ZERO;
    }
    let requests = u32::try_from(requests).map_or(f64::INFINITY, f64::from);
    Duration::try_from_secs_f64(requests / rate).unwrap_or(Duration::MAX)
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

    #[test]
    fn shards_are_divided_until_they_are_small_enough() {
        assert_eq!(probes(0, 12_000), (1, 0));
        assert_eq!(probes(12_000, 12_000), (1, 0));
        assert_eq!(probes(100_000, 12_000), (16, 16));
        assert_eq!(probes(1_000_000, 12_000), (256, 16 + 256));
    }

    #[test]
    fn a_list_has_at_least_one_page() {
        assert_eq!([0, 1, 60, 61].map(pages), [1, 1, 1, 2]);
    }
}
