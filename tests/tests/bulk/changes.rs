//! Changes of many users: their effect, their outcomes, their rate, and their resumption.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cognito::account::Attributes;
use cognito::admin::Filter;
use cognito::bulk::{
    ItemOutcome, JobError, JobEvent, MassChange, Quota, UserChange, UserNames, UserQuery,
    UserSelection, WriteReport,
};
use cognito_emulator::{InjectedFault, QuotaCategory, Quotas};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

use crate::export::{quota, rows};
use crate::timed::Timed;

/// A pool with confirmed users who have verified addresses, and the group `staff`.
fn pool(users: usize) -> Timed {
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

fn name(number: usize) -> String {
    format!("user{number:04}")
}

fn names(numbers: impl IntoIterator<Item = usize>) -> UserNames {
    UserNames::of(numbers.into_iter().map(name))
}

fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("outcomes.jsonl");
    (directory, path)
}

async fn changed(
    timed: &Timed,
    change: UserChange,
    users: impl Into<UserSelection>,
    path: &Path,
) -> Result<WriteReport, JobError> {
    MassChange::new(change, users, path).run(&timed.admin(), &quota()).finish().await
}

/// The status, the attributes and the groups of every user, without ids and dates.
fn state(timed: &Timed) -> BTreeMap<String, Value> {
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

/// The messages by user, each of whom has one at most.
fn assert_no_message_twice(timed: &Timed) {
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
    let failed = json!({ "outcome": "failed", "error": "UserNotFound", "message": "the user does not exist" });
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

/// The generator of Knuth's MMIX.
fn next(random: &mut u64) -> u64 {
    *random =
        random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *random >> 33
}

/// The number of kills: 10 unless `COGNITO_BULK_KILLS` is set.
pub(crate) fn kills() -> usize {
    let set = std::env::var("COGNITO_BULK_KILLS").ok();
    set.map_or(10, |kills| kills.parse().expect("COGNITO_BULK_KILLS is a number"))
}

#[tokio::test(start_paused = true)]
async fn a_change_that_is_killed_at_any_time_ends_in_the_state_of_an_undisturbed_one() {
    for change in [UserChange::ResetPassword, UserChange::Disable, UserChange::DeletePermanently] {
        let users = kills() * 30;
        let undisturbed = pool(users);
        let timed = pool(users);
        let (_directory, path) = directory();
        changed(&undisturbed, change.clone(), names(1..users), &path).await.unwrap();
        fs::remove_file(&path).unwrap();

        let (mut random, mut killed) = (u64::from(std::process::id()), 0);
        println!("seed {random}");
        while killed < kills() {
            let time = Duration::from_micros(1000 + next(&mut random) % 900_000);
            let run = changed(&timed, change.clone(), names(1..users), &path);
            if timeout(time, run).await.is_ok() {
                panic!("{change:?} ends before it is killed");
            }
            killed += 1;
            assert!(!path.exists(), "the outcomes appear at the end");
        }
        let report = changed(&timed, change.clone(), names(1..users), &path).await.unwrap();
        assert_eq!((report.outcomes.failed, report.outcomes.unknown), (0, 0), "{change:?}");
        assert_eq!(report.outcomes.total(), u64::try_from(users - 1).unwrap());
        assert_eq!(rows(&path).len(), users - 1);
        assert_eq!(state(&timed), state(&undisturbed), "{change:?}");
        assert_no_message_twice(&timed);
        let (reads, _) = timed.requests(QuotaCategory::UserRead);
        assert_eq!(reads > 0, change == UserChange::ResetPassword, "reads of intents: {reads}");
        assert_eq!(timed.emulator.outbox().len(), undisturbed.emulator.outbox().len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_stopped_change_keeps_the_responses_to_requests_that_were_sent() {
    let timed = pool(200);
    let (_directory, path) = directory();
    let change = || MassChange::new(UserChange::ResetPassword, names(0..200), &path);
    let mut run = change().run(&timed.admin(), &quota());
    let (stop, mut done) = (run.stop_handle(), 0);
    while let Some(event) = run.next_event().await {
        if let JobEvent::Progress(progress) = event {
            done = progress.done;
            if done == 30 {
                stop.stop();
            }
        }
    }
    let error = run.finish().await.unwrap_err();
    assert!(matches!(error, JobError::Stopped) && error.is_resumable(), "{error}");
    assert!(done > 30, "those under way");
    assert_eq!(timed.emulator.outbox().len(), usize::try_from(done).unwrap());

    let mut run = change().run(&timed.admin(), &quota());
    let started = run.next_event().await;
    assert_eq!(started, Some(JobEvent::Started { expected: 200, resumed: true }));
    let (reads, _) = timed.requests(QuotaCategory::UserRead);
    assert_eq!(run.finish().await.unwrap().outcomes.done, 200);
    assert_eq!(timed.requests(QuotaCategory::UserRead).0, reads, "no outcome is unknown");
    assert_eq!(timed.emulator.outbox().len(), 200);
}

#[tokio::test(start_paused = true)]
async fn throttled_and_lost_requests_are_repeated_and_no_message_is_sent_twice() {
    let faults = [
        InjectedFault::Throttled,
        InjectedFault::ConnectionRefused,
        InjectedFault::InternalError,
        InjectedFault::ResponseLost,
        InjectedFault::ResponseTruncated,
    ];
    for (change, operation) in [
        (UserChange::Disable, "AdminDisableUser"),
        (UserChange::ResetPassword, "AdminResetUserPassword"),
        (UserChange::DeletePermanently, "AdminDeleteUser"),
    ] {
        let timed = pool(60);
        let (_directory, path) = directory();
        for (at, fault) in faults.iter().enumerate() {
            timed.emulator.plan_fault(operation, 3 + at * 9, fault.clone());
        }
        let report = changed(&timed, change, names(0..60), &path).await.unwrap();
        assert_eq!(report.outcomes.done, 60, "{operation}: {report:?}");
        assert_no_message_twice(&timed);
    }
}

/// A change of addresses that the service may verify, whose effect cannot be read.
fn address() -> UserChange {
    UserChange::SetAttributes([("email", "info@example.com")].into_iter().collect())
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_effect_cannot_be_read_is_unknown_and_repeated_only_on_demand() {
    let timed = pool(20);
    let (directory, path) = directory();
    let operation = "AdminUpdateUserAttributes";
    timed.emulator.plan_fault(operation, 5, InjectedFault::InternalError);
    timed.emulator.plan_fault(operation, 9, InjectedFault::ResponseLost);
    let change = || MassChange::new(address(), names(0..20), &path);
    let run = async |change: MassChange| change.run(&timed.admin(), &quota()).finish().await;
    for _ in 0..2 {
        let report = run(change()).await.unwrap();
        assert_eq!((report.outcomes.done, report.outcomes.unknown), (19, 1), "{report:?}");
        let unknown = rows(&path).iter().filter(|row| row["outcome"] == "unknown").count();
        assert_eq!(unknown, 1);
    }
    let report = run(change().repeat_unknown()).await.unwrap();
    assert_eq!((report.outcomes.done, report.outcomes.unknown), (20, 0));
    assert!(rows(&path).iter().all(|row| row["outcome"] == "done"));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "the journal is gone");
}

#[tokio::test(start_paused = true)]
async fn a_finished_change_whose_files_are_partly_removed_has_its_report() {
    let timed = pool(20);
    let (_directory, path) = directory();
    timed.emulator.plan_fault("AdminUpdateUserAttributes", 5, InjectedFault::InternalError);
    let first = changed(&timed, address(), UserQuery::all(), &path).await.unwrap();
    let job = path.with_file_name("outcomes.jsonl.job");
    fs::remove_file(job.join("users")).unwrap();
    let updates = timed.requests(QuotaCategory::UserUpdate);
    assert_eq!(changed(&timed, address(), UserQuery::all(), &path).await.unwrap(), first);
    let repeated = MassChange::new(address(), UserQuery::all(), &path).repeat_unknown();
    let error = repeated.run(&timed.admin(), &quota()).finish().await.unwrap_err();
    assert!(matches!(error, JobError::Io { .. }), "{error}");
    assert_eq!(timed.requests(QuotaCategory::UserUpdate), updates);
}

#[tokio::test(start_paused = true)]
async fn a_change_with_other_users_or_settings_is_refused() {
    let timed = pool(40);
    let (directory, path) = directory();
    let list = directory.path().join("users.txt");
    let text: String = (0..30).map(|number| name(number) + "\n").collect();
    fs::write(&list, &text).unwrap();
    let change = |users: &UserNames| MassChange::new(UserChange::Disable, users.clone(), &path);
    let lines = UserNames::lines(&list);
    let mut run = change(&lines).run(&timed.admin(), &quota());
    while !matches!(run.next_event().await, Some(JobEvent::Progress(_))) {}
    drop(run);
    let updates = timed.requests(QuotaCategory::UserUpdate);

    for other in [&text[9..], &text.replace("user0007", "user0031"), &format!("user0031\n{text}")] {
        fs::write(&list, other).unwrap();
        let error = change(&lines).run(&timed.admin(), &quota()).finish().await.unwrap_err();
        assert!(matches!(error, JobError::InputChanged) && !error.is_resumable(), "{error}");
    }
    for (other, users) in [
        (UserChange::Enable, UserSelection::from(names(0..30))),
        (UserChange::Disable, UserQuery::all().into()),
    ] {
        let error = changed(&timed, other, users, &path).await.unwrap_err();
        assert!(matches!(error, JobError::OtherSettings), "{error}");
    }
    assert_eq!(timed.requests(QuotaCategory::UserUpdate), updates, "nothing is sent");
    let same = changed(&timed, UserChange::Disable, names(0..30), &path).await.unwrap();
    assert_eq!(same.outcomes.done, 30);
}

#[tokio::test(start_paused = true)]
async fn one_run_of_a_change_is_active_at_a_time_and_replaces_no_file() {
    let timed = pool(40);
    let (_directory, path) = directory();
    let mut run =
        MassChange::new(UserChange::Disable, names(0..40), &path).run(&timed.admin(), &quota());
    while !matches!(run.next_event().await, Some(JobEvent::Progress(_))) {}
    let error = changed(&timed, UserChange::Disable, names(0..40), &path).await.unwrap_err();
    assert!(matches!(error, JobError::Running), "{error}");
    fs::write(&path, "other").unwrap();
    let error = run.finish().await.unwrap_err();
    assert!(matches!(error, JobError::OutputExists), "{error}");
    let error = changed(&timed, UserChange::Disable, names(0..40), &path).await.unwrap_err();
    assert!(matches!(error, JobError::OutputExists), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "other");
    fs::remove_file(&path).unwrap();
    let report = changed(&timed, UserChange::Disable, names(0..40), &path).await.unwrap();
    assert_eq!(report.outcomes.done, 40);
}

#[tokio::test(start_paused = true)]
async fn damaged_files_of_a_change_are_noticed_before_a_request() {
    let timed = pool(40);
    let (_directory, path) = directory();
    let query = || UserQuery::members_of("staff");
    for number in 0..40 {
        timed
            .seed("AdminAddUserToGroup", json!({ "GroupName": "staff", "Username": name(number) }));
    }
    let mut run =
        MassChange::new(UserChange::Disable, query(), &path).run(&timed.admin(), &quota());
    while !matches!(run.next_event().await, Some(JobEvent::Progress(_))) {}
    drop(run);
    let updates = timed.requests(QuotaCategory::UserUpdate);
    let job = path.with_file_name("outcomes.jsonl.job");

    let journal = fs::read_to_string(job.join("journal.jsonl")).unwrap();
    for damaged in
        [journal.replacen("done", "gone", 1), journal.replacen("\"item\":0", "\"item\":9", 1)]
    {
        fs::write(job.join("journal.jsonl"), damaged).unwrap();
        let error = changed(&timed, UserChange::Disable, query(), &path).await.unwrap_err();
        assert!(matches!(error, JobError::Damaged { .. }), "{error}");
    }
    fs::write(job.join("journal.jsonl"), journal).unwrap();
    let users = fs::read_to_string(job.join("users")).unwrap();
    fs::write(job.join("users"), users.replace("user0007", "user0008")).unwrap();
    let error = changed(&timed, UserChange::Disable, query(), &path).await.unwrap_err();
    assert!(matches!(error, JobError::InputChanged), "{error}");
    fs::write(job.join("users"), users).unwrap();
    assert_eq!(timed.requests(QuotaCategory::UserUpdate), updates);
    changed(&timed, UserChange::Disable, query(), &path).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn users_that_are_deleted_in_between_fail_and_others_go_on() {
    let timed = pool(60);
    let (_directory, path) = directory();
    let mut run = MassChange::new(UserChange::ResetPassword, names(0..60), &path)
        .run(&timed.admin(), &quota());
    while !matches!(run.next_event().await, Some(JobEvent::Progress(_))) {}
    timed.seed("AdminDeleteUser", json!({ "Username": name(50) }));
    let unverified = json!([{ "Name": "email_verified", "Value": "false" }]);
    let update = json!({ "Username": name(51), "UserAttributes": unverified });
    timed.seed("AdminUpdateUserAttributes", update);
    let report = run.finish().await.unwrap();
    assert_eq!((report.outcomes.done, report.outcomes.failed), (58, 2));
    let rows = rows(&path);
    assert_eq!(rows[50]["error"], "UserNotFound");
    assert_eq!(rows[51]["error"], "InvalidParameter");
}

#[tokio::test(start_paused = true)]
async fn the_daily_limit_of_messages_ends_the_run_and_one_of_a_user_does_not() {
    let timed = pool(60);
    let (_directory, path) = directory();
    let limit = || {
        let message = "Exceeded daily email limit for the operation or the account.";
        InjectedFault::exception("LimitExceededException", message)
    };
    timed.emulator.plan_fault("AdminResetUserPassword", 9, limit());
    let reset = || changed(&timed, UserChange::ResetPassword, names(0..60), &path);
    let error = reset().await.unwrap_err();
    assert!(matches!(&error, JobError::Request(_)), "{error}");
    assert!(timed.emulator.outbox().len() < 20);
    assert_eq!(reset().await.unwrap().outcomes.done, 60);
    assert_no_message_twice(&timed);

    fs::remove_file(&path).unwrap();
    timed.emulator.plan_fault("AdminAddUserToGroup", 9, limit());
    let group = UserChange::AddToGroup("staff".into());
    let report = changed(&timed, group, names(0..60), &path).await.unwrap();
    assert_eq!((report.outcomes.done, report.outcomes.failed), (59, 1));
}

#[tokio::test(start_paused = true)]
async fn the_directory_of_a_change_can_be_another_one() {
    let timed = pool(30);
    let (directory, path) = directory();
    let jobs = directory.path().join("jobs");
    let change = || MassChange::new(UserChange::Disable, names(0..30), &path).directory(&jobs);
    let mut run = change().run(&timed.admin(), &quota());
    while !matches!(run.next_event().await, Some(JobEvent::Progress(_))) {}
    drop(run);
    assert!(jobs.join("outcomes.jsonl.job").join("journal.jsonl").exists());
    let report = change().run(&timed.admin(), &quota()).finish().await.unwrap();
    assert_eq!(report.outcomes.done, 30);
    assert_eq!(fs::read_dir(&jobs).unwrap().count(), 0);
    let nameless = MassChange::new(UserChange::Disable, names(0..30), directory.path().join(".."));
    let error = nameless.run(&timed.admin(), &quota()).finish().await.unwrap_err();
    assert!(matches!(error, JobError::OutputName), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_error_that_all_users_would_have_ends_the_run() {
    let timed = pool(60);
    let (_directory, path) = directory();
    let unknown_group = UserChange::AddToGroup("unknown".into());
    let error = changed(&timed, unknown_group, names(0..60), &path).await.unwrap_err();
    assert!(matches!(&error, JobError::Request(_)) && !error.is_resumable(), "{error}");
    let (requests, _) = timed.requests(QuotaCategory::UserUpdate);
    assert!(requests < 20, "{requests}");
    timed.seed("CreateGroup", json!({ "GroupName": "unknown" }));
    let group = UserChange::AddToGroup("unknown".into());
    assert_eq!(changed(&timed, group, names(0..60), &path).await.unwrap().outcomes.done, 60);

    fs::remove_file(&path).unwrap();
    let denied = InjectedFault::exception("AccessDeniedException", "not authorized to perform");
    timed.emulator.plan_fault("AdminDisableUser", 7, denied);
    let error = changed(&timed, UserChange::Disable, names(0..60), &path).await.unwrap_err();
    assert!(matches!(error, JobError::Request(_)), "{error}");
    let slow = Quota::builder().exclusive().limit(QuotaCategory::UserUpdate, 100).build();
    let change = MassChange::new(UserChange::Disable, names(0..60), &path);
    assert_eq!(change.run(&timed.admin(), &slow).finish().await.unwrap().outcomes.done, 60);
}
