//! Worker processes that claim the parts of a job: one is killed, and one is stopped and continued.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::LONG;
use crate::server::Redis;

/// The number of users that the program changes.
const USERS: usize = 40;

const LEASE: &str = "3000";

/// A worker, which ends with the test.
struct Worker {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Worker {
    fn start(local: &LocalPool, redis: &Redis, rate: &str, directory: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_change_parts"));
        command.args([local.emulator().endpoint(), local.id().as_str(), &redis.url(), "4", LEASE]);
        let command = command.arg(rate).arg(directory).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, output }
    }

    fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Waits until the worker has ended without an error, and returns its output lines.
    async fn ended(mut self) -> Vec<String> {
        let since = Instant::now();
        while self.process.try_wait().unwrap().is_none() {
            assert!(since.elapsed() < LONG * 2, "the worker does not end");
            sleep(Duration::from_millis(20)).await;
        }
        assert!(self.process.wait().unwrap().success());
        let mut lines = Vec::new();
        while let Some(line) = (&mut self.output).lines().next() {
            lines.push(line.unwrap());
        }
        lines
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn pool() -> LocalPool {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
    let emulator = builder.start().await.unwrap();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    for number in 0..USERS {
        let user = json!({ "Username": format!("user{number}"), "MessageAction": "SUPPRESS" });
        local.call("AdminCreateUser", user).unwrap();
    }
    local
}

/// Returns the number of requests that disable a user.
fn changes(local: &LocalPool) -> usize {
    let requests = local.emulator().requests();
    requests.iter().filter(|request| request.operation == "AdminDisableUser").count()
}

fn disabled(local: &LocalPool) -> usize {
    let filter = json!({ "Filter": "status = \"Disabled\"", "Limit": 60 });
    local.call("ListUsers", filter).unwrap()["Users"].as_array().unwrap().len()
}

async fn wait_for_changes(local: &LocalPool, number: usize) {
    let since = Instant::now();
    while changes(local) < number {
        assert!(since.elapsed() < LONG, "no user is changed");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Starts a worker, kills it during its first part, and returns the number of its changes.
async fn changes_before_kill(local: &LocalPool, redis: &Redis, directory: &Path) -> usize {
    let mut killed = Worker::start(local, redis, "5", directory);
    wait_for_changes(local, 3).await;
    killed.process.kill().unwrap();
    killed.process.wait().unwrap();
    // The emulator may still handle a request that was sent before.
    sleep(Duration::from_millis(300)).await;
    changes(local)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn the_part_of_a_killed_worker_is_taken_over_and_resumed_by_its_journal() {
    let redis = Redis::start(&[]);
    let (local, directory) = (pool().await, tempfile::tempdir().unwrap());
    let before = changes_before_kill(&local, &redis, directory.path()).await;
    let lines = Worker::start(&local, &redis, "200", directory.path()).ended().await;
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines.contains(&"1/4 true".to_owned()), "{lines:?}");
    assert_eq!(disabled(&local), USERS);
    let repeated = changes(&local) - USERS;
    println!("{before} users were changed before the kill, {repeated} of them again");
    // Only requests whose responses were not recorded before the kill are repeated.
    assert!(repeated <= 2, "{repeated}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn the_part_of_a_killed_worker_is_begun_again_where_its_journal_is_missing() {
    let redis = Redis::start(&[]);
    let (local, directory) = (pool().await, tempfile::tempdir().unwrap());
    let other = tempfile::tempdir().unwrap();
    let before = changes_before_kill(&local, &redis, directory.path()).await;
    let lines = Worker::start(&local, &redis, "200", other.path()).ended().await;
    assert!(lines.contains(&"1/4 false".to_owned()), "{lines:?}");
    assert_eq!((disabled(&local), changes(&local)), (USERS, USERS + before));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn a_worker_that_is_stopped_for_longer_than_its_lease_writes_nothing_more() {
    let redis = Redis::start(&[]);
    let (local, directory) = (pool().await, tempfile::tempdir().unwrap());
    let other = tempfile::tempdir().unwrap();
    let stopped = Worker::start(&local, &redis, "5", directory.path());
    wait_for_changes(&local, 3).await;
    stopped.signal("-STOP");
    Worker::start(&local, &redis, "200", other.path()).ended().await;
    let before = changes(&local);
    assert_eq!(disabled(&local), USERS);
    stopped.signal("-CONT");
    let lines = stopped.ended().await;
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[1].contains("the claim of the part is lost"), "{lines:?}");
    // One request may have had a permit when the process was stopped.
    assert!(changes(&local) <= before + 1, "{} requests, {before} before", changes(&local));
}
