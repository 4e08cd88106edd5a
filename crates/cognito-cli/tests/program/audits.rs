//! Audits: their findings, their page, and how they end and are resumed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use cognito_emulator::{InjectedFault, LocalPool};
use serde_json::json;

use crate::support::{Home, Ran};
use crate::users::{self, add, lines, pool_of, requests, started};

async fn pool_with_findings() -> (LocalPool, Home) {
    let (pool, home) = pool_of(&["alice", "bob"]).await;
    for name in ["staff", "<script>alert(1)</script>"] {
        pool.call("CreateGroup", json!({ "GroupName": name })).unwrap();
    }
    let membership = json!({ "GroupName": "staff", "Username": "bob" });
    pool.call("AdminAddUserToGroup", membership).unwrap();
    (pool, home)
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_are_rows_and_the_report_is_json() {
    let (pool, home) = pool_with_findings().await;
    let ran = home.run(&["audit", "-o", "jsonl"]).succeeded();
    let findings = lines(&ran.stdout);
    let without = findings.iter().find(|finding| finding["finding"] == "without_group").unwrap();
    assert_eq!((&without["count"], &without["examples"]), (&json!(1), &json!(["alice"])));
    assert!(ran.stderr.contains("2 users, 2 groups, 1 membership"), "{}", ran.stderr);
    let report = home.run(&["audit", "-o", "json"]).succeeded().json();
    assert_eq!(report["pool_id"], pool.id().as_str());
    assert_eq!(report["statuses"]["FORCE_CHANGE_PASSWORD"]["enabled"], 2);
    let users = home.run(&["audit", "-o", "json", "--fields", "users"]).succeeded().json();
    assert_eq!(users, json!({ "users": 2 }));
    let state = home.path().join(".local/state/cognito/audits");
    let own = fs::read_dir(state.join(pool.id().as_str()).join("1")).unwrap().flatten();
    let left: Vec<_> = own.map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["lock"], "the job is removed at its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn page_is_private_escaped_and_replaces_no_file() {
    let (_pool, home) = pool_with_findings().await;
    home.run(&["audit", "--html", "audit.html", "--mfa"]).succeeded();
    let path = home.path().join("audit.html");
    let html = fs::read_to_string(&path).unwrap();
    assert!(html.contains("<svg") && !html.contains("<script"), "{html}");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
    home.run(&["audit", "--html", "audit.html"]).failed(2, "cannot be created");
    home.run(&["audit", "--html", "absent/audit.html"]).failed(2, "cannot be created");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_have_all_users_of_a_finding() {
    let (_pool, home) = pool_with_findings().await;
    home.run(&["audit", "--lists", "findings"]).succeeded();
    let text = fs::read_to_string(home.path().join("findings/without_group.jsonl")).unwrap();
    assert_eq!(lines(&text)[0]["username"], "alice");
    home.run(&["audit", "--lists", "findings"]).failed(2, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_of_an_audit_lists_no_user() {
    let (pool, home) = pool_with_findings().await;
    let plan = home.run(&["audit", "--dry-run", "-o", "json"]).succeeded().json();
    assert_eq!((&plan["users"], &plan["groups"]), (&json!(2), &json!(2)));
    assert_eq!(requests(&pool, "ListUsers"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_audit_leaves_no_page_and_is_resumed() {
    for (signal, code) in [("-INT", 75), ("-KILL", -1)] {
        let (pool, home) = pool_of(&[]).await;
        (0..130).for_each(|number| add(&pool, &format!("user{number:03}")));
        let ran = signalled(&pool, &home, signal);
        ran.failed(code, if code == 75 { "run the same command again to resume it" } else { "" });
        assert!(!home.path().join("audit.html").exists());
        // Another audit has a directory of its own.
        let other = home.run(&["audit", "--mfa"]).succeeded();
        assert!(!other.stderr.contains("resuming"), "{}", other.stderr);
        let ran = home.run(&["audit", "--html", "audit.html"]).succeeded();
        assert!(ran.stderr.contains("resuming the job"), "{}", ran.stderr);
        assert!(home.path().join("audit.html").exists());
    }
}

/// Sends a signal to an audit that waits for its second page of users, and returns its end.
fn signalled(pool: &LocalPool, home: &Home, signal: &str) -> Ran {
    let late = InjectedFault::Delayed(Duration::from_secs(3));
    pool.emulator().plan_fault("ListUsers", 2, late);
    let child = started(pool, home, &["audit", "--html", "audit.html"], "ListUsers", 1);
    std::thread::sleep(Duration::from_millis(300));
    users::signal(&child, signal);
    child.wait_with_output().unwrap().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_audit_names_the_action() {
    let (pool, home) = pool_with_findings().await;
    let message = "User is not authorized to perform: cognito-idp:ListGroups";
    let fault = InjectedFault::exception("AccessDeniedException", message);
    pool.emulator().plan_fault("ListGroups", 1, fault);
    home.run(&["audit"]).failed(7, "the IAM action cognito-idp:ListGroups");
}

#[tokio::test(flavor = "multi_thread")]
async fn page_that_could_not_be_written_completely_is_removed() {
    let (_pool, home) = pool_of(&["alice"]).await;
    let mut command = Command::new("/bin/sh");
    // A write over the limit, in blocks of 512 bytes, fails as on a full disk.
    command.args(["-c", r#"trap '' XFSZ; ulimit -f 10; exec "$0" "$@""#]);
    command.args([env!("CARGO_BIN_EXE_cognito"), "audit", "--html", "audit.html"]);
    let command = command.env_clear().envs(home.variables()).current_dir(home.path());
    for run in [Ran::of, Ran::with_closed_output] {
        run(command.stdin(Stdio::null())).failed(1, "audit.html cannot be used: File too large");
        assert!(!home.path().join("audit.html").exists());
    }
    home.run(&["audit", "--html", "audit.html"]).succeeded();
}
