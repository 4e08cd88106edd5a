//! Tests of the rates of different kinds of requests, with paused time.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::*;

fn pool_id(name: &str) -> UserPoolId {
    format!("eu-west-1_{name}").parse().unwrap()
}

/// Returns the number of sequential attempts that get permits within a period.
async fn permits(quota: &Quota, attempt: RequestAttempt<'_>, time: Duration) -> u32 {
    let (mut count, end) = (0, Instant::now() + time);
    while Instant::now() < end
        && timeout(end.duration_since(Instant::now()), quota.acquire(attempt)).await.is_ok()
    {
        count += 1;
    }
    count
}

const TEN_SECONDS: Duration = Duration::from_secs(10);

/// Returns whether a number of permits in ten seconds corresponds to 96 % of a limit per second.
fn is_limit(permits: u32, limit: f64) -> bool {
    (f64::from(permits) - limit * MAX_UTILIZATION * 10.0).abs() < 1.01
}

#[tokio::test(start_paused = true)]
async fn operations_of_a_category_share_its_rate_and_half_is_reserved() {
    let quota = Quota::builder().build();
    let other = quota.clone();
    let (lists, in_group) =
        (RequestAttempt::new("ListUsers"), RequestAttempt::new("ListUsersInGroup"));
    let (one, two) =
        tokio::join!(permits(&quota, lists, TEN_SECONDS), permits(&other, in_group, TEN_SECONDS));
    assert!(is_limit(one + two, 15.0), "{one} and {two}");
    assert!(one.abs_diff(two) <= 1, "callers take turns: {one} and {two}");
    assert_eq!(quota.usage(QuotaCategory::UserList).permits, u64::from(one + two));
}

#[tokio::test(start_paused = true)]
async fn the_reserve_and_the_number_of_workers_divide_each_limit() {
    let reads = RequestAttempt::new("AdminGetUser");
    for (builder, expected) in [
        (Quota::builder().exclusive(), 120.0),
        (Quota::builder().reserve(0.25), 90.0),
        (Quota::builder().exclusive().workers(4), 30.0),
        (Quota::builder().exclusive().limit(QuotaCategory::UserRead, 40), 40.0),
        (Quota::builder().reserve(7.0), 0.0),
        (Quota::builder().exclusive().reserve(f64::NAN), 60.0),
    ] {
        let count = permits(&builder.build(), reads, TEN_SECONDS).await;
        assert!(is_limit(count, expected), "{count}, expected {expected} per second");
    }
}

#[tokio::test(start_paused = true)]
async fn one_operation_on_resources_of_a_pool_has_five_requests_a_second() {
    let quota = Quota::builder().exclusive().build();
    let (pool, other) = (pool_id("Ab12Cd34E"), pool_id("Fg56Hi78J"));
    let groups = RequestAttempt::new("ListGroups");
    let (one, two) = tokio::join!(
        permits(&quota, groups.in_pool(&pool), TEN_SECONDS),
        permits(&quota, groups.in_pool(&other), TEN_SECONDS)
    );
    assert!(is_limit(one, 5.0) && is_limit(two, 5.0), "{one} and {two}");
    let users = RequestAttempt::new("ListUsers").in_pool(&pool);
    assert!(is_limit(permits(&quota, users, TEN_SECONDS).await, 30.0), "not a resource");
}

#[tokio::test(start_paused = true)]
async fn reads_and_writes_of_one_user_have_ten_requests_a_second_each() {
    let quota = Quota::builder().exclusive().build();
    let pool = pool_id("Ab12Cd34E");
    let read = RequestAttempt::new("AdminGetUser").in_pool(&pool);
    let write = RequestAttempt::new("AdminDisableUser").in_pool(&pool);
    let (alice, bob, written) = tokio::join!(
        permits(&quota, read.of_user("alice"), TEN_SECONDS),
        permits(&quota, read.of_user("bob"), TEN_SECONDS),
        permits(&quota, write.of_user("alice"), TEN_SECONDS),
    );
    for count in [alice, bob, written] {
        assert!(is_limit(count, 10.0), "{count}");
    }
}

#[tokio::test(start_paused = true)]
async fn requests_about_a_user_that_waited_for_their_category_are_not_sent_at_once() {
    let quota = Quota::builder().exclusive().limit(QuotaCategory::UserRead, 0).build();
    let mut callers: Vec<_> = (0..50)
        .map(|_| {
            let quota = quota.clone();
            tokio::spawn(async move {
                quota.acquire(RequestAttempt::new("AdminGetUser").of_user("alice")).await;
                Instant::now()
            })
        })
        .collect();
    tokio::time::sleep(TEN_SECONDS).await;
    quota.set_limit(QuotaCategory::UserRead, 120);
    let mut sent = Vec::new();
    for caller in callers.drain(..) {
        sent.push(caller.await.unwrap());
    }
    sent.sort_unstable();
    let per_second = |first: &Instant| {
        let end = *first + Duration::from_secs(1);
        sent.iter().filter(|time| (*first..end).contains(time)).count()
    };
    assert!(sent.iter().all(|first| per_second(first) <= 10));
    assert!(per_second(&sent[10]) >= 9);
}

#[tokio::test(start_paused = true)]
async fn unknown_operations_take_the_smallest_limit() {
    let unknown = RequestAttempt::new("ListUnicorns");
    let quota = Quota::builder().exclusive().build();
    assert!(is_limit(permits(&quota, unknown, TEN_SECONDS).await, 15.0));
    let quota = Quota::builder().exclusive().limit(QuotaCategory::UserToken, 3).build();
    assert!(is_limit(permits(&quota, unknown, TEN_SECONDS).await, 3.0));
    assert!(quota.usage(QuotaCategory::UserToken).permits > 0);
}

#[tokio::test(start_paused = true)]
async fn categories_of_identity_pools_are_not_metered() {
    let quota = Quota::builder().exclusive().limit(QuotaCategory::GetId, 1).build();
    quota.acquire(RequestAttempt::new("GetId")).await;
    assert_eq!(quota.usage(QuotaCategory::GetId).permits, 0);
    assert_eq!(quota.usage(QuotaCategory::UserPoolRead).permits, 1, "the smallest of user pools");
}

#[tokio::test(start_paused = true)]
async fn changed_limits_and_reserves_apply_to_callers_that_wait() {
    let quota = Quota::builder().reserve(1.0).build();
    let waiting = quota.clone();
    let start = Instant::now();
    let caller = tokio::spawn(async move {
        waiting.acquire(RequestAttempt::new("AdminGetUser").of_user("alice")).await;
    });
    tokio::time::sleep(Duration::from_secs(3)).await;
    quota.set_reserve(0.5);
    caller.await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(3));
    quota.set_limit(QuotaCategory::UserRead, 20);
    let reads = RequestAttempt::new("AdminGetUser");
    assert!(is_limit(permits(&quota, reads, TEN_SECONDS).await, 10.0));
    assert_eq!(quota.usage(QuotaCategory::UserRead).limit, 20);
}

#[tokio::test(start_paused = true)]
async fn requests_that_are_dropped_do_not_count_as_fast_ones() {
    let quota = Quota::builder().exclusive().build();
    let lists = RequestAttempt::new("ListUsers");
    let concurrency = || quota.concurrency(QuotaCategory::UserList);
    quota.finished(lists, AttemptOutcome::new(None, Duration::from_secs(1)));
    let measured = concurrency();
    for _ in 0..200 {
        quota.finished(lists, AttemptOutcome::dropped(Duration::ZERO));
    }
    assert_eq!(concurrency(), measured);
}

#[tokio::test(start_paused = true)]
async fn throttling_cuts_the_rate_of_its_category_alone() {
    let quota = Quota::builder().exclusive().build();
    let lists = RequestAttempt::new("ListUsers");
    let throttled = AttemptOutcome::new(Some(ErrorKind::Throttled), Duration::ZERO);
    for _ in 0..5 {
        quota.finished(lists, throttled);
    }
    let usage = quota.usage(QuotaCategory::UserList);
    assert_eq!(usage.throttled, 5);
    assert!((usage.rate - 30.0 * MAX_UTILIZATION * 0.7).abs() < 0.001, "{usage:?}");
    assert!((quota.usage(QuotaCategory::UserRead).rate - 120.0 * MAX_UTILIZATION).abs() < 0.001);
    let other = AttemptOutcome::new(Some(ErrorKind::UserNotFound), Duration::ZERO);
    quota.finished(RequestAttempt::new("AdminGetUser"), other);
    assert!((quota.usage(QuotaCategory::UserRead).rate - 120.0 * MAX_UTILIZATION).abs() < 0.001);
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert!((quota.usage(QuotaCategory::UserList).rate - 30.0 * MAX_UTILIZATION).abs() < 0.001);
}
