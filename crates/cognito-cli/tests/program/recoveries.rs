//! Point-in-time recovery, which the emulator does not have, at a stub of the service.

use std::sync::{Arc, Mutex};

use cognito_emulator::InjectedFault;
use serde_json::{Value, json};

use crate::pseudo_terminal::Terminal;
use crate::support::{Home, stub};
use crate::users::pool_of_users;

const ID: &str = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
const POOL: &str = "eu-west-1_Ab12Cd34E";
const RECOVER: [&str; 4] = ["pool", "recover", "--to", "2026-11-20T18:40Z"];

/// The operations that were requested, in lower case.
type Requests = Arc<Mutex<Vec<String>>>;

fn count(requests: &[String], operation: &str) -> usize {
    requests.iter().filter(|name| *name == operation).count()
}

/// The status after these requests: each one is there for two requests.
fn status(requests: &[String]) -> &'static str {
    let described = count(requests, "describepointintimerecovery");
    if count(requests, "cancelpointintimerecovery") > 0 {
        return "PREVIEW_CANCELLED";
    }
    match (count(requests, "startpointintimerecovery"), described) {
        (0, 0 | 1) => "PREVIEW_GENERATING",
        (0, _) => "PREVIEW_GENERATED",
        (_, 0..=3) => "RESTORING",
        _ => "RESTORE_COMPLETED",
    }
}

fn recovery(status: &str) -> Value {
    let preview =
        json!([{ "Entity": "Users", "CreateCount": 5, "UpdateCount": 2, "DeleteCount": 1 }]);
    json!({
        "RestoreId": ID, "RestoreStatus": status, "RestoreTimestamp": 1_795_200_000,
        "RestorePreview": if status.ends_with("GENERATING") { Value::Null } else { preview },
    })
}

/// A home whose user pool is at a stub with one recovery.
fn home() -> (Home, Requests) {
    let requests = Requests::default();
    let seen = Arc::clone(&requests);
    let address = stub(move |head| {
        let (_, rest) = head.split_once("awscognitoidentityproviderservice.").unwrap();
        let mut seen = seen.lock().unwrap();
        seen.push(rest.lines().next().unwrap().trim().to_owned());
        let body = match &**seen.last().unwrap() {
            "describeuserpool" => json!({ "UserPool": { "Id": POOL, "Name": "shop" } }),
            "listpointintimerecoveries" => match count(&seen, "listpointintimerecoveries") {
                1 => json!({ "Restorations": [recovery("RESTORING")], "NextToken": "next" }),
                _ => json!({ "Restorations": [recovery("PREVIEW_EXPIRED")] }),
            },
            _ => json!({ "Restoration": recovery(status(&seen)) }),
        };
        (200, body.to_string())
    });
    let mut home = Home::new().with_credentials();
    home.set("COGNITO_POOL", POOL);
    home.set("COGNITO_ENDPOINT_URL", &address);
    (home, requests)
}

#[test]
fn users_are_restored_after_the_preview() {
    let (home, requests) = home();
    home.run(&RECOVER).failed(2, "the input is not interactive");
    let shown = home.run(&[&RECOVER[..], &["--dry-run", "-o", "json"]].concat()).succeeded().json();
    assert_eq!(shown[0]["request"]["RestoreTimestamp"], 1_795_200_000);
    assert!(requests.lock().unwrap().is_empty());
    let ran = home.run(&[&RECOVER[..], &["--yes", "-o", "json"]].concat()).succeeded();
    let report = ran.json();
    assert_eq!((&report["status"], &report["recovery"]), (&json!("RESTORE_COMPLETED"), &json!(ID)));
    let preview = json!([{ "entity": "Users", "created": 5, "updated": 2, "deleted": 1 }]);
    assert_eq!((&report["preview"], &report["to"]), (&preview, &json!("2026-11-20T18:40:00Z")));
    assert!(
        ran.stderr.contains(&format!("continue it with `cognito pool recover --continue {ID}`")),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("Users: 5 created again, 2 set back, 1 deleted"), "{ran:?}");
    let requests = requests.lock().unwrap();
    assert_eq!(requests[0], "initiatepointintimerecovery");
    assert_eq!(count(&requests, "startpointintimerecovery"), 1);
    assert_eq!(count(&requests, "cancelpointintimerecovery"), 0);
}

#[test]
fn preview_that_is_not_confirmed_is_discarded() {
    let (home, requests) = home();
    let mut terminal = Terminal::start(&home, &RECOVER);
    terminal.expect("Make the preview? [y/N]");
    terminal.type_line("y");
    terminal.expect("Users: 5 created again");
    terminal.expect("Name of the user pool, to confirm");
    terminal.type_line("other");
    terminal.expect("the preview was discarded");
    assert_eq!(terminal.end().0, 7);
    let requests = requests.lock().unwrap();
    assert_eq!(count(&requests, "cancelpointintimerecovery"), 1);
    assert_eq!(count(&requests, "startpointintimerecovery"), 0);
}

#[test]
fn recovery_that_was_interrupted_goes_on_or_is_discarded() {
    let (home, requests) = home();
    let go_on = ["pool", "recover", "--continue", ID, "-o", "json"];
    home.run(&go_on).failed(2, "the input is not interactive");
    let report = home.run(&[&go_on[..], &["--yes"]].concat()).succeeded().json();
    assert_eq!(report["status"], "RESTORE_COMPLETED");
    assert_eq!(count(&requests.lock().unwrap(), "initiatepointintimerecovery"), 0);
    let cancel = ["pool", "recover", "--cancel", ID, "-o", "json"];
    assert_eq!(home.run(&cancel).succeeded().json()["status"], "PREVIEW_CANCELLED");
    home.run(&[&go_on[..], &["--yes"]].concat()).failed(1, "no user was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn job_stops_while_the_pool_takes_no_writes() {
    let (pool, home) = pool_of_users(3).await;
    let fault = InjectedFault::exception("OperationNotEnabledException", "not enabled");
    pool.emulator().plan_fault("AdminDisableUser", 2, fault);
    let job = ["users", "disable", "--from", "users.txt", "--yes"];
    let ran = home.run(&job).failed(75, "or a recovery is active");
    let (_, id) = ran.stderr.split_once("cognito job resume ").unwrap();
    let (id, _) = id.split_once('`').unwrap();
    let report = home.run(&["job", "resume", id, "-o", "json"]).succeeded().json();
    assert_eq!(report["done"], 3);
}

#[test]
fn recoveries_are_listed() {
    let (home, _) = home();
    let list = home.run(&["pool", "recover", "--list", "-o", "json"]).succeeded().json();
    let statuses: Vec<&Value> =
        list.as_array().unwrap().iter().map(|recovery| &recovery["status"]).collect();
    assert_eq!(statuses, ["RESTORING", "PREVIEW_EXPIRED"]);
}

#[test]
fn recoveries_are_at_the_endpoint_of_the_profile() {
    let (mut home, requests) = home();
    let address = home.take("COGNITO_ENDPOINT_URL");
    // A request to AWS must not leave this machine.
    home.set("HTTPS_PROXY", "http://127.0.0.1:9");
    home.write(".aws/config", &format!("[default]\nendpoint_url = {address}\n"));
    home.run(&["pool", "recover", "--list"]).succeeded();
    assert_eq!(count(&requests.lock().unwrap(), "listpointintimerecoveries"), 2);
}

#[test]
fn refused_recovery_says_the_remedy() {
    let mut home = Home::new().with_credentials();
    home.set("COGNITO_POOL", POOL);
    for (exception, code, hint) in [
        ("FeatureUnavailableInTierException", 7, "ESSENTIALS or PLUS"),
        ("LimitExceededException", 7, "cognito pool recover --list"),
        ("AccessDeniedException", 7, "cognito-idp:InitiatePointInTimeRecovery"),
        ("ResourceNotFoundException", 4, "check the user pool"),
        ("InternalErrorException", 1, "InitiatePointInTimeRecovery was refused"),
    ] {
        let refusal = json!({ "__type": exception, "message": "refused" }).to_string();
        home.set("COGNITO_ENDPOINT_URL", &stub(move |_| (400, refusal.clone())));
        home.run(&[&RECOVER[..], &["--yes"]].concat()).failed(code, hint);
    }
    home.run(&["pool", "recover", "--to", "2999-01-01T00:00Z", "--yes"])
        .failed(2, "less than 15 minutes ago");
    home.run(&["pool", "recover", "--to", "yesterday"]).failed(2, "such as 2026-11-20T10:00Z");
    home.run(&["pool", "recover"]).failed(2, "--to <TIME>");
}
