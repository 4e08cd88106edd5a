//! Reads users of an emulator's pool until it is killed, at a rate that it shares with other processes:
//! `share_quota ENDPOINT POOL_ID REDIS_URL LIMIT WORKERS`.
//!
//! Without Redis it uses its part of the rate, or nothing if WORKERS is 0.

use std::time::Duration;

use cognito::Admin;
use cognito::bulk::{Quota, QuotaCategory, RedisPermits};
use cognito_tests::programs::{admin_at, arguments};
use futures_util::future::join_all;

/// More callers than a single program needs for the rate.
const CALLERS: usize = 12;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [endpoint, pool_id, redis, limit, workers] =
        &arguments("share_quota ENDPOINT POOL_ID REDIS_URL LIMIT WORKERS");
    let permits = RedisPermits::open(redis, "123456789012", "us-east-1").unwrap();
    let (limit, workers): (u32, u32) = (limit.parse().unwrap(), workers.parse().unwrap());
    let quota = Quota::builder().exclusive().limit(QuotaCategory::UserRead, limit);
    let quota = match workers {
        0 => quota.shared(permits),
        workers => quota.workers(workers).shared(permits.fall_back()),
    };
    let admin = admin_at(endpoint, pool_id).with_permits(quota.build());
    join_all((0..CALLERS).map(|caller| read(&admin, caller))).await;
}

async fn read(admin: &Admin, caller: usize) {
    // Different users, because each user has a separate rate.
    let user = admin.user(format!("user{caller}"));
    loop {
        user.get().timeout(Duration::from_secs(600)).await.unwrap();
    }
}
