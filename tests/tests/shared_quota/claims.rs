//! Claims of parts by tasks of one process: take-over, fencing, and outages of Redis.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cognito::bulk::{ClaimError, ClaimOutcome, PartClaim, PartState, RedisClaims};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use crate::LONG;
use crate::server::Redis;

const LEASE: Duration = Duration::from_secs(3);

fn claims(redis: &Redis, parts: u32) -> RedisClaims {
    RedisClaims::open(&redis.url(), "job", parts).unwrap().lease(LEASE)
}

async fn claimed(claims: &RedisClaims) -> PartClaim {
    match claims.claim().await.unwrap() {
        ClaimOutcome::Claimed(part) => part,
        other => panic!("{other:?}"),
    }
}

/// Retries a claim until a part is free, like a worker.
async fn claimed_at_last(claims: &RedisClaims) -> PartClaim {
    let since = Instant::now();
    loop {
        assert!(since.elapsed() < LONG, "no part is free");
        match claims.claim().await.unwrap() {
            ClaimOutcome::Claimed(part) => return part,
            ClaimOutcome::Busy { retry_after } => sleep(retry_after).await,
            other => panic!("{other:?}"),
        }
    }
}

/// Increments a counter every 20 ms.
async fn work(steps: &AtomicU32) {
    loop {
        steps.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn each_part_is_claimed_and_finished_once() {
    let redis = Redis::start(&[]);
    let worker = |worker: usize| {
        let claims = claims(&redis, 40).place(worker.to_string());
        async move {
            let mut done = Vec::new();
            loop {
                match claims.claim().await.unwrap() {
                    ClaimOutcome::Claimed(part) => {
                        done.push(part.shard().number());
                        assert!(!part.is_taken_over() && part.fencing_number() > 0);
                        part.keep(sleep(Duration::from_millis(10))).await.unwrap();
                        part.complete(&format!("worker {worker}")).await.unwrap();
                    }
                    ClaimOutcome::Busy { retry_after } => sleep(retry_after).await,
                    _ => return done,
                }
            }
        }
    };
    let done = join_all((0..4).map(worker)).await;
    let all: Vec<u32> = done.concat();
    assert_eq!((all.len(), all.into_iter().collect::<BTreeSet<_>>().len()), (40, 40));
    let status = claims(&redis, 40).status().await.unwrap();
    for part in status {
        let place = part.place.unwrap();
        assert_eq!(part.state, PartState::Finished);
        assert_eq!(part.report, Some(format!("worker {place}")));
        assert!(done[place.parse::<usize>().unwrap()].contains(&part.shard.number()));
    }
}

#[tokio::test]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn a_claim_is_renewed_for_as_long_as_it_is_kept() {
    let redis = Redis::start(&[]);
    let (mine, other) = (claims(&redis, 1), claims(&redis, 1));
    let part = claimed(&mine).await;
    let since = Instant::now();
    part.keep(async {
        while since.elapsed() < LEASE * 3 {
            assert!(matches!(other.claim().await.unwrap(), ClaimOutcome::Busy { .. }));
            sleep(Duration::from_millis(100)).await;
        }
    })
    .await
    .unwrap();
    part.release().await.unwrap();
    let next = claimed(&other).await;
    assert!(next.is_taken_over(), "a part that was given back is free at once");
    next.complete("").await.unwrap();
    assert!(matches!(mine.claim().await.unwrap(), ClaimOutcome::Finished));
}

#[tokio::test]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn a_dropped_claim_is_taken_over_where_its_journal_is() {
    let redis = Redis::start(&[]);
    let (first, second) = (claims(&redis, 2).place("first"), claims(&redis, 2).place("second"));
    let lost = claimed(&first).await;
    let (shard, fence) = (lost.shard(), lost.fencing_number());
    drop(lost);
    let kept = claimed(&second).await;
    assert_ne!(kept.shard(), shard, "a part without journals elsewhere is the first choice");
    let elsewhere = claimed_at_last(&second).await;
    assert_eq!(elsewhere.shard(), shard);
    assert!(elsewhere.is_taken_over() && !elsewhere.has_journal());
    assert!(elsewhere.fencing_number() > fence);
    drop(elsewhere);
    let resumed = claimed_at_last(&second).await;
    assert!(resumed.shard() == shard && resumed.has_journal());
    resumed.complete("done").await.unwrap();
    kept.complete("done").await.unwrap();
    assert!(matches!(first.claim().await.unwrap(), ClaimOutcome::Finished));
}

/// Simulates a worker whose requests to Redis are lost, while those of another worker arrive.
#[tokio::test]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn a_stale_worker_stops_and_can_neither_renew_nor_complete() {
    let redis = Redis::start(&[]);
    let part = claimed(&claims(&redis, 1)).await;
    let steps = AtomicU32::new(0);
    let key = redis.keys().remove(0);
    // The claim expires at the server, as when renewals are late.
    redis.command(&["HSET", &key, "1:until", "1"]);
    let next = claimed(&claims(&redis, 1)).await;
    assert!(next.fencing_number() > part.fencing_number());
    let stopped = part.keep(work(&steps)).await.unwrap_err();
    assert!(matches!(stopped, ClaimError::Lost), "{stopped}");
    let after = steps.load(Ordering::Relaxed);
    sleep(Duration::from_millis(200)).await;
    assert_eq!(steps.load(Ordering::Relaxed), after, "nothing more is done");
    assert!(part.is_lost());
    let refused = part.keep(async { panic!("work of a lost claim") }).await;
    assert!(matches!(refused, Err(ClaimError::Lost)));
    let refused = part.complete("stale").await.unwrap_err();
    assert!(matches!(refused, ClaimError::Lost), "{refused}");
    next.complete("new").await.unwrap();
    let status = claims(&redis, 1).status().await.unwrap();
    assert_eq!(status[0].report.as_deref(), Some("new"));
}

#[tokio::test]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn a_release_of_a_stale_worker_does_not_free_the_part() {
    let redis = Redis::start(&[]);
    let part = claimed(&claims(&redis, 1)).await;
    let key = redis.keys().remove(0);
    redis.command(&["HSET", &key, "1:until", "1"]);
    let _next = claimed(&claims(&redis, 1)).await;
    part.release().await.unwrap();
    assert!(matches!(claims(&redis, 1).claim().await.unwrap(), ClaimOutcome::Busy { .. }));
}

#[cfg(unix)]
#[tokio::test]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn work_stops_before_its_lease_has_passed_when_redis_does_not_respond() {
    let redis = Redis::start(&[]);
    let part = claimed(&claims(&redis, 1)).await;
    let steps = AtomicU32::new(0);
    let short = async {
        redis.signal("STOP");
        sleep(LEASE / 3).await;
        redis.signal("CONT");
        sleep(LEASE * 2).await;
    };
    part.keep(short).await.expect("an outage that is shorter than the lease");
    let since = Instant::now();
    redis.signal("STOP");
    let stopped = part.keep(work(&steps)).await.unwrap_err();
    assert!(matches!(stopped, ClaimError::Lost), "{stopped}");
    assert!(since.elapsed() < LEASE, "{:?}", since.elapsed());
    redis.signal("CONT");
    let next = claimed_at_last(&claims(&redis, 1)).await;
    assert!(next.fencing_number() > part.fencing_number());
    assert!(matches!(part.complete("late").await.unwrap_err(), ClaimError::Lost));
}

#[tokio::test]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn fencing_numbers_grow_when_redis_has_lost_its_data() {
    let redis = Redis::start(&[]);
    let part = claimed(&claims(&redis, 1)).await;
    redis.command(&["FLUSHALL"]);
    let next = claimed(&claims(&redis, 1)).await;
    assert!(next.fencing_number() > part.fencing_number());
    let refused = part.complete("stale").await.unwrap_err();
    assert!(matches!(refused, ClaimError::Lost), "{refused}");
}

#[tokio::test]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn workers_with_other_parts_or_other_work_are_refused() {
    let redis = Redis::start(&[]);
    let part = claimed(&claims(&redis, 2).work("disable all")).await;
    for other in [claims(&redis, 3).work("disable all"), claims(&redis, 2).work("delete all")] {
        let refused = other.claim().await.unwrap_err();
        assert!(matches!(refused, ClaimError::OtherJob), "{refused}");
    }
    let same = claims(&redis, 2).work("disable all").claim().await.unwrap();
    assert!(matches!(same, ClaimOutcome::Claimed(_)));
    part.release().await.unwrap();
}
