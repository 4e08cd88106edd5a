//! Exports: their files, and how they end and are resumed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::time::{Duration, Instant};

use cognito_emulator::{InjectedFault, LocalPool};
use serde_json::json;

use crate::support::{Home, Ran};
use crate::users::{add, lines, pool_of, requests, signal, started};

/// A pool with 130 users: three pages.
async fn large_pool() -> (LocalPool, Home) {
    let (pool, home) = pool_of(&[]).await;
    (0..130).for_each(|number| add(&pool, &format!("user{number:03}")));
    (pool, home)
}

fn names(home: &Home, file: &str) -> Vec<String> {
    let text = fs::read_to_string(home.path().join(file)).unwrap();
    let name = |user: &serde_json::Value| user["username"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = lines(&text).iter().map(name).collect();
    names.sort();
    names.dedup();
    names
}

/// Starts an export whose second page is late, and waits until that page has been requested.
fn start_slow_export(pool: &LocalPool, home: &Home, late: Duration) -> Child {
    let before = requests(pool, "ListUsers");
    pool.emulator().plan_fault("ListUsers", 2, InjectedFault::Delayed(late));
    started(pool, home, &["users", "export", "users.jsonl"], "ListUsers", before + 2)
}

#[tokio::test(flavor = "multi_thread")]
async fn export_has_users_and_groups_in_the_format_of_its_name() {
    let (pool, home) = pool_of(&["alice", "bob"]).await;
    pool.call("CreateGroup", json!({ "GroupName": "staff" })).unwrap();
    let membership = json!({ "GroupName": "staff", "Username": "bob" });
    pool.call("AdminAddUserToGroup", membership).unwrap();
    let ran = home.run(&["users", "export", "users.jsonl", "-o", "json"]).succeeded();
    let report = ran.json();
    let expected = json!({
        "file": "users.jsonl", "users": 2, "expected": 2, "duplicates": 0, "memberships": 1
    });
    assert_eq!(report, expected);
    let text = fs::read_to_string(home.path().join("users.jsonl")).unwrap();
    let bob = lines(&text).into_iter().find(|user| user["username"] == "bob").unwrap();
    assert_eq!(bob["groups"], json!(["staff"]));
    let shown = home.run(&["users", "get", "bob", "-o", "json"]).succeeded().json();
    let fields =
        |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert!(fields(&bob).iter().all(|field| fields(&shown).contains(field)), "{bob} {shown}");

    home.run(&["users", "export", "all.csv", "--no-groups"]).succeeded();
    let csv = fs::read_to_string(home.path().join("all.csv")).unwrap();
    assert!(csv.starts_with("username,sub,status,enabled,created,modified,"), "{csv}");
    home.run(&["users", "export", "all.csv"]).failed(2, "the output exists already");
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_of_an_export_writes_nothing() {
    let (pool, home) = large_pool().await;
    let plan = home.run(&["users", "export", "users.jsonl", "--dry-run", "-o", "json"]);
    let plan = plan.succeeded().json();
    assert_eq!((&plan["users"], &plan["monthly_active_users"]), (&json!(130), &json!(0)));
    assert!(plan["requests"].as_u64().unwrap() >= 3, "{plan}");
    assert_eq!(requests(&pool, "ListUsers"), 0);
    assert!(!home.path().join("users.jsonl.job").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn pauses_of_a_plan_are_shown() {
    let (pool, home) = pool_of(&["alice"]).await;
    home.write("users.csv", "username\nbob\n");
    for command in [
        &["users", "export", "all.jsonl"][..],
        &["users", "import", "users.csv"],
        &["users", "disable", "--all"],
        &["audit"],
    ] {
        // Those of the client, and the first one of the plan.
        for _ in 0..3 {
            let throttled = InjectedFault::Throttled;
            pool.emulator().plan_fault("DescribeUserPool", 1, throttled);
        }
        let ran = home.run(&[command, &["--dry-run", "-o", "json"]].concat()).succeeded();
        assert!(ran.stderr.contains("; the request is sent again in 1 s"), "{command:?} {ran:?}");
        assert!(ran.json()["requests"] != json!(null), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_export_waits_for_responses_and_is_resumed() {
    let (pool, home) = large_pool().await;
    for name in ["-INT", "-TERM"] {
        let child = start_slow_export(&pool, &home, Duration::from_secs(3));
        signal(&child, name);
        let ran = Ran::from(child.wait_with_output().unwrap());
        let ran = ran.failed(75, "run the same command again to resume it");
        assert_eq!(ran.stdout, "");
        assert!(!home.path().join("users.jsonl").exists());
        let error = home.run(&["users", "export", "users.jsonl", "--mfa"]).failed(2, "");
        assert!(error.stderr.contains("other settings"), "{}", error.stderr);
        assert!(error.stderr.contains("users.jsonl.job"), "{}", error.stderr);
        let ran = home.run(&["users", "export", "users.jsonl"]).succeeded();
        assert!(ran.stderr.contains("resuming the job"), "{}", ran.stderr);
        assert_eq!(names(&home, "users.jsonl").len(), 130);
        fs::remove_file(home.path().join("users.jsonl")).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_export_is_resumed() {
    let (pool, home) = large_pool().await;
    let mut child = start_slow_export(&pool, &home, Duration::from_secs(60));
    child.kill().unwrap();
    child.wait().unwrap();
    home.run(&["users", "export", "users.jsonl"]).succeeded();
    assert_eq!(names(&home, "users.jsonl").len(), 130);
    assert!(!home.path().join("users.jsonl.job").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn second_interrupt_ends_an_export_at_once() {
    let (pool, home) = large_pool().await;
    let mut child = start_slow_export(&pool, &home, Duration::from_secs(100));
    let start = Instant::now();
    signal(&child, "-INT");
    // The system merges signals that the program has not received yet.
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let note = "another interrupt does not wait";
    assert!(stderr.any(|line| line.unwrap().contains(note)));
    signal(&child, "-INT");
    Ran::from(child.wait_with_output().unwrap()).failed(75, "");
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_export_names_the_action_and_is_resumed_afterwards() {
    let (pool, home) = large_pool().await;
    let message = "User is not authorized to perform: cognito-idp:ListUsers";
    let fault = InjectedFault::exception("AccessDeniedException", message);
    pool.emulator().plan_fault("ListUsers", 2, fault);
    let ran = home.run(&["users", "export", "users.jsonl"]);
    ran.failed(7, "the IAM action cognito-idp:ListUsers");
    home.run(&["users", "export", "users.jsonl"]).succeeded();
    assert_eq!(names(&home, "users.jsonl").len(), 130);
}

#[tokio::test(flavor = "multi_thread")]
async fn export_of_an_empty_pool_names_it() {
    let (pool, home) = pool_of(&[]).await;
    let ran = home.run(&["users", "export", "users.jsonl"]).succeeded();
    assert!(ran.stderr.contains(&format!("no users in the user pool {}", pool.id())));
}

#[test]
fn output_of_a_job_is_not_standard_output() {
    let home = Home::new().with_credentials();
    for arguments in [
        &["users", "export", "-"][..],
        &["audit", "--html", "-"],
        &["audit", "--lists", "-"],
        &["users", "import", "users.jsonl", "--rejected-to", "-"],
    ] {
        home.run(arguments).failed(2, "is not written to standard output");
        assert!(!home.path().join("-").exists(), "{arguments:?}");
    }
}
