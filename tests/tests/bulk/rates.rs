//! Clients with permits use the quotas and are not throttled.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cognito::bulk::{Quota, QuotaCategory};
use cognito::{Admin, ErrorKind};
use cognito_emulator::{PoolSettings, Quotas};
use futures_util::future::join_all;
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::timed::Timed;

const USERS: usize = 40;

/// The requests of a program in one category.
#[derive(Clone, Copy, Debug)]
enum Load {
    Read,
    List,
    Groups,
    Disable,
}

impl Load {
    async fn send(self, admin: &Admin, number: usize) {
        let user = admin.user(format!("user{}", number % USERS));
        let sent = match self {
            Self::Read => user.get().await.map(drop),
            Self::List => admin.users().page_size(5).pages().next().await.unwrap().map(drop),
            Self::Groups => user.groups().await.map(drop),
            Self::Disable => user.disable().await,
        };
        sent.unwrap();
    }

    /// Sends requests from enough callers for the rate until the time is over.
    async fn run(self, admin: &Admin, category: QuotaCategory, quota: &Quota, time: Duration) {
        let end = Instant::now() + time;
        let number = Arc::new(AtomicUsize::new(0));
        let callers = (0..quota.concurrency(category)).map(|_| async {
            while Instant::now() < end {
                let left = end.duration_since(Instant::now());
                let number = number.fetch_add(1, Ordering::Relaxed);
                let _ = timeout(left, self.send(admin, number)).await;
            }
        });
        join_all(callers).await;
    }
}

const LOADS: [(Load, QuotaCategory); 4] = [
    (Load::Read, QuotaCategory::UserRead),
    (Load::List, QuotaCategory::UserList),
    (Load::Groups, QuotaCategory::UserResourceRead),
    (Load::Disable, QuotaCategory::UserUpdate),
];

/// Returns the fraction of a limit that was used in a time. No request may be throttled.
fn utilization(timed: &Timed, category: QuotaCategory, limit: f64, time: Duration) -> f64 {
    let (requests, throttled) = timed.requests(category);
    assert_eq!(throttled, 0, "{category}");
    f64::from(u32::try_from(requests).unwrap()) / (limit * time.as_secs_f64())
}

#[tokio::test(start_paused = true)]
async fn two_callers_use_each_quota_and_are_not_throttled() {
    const TIME: Duration = Duration::from_secs(20);
    let timed = Timed::new(Quotas::default());
    timed.add_users(USERS);
    let quota = Quota::builder().exclusive().build();
    let callers = [timed.admin(), timed.admin()].map(|admin| admin.with_permits(quota.clone()));
    let loads = callers.iter().flat_map(|admin| {
        LOADS.iter().map(|(load, category)| load.run(admin, *category, &quota, TIME))
    });
    join_all(loads).await;
    for (_, category) in LOADS {
        let used = utilization(&timed, category, f64::from(category.default_rate()), TIME);
        assert!((0.94..=1.0).contains(&used), "{category}: {used}");
        assert_eq!(quota.usage(category).throttled, 0);
    }
}

/// Lists groups of a pool from several callers until the time is over, and returns the number of
/// requests.
async fn list_groups(admin: &Admin, callers: usize, end: Instant) -> u32 {
    let start = Instant::now();
    let callers = (0..callers).map(|_| async {
        let mut count = 0;
        while Instant::now() < end {
            let groups = async { admin.groups().timeout(end.duration_since(start)).await };
            if let Ok(listed) = timeout(end.duration_since(Instant::now()), groups).await {
                listed.unwrap();
                count += 1;
            }
        }
        count
    });
    join_all(callers).await.into_iter().sum()
}

#[tokio::test(start_paused = true)]
async fn a_pool_and_its_category_are_used_where_both_are_narrow() {
    const TIME: Duration = Duration::from_secs(20);
    let timed = Timed::new(Quotas::default());
    let quota = Quota::builder().exclusive().build();
    let pools = (0..6).map(|_| timed.emulator.create_pool(PoolSettings::default()).unwrap());
    let admins: Vec<_> = pools
        .map(|pool| Admin::new(&timed.config(), pool.id().clone()).with_permits(quota.clone()))
        .collect();
    let end = Instant::now() + TIME;
    // The first pool has more demand than its rate; all pools together have more than the rate of
    // the category.
    let callers = (0..).map(|number| if number == 0 { 40 } else { 4 });
    let loads = admins.iter().zip(callers);
    let counts = join_all(loads.map(|(admin, callers)| list_groups(admin, callers, end))).await;
    let category = QuotaCategory::UserPoolResourceRead;
    let used = utilization(&timed, category, f64::from(category.default_rate()), TIME);
    assert!((0.94..=1.0).contains(&used), "{used}: {counts:?}");
    let in_pool = f64::from(counts[0]) / (f64::from(QuotaCategory::RATE_IN_POOL) * 20.0);
    assert!((0.94..=1.0).contains(&in_pool), "{in_pool}: {counts:?}");
    assert!(counts.iter().all(|count| *count > 30), "none is left out: {counts:?}");
}

#[tokio::test(start_paused = true)]
async fn requests_in_a_pool_that_waited_for_their_category_are_not_throttled() {
    const TIME: Duration = Duration::from_secs(20);
    let timed = Timed::new(Quotas::default());
    let category = QuotaCategory::UserPoolResourceRead;
    let quota = Quota::builder().exclusive().limit(category, 0).build();
    let admin = timed.admin().with_permits(quota.clone());
    let end = Instant::now() + TIME * 2;
    let limit = async {
        tokio::time::sleep(TIME).await;
        assert_eq!(timed.requests(category), (0, 0));
        quota.set_limit(category, category.default_rate());
    };
    let (count, ()) = tokio::join!(list_groups(&admin, 60, end), limit);
    let used = utilization(&timed, category, f64::from(QuotaCategory::RATE_IN_POOL), TIME);
    assert!((0.94..=1.0).contains(&used), "{used}: {count}");
}

#[tokio::test(start_paused = true)]
async fn a_provisioned_limit_is_loaded_and_used_without_a_restart() {
    const TIME: Duration = Duration::from_secs(10);
    let timed = Timed::new(Quotas::default());
    timed.add_users(USERS);
    let quota = Quota::builder().exclusive().build();
    let admin = timed.admin().with_permits(quota.clone());
    timed.pools().set_provisioned_limit("UserRead", 200).await.unwrap();
    assert_eq!(quota.usage(QuotaCategory::UserRead).limit, 120);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let categories = [QuotaCategory::UserList, QuotaCategory::UserRead];
    quota.load_provisioned(&timed.pools(), categories).await.unwrap();
    assert_eq!(quota.usage(QuotaCategory::UserRead).limit, 200);

    let (before, _) = timed.requests(QuotaCategory::UserRead);
    Load::Read.run(&admin, QuotaCategory::UserRead, &quota, TIME).await;
    assert_eq!(before, 0);
    let used = utilization(&timed, QuotaCategory::UserRead, 200.0, TIME);
    assert!((0.94..=1.0).contains(&used), "{used}");

    quota.set_limit(QuotaCategory::UserRead, 50);
    Load::Read.run(&admin, QuotaCategory::UserRead, &quota, TIME).await;
    let used = utilization(&timed, QuotaCategory::UserRead, 250.0, TIME);
    assert!((0.94..=1.0).contains(&used), "200 and 50 a second: {used}");
    quota.load_provisioned(&timed.pools(), [QuotaCategory::UserRead]).await.unwrap();
    assert_eq!(quota.usage(QuotaCategory::UserRead).limit, 50, "a limit that is set stays");
}

#[tokio::test(start_paused = true)]
async fn provisioned_limits_are_loaded_with_many_workers() {
    let timed = Timed::new(Quotas::default());
    timed.pools().set_provisioned_limit("UserRead", 200).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    // Each has a permit for GetProvisionedLimit in about 200 seconds.
    let quota = Quota::builder().workers(100).build();
    let categories = [QuotaCategory::UserList, QuotaCategory::UserRead];
    quota.load_provisioned(&timed.pools(), categories).await.unwrap();
    assert_eq!(quota.usage(QuotaCategory::UserRead).limit, 200);
}

#[tokio::test(start_paused = true)]
async fn throttling_by_other_traffic_cuts_the_rate_until_it_ends() {
    const TIME: Duration = Duration::from_secs(10);
    let timed = Timed::new(Quotas::default());
    timed.add_users(USERS);
    let quota = Quota::builder().exclusive().build();
    let admin = timed.admin().with_permits(quota.clone());
    let others = async {
        let end = Instant::now() + TIME;
        while Instant::now() < end {
            // Half of the limit of lists; the other half is not enough for this client.
            timed.set_clock();
            let _ = timed.local.call("ListUsers", json!({ "Limit": 1 }));
            tokio::time::sleep(Duration::from_millis(66)).await;
        }
    };
    tokio::join!(Load::List.run(&admin, QuotaCategory::UserList, &quota, TIME), others);
    let usage = quota.usage(QuotaCategory::UserList);
    assert!(usage.throttled > 0, "{usage:?}, {:?}", timed.requests(QuotaCategory::UserList));
    assert!(usage.rate < 22.0, "{usage:?}");
    assert!(usage.throttled * 10 < usage.permits, "{usage:?}");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(quota.usage(QuotaCategory::UserList).rate > 28.0);
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_permit_within_its_timeout_is_not_sent() {
    let timed = Timed::new(Quotas::default());
    let quota = Quota::builder().limit(QuotaCategory::UserRead, 0).build();
    let admin = timed.admin().with_permits(quota.clone());
    let start = Instant::now();
    let request = admin.user("alice").get().timeout(Duration::from_secs(2));
    let error = request.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(error.is_transient());
    assert_eq!(start.elapsed(), Duration::from_secs(2));
    assert_eq!(timed.requests(QuotaCategory::UserRead), (0, 0));
}
