//! Parts of jobs that several programs run: together they do exactly what the whole job does.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use cognito_emulator::InjectedFault;
use serde_json::{Value, json};

use crate::support::{Home, Ran};
use crate::users::{lines, pool_of, pool_of_users, requests, signal, started};
use crate::writes::writes;

const PARTS: [&str; 3] = ["1/3", "2/3", "3/3"];

/// Runs a command for each part, all at the same time, and returns their reports.
fn run_parts(home: &Home, arguments: impl Fn(&str) -> Vec<String>) -> Vec<Value> {
    let children = PARTS.map(|part| {
        let arguments = arguments(part);
        let mut command = home.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        command.args(["--shard", part, "--reserve", "0", "--yes", "-o", "json"]);
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    });
    let ended = children.map(|child| child.wait_with_output().unwrap());
    ended.map(|output| Ran::from(output).succeeded().json()).into()
}

fn sum(reports: &[Value], member: &str) -> u64 {
    reports.iter().map(|report| report[member].as_u64().unwrap()).sum()
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// The lines of files, without their order.
fn rows(home: &Home, files: &[String]) -> BTreeSet<String> {
    let text = |file: &String| fs::read_to_string(home.path().join(file)).unwrap();
    let texts: Vec<String> = files.iter().map(text).collect();
    texts.iter().flat_map(|text| text.lines()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_programs_change_each_user_once() {
    let (pool, home) = pool_of_users(40).await;
    for users in ["--all", "--from users.txt"] {
        let before = requests(&pool, "AdminDisableUser");
        let reports = run_parts(&home, |_| words(&format!("users disable {users}")));
        assert_eq!(sum(&reports, "done"), 40, "{users}");
        assert!(reports.iter().all(|report| report["done"].as_u64() > Some(0)), "{reports:?}");
        assert_eq!(requests(&pool, "AdminDisableUser") - before, 40, "{users}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_programs_export_and_import_each_user_once() {
    let (_pool, home) = pool_of_users(150).await;
    home.run(&["users", "export", "whole.jsonl"]).succeeded();
    let file = |part: &str| format!("part-{}.jsonl", &part[..1]);
    let reports = run_parts(&home, |part| words(&format!("users export {}", file(part))));
    assert_eq!(sum(&reports, "users"), 150);
    let parts = PARTS.map(file);
    assert_eq!(rows(&home, &parts), rows(&home, &["whole.jsonl".to_owned()]));

    let (other, mut target) = pool_of(&[]).await;
    target.set("COGNITO_POOL", other.id().as_str());
    let whole = home.path().join("whole.jsonl").display().to_string();
    let reports = run_parts(&target, |_| words(&format!("users import {whole}")));
    assert_eq!(sum(&reports, "done"), 150, "{reports:?}");
    assert_eq!(requests(&other, "AdminCreateUser"), 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn resumed_job_keeps_its_part_and_refuses_another_one() {
    let (pool, home) = pool_of_users(40).await;
    let part = ["users", "disable", "--from", "users.txt", "--yes", "--shard", "2/2"];
    let slow = [&part[..], &["--rate", "UserUpdate=10"]].concat();
    let mut child = started(&pool, &home, &slow, "AdminDisableUser", 2);
    signal(&child, "-KILL");
    child.wait().unwrap();

    let listed = lines(&home.run(&["job", "list", "-o", "jsonl"]).succeeded().stdout);
    assert_eq!(listed[0]["shard"], "2/2");
    let id = listed[0]["job"].as_str().unwrap();
    let shown = home.run(&["job", "show", id, "-o", "json"]).succeeded().json();
    assert_eq!(shown["shard"], "2/2");
    let refused = "was started with the part 2/2, which cannot be changed";
    home.run(&["job", "resume", id, "--shard", "1/2"]).failed(2, refused);
    let resumed = home.run(&["job", "resume", id, "--shard", "2/2", "-o", "json"]);
    let done = resumed.succeeded().json()["done"].as_u64().unwrap();
    let other = [&part[..6], &["1/2", "-o", "json"]].concat();
    let rest = home.run(&other).succeeded().json()["done"].as_u64().unwrap();
    assert!(done > 0 && rest > 0 && done + rest == 40, "{done} and {rest}");

    let whole = ["users", "enable", "--from", "users.txt", "--yes", "-o", "json"];
    let report = home.run(&whole).succeeded().json();
    let id = report["job"].as_str().unwrap();
    home.run(&["job", "resume", id, "--shard", "1/2"]).failed(2, "was started with all users");
    let shown = home.run(&["job", "show", id, "-o", "json"]).succeeded().json();
    assert_eq!(shown["shard"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn export_of_another_part_is_refused_in_the_directory_of_one() {
    let (pool, home) = pool_of_users(70).await;
    let message = "User is not authorized to perform: cognito-idp:ListUsers";
    let fault = InjectedFault::exception("AccessDeniedException", message);
    pool.emulator().plan_fault("ListUsers", 1, fault);
    let export = |part| home.run(&["users", "export", "users.jsonl", "--shard", part]);
    export("1/2").failed(7, "cognito-idp:ListUsers");
    export("2/2").failed(2, "that of a job with other settings");
    home.run(&["users", "export", "users.jsonl"]).failed(2, "that of a job with other settings");
    export("1/2").succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_of_a_part_has_its_users_and_wrong_parts_are_refused() {
    let (pool, home) = pool_of_users(40).await;
    let before = writes(&pool);
    let plans = PARTS.map(|part| {
        let plan = ["users", "disable", "--from", "users.txt", "--dry-run", "-o", "json"];
        home.run(&[&plan[..], &["--shard", part]].concat()).succeeded().json()
    });
    assert_eq!(sum(&plans, "users"), 40);
    assert!(plans.iter().all(|plan| plan["users"].as_u64() < Some(40)), "{plans:?}");
    for wrong in ["0/3", "4/3", "2", "a/b"] {
        home.run(&["users", "disable", "--all", "--shard", wrong])
            .failed(2, "a shard has the form");
    }
    home.run(&["users", "export", "users.jsonl", "--shard", "5/20"])
        .failed(2, "an export has at most 16 parts");
    let named = ["users", "disable", "user1", "user2", "--yes", "--shard", "1/2"];
    home.run(&named).failed(2, "cannot be used with");
    assert_eq!(writes(&pool), before);
    assert_eq!(json!(home.run(&["job", "list"]).succeeded().stdout), json!(""));
}
