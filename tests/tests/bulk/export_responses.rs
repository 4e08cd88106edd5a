//! Exports from endpoints with unusual responses.

use std::collections::BTreeSet;
use std::fs;

use cognito::bulk::{Export, ExportReport, JobError};
use cognito_emulator::LocalPool;
use serde_json::{Value, json};

use crate::export::{assert_whole, directory, pool, quota, rows};
use crate::timed::{Responder, Timed};

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
