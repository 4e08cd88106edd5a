//! Programs on several machines share one quota through a real Redis.

mod claims;
mod outages;
mod programs;
mod server;
#[cfg(unix)]
mod workers;

use std::time::Duration;

use cognito::ErrorKind;
use cognito::admin::{AttemptOutcome, Permits, RequestAttempt};
use cognito::bulk::{Quota, QuotaCategory, RedisPermits, RedisServerError};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep, timeout};

use crate::server::Redis;

/// The limit of the tests, in requests per second.
const LIMIT: u32 = 40;

const LONG: Duration = Duration::from_secs(30);

/// Returns the duration of measurements: `COGNITO_SHARED_QUOTA_SECONDS` if it is set.
fn time_of_measurement(short: u64) -> Duration {
    let set = std::env::var("COGNITO_SHARED_QUOTA_SECONDS").ok();
    let set = set.map(|set| set.parse().expect("COGNITO_SHARED_QUOTA_SECONDS is a number"));
    Duration::from_secs(set.unwrap_or(short))
}

/// Checks that most of a quota is used. The limit is lower for short runs, which may be on a busy
/// machine with late requests.
fn assert_used(part: f64) {
    let is_long = std::env::var_os("COGNITO_SHARED_QUOTA_SECONDS").is_some();
    let least = if is_long { 0.94 } else { 0.6 };
    assert!(part >= least, "{part} of the quota is used");
}

fn read() -> RequestAttempt<'static> {
    RequestAttempt::new("AdminGetUser")
}

fn quota(redis: &Redis) -> Quota {
    let permits = permits(&redis.url()).unwrap();
    let quota = Quota::builder().exclusive().limit(QuotaCategory::UserRead, LIMIT);
    quota.shared(permits).build()
}

/// Takes permits from several callers until the time is over, and returns their number.
async fn take(quota: &Quota, callers: usize, end: Instant) -> u32 {
    let callers = (0..callers).map(|_| async {
        let mut count = 0;
        while timeout(end.duration_since(Instant::now()), quota.acquire(read())).await.is_ok() {
            count += 1;
        }
        count
    });
    join_all(callers).await.into_iter().sum()
}

/// Returns the fraction of the limit for these permits since the start.
fn part_of_limit(permits: u32, start: Instant) -> f64 {
    f64::from(permits) / (f64::from(LIMIT) * start.elapsed().as_secs_f64())
}

#[tokio::test]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn permits_of_two_quotas_have_one_rate_and_are_evenly_spaced() {
    let redis = Redis::start(&[]);
    let quotas = [quota(&redis), quota(&redis)];
    let start = Instant::now();
    let end = start + time_of_measurement(4);
    let counts = join_all(quotas.iter().map(|quota| take(quota, 6, end))).await;
    let part = part_of_limit(counts.iter().sum(), start);
    assert_used(part);
    assert!(part <= 0.98, "{part}: {counts:?}");
    let least = counts.iter().sum::<u32>() / 4;
    assert!(counts.iter().all(|count| *count > least), "both have permits: {counts:?}");
    assert_eq!(redis.keys().len(), 1, "one category, and no permit was given back");
}

#[tokio::test]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn permits_that_a_program_does_not_use_are_given_back() {
    let redis = Redis::start(&[]);
    let (idle, busy) = (quota(&redis), quota(&redis));
    let start = Instant::now();
    let end = start + time_of_measurement(4);
    let leaves = async {
        while Instant::now() < end {
            // Their permits are due after those that the other program has leased.
            let _ = timeout(Duration::from_millis(10), take(&idle, 8, end)).await;
            sleep(Duration::from_millis(100)).await;
        }
    };
    let (count, ()) = tokio::join!(take(&busy, 8, end), leaves);
    let used = u64::from(count) + idle.usage(QuotaCategory::UserRead).permits;
    let part = part_of_limit(u32::try_from(used).unwrap(), start);
    assert_used(part);
    assert!(part <= 0.98, "{part}: {count} of {used}");
}

#[tokio::test]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn a_dropped_quota_gives_its_permits_back() {
    let redis = Redis::start(&[]);
    let since = Instant::now();
    while !redis.keys().iter().any(|key| key.ends_with(":returned")) {
        assert!(since.elapsed() < LONG, "{:?}", redis.keys());
        let quota = quota(&redis);
        // On a busy machine this may be too short: then there are no permits yet, or all are in the
        // past.
        let _ = timeout(Duration::from_millis(60), take(&quota, 8, since + LONG)).await;
        drop(quota);
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn throttling_of_one_program_cuts_the_rate_of_all() {
    let redis = Redis::start(&[]);
    let quotas = [quota(&redis), quota(&redis)];
    let rate = |quota: &Quota| quota.usage(QuotaCategory::UserRead).rate / f64::from(LIMIT);
    for quota in &quotas {
        quota.acquire(read()).await;
        assert!((0.95..=0.97).contains(&rate(quota)));
    }
    let throttled = AttemptOutcome::new(Some(ErrorKind::Throttled), Duration::ZERO);
    for _ in 0..3 {
        quotas[0].finished(read(), throttled);
        sleep(Duration::from_millis(20)).await;
    }
    quotas[1].acquire(read()).await;
    quotas[1].acquire(read()).await;
    let cut = rate(&quotas[1]);
    assert!((0.66..=0.75).contains(&cut), "0.96 × 0.7, and what has recovered: {cut}");
    sleep(Duration::from_secs(2)).await;
    quotas[1].acquire(read()).await;
    quotas[1].acquire(read()).await;
    let recovered = rate(&quotas[1]) - cut;
    assert!((0.01..=0.1).contains(&recovered), "2 % in two seconds: {recovered}");
}

fn permits(url: &str) -> Result<RedisPermits, RedisServerError> {
    RedisPermits::open(url, "123456789012", "eu-west-1")
}

#[tokio::test]
async fn an_invalid_url_and_a_closed_port_are_reported() {
    let invalid = permits("http://127.0.0.1").unwrap_err();
    assert!(matches!(invalid, RedisServerError::InvalidUrl { .. }));
    let url = format!("redis://127.0.0.1:{}", server::free_port());
    let closed = permits(&url).unwrap().check().await.unwrap_err();
    assert!(matches!(closed, RedisServerError::Unavailable { .. }), "{closed:?}");
}

#[tokio::test]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn a_server_that_refuses_is_reported() {
    let redis = Redis::start(&["--requirepass", "planted-password"]);
    let refused = permits(&redis.url()).unwrap().check().await.unwrap_err();
    assert!(matches!(refused, RedisServerError::Refused { .. }), "{refused:?}");
    let url = redis.url().replace("redis://", "redis://:planted-password@");
    let allowed = permits(&url).unwrap();
    allowed.check().await.unwrap();
    assert!(!format!("{allowed:?}").contains("planted"));
}

#[tokio::test]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn a_check_needs_the_permission_for_each_command() {
    for command in ["zadd", "zrange", "zrem", "hset", "pexpire", "evalsha"] {
        let without = format!("-{command}");
        let user = ["--user", "worker", "on", ">planted-password", "~*", "+@all", &without];
        let redis = Redis::start(&user);
        let url = redis.url().replace("redis://", "redis://worker:planted-password@");
        let refused = permits(&url).unwrap().check().await.unwrap_err();
        assert!(matches!(refused, RedisServerError::Refused { .. }), "{command}: {refused:?}");
    }
}
