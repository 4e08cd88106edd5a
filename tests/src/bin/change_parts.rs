//! Disables the users of an emulator's pool, in parts that it claims through Redis:
//! `change_parts ENDPOINT POOL_ID REDIS_URL PARTS LEASE_MS RATE DIRECTORY`.
//!
//! Prints a line for each claimed part, and exits when all parts are finished.

use std::time::Duration;

use cognito::Admin;
use cognito::bulk::{
    ClaimError, ClaimOutcome, JobError, MassChange, PartClaim, Quota, QuotaCategory, RedisClaims,
    UserChange, UserNames,
};
use cognito_tests::programs::{admin_at, arguments};
use tokio::time::sleep;

/// The number of users, `user0` and so on.
const USERS: usize = 40;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [endpoint, pool_id, redis, parts, lease, rate, directory] =
        &arguments("change_parts ENDPOINT POOL_ID REDIS_URL PARTS LEASE_MS RATE DIRECTORY");
    let admin = admin_at(endpoint, pool_id);
    let quota = Quota::builder().exclusive();
    let quota = quota.limit(QuotaCategory::UserUpdate, rate.parse().unwrap()).build();
    let claims = RedisClaims::open(redis, "disable", parts.parse().unwrap()).unwrap();
    let claims = claims.place(directory).lease(Duration::from_millis(lease.parse().unwrap()));
    loop {
        match claims.claim().await.unwrap() {
            ClaimOutcome::Claimed(part) => {
                println!("{} {}", part.shard(), part.has_journal());
                match part.keep(disable(&part, directory, &admin, &quota)).await {
                    Ok(done) => {
                        let ended = part.complete(&done.to_string()).await;
                        assert!(matches!(ended, Ok(()) | Err(ClaimError::Lost)), "{ended:?}");
                    }
                    Err(lost) => println!("{lost}"),
                }
            }
            ClaimOutcome::Busy { retry_after } => sleep(retry_after).await,
            _ => return,
        }
    }
}

/// Changes the users of a part, and returns their number.
async fn disable(part: &PartClaim, directory: &str, admin: &Admin, quota: &Quota) -> u64 {
    let users = UserNames::of((0..USERS).map(|number| format!("user{number}")));
    let outcomes = format!("{directory}/{}.jsonl", part.shard().number());
    let change = MassChange::new(UserChange::Disable, users, outcomes).shard(part.shard());
    let change = change.fencing_number(part.fencing_number());
    loop {
        match change.clone().run(admin, quota).finish().await {
            // A worker that has lost its claim, but has not noticed it yet, still locks the
            // journal.
            Err(JobError::Running) => sleep(Duration::from_millis(100)).await,
            // The previous worker was killed after the end of its run and before the end of its
            // claim.
            Err(JobError::OutputExists) => return 0,
            report => return report.unwrap().outcomes.done,
        }
    }
}
