//! SIGHUP: a terminal that is closed ends a job in order, and `nohup` keeps the job running.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cognito_emulator::{InjectedFault, LocalPool};
use tokio::signal::unix::{SignalKind, signal as signal_of_unix};

use crate::support::{Home, Ran};
use crate::users::{pool_of_users, requests, signal, started};

/// A job with five requests a second.
const JOB: [&str; 7] =
    ["users", "disable", "--from", "users.txt", "--yes", "--rate", "UserUpdate=10"];

/// Lets the programs of this process receive SIGHUP: they inherit that it is ignored, as under `nohup`,
/// but not that it is handled.
fn handle_hang_ups() {
    drop(signal_of_unix(SignalKind::hangup()).unwrap());
}

/// Waits until users were changed.
fn wait_for_changes(pool: &LocalPool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while requests(pool, "AdminDisableUser") < 2 {
        assert!(Instant::now() < deadline, "no user is changed");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Resumes the only job of a home, which ends with each user changed once.
#[track_caller]
fn resume(pool: &LocalPool, home: &Home, users: usize) {
    let before = requests(pool, "AdminDisableUser");
    assert!(before < users, "the job has finished");
    let jobs = home.run(&["job", "list", "-o", "json"]).succeeded().json();
    assert_eq!(jobs[0]["state"], "stopped");
    let id = jobs[0]["job"].as_str().unwrap();
    let report = home.run(&["job", "resume", id, "-o", "json"]).succeeded().json();
    assert_eq!((&report["done"], requests(pool, "AdminDisableUser")), (&users.into(), users));
}

#[tokio::test(flavor = "multi_thread")]
async fn hang_up_lets_a_job_finish_its_requests() {
    handle_hang_ups();
    let (pool, home) = pool_of_users(20).await;
    let child = started(&pool, &home, &JOB, "AdminDisableUser", 2);
    // The system sends it, and the shell sends it again.
    signal(&child, "-HUP");
    signal(&child, "-HUP");
    let ran = Ran::from(child.wait_with_output().unwrap());
    ran.failed(75, "resume it with `cognito job resume ");
    resume(&pool, &home, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_terminal_ends_a_job_in_order() {
    handle_hang_ups();
    let (pool, home) = pool_of_users(20).await;
    let (terminal, end) = pty_process::blocking::open().unwrap();
    let command = pty_process::blocking::Command::new(env!("CARGO_BIN_EXE_cognito"));
    let command = command.args(JOB).env_clear().envs(home.variables());
    let mut child = command.env("TERM", "xterm").current_dir(home.path()).spawn(end).unwrap();
    wait_for_changes(&pool);
    drop(terminal);
    assert_eq!(child.wait().unwrap().code(), Some(75));
    resume(&pool, &home, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn hang_up_that_is_ignored_does_not_end_a_job() {
    let (pool, home) = pool_of_users(10).await;
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "trap '' HUP; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_cognito")]).args(JOB);
    shell.env_clear().envs(home.variables()).current_dir(home.path());
    let shell = shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = shell.spawn().unwrap();
    wait_for_changes(&pool);
    signal(&child, "-HUP");
    Ran::from(child.wait_with_output().unwrap()).succeeded();
    assert_eq!(requests(&pool, "AdminDisableUser"), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn hang_up_ends_a_single_request_with_a_code_of_its_own() {
    handle_hang_ups();
    let (pool, home) = pool_of_users(1).await;
    let delay = InjectedFault::Delayed(Duration::from_secs(600));
    pool.emulator().plan_fault("AdminDisableUser", 1, delay);
    let child = started(&pool, &home, &["users", "disable", "user0"], "AdminDisableUser", 1);
    signal(&child, "-HUP");
    Ran::from(child.wait_with_output().unwrap()).failed(129, "unknown: AdminDisableUser");
}
