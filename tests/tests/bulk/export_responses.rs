//! Exports from endpoints with unusual responses.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cognito::bulk::{Export, ExportReport, JobError, JobEvent};
use cognito_emulator::{LocalPool, Quotas};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::export::{assert_whole, directory, pool, quota, rows};
use crate::timed::{Responder, Timed, response};

async fn exported(
    timed: &Timed,
    export: Export,
    list: impl Fn(&LocalPool, Value) -> Value + Send + Sync + 'static,
) -> Result<ExportReport, JobError> {
    let local = timed.local.clone();
    let responder = Responder::new(move |operation, input| {
        (operation == "ListUsers").then(|| list(&local, input.clone()))
    });
    export.run(&timed.admin_with(responder), &quota()).finish().await
}

/// Lists users in pages of seven, which ignore the filter.
fn unfiltered(local: &LocalPool, mut input: Value) -> Value {
    input.as_object_mut().unwrap().remove("Filter");
    input["Limit"] = json!(7);
    local.call("ListUsers", input).unwrap()
}

fn no_users() -> Value {
    json!({ "Users": [] })
}

/// Changes the `sub` of all users of a page.
fn change_subs(page: &mut Value, change: impl Fn(&str) -> Option<String>) {
    for user in page["Users"].as_array_mut().unwrap() {
        let attributes = user["Attributes"].as_array_mut().unwrap();
        attributes.retain_mut(|attribute| {
            let sub = attribute["Value"].as_str().unwrap();
            match change(sub) {
                _ if attribute["Name"] != "sub" => true,
                Some(changed) => {
                    attribute["Value"] = json!(changed);
                    true
                }
                None => false,
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn users_whose_ids_begin_with_the_same_eight_digits_are_all_exported() {
    let timed = pool(130);
    let (_directory, path) = directory();
    let export = Export::to(&path).without_groups().shard_users(1);
    let report = exported(&timed, export, |local, input| {
        let filter = input["Filter"].as_str().unwrap_or_default();
        let prefix = filter.trim_start_matches("sub ^= ").trim_matches('"').to_owned();
        if !"00000000".starts_with(&prefix) {
            return no_users();
        }
        let mut page = unfiltered(local, input);
        change_subs(&mut page, |sub| Some(format!("00000000{}", &sub[8..])));
        page
    });
    assert_eq!(report.await.unwrap().users, 130);
    let rows = rows(&path);
    let names: BTreeSet<_> = rows.iter().map(|row| row["username"].to_string()).collect();
    assert_eq!((rows.len(), names.len()), (130, 130));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_does_not_apply_the_filter_is_listed_as_a_whole() {
    let timed = pool(130);
    let (_directory, path) = directory();
    let export = || Export::to(&path).shard_users(5);
    exported(&timed, export(), unfiltered).await.unwrap();
    assert_whole(&rows(&path), 130);

    fs::remove_file(&path).unwrap();
    let without_users = |local: &LocalPool, input: Value| match input.get("Filter") {
        Some(_) => no_users(),
        None => unfiltered(local, input),
    };
    exported(&timed, export(), without_users).await.unwrap();
    assert_whole(&rows(&path), 130);
}

#[tokio::test(start_paused = true)]
async fn an_export_without_the_users_that_are_expected_fails() {
    let timed = pool(130);
    let (_directory, path) = directory();
    for _ in 0..2 {
        let error = exported(&timed, Export::to(&path), |_, _| no_users()).await.unwrap_err();
        assert!(matches!(error, JobError::Incomplete { users: 0, expected: 130 }), "{error}");
        assert!(!error.is_resumable() && !path.exists());
    }
    let export = Export::to(&path).allow_incomplete();
    assert_eq!(exported(&timed, export, |_, _| no_users()).await.unwrap().users, 0);
    assert_eq!(rows(&path).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn users_without_sub_are_exported() {
    let timed = pool(30);
    let (_directory, path) = directory();
    let report = exported(&timed, Export::to(&path), |local, input| {
        let mut page = unfiltered(local, input);
        change_subs(&mut page, |_| None);
        page
    });
    let report = report.await.unwrap();
    assert_eq!((report.users, report.duplicates, rows(&path).len()), (30, 0, 30));
}

#[tokio::test(start_paused = true)]
async fn users_that_are_listed_twice_are_exported_once() {
    let timed = pool(130);
    let (_directory, path) = directory();
    let report = exported(&timed, Export::to(&path), |local, input| {
        let mut page = unfiltered(local, input);
        let users = page["Users"].as_array_mut().unwrap();
        users.extend(users.first().cloned());
        page
    });
    assert_eq!(report.await.unwrap().duplicates, 130_u64.div_ceil(7));
    assert_whole(&rows(&path), 130);
}

#[tokio::test(start_paused = true)]
async fn an_export_that_dropped_requests_in_flight_can_be_stopped() {
    let timed = pool(130);
    let (_directory, path) = directory();
    let local = timed.local.clone();
    // The first response shows that the filter is not applied, and the other requests are dropped.
    let responder = Responder::new(move |operation, input| {
        (operation == "ListUsers").then(|| unfiltered(&local, input.clone()))
    });
    let export = Export::to(&path).without_groups().shard_users(5);
    let mut run = export.run(&timed.admin_with(responder), &quota());
    while !matches!(run.next_event().await, Some(JobEvent::Progress(_))) {}
    run.stop_handle().stop();
    let end = timeout(Duration::from_secs(60), run.finish()).await.expect("it ends");
    assert!(matches!(end, Err(JobError::Stopped)), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn users_deleted_before_their_second_factors_are_read_are_left_out() {
    let timed = Timed::new(Quotas::default());
    timed.add_users(130);
    let (_directory, path) = directory();
    let local = timed.local.clone();
    let responder = Responder::new(move |operation, input| {
        if operation == "AdminGetUser" && input["Username"] == "user7" {
            local.call("AdminDeleteUser", json!({ "Username": "user7" })).unwrap();
        }
        None
    });
    let export = Export::to(&path).with_mfa();
    let report = export.run(&timed.admin_with(responder), &quota()).finish().await.unwrap();
    assert_eq!((report.users, report.expected), (129, 130));
    let rows = rows(&path);
    assert_eq!(rows.len(), 129);
    assert!(rows.iter().all(|row| row["username"] != "user7" && row["mfa"].is_array()));
}

#[tokio::test(start_paused = true)]
async fn an_export_waits_as_long_as_the_service_asks_within_reason() {
    for (seconds, waits) in [(60, true), (86_400, false)] {
        let timed = pool(5);
        let (_directory, path) = directory();
        let was_throttled = AtomicBool::new(false);
        let responder = Responder::of_responses(move |operation, _| {
            if operation != "ListUsers" || was_throttled.swap(true, Ordering::SeqCst) {
                return None;
            }
            let mut throttled = response(429, &json!({ "__type": "TooManyRequestsException" }));
            throttled.headers_mut().insert("retry-after", seconds.to_string());
            Some(throttled)
        });
        let start = Instant::now();
        let run = Export::to(&path).run(&timed.admin_with(responder), &quota()).finish().await;
        let elapsed = start.elapsed().as_secs();
        match run {
            Ok(_) => assert!(waits && (60..70).contains(&elapsed), "{elapsed}"),
            Err(JobError::Request(error)) => {
                assert!(!waits && elapsed < 5, "{elapsed}");
                assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)));
            }
            Err(error) => panic!("{error}"),
        }
    }
}
