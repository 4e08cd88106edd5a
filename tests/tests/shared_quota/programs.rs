//! Processes that share a quota, measured by the counters of the emulator.

use std::process::{Child, Command};
use std::time::Duration;

use cognito_emulator::{Emulator, LocalPool, PoolSettings, QuotaCategory, Quotas, SigningKeys};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::server::Redis;
use crate::{assert_used, time_of_measurement};

/// The limit in requests per second, which one program in debug mode reaches on a busy machine.
const LIMIT: u32 = 20;

/// Programs that read users at the allowed rate.
pub(crate) struct Programs {
    pub(crate) redis: Redis,
    local: LocalPool,
    running: Vec<Child>,
}

impl Programs {
    /// Starts programs. If `fall_back` is set, each uses its part of the rate without Redis.
    pub(crate) async fn start(count: u32, fall_back: bool) -> Self {
        let redis = Redis::start(&[]);
        let quotas = Quotas::default().rate(QuotaCategory::UserRead, LIMIT);
        let builder = Emulator::builder().signing_keys(SigningKeys::ForTests).quotas(quotas);
        let emulator = builder.start().await.unwrap();
        let local = emulator.create_pool(PoolSettings::default()).unwrap();
        for number in 0..12 {
            let user = json!({ "Username": format!("user{number}"), "MessageAction": "SUPPRESS" });
            local.call("AdminCreateUser", user).unwrap();
        }
        let mut programs = Self { redis, local, running: Vec::new() };
        for _ in 0..count {
            let workers = if fall_back { count } else { 0 };
            programs.running.push(programs.spawn(workers));
        }
        let since = Instant::now();
        while programs.requests() < u64::from(LIMIT) {
            assert!(since.elapsed() < Duration::from_secs(60), "the programs send nothing");
            sleep(Duration::from_millis(20)).await;
        }
        sleep(Duration::from_secs(2)).await;
        programs
    }

    fn spawn(&self, workers: u32) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_share_quota"));
        command.args([self.local.emulator().endpoint(), self.local.id().as_str()]);
        command.args([self.redis.url(), LIMIT.to_string(), workers.to_string()]);
        command.spawn().unwrap()
    }

    /// Kills the first program.
    fn kill_one(&mut self) {
        let mut program = self.running.remove(0);
        program.kill().unwrap();
        program.wait().unwrap();
    }

    /// Returns the number of requests so far. No request may be throttled.
    fn requests(&self) -> u64 {
        let usage = self.local.emulator().quota_usage();
        let read = usage.iter().find(|usage| usage.category == QuotaCategory::UserRead).unwrap();
        assert_eq!(read.throttled, 0);
        read.requests
    }

    /// Returns the used fraction of the quota in a time.
    pub(crate) async fn utilization(&self, time: Duration) -> f64 {
        let (before, start) = (self.requests(), Instant::now());
        sleep(time).await;
        let requests = u32::try_from(self.requests() - before).unwrap();
        f64::from(requests) / (f64::from(LIMIT) * start.elapsed().as_secs_f64())
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        for program in &mut self.running {
            // It may have ended already.
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn two_and_eight_programs_use_one_quota_without_exceeding_it() {
    for count in [2, 8] {
        let programs = Programs::start(count, false).await;
        let used = programs.utilization(time_of_measurement(6)).await;
        println!("{count} programs use {used:.3} of the quota");
        assert_used(used);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn a_program_that_is_killed_loses_the_permits_of_a_moment() {
    let mut programs = Programs::start(2, false).await;
    let before = programs.utilization(Duration::from_secs(3)).await;
    programs.kill_one();
    let time = time_of_measurement(8);
    let afterwards = programs.utilization(time).await;
    println!("a quota is used to {before:.3} by two programs, and {afterwards:.3} by one");
    let seconds = time.as_secs_f64();
    assert_used((before * 3.0 + afterwards * seconds) / (3.0 + seconds));
}
