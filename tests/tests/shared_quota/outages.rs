//! Programs whose Redis does not respond.

use std::time::Duration;

use cognito::bulk::{Export, JobError, JobEvent, Quota, RedisPermits};
use cognito_tests::programs::admin_at;
#[cfg(unix)]
use tokio::time::sleep;

#[cfg(unix)]
use crate::programs::Programs;
use crate::server;
#[cfg(unix)]
use crate::{assert_used, time_of_measurement};

/// Stops Redis for ten seconds, and returns the used fractions of the quota in the last seven of
/// them, and afterwards.
#[cfg(unix)]
async fn outage(programs: &Programs) -> (f64, f64) {
    programs.redis.signal("STOP");
    // Leased permits are used up, and requests for others time out.
    sleep(Duration::from_secs(3)).await;
    let without = programs.utilization(Duration::from_secs(7)).await;
    programs.redis.signal("CONT");
    sleep(Duration::from_secs(2)).await;
    (without, programs.utilization(time_of_measurement(5)).await)
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn programs_wait_for_a_redis_that_does_not_respond() {
    let programs = Programs::start(2, false).await;
    let (without, afterwards) = outage(&programs).await;
    assert!(without < f64::EPSILON, "{without}");
    assert_used(afterwards);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn programs_use_their_parts_of_the_quota_while_redis_does_not_respond() {
    let programs = Programs::start(2, true).await;
    let (without, afterwards) = outage(&programs).await;
    // Too short for 94 %, and on a busy machine for more than this.
    assert!(without >= 0.6, "{without}");
    assert_used(afterwards);
}

#[tokio::test]
async fn a_job_reports_that_it_waits_for_permits_and_can_be_stopped() {
    let url = format!("redis://127.0.0.1:{}", server::free_port());
    let permits = RedisPermits::open(&url, "123456789012", "us-east-1").unwrap();
    let quota = Quota::builder().shared(permits).build();
    let admin = admin_at("http://127.0.0.1:1", "us-east-1_Ab12Cd34E");
    let directory = tempfile::tempdir().unwrap();
    let mut run = Export::to(directory.path().join("users.jsonl")).run(&admin, &quota);
    assert_eq!(run.next_event().await, Some(JobEvent::PermitsUnavailable));
    run.stop_handle().stop();
    let error = run.finish().await.unwrap_err();
    assert!(matches!(error, JobError::Stopped) && error.is_resumable(), "{error}");
}
