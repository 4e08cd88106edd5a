//! Commands of several requests that fail or are interrupted between them: the steps that are done, and the
//! commands for the rest.

use std::time::{Duration, Instant};

use cognito_emulator::{InjectedFault, LocalPool, Mfa, PoolSettings};
use serde_json::{Value, json};

use crate::pseudo_terminal::Terminal;
use crate::support::{Home, PASSWORD, Ran, pool_with};
use crate::updates::{pool_with_devices, set_up_app};
use crate::users::{pool_of, requests, signal, started};

/// Delays the response to the next request of an operation until the end of the test.
fn hold(pool: &LocalPool, operation: &str) {
    let delay = InjectedFault::Delayed(Duration::from_secs(600));
    pool.emulator().plan_fault(operation, 1, delay);
}

/// Starts a command at a terminal, and presses ctrl-C when that operation was requested.
fn interrupted(
    pool: &LocalPool,
    home: &Home,
    arguments: &[&str],
    operation: &str,
) -> (i32, String) {
    let before = requests(pool, operation);
    let mut terminal = Terminal::start(home, arguments);
    let deadline = Instant::now() + Duration::from_secs(60);
    while requests(pool, operation) == before {
        assert!(Instant::now() < deadline, "{operation} is not requested");
        std::thread::sleep(Duration::from_millis(10));
    }
    terminal.interrupt();
    let (code, seen) = terminal.end();
    (code, seen.replace("\r\n", "\n"))
}

/// Runs the commands that an error names for the rest.
#[track_caller]
fn go_on(home: &Home, text: &str) {
    let commands: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("next: cognito ")).collect();
    assert!(!commands.is_empty(), "{text}");
    for command in commands {
        let words: Vec<&str> = command.split(' ').chain(["--yes"]).collect();
        home.run_with(&words, PASSWORD).succeeded();
    }
}

fn groups(pool: &LocalPool, name: &str) -> usize {
    let groups = pool.call("AdminListGroupsForUser", json!({ "Username": name })).unwrap();
    groups["Groups"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn failure_after_the_first_request_lists_done_and_open_steps() {
    let (pool, home) = pool_of(&[]).await;
    pool.call("CreateGroup", json!({ "GroupName": "staff" })).unwrap();
    let create =
        ["users", "create", "bob", "--password-stdin", "--group", "absent", "--group", "staff"];
    let id = pool.id();
    let create = [&create[..], &["--pool", id.as_str(), "-o", "json"]].concat();
    let ran = home.run_with(&create, PASSWORD).failed(6, "");
    let error = ran.error();
    let done = ["create the user `bob`", "set the password of the user `bob`"];
    assert_eq!((&error["code"], &error["done"]), (&json!("not_found"), &json!(done)));
    let rest = ["absent", "staff"];
    let not_done = rest.map(|group| format!("add the user `bob` to the group `{group}`"));
    assert_eq!(error["not_done"], json!(not_done));
    let next = rest.map(|group| format!("cognito groups add --pool {} {group} bob", pool.id()));
    assert_eq!(error["next"], json!(next));
    assert_eq!(error.get("unknown"), None::<&Value>);

    pool.call("CreateGroup", json!({ "GroupName": "absent" })).unwrap();
    let text: String = next.map(|command| format!("next: {command}\n")).concat();
    go_on(&home, &text);
    assert_eq!(groups(&pool, "bob"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupt_between_requests_lists_the_one_without_a_response() {
    let (pool, mut home) = pool_of(&[]).await;
    home.set("COGNITO_NEW_PASSWORD", PASSWORD);
    for name in ["staff", "night&day"] {
        pool.call("CreateGroup", json!({ "GroupName": name })).unwrap();
    }
    hold(&pool, "AdminAddUserToGroup");
    let create =
        ["users", "create", "bob", "--with-password", "--group", "staff", "--group", "night&day"];
    let (code, seen) = interrupted(&pool, &home, &create, "AdminAddUserToGroup");
    assert_eq!(code, 6, "{seen}");
    let expected = "error: interrupted\n\
                    done: create the user `bob`\n\
                    done: set the password of the user `bob`\n\
                    unknown: add the user `bob` to the group `staff`\n\
                    not done: add the user `bob` to the group `night&day`\n";
    assert!(seen.contains(expected), "{seen}");
    assert!(seen.contains("next: cognito groups add 'night&day' bob\n"), "{seen}");
    assert!(!seen.contains(PASSWORD), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupt_of_the_only_request_leaves_its_effect_unknown() {
    let (pool, home) = pool_of(&["alice"]).await;
    hold(&pool, "AdminDisableUser");
    let disable = ["users", "disable", "alice"];
    let (code, seen) = interrupted(&pool, &home, &disable, "AdminDisableUser");
    assert_eq!(code, 130, "{seen}");
    assert!(seen.contains("error: interrupted\nunknown: AdminDisableUser\nhint: check"), "{seen}");
    hold(&pool, "AdminGetUser");
    let (code, seen) = interrupted(&pool, &home, &["users", "get", "alice"], "AdminGetUser");
    assert_eq!(code, 130, "{seen}");
    assert!(seen.contains("error: interrupted\n") && !seen.contains("unknown:"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reset_of_second_factors_is_completed_by_the_same_command() {
    let pool = pool_with(PoolSettings::default().mfa(Mfa::Required)).await;
    let home = Home::of(&pool).with_credentials();
    set_up_app(&pool, &home);
    hold(&pool, "AdminSetUserMFAPreference");
    let reset = ["mfa", "reset", "alice", "--yes"];
    let (code, seen) = interrupted(&pool, &home, &reset, "AdminSetUserMFAPreference");
    assert_eq!(code, 130, "{seen}");
    assert!(seen.contains("unknown: turn off the second factors of the user `alice`"), "{seen}");
    assert!(seen.contains("not done: forget the authenticator app of the user `alice`"), "{seen}");
    assert_eq!(requests(&pool, "AdminDeleteSoftwareToken"), 0);
    go_on(&home, &seen);
    assert!(requests(&pool, "AdminDeleteSoftwareToken") > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_that_are_left_are_named() {
    let pool = pool_with_devices().await;
    let home = Home::of(&pool).with_credentials();
    // Each home is another device.
    (0..3).for_each(|_| drop(Home::signed_in(&pool)));
    let fault = InjectedFault::exception("NotAuthorizedException", "no");
    pool.emulator().plan_fault("AdminForgetDevice", 2, fault);
    let ran = home.run(&["devices", "forget", "alice", "--all", "--yes"]).failed(6, "done: forget");
    assert_eq!(ran.stderr.matches("\nnot done: forget the device").count(), 2, "{}", ran.stderr);
    go_on(&home, &ran.stderr);
    let left = pool.call("AdminListDevices", json!({ "Username": "alice" })).unwrap();
    assert_eq!(left["Devices"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn second_interrupt_of_a_job_ends_it_with_the_way_to_resume() {
    let (pool, home) = pool_of(&["alice", "bob", "carol"]).await;
    pool.call("CreateGroup", json!({ "GroupName": "staff" })).unwrap();
    hold(&pool, "AdminAddUserToGroup");
    let add = ["groups", "add", "staff", "alice", "bob", "carol", "--yes"];
    let mut child = started(&pool, &home, &add, "AdminAddUserToGroup", 3);
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    signal(&child, "-INT");
    let seen = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("stopping"));
    assert!(seen.is_some());
    signal(&child, "-INT");
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(75), "{rest:?}");
    let rest = rest.join("\n");
    assert!(rest.contains("(users changed: 2 of 3)"), "{rest}");
    let (_, id) = rest.split_once("cognito job resume ").unwrap();
    let (id, _) = id.split_once('`').unwrap();
    let report: Ran = home.run(&["job", "resume", id, "-o", "json"]);
    // The request without a response has had its effect, and may be repeated.
    assert_eq!(report.succeeded().json()["done"], 3);
    for name in ["alice", "bob", "carol"] {
        assert_eq!(groups(&pool, name), 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn update_of_a_pool_lists_each_of_its_two_requests() {
    let (pool, home) = pool_of(&[]).await;
    let fault =
        InjectedFault::exception("AccessDeniedException", "not cognito-idp:SetUserPoolMfaConfig");
    pool.emulator().plan_fault("SetUserPoolMfaConfig", 1, fault);
    let both = ["--set", "DeletionProtection=ACTIVE", "--set", "MfaConfiguration=OPTIONAL"];
    let update = [&["pool", "update", "--yes", "-o", "json"], &both[..]].concat();
    let error = home.run(&update).failed(6, "").error();
    assert_eq!(error["done"], json!(["UpdateUserPool"]));
    assert_eq!(error["not_done"], json!(["SetUserPoolMfaConfig"]));
    assert_eq!(error["next"], json!(["cognito pool update --set MfaConfiguration=OPTIONAL"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_response_to_a_read_before_a_write_leaves_nothing_unknown() {
    let (pool, home) = pool_of(&[]).await;
    // The first request is for the difference that is shown; the client repeats the other one.
    for nth in 2..=4 {
        pool.emulator().plan_fault("DescribeUserPool", nth, InjectedFault::ResponseLost);
    }
    let update = ["pool", "update", "--yes", "--set", "DeletionProtection=ACTIVE"];
    let ran = home.run(&update).failed(1, "check the network");
    assert!(!ran.stderr.contains("unknown:"), "{}", ran.stderr);
    assert_eq!(requests(&pool, "UpdateUserPool"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_response_to_a_write_is_to_be_checked() {
    let (pool, home) = pool_of(&[]).await;
    pool.emulator().plan_fault("AdminCreateUser", 1, InjectedFault::ResponseLost);
    let ran = home.run(&["users", "create", "bob"]).failed(1, "unknown: create the user `bob`");
    assert!(ran.stderr.contains("check whether the request without a response"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_read_after_the_last_step_is_that_of_a_part() {
    let (pool, home) = pool_of(&[]).await;
    let fault = InjectedFault::exception("AccessDeniedException", "not cognito-idp:AdminGetUser");
    pool.emulator().plan_fault("AdminGetUser", 1, fault);
    let ran = home.run_with(&["users", "create", "bob", "--password-stdin"], PASSWORD);
    ran.failed(6, "done: set the password of the user `bob`\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn termination_between_requests_lists_the_steps() {
    let (pool, home) = pool_of(&["bob"]).await;
    pool.call("CreateGroup", json!({ "GroupName": "staff" })).unwrap();
    hold(&pool, "AdminAddUserToGroup");
    let create = ["users", "create", "alice", "--group", "staff"];
    let child = started(&pool, &home, &create, "AdminAddUserToGroup", 1);
    signal(&child, "-TERM");
    let ran =
        Ran::from(child.wait_with_output().unwrap()).failed(6, "done: create the user `alice`");
    assert!(ran.stderr.contains("unknown: add the user `alice`"), "{}", ran.stderr);
    hold(&pool, "AdminDisableUser");
    let child = started(&pool, &home, &["users", "disable", "bob"], "AdminDisableUser", 1);
    signal(&child, "-TERM");
    Ran::from(child.wait_with_output().unwrap()).failed(143, "unknown: AdminDisableUser");
}

#[tokio::test(flavor = "multi_thread")]
async fn input_of_an_import_that_was_killed_before_its_start_is_removed() {
    let (pool, home) = pool_of(&[]).await;
    home.write("users.jsonl", "{\"username\":\"bob\",\"password\":\"Secret-Pass-1\"}\n");
    let copies = || {
        let jobs = std::fs::read_dir(home.path().join(".local/state/cognito/jobs"));
        let jobs = jobs.into_iter().flatten().flatten();
        jobs.filter(|job| job.path().join("input.jsonl").exists()).count()
    };
    for (name, code) in [("-KILL", None), ("-TERM", Some(143))] {
        let number = requests(&pool, "DescribeUserPool") + 1;
        hold(&pool, "DescribeUserPool");
        let mut command = home.command(&["users", "import", "-", "--yes"]);
        let users = std::fs::File::open(home.path().join("users.jsonl")).unwrap();
        let mut child = command.stdin(users).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while requests(&pool, "DescribeUserPool") < number {
            assert!(Instant::now() < deadline, "the import is not planned");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(copies(), 1);
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), code);
        home.run(&["job", "list"]).succeeded();
        assert_eq!(copies(), 0, "{name}");
    }
}
