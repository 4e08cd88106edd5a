//! Changes of many users: effects, outcomes, plan, and rate.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cognito::account::Attributes;
use cognito::admin::{Filter, UserStatus};
use cognito::bulk::{
    ItemOutcome, JobError, JobEvent, MassChange, Quota, QuotaCategory, UserChange, UserNames,
    UserQuery, UserSelection, WriteReport,
};
use cognito_emulator::{InjectedFault, Quotas};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::export::{quota, rows};
use crate::timed::Timed;

/// Returns a pool with confirmed users who have verified addresses, and the group `staff`.
pub(crate) fn pool(users: usize) -> Timed {
    let timed = Timed::new(Quotas::default());
    timed.seed("CreateGroup", json!({ "GroupName": "staff" }));
    for number in 0..users {
        add_user(&timed, &name(number));
    }
    timed
}

fn add_user(timed: &Timed, name: &str) {
    let attributes = json!([
        { "Name": "email", "Value": format!("{name}@example.com") },
        { "Name": "email_verified", "Value": "true" }
    ]);
    let user = json!({
        "Username": name, "MessageAction": "SUPPRESS", "UserAttributes": attributes
    });
    timed.seed("AdminCreateUser", user);
    let password = json!({ "Username": name, "Password": "Planted-1", "Permanent": true });
    timed.seed("AdminSetUserPassword", password);
}

pub(crate) fn name(number: usize) -> String {
    format!("user{number:04}")
}

pub(crate) fn names(numbers: impl IntoIterator<Item = usize>) -> UserNames {
    UserNames::of(numbers.into_iter().map(name))
}

pub(crate) fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("outcomes.jsonl");
    (directory, path)
}

pub(crate) async fn changed(
    timed: &Timed,
    change: UserChange,
    users: impl Into<UserSelection>,
    path: &Path,
) -> Result<WriteReport, JobError> {
    MassChange::new(change, users, path).run(&timed.admin(), &quota()).finish().await
}

/// Returns the status, the attributes and the groups of every user, without ids and dates.
pub(crate) fn state(timed: &Timed) -> BTreeMap<String, Value> {
    let mut state = BTreeMap::new();
    let mut token = Value::Null;
    loop {
        timed.emulator.clock().advance(Duration::from_millis(250));
        let mut input = json!({});
        if !token.is_null() {
            input["PaginationToken"] = token;
        }
        let page = timed.local.call("ListUsers", input).unwrap();
        for user in page["Users"].as_array().unwrap() {
            let mut attributes = user["Attributes"].as_array().unwrap().clone();
            attributes.retain(|attribute| attribute["Name"] != "sub");
            let described = json!([user["UserStatus"], user["Enabled"], attributes]);
            state.insert(user["Username"].as_str().unwrap().to_owned(), described);
        }
        token = page["PaginationToken"].clone();
        if token.is_null() {
            break;
        }
    }
    for name in members(timed) {
        state.get_mut(&name).unwrap().as_array_mut().unwrap().push(json!("staff"));
    }
    state
}

fn members(timed: &Timed) -> Vec<String> {
    let mut members = Vec::new();
    let mut token = Value::Null;
    loop {
        timed.emulator.clock().advance(Duration::from_millis(250));
        let mut input = json!({ "GroupName": "staff" });
        if !token.is_null() {
            input["NextToken"] = token;
        }
        let page = timed.local.call("ListUsersInGroup", input).unwrap();
        let users = page["Users"].as_array().unwrap().iter();
        members.extend(users.map(|user| user["Username"].as_str().unwrap().to_owned()));
        token = page["NextToken"].clone();
        if token.is_null() {
            return members;
        }
    }
}

/// Asserts that each user was sent at most one message.
pub(crate) fn assert_no_message_twice(timed: &Timed) {
    let mut users: Vec<_> =
        timed.emulator.outbox().into_iter().map(|message| message.username).collect();
    let count = users.len();
    users.sort();
    users.dedup();
    assert_eq!(users.len(), count, "a message was sent twice");
}

fn nickname(value: &str) -> UserChange {
    UserChange::SetAttributes([("nickname", value)].into_iter().collect())
}

#[tokio::test(start_paused = true)]
async fn each_change_is_made_to_every_user_of_a_list() {
    let timed = pool(5);
    let (directory, path) = directory();
    for change in [
        UserChange::AddToGroup("staff".into()),
        UserChange::RemoveFromGroup("staff".into()),
        UserChange::Disable,
        UserChange::Enable,
        nickname("Jo"),
        UserChange::SignOutEverywhere,
        UserChange::ResetPassword,
        UserChange::DeletePermanently,
    ] {
        let report = changed(&timed, change.clone(), names(0..3), &path).await.unwrap();
        assert_eq!((report.items, report.outcomes.done), (3, 3), "{change:?}: {report:?}");
        let expected: Vec<_> =
            (0..3).map(|number| json!({ "username": name(number), "outcome": "done" })).collect();
        assert_eq!(rows(&path), expected);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "{change:?}");
        fs::remove_file(&path).unwrap();

        let users = state(&timed);
        let [changed, other] = [name(2), name(3)].map(|name| users.get(&name).cloned());
        assert!(other.is_some_and(|user| user[0] == "CONFIRMED" && user[1] == true));
        let has = |text: &str| changed.as_ref().is_some_and(|user| user.to_string().contains(text));
        match change {
            UserChange::AddToGroup(_) => assert!(has("staff")),
            UserChange::RemoveFromGroup(_) => assert!(!has("staff")),
            UserChange::Disable => assert!(has("false")),
            UserChange::Enable => assert!(!has("false")),
            UserChange::SetAttributes(_) => assert!(has("Jo")),
            UserChange::SignOutEverywhere => assert!(has("CONFIRMED")),
            UserChange::ResetPassword => assert!(has("RESET_REQUIRED")),
            UserChange::DeletePermanently => assert!(changed.is_none()),
            change => panic!("{change:?}"),
        }
    }
    assert_eq!(timed.emulator.outbox().len(), 3, "codes of reset passwords");
}

#[tokio::test(start_paused = true)]
async fn sign_ups_are_confirmed_once() {
    let timed = pool(1);
    let (_directory, path) = directory();
    for username in ["new1", "new2"] {
        let client = timed.local.client_id();
        let password = "Planted-1";
        timed.seed(
            "SignUp",
            json!({ "ClientId": client.as_str(), "Username": username, "Password": password }),
        );
    }
    let unconfirmed = UserQuery::filter(Filter::status(&UserStatus::Unconfirmed));
    let lost = InjectedFault::ResponseLost;
    timed.emulator.plan_fault("AdminConfirmSignUp", 1, lost);
    let report = changed(&timed, UserChange::ConfirmSignUp, unconfirmed, &path).await.unwrap();
    assert_eq!((report.items, report.outcomes.done), (2, 2), "{report:?}");
    let users = state(&timed);
    assert!(["new1", "new2"].iter().all(|name| users[*name][0] == "CONFIRMED"));

    fs::remove_file(&path).unwrap();
    let report = changed(&timed, UserChange::ConfirmSignUp, names(0..1), &path).await.unwrap();
    assert_eq!(report.outcomes.failed, 1, "the service refuses a user who is confirmed");
}

#[tokio::test(start_paused = true)]
async fn the_outcome_of_each_user_is_in_the_order_of_the_input() {
    let timed = pool(4);
    let (_directory, path) = directory();
    let list = UserNames::of(["user0003", "unknown", "user0001", "", "user0003", "user0000"]);
    let mut run =
        MassChange::new(UserChange::Disable, list.clone(), &path).run(&timed.admin(), &quota());
    let mut not_done = Vec::new();
    while let Some(event) = run.next_event().await {
        if let JobEvent::ItemNotDone { username, outcome } = event {
            not_done.push((username, outcome));
        }
    }
    let report = run.finish().await.unwrap();
    assert_eq!((report.items, report.duplicates), (4, 1));
    assert_eq!((report.outcomes.done, report.outcomes.failed), (3, 1));
    let failed = json!({ "outcome": "failed", "error": "UserNotFound", "message": "the user does not exist; check the user name" });
    let outcome: ItemOutcome = serde_json::from_value(failed.clone()).unwrap();
    assert_eq!(not_done, [("unknown".to_owned(), outcome)]);
    let rows = rows(&path);
    let listed: Vec<_> = rows.iter().map(|row| row["username"].as_str().unwrap()).collect();
    assert_eq!(listed, ["user0003", "unknown", "user0001", "user0000"]);
    assert_eq!(rows[1]["error"], failed["error"]);

    fs::remove_file(&path).unwrap();
    let report = changed(&timed, UserChange::DeletePermanently, list, &path).await.unwrap();
    assert_eq!((report.outcomes.done, report.outcomes.skipped), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn the_users_of_a_query_are_listed_once() {
    let timed = pool(150);
    let (_directory, path) = directory();
    for number in 0..70 {
        let membership = json!({ "GroupName": "staff", "Username": name(number) });
        timed.seed("AdminAddUserToGroup", membership);
    }
    let query = || UserQuery::members_of("staff").matching(|user| user.username() != "user0000");
    let mut run =
        MassChange::new(UserChange::Disable, query(), &path).run(&timed.admin(), &quota());
    while let Some(event) = run.next_event().await {
        if let JobEvent::Progress(progress) = event
            && progress.done == 9
        {
            break;
        }
    }
    drop(run);
    let left = json!({ "GroupName": "staff", "Username": name(69) });
    timed.seed("AdminRemoveUserFromGroup", left);
    let joined = json!({ "GroupName": "staff", "Username": name(149) });
    timed.seed("AdminAddUserToGroup", joined);
    let report = changed(&timed, UserChange::Disable, query(), &path).await.unwrap();
    assert_eq!((report.items, report.outcomes.done), (69, 69));
    let disabled: Vec<_> = state(&timed)
        .into_iter()
        .filter(|(_, user)| user[1] == false)
        .map(|(username, _)| username)
        .collect();
    assert_eq!(disabled, (1..70).map(name).collect::<Vec<_>>());

    fs::remove_file(&path).unwrap();
    let filter = UserQuery::filter(Filter::username().starts_with("user01"));
    assert_eq!(changed(&timed, nickname("Jo"), filter, &path).await.unwrap().items, 50);
    fs::remove_file(&path).unwrap();
    let all = changed(&timed, UserChange::Enable, UserQuery::all(), &path).await.unwrap();
    assert_eq!(all.outcomes.done, 150);
}

#[tokio::test(start_paused = true)]
async fn a_plan_counts_requests_messages_and_active_users_without_a_change() {
    let timed = pool(120);
    let (directory, path) = directory();
    let before = state(&timed);
    let quota = quota();
    let plan = async |change: UserChange, users: UserSelection| {
        MassChange::new(change, users, &path).plan(&timed.admin(), &quota).await.unwrap()
    };
    let reset = plan(UserChange::ResetPassword, UserQuery::all().into()).await;
    assert_eq!((reset.users, reset.messages, reset.monthly_active_users), (120, 120, 120));
    assert_eq!((reset.requests, reset.is_reversible), (122, false));
    assert!(
        reset.time > Duration::from_secs(4) && reset.time < Duration::from_secs(5),
        "{reset:?}"
    );
    let query = UserQuery::filter(Filter::username().starts_with("user001"));
    let disable = plan(UserChange::Disable, query.into()).await;
    assert_eq!((disable.users, disable.requests, disable.messages), (10, 11, 0));
    assert!(disable.is_reversible);
    let email = |verified: bool| {
        let mut attributes = Attributes::new();
        attributes.set("email", "info@example.com");
        attributes.set("email_verified", verified);
        UserChange::SetAttributes(attributes)
    };
    let list = UserNames::of(["user0001", "user0001", "user0002"]);
    assert_eq!(plan(email(false), list.clone().into()).await.messages, 2);
    assert_eq!(plan(email(true), list.into()).await.messages, 0);
    assert_eq!(state(&timed), before);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    assert!(timed.emulator.outbox().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_plan_of_a_list_of_names_takes_no_time_of_lists() {
    let timed = pool(1);
    let (_directory, path) = directory();
    let quota = Quota::builder().limit(QuotaCategory::UserList, 0).build();
    let change = MassChange::new(UserChange::Disable, names(0..50), &path);
    let plan = change.plan(&timed.admin(), &quota).await.unwrap();
    assert!(plan.time < Duration::from_secs(10), "{plan:?}");
    let all = MassChange::new(UserChange::Disable, UserQuery::all(), &path);
    assert_eq!(all.plan(&timed.admin(), &quota).await.unwrap().time, Duration::MAX);
}

#[tokio::test(start_paused = true)]
async fn a_change_uses_the_quota_without_throttling() {
    let timed = pool(1500);
    let (_directory, path) = directory();
    let quota = quota();
    let (before, _) = timed.requests(QuotaCategory::UserUpdate);
    let change = MassChange::new(UserChange::Disable, names(0..1500), &path);
    let start = Instant::now();
    let report = change.run(&timed.admin(), &quota).finish().await.unwrap();
    assert_eq!(report.outcomes.done, 1500);
    let (requests, throttled) = timed.requests(QuotaCategory::UserUpdate);
    assert_eq!((throttled, quota.usage(QuotaCategory::UserUpdate).throttled), (0, 0));
    let requests = f64::from(u32::try_from(requests - before).unwrap());
    let used = requests / (25.0 * start.elapsed().as_secs_f64());
    println!("{used:.3} of the quota");
    assert!(used >= 0.94, "{used}");
}
