//! Changes of many users by jobs: their plan, outcomes, interruption and resumption.

use std::process::{Child, Stdio};

use cognito_emulator::{InjectedFault, LocalPool, PoolSettings};
use serde_json::json;

use crate::pseudo_terminal::Terminal;
use crate::support::{Home, Ran, pool_with};
use crate::users::{lines, pool_of, pool_of_users, requests, signal, started};
use crate::writes::writes;

/// The number of users who are disabled.
fn disabled(pool: &LocalPool) -> usize {
    let filter = json!({ "Filter": "status = \"Disabled\"", "Limit": 60 });
    pool.call("ListUsers", filter).unwrap()["Users"].as_array().unwrap().len()
}

/// The ids and the states of the jobs.
fn jobs(home: &Home) -> Vec<(String, String)> {
    let listed = lines(&home.run(&["job", "list", "-o", "jsonl"]).succeeded().stdout);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    listed.iter().map(|job| (text(&job["job"]), text(&job["state"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn several_users_are_changed_by_a_job_with_an_outcome_for_each() {
    let (pool, home) = pool_of(&["alice", "bob", "carol"]).await;
    let arguments = ["users", "disable", "alice", "nobody", "bob", "--yes", "-o", "json"];
    let ran = home.run(&arguments).failed(6, "outcomes.jsonl");
    let report = ran.json();
    assert_eq!((&report["done"], &report["failed"]), (&json!(2), &json!(1)));
    assert_eq!(ran.error()["code"], "partly");
    assert_eq!(disabled(&pool), 2);
    let outcomes = std::fs::read_to_string(report["outcomes"].as_str().unwrap()).unwrap();
    let outcomes = lines(&outcomes);
    assert_eq!(
        (&outcomes[1]["username"], &outcomes[1]["outcome"]),
        (&json!("nobody"), &json!("failed"))
    );

    let (id, state) = jobs(&home).remove(0);
    assert_eq!(state, "finished");
    let shown = home.run(&["job", "show", &id, "-o", "json"]).succeeded().json();
    assert_eq!((&shown["done"], &shown["failed"]), (&json!(2), &json!(1)));
    home.run(&["job", "resume", &id]).failed(6, "has finished already");
    home.run(&["job", "forget", &id]).succeeded();
    assert!(jobs(&home).is_empty());
    home.run(&["job", "show", &id]).failed(4, "there is no job");
    home.run(&["job", "show", "../jobs"]).failed(4, "there is no job");
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_name_is_a_usage_error_and_starts_no_job() {
    let (pool, home) = pool_of(&["alice"]).await;
    for names in [&[""][..], &["alice", ""]] {
        let arguments = [&["users", "disable", "--yes"], names].concat();
        home.run(&arguments).failed(2, "a value is required for '[USERNAME]...'");
    }
    assert!(jobs(&home).is_empty() && writes(&pool).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn file_that_cannot_be_read_starts_no_job() {
    let (pool, home) = pool_of(&["alice"]).await;
    home.write("open.csv", "login\nalice\n\"bob\ncarol\n");
    home.write("other.csv", "name\nalice\n");
    std::fs::write(home.path().join("binary.txt"), b"alice\nb\xff\n").unwrap();
    for (file, exit, text) in [
        ("absent.txt", 1, "absent.txt cannot be used"),
        (".", 1, "it is not a regular file"),
        ("open.csv", 2, "line 3 of the input"),
        ("other.csv", 2, "does not contain the column"),
        ("binary.txt", 2, "line 2 of the input"),
    ] {
        let arguments = ["users", "disable", "--from", file, "--column", "login", "--yes"];
        home.run(&arguments).failed(exit, text);
    }
    assert!(jobs(&home).is_empty() && writes(&pool).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_is_the_plan_and_leaves_nothing_behind() {
    let (pool, home) = pool_of_users(5).await;
    let before = writes(&pool);
    for selection in [&["--from", "users.txt"][..], &["--all"], &["--filter", "username^=user"]] {
        let arguments = [&["users", "disable"], selection, &["--dry-run", "-o", "json"]].concat();
        let plan = home.run(&arguments).succeeded().json();
        assert_eq!((&plan["users"], &plan["operation"]), (&json!(5), &json!("AdminDisableUser")));
        assert_eq!(plan["reversible"], true);
        assert!(plan["requests"].as_u64() >= Some(5) && plan["seconds"].is_u64());
    }
    assert_eq!(writes(&pool), before);
    assert!(!home.path().join(".local/state/cognito/jobs").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn users_come_from_files_input_groups_and_conditions() {
    let (pool, home) = pool_of_users(6).await;
    pool.call("CreateGroup", json!({ "GroupName": "staff" })).unwrap();
    home.write("a.csv", "id,login\n1,user0\n");
    home.write("b.jsonl", "{\"username\":\"user1\"}\n");
    let group = |selection: &[&str], input: &str| {
        let arguments = [&["groups", "add", "staff", "--yes", "-o", "json"], selection].concat();
        home.run_with(&arguments, input).succeeded().json()["done"].as_u64().unwrap()
    };
    assert_eq!(group(&["--from", "a.csv", "--column", "login"], ""), 1);
    assert_eq!(group(&["--from", "b.jsonl"], ""), 1);
    assert_eq!(group(&["--from", "-"], "\u{feff}user2\r\n\r\n user3 \n"), 2);
    assert_eq!(group(&["--filter", "username=user4"], ""), 1);
    let arguments = ["users", "disable", "--in-group", "staff", "--yes", "-o", "json"];
    assert_eq!(home.run(&arguments).succeeded().json()["done"], 5);
    assert_eq!(disabled(&pool), 5);
    home.run_with(&["users", "disable", "--from", "-", "--yes"], "\n").failed(2, "no user names");
    home.run(&["users", "disable", "alice", "--all", "--yes"]).failed(2, "cannot be used with");
    home.run(&["users", "disable", "--yes"]).failed(2, "");
    let none = home.run(&["users", "disable", "--filter", "username=absent", "--yes"]).succeeded();
    assert!(none.stderr.contains(pool.id().as_str()), "{}", none.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_is_shown_and_agreed_to() {
    let (pool, home) = pool_of_users(3).await;
    let arguments = ["users", "disable", "--from", "users.txt"];
    home.run(&arguments).failed(2, "pass --yes");
    let mut terminal = Terminal::start(&home, &arguments);
    let shown = terminal.expect("Change these users? [y/N]: ");
    assert!(shown.contains("3 users") && shown.contains("3 requests"), "{shown}");
    terminal.type_line("");
    terminal.expect("nothing was changed");
    assert_eq!(terminal.end().0, 7);
    assert_eq!(disabled(&pool), 0);
    let mut terminal = Terminal::start(&home, &arguments);
    terminal.expect("Change these users? [y/N]: ");
    terminal.type_line("y");
    assert_eq!(terminal.end().0, 0);
    assert_eq!(disabled(&pool), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn protected_pool_keeps_its_users() {
    let settings = PoolSettings::default().pool_member("DeletionProtection", "ACTIVE");
    let pool = pool_with(settings).await;
    let home = Home::of(&pool).with_credentials();
    let all = ["users", "delete", "--all", "--yes"];
    home.run(&all).failed(7, "pool update --set DeletionProtection=INACTIVE");
    home.run(&["users", "delete", "alice", "--yes"]).succeeded();
}

/// Starts a job of one request at a time, and waits until it has sent some.
fn start_slow_job(pool: &LocalPool, home: &Home) -> Child {
    let arguments = ["users", "disable", "--from", "users.txt", "--yes", "--rate", "UserUpdate=5"];
    started(pool, home, &arguments, "AdminDisableUser", 2)
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_job_stops_in_order_and_is_resumed() {
    let (pool, home) = pool_of_users(40).await;
    let child = start_slow_job(&pool, &home);
    assert_eq!(jobs(&home)[0].1, "running");
    let id = jobs(&home)[0].0.clone();
    home.run(&["job", "forget", &id]).failed(1, "is running");
    signal(&child, "-INT");
    let ran = Ran::from(child.wait_with_output().unwrap());
    let ran = ran.failed(75, &format!("resume it with `cognito job resume {id}`"));
    assert_eq!(jobs(&home), [(id.clone(), "stopped".to_owned())]);
    let sent = requests(&pool, "AdminDisableUser");
    assert!(sent < 40, "{sent}");
    let reached = format!("the job was stopped (users changed: {sent} of 40)");
    assert!(ran.stderr.contains(&reached), "{}", ran.stderr);
    assert_eq!(disabled(&pool), sent);
    let shown = home.run(&["job", "show", &id, "-o", "json"]).succeeded().json();
    assert!(shown["done"].is_null(), "some users are changed: {shown}");

    home.run(&["job", "resume", &id, "--dry-run"]).succeeded();
    let report = home.run(&["job", "resume", &id, "-o", "json"]).succeeded().json();
    assert_eq!(report["done"], 40);
    assert_eq!(requests(&pool, "AdminDisableUser"), 40, "no user is changed twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_job_is_resumed_unless_its_input_was_changed() {
    let (pool, home) = pool_of_users(40).await;
    let mut child = start_slow_job(&pool, &home);
    signal(&child, "-KILL");
    child.wait().unwrap();
    let id = jobs(&home)[0].0.clone();
    assert_eq!(jobs(&home)[0].1, "stopped");
    let input = std::fs::read_to_string(home.path().join("users.txt")).unwrap();
    home.write("users.txt", "user0\n");
    home.run(&["job", "resume", &id]).failed(2, "input was changed");
    home.write("users.txt", &input);
    let report = home.run(&["job", "resume", &id, "-o", "json"]).succeeded().json();
    assert_eq!(report["done"], 40);
    assert_eq!(disabled(&pool), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_permission_ends_the_job_which_can_be_resumed() {
    let (pool, home) = pool_of_users(3).await;
    let message = "User is not authorized to perform: cognito-idp:AdminDisableUser";
    let fault = InjectedFault::exception("AccessDeniedException", message);
    pool.emulator().plan_fault("AdminDisableUser", 1, fault);
    let ran = home.run(&["users", "disable", "--from", "users.txt", "--yes"]);
    let ran = ran.failed(7, "the IAM action cognito-idp:AdminDisableUser");
    assert!(ran.stderr.contains("cognito job resume "), "{}", ran.stderr);
    let id = jobs(&home)[0].0.clone();
    let forget = ["job", "forget", &id];
    home.run(&forget).failed(2, "the change is not confirmed");
    let mut terminal = Terminal::start(&home, &forget);
    terminal.expect("has not finished, and cannot be resumed");
    terminal.type_line("n");
    assert_eq!(terminal.end().0, 7);
    home.run(&["job", "resume", &id]).succeeded();
    assert_eq!(disabled(&pool), 3);
    home.run(&forget).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn unfinished_job_is_forgotten_with_yes() {
    let (pool, home) = pool_of_users(3).await;
    let message = "User is not authorized to perform: cognito-idp:AdminDisableUser";
    let fault = InjectedFault::exception("AccessDeniedException", message);
    pool.emulator().plan_fault("AdminDisableUser", 1, fault);
    home.run(&["users", "disable", "--from", "users.txt", "--yes"]).failed(7, "");
    home.run(&["job", "forget", &jobs(&home)[0].0, "--yes"]).succeeded();
    assert!(jobs(&home).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn unconfirmed_change_sends_no_request() {
    let (pool, home) = pool_of_users(3).await;
    let before = pool.emulator().requests().len();
    for command in ["users disable --all", "users delete --all", "users delete user0"] {
        let arguments: Vec<&str> = command.split(' ').collect();
        home.run(&arguments).failed(2, "the change is not confirmed: the input is not interactive");
    }
    assert_eq!(pool.emulator().requests().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_users_have_their_code_also_where_the_output_is_closed() {
    let (_pool, home) = pool_of_users(1).await;
    let mut command = home.command(&["users", "disable", "user0", "nobody", "--yes"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn();
    Ran::from(child.unwrap().wait_with_output().unwrap()).failed(6, "1 user failed");
    let id = &jobs(&home)[0].0;
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = home.command(&["job", "resume", id]);
    let child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn();
    Ran::from(child.unwrap().wait_with_output().unwrap()).failed(6, "1 user failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn job_keeps_its_endpoint_and_pool() {
    let (pool, home) = pool_of_users(40).await;
    let child = start_slow_job(&pool, &home);
    signal(&child, "-INT");
    child.wait_with_output().unwrap();
    let id = jobs(&home)[0].0.clone();
    let other = ["--pool", "eu-west-1_Other1234", "--endpoint-url", "http://127.0.0.1:1"];
    let arguments = [&["job", "resume", &id], &other[..]].concat();
    home.run(&arguments).succeeded();
    assert_eq!(disabled(&pool), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_job_does_not_hide_the_others() {
    let (_pool, home) = pool_of_users(2).await;
    home.run(&["users", "disable", "user0", "user1", "--yes"]).succeeded();
    home.write(".local/state/cognito/jobs/20261129-031500-disable/job.json", "{");
    assert_eq!(jobs(&home).len(), 1);
    let listed = home.run(&["job", "list"]).succeeded();
    assert!(listed.stderr.contains("20261129-031500-disable/job.json is damaged"), "{listed:?}");
    home.run(&["job", "show", "20261129-031500-disable"]).failed(1, "or remove its directory");
}

#[test]
fn single_damaged_job_is_not_listed_as_none() {
    let home = Home::new();
    home.write(".local/state/cognito/jobs/20261129-031500-disable/job.json", "{");
    let listed = home.run(&["job", "list", "-o", "json"]).succeeded();
    assert_eq!(listed.json(), serde_json::json!([]));
    assert!(listed.stderr.contains("20261129-031500-disable/job.json is damaged"), "{listed:?}");
    assert!(listed.stderr.contains("or remove its directory"), "{listed:?}");
    assert!(!listed.stderr.contains("there are no jobs"), "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn state_of_jobs_is_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_pool, home) = pool_of_users(2).await;
    home.run(&["users", "disable", "user0", "user1", "--yes"]).succeeded();
    let jobs = home.path().join(".local/state/cognito/jobs");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o077;
    assert_eq!(mode(&jobs), 0);
    for job in std::fs::read_dir(&jobs).unwrap().flatten() {
        assert_eq!(mode(&job.path()), 0);
        for file in ["job.json", "names.jsonl", "outcomes.jsonl"] {
            assert_eq!(mode(&job.path().join(file)), 0, "{file}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_condition_does_not_select_all_users() {
    let (pool, home) = pool_of(&["alice", "bob"]).await;
    for condition in ["", " ", "username^=", "email^="] {
        let ran = home.run(&["users", "delete", "--filter", condition, "--yes"]);
        ran.failed(2, "is empty");
        home.run(&["users", "search", condition]).failed(2, "is empty");
    }
    assert_eq!(pool.call("ListUsers", json!({})).unwrap()["Users"].as_array().unwrap().len(), 2);
}
