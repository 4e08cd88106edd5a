//! Imports of users: effects, outcomes, rate, and resumption.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cognito::bulk::{
    Export, Import, ItemOutcome, JobError, JobEvent, Quota, QuotaCategory, RejectionReason,
    WriteReport,
};
use cognito::types::Clock;
use cognito_emulator::{PoolSettings, Quotas};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

use crate::export::{quota, rows};
use crate::timed::Timed;

/// Returns settings with custom attributes.
pub(crate) fn settings() -> PoolSettings {
    let seats = json!({
        "Name": "seats", "AttributeDataType": "Number", "Mutable": true,
        "NumberAttributeConstraints": { "MinValue": "1", "MaxValue": "9" }
    });
    let plan = json!({
        "Name": "plan", "AttributeDataType": "String", "Mutable": false,
        "StringAttributeConstraints": { "MinLength": "2", "MaxLength": "5" }
    });
    PoolSettings::default().pool_member("Schema", json!([seats, plan]))
}

pub(crate) fn pool() -> Timed {
    Timed::with(Quotas::default(), settings())
}

/// The files of an import.
pub(crate) struct Files {
    pub(crate) directory: TempDir,
    pub(crate) input: PathBuf,
    pub(crate) outcomes: PathBuf,
}

impl Files {
    pub(crate) fn new(input: impl AsRef<[u8]>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let [path, outcomes] =
            ["users.jsonl", "outcomes.jsonl"].map(|name| directory.path().join(name));
        fs::write(&path, input).unwrap();
        Self { directory, input: path, outcomes }
    }

    pub(crate) fn import(&self) -> Import {
        Import::new(&self.input, &self.outcomes)
    }
}

pub(crate) async fn imported(timed: &Timed, import: Import) -> Result<WriteReport, JobError> {
    import.run(&timed.admin(), &quota()).finish().await
}

/// Returns the users of a pool by name, without ids and dates.
pub(crate) async fn described(timed: &Timed) -> BTreeMap<String, Value> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users.jsonl");
    Export::to(&path).run(&timed.admin(), &quota()).finish().await.unwrap();
    let mut users = BTreeMap::new();
    for mut row in rows(&path) {
        let row = row.as_object_mut().unwrap();
        row.retain(|member, _| !["sub", "created", "modified"].contains(&member.as_str()));
        users.insert(row["username"].as_str().unwrap().to_owned(), json!(row));
    }
    users
}

/// Returns the number of kills: 10 unless `COGNITO_BULK_KILLS` is set.
pub(crate) fn kills() -> usize {
    let set = std::env::var("COGNITO_BULK_KILLS").ok();
    set.map_or(10, |kills| kills.parse().expect("COGNITO_BULK_KILLS is a number"))
}

/// Returns the next number of Knuth's MMIX generator.
pub(crate) fn next_random(random: &mut u64) -> u64 {
    *random =
        random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *random >> 33
}

pub(crate) fn user(name: &str, members: Value) -> String {
    let mut user = members;
    user["username"] = name.into();
    format!("{user}\n")
}

/// Returns lines of users with a group, some with a password, some disabled.
pub(crate) fn many(users: usize) -> String {
    let user = |number: usize| {
        let mut members = json!({
            "attributes": { "email": format!("user{number}@example.com"), "custom:seats": 3 },
            "groups": ["staff"], "enabled": !number.is_multiple_of(5)
        });
        if number.is_multiple_of(3) {
            members["password"] = "Planted-1".into();
        }
        user(&format!("user{number}"), members)
    };
    (0..users).map(user).collect()
}

/// Returns a pool with users of every kind in an export.
async fn source() -> Timed {
    let timed = pool();
    for group in ["staff", "thirds"] {
        timed.seed("CreateGroup", json!({ "GroupName": group }));
    }
    for number in 0..70 {
        let name = format!("user{number}");
        let attributes = json!([
            { "Name": "email", "Value": format!("{name}@example.com") },
            { "Name": "email_verified", "Value": if number % 2 == 0 { "true" } else { "false" } },
            { "Name": "name", "Value": format!("Jo \"J\", {number}rd\nÄ 😀") },
            { "Name": "custom:seats", "Value": "4" },
            { "Name": "custom:plan", "Value": "gold" }
        ]);
        let user = json!({
            "Username": name, "MessageAction": "SUPPRESS", "UserAttributes": attributes
        });
        timed.seed("AdminCreateUser", user);
        if number % 3 == 0 {
            let password = json!({ "Username": name, "Password": "Planted-1", "Permanent": true });
            timed.seed("AdminSetUserPassword", password);
            timed.seed("AdminAddUserToGroup", json!({ "Username": name, "GroupName": "thirds" }));
        }
        if number % 4 == 0 {
            timed.seed("AdminDisableUser", json!({ "Username": name }));
            timed.seed("AdminAddUserToGroup", json!({ "Username": name, "GroupName": "staff" }));
        }
    }
    timed
}

#[tokio::test(start_paused = true)]
async fn an_export_is_imported_into_an_equal_pool() {
    let source = source().await;
    for is_csv in [false, true] {
        let (timed, files) = (pool(), Files::new(""));
        fs::remove_file(&files.input).unwrap();
        let export = Export::to(&files.input);
        let export = if is_csv { export.csv() } else { export };
        export.run(&source.admin(), &quota()).finish().await.unwrap();
        let import = if is_csv { files.import().csv() } else { files.import() };
        let report = imported(&timed, import.create_groups()).await.unwrap();
        assert_eq!((report.items, report.outcomes.done), (70, 70), "{report:?}");
        assert_eq!(described(&timed).await, described(&source).await);
        assert_eq!(rows(&files.outcomes).len(), 70);
        assert_eq!(fs::read_dir(files.directory.path()).unwrap().count(), 2);
        assert!(timed.emulator.outbox().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn passwords_of_the_input_are_those_to_sign_in_with_and_are_written_nowhere() {
    let timed = pool();
    let secrets = ["Planted-1", "Planted-2"];
    let files = Files::new(
        user("al", json!({ "password": secrets[0] }))
            + &user("bo", json!({ "temporary_password": secrets[1] }))
            + &user("cy", json!({ "status": "CONFIRMED" }))
            + &user("di", json!({})),
    );
    let import = files.import();
    let mut texts = format!("{import:?}");
    let mut run = import.run(&timed.admin(), &quota());
    while let Some(event) = run.next_event().await {
        texts += &format!("{event:?}");
        let journal = files.directory.path().join("outcomes.jsonl.job").join("journal.jsonl");
        texts += &fs::read_to_string(journal).unwrap_or_default();
    }
    texts += &format!("{:?}", run.finish().await.unwrap());
    texts += &fs::read_to_string(&files.outcomes).unwrap();
    assert!(!texts.contains("Planted"), "{texts}");

    let users = described(&timed).await;
    let status = |name: &str| users[name]["status"].as_str().unwrap().to_owned();
    let expected = ["CONFIRMED", "FORCE_CHANGE_PASSWORD", "CONFIRMED", "FORCE_CHANGE_PASSWORD"];
    assert_eq!(["al", "bo", "cy", "di"].map(status), expected);
    let flow = json!({ "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH"] });
    timed.seed("UpdateUserPoolClient", flow);
    for (name, password) in ["al", "bo"].into_iter().zip(secrets) {
        let parameters = json!({ "USERNAME": name, "PASSWORD": password });
        let sign_in =
            json!({ "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": parameters });
        timed.seed("AdminInitiateAuth", sign_in);
    }
}

#[tokio::test(start_paused = true)]
async fn users_that_exist_are_skipped_and_left_as_they_are() {
    let timed = pool();
    timed.add_users(3);
    let before = described(&timed).await;
    let files = Files::new(many(6));
    let report = imported(&timed, files.import().create_groups()).await.unwrap();
    assert_eq!((report.outcomes.done, report.outcomes.skipped), (3, 3));
    let after = described(&timed).await;
    for name in ["user0", "user1", "user2"] {
        assert_eq!(after[name], before[name]);
    }
    assert_eq!(rows(&files.outcomes)[0]["reason"], "the user exists already");
    assert_eq!(after["user3"]["groups"], json!(["staff"]));
}

#[tokio::test(start_paused = true)]
async fn users_that_exist_are_updated_on_demand() {
    let (timed, undisturbed) = (pool(), pool());
    timed.add_users(4);
    timed.seed("AdminDisableUser", json!({ "Username": "user1" }));
    let attributes = json!([{ "Name": "nickname", "Value": "Jo" }]);
    let update = json!({ "Username": "user2", "UserAttributes": attributes });
    timed.seed("AdminUpdateUserAttributes", update);
    let files = Files::new(many(6));
    let import = || files.import().create_groups().update_existing();
    let report = imported(&timed, import()).await.unwrap();
    assert_eq!((report.outcomes.done, report.outcomes.skipped), (6, 0));
    fs::remove_file(&files.outcomes).unwrap();
    imported(&undisturbed, import()).await.unwrap();
    let (mut updated, expected) = (described(&timed).await, described(&undisturbed).await);
    // Attributes that are missing from the input are kept.
    assert_eq!(updated["user2"]["attributes"]["nickname"], "Jo");
    updated.get_mut("user2").unwrap()["attributes"].as_object_mut().unwrap().remove("nickname");
    assert_eq!(updated, expected);
}

#[tokio::test(start_paused = true)]
async fn an_update_changes_no_immutable_attribute_and_sends_no_code() {
    let timed = pool();
    timed.add_users(2);
    let old = described(&timed).await;
    let attributes = |verified: bool| {
        let email = "new@example.com";
        json!({ "email": email, "email_verified": verified, "custom:plan": "gold" })
    };
    let files = Files::new(
        user("user0", json!({ "attributes": attributes(false), "status": "CONFIRMED" }))
            + &user("user1", json!({ "attributes": attributes(true) })),
    );
    imported(&timed, files.import().update_existing()).await.unwrap();
    let users = described(&timed).await;
    assert_eq!(users["user0"]["attributes"]["email"], old["user0"]["attributes"]["email"]);
    assert_eq!(users["user0"]["status"], "FORCE_CHANGE_PASSWORD", "no random password is set");
    assert_eq!(users["user1"]["attributes"]["email"], "new@example.com");
    assert_eq!(users["user1"]["attributes"]["email_verified"], "true");
    assert!(users.values().all(|user| user["attributes"].get("custom:plan").is_none()));
    assert!(timed.emulator.outbox().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_update_of_a_user_whose_name_is_an_alias_of_another_changes_neither() {
    let aliases = json!(["preferred_username"]);
    let timed = Timed::with(Quotas::default(), settings().pool_member("AliasAttributes", aliases));
    timed.add_users(1);
    let password = json!({ "Username": "user0", "Password": "Planted-1", "Permanent": true });
    timed.seed("AdminSetUserPassword", password);
    let attributes = json!([{ "Name": "preferred_username", "Value": "al" }]);
    let update = json!({ "Username": "user0", "UserAttributes": attributes });
    timed.seed("AdminUpdateUserAttributes", update);
    let before = described(&timed).await;
    let files = Files::new(user("al", json!({ "attributes": { "nickname": "Al" } })));
    let report = imported(&timed, files.import().update_existing()).await.unwrap();
    assert_eq!(report.outcomes.skipped, 1, "{:?}", rows(&files.outcomes));
    assert_eq!(described(&timed).await, before);
}

#[tokio::test(start_paused = true)]
async fn rejected_lines_end_an_import_before_any_change_unless_they_are_skipped() {
    let timed = pool();
    let text = user("al", json!({ "groups": ["staff"] }))
        + "{\"username\":7}\n\n"
        + &user("bo", json!({ "groups": ["staff"], "attributes": { "custom:seats": "many" } }))
        + &user("cy", json!({}));
    let files = Files::new(text);
    let error = imported(&timed, files.import().create_groups()).await.unwrap_err();
    assert!(
        matches!(
            &error,
            JobError::RejectedLines { lines: 2, line: 2, reason: RejectionReason::InvalidField(_) }
        ),
        "{error}"
    );
    assert!(described(&timed).await.is_empty());
    assert_eq!(timed.requests(QuotaCategory::UserPoolResourceUpdate).0, 0, "no group is created");

    let rejected = files.directory.path().join("rejected.jsonl");
    let import = files.import().create_groups().skip_rejected().rejected_to(&rejected);
    let report = imported(&timed, import).await.unwrap();
    assert_eq!((report.items, report.outcomes.done, report.outcomes.failed), (4, 2, 2));
    let names: Vec<_> = rows(&files.outcomes).iter().map(|row| row["username"].clone()).collect();
    assert_eq!(names, ["al", "", "bo", "cy"]);
    let outcome = &rows(&files.outcomes)[2];
    assert_eq!(outcome["error"], "Rejected");
    assert_eq!(outcome["message"], "the attribute \"custom:seats\" is not a number");
    let lines: Vec<_> = rows(&rejected).iter().map(|row| row["line"].clone()).collect();
    assert_eq!(lines, [2, 4]);
    assert_eq!(described(&timed).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_import_whose_lines_were_rejected_can_be_run_with_other_settings_and_input() {
    let timed = pool();
    let files = Files::new(many(3));
    let error = imported(&timed, files.import()).await.unwrap_err();
    assert!(matches!(error, JobError::RejectedLines { lines: 3, line: 1, .. }), "{error}");
    fs::write(&files.input, many(4)).unwrap();
    let report = imported(&timed, files.import().create_groups()).await.unwrap();
    assert_eq!(report.outcomes.done, 4);
}

pub(crate) fn assert_invited_once(timed: &Timed, users: usize) {
    let outbox = timed.emulator.outbox();
    let mut invited: Vec<_> = outbox.into_iter().map(|message| message.username).collect();
    assert_eq!(invited.len(), users);
    invited.sort();
    invited.dedup();
    assert_eq!(invited.len(), users, "a user is invited twice");
}

#[tokio::test(start_paused = true)]
async fn an_import_that_is_killed_at_any_time_ends_in_the_pool_of_an_undisturbed_one() {
    let users = kills() * 24;
    let pool = || {
        let timed = pool();
        // Existing users are older than the import.
        let now = timed.emulator.clock().now();
        timed.emulator.clock().set(now - Duration::from_secs(3600));
        (1..5).for_each(|number| timed.add_user(number * 7));
        timed.set_clock();
        timed
    };
    let (timed, undisturbed, files) = (pool(), pool(), Files::new(many(users)));
    let import = || files.import().create_groups().invite();
    imported(&undisturbed, import()).await.unwrap();
    let outcomes = fs::read(&files.outcomes).unwrap();
    fs::remove_file(&files.outcomes).unwrap();

    let mut random = u64::from(std::process::id());
    println!("seed {random}");
    for kill in 0..kills() {
        let time = Duration::from_micros(1000 + next_random(&mut random) % 800_000);
        let run = imported(&timed, import());
        assert!(timeout(time, run).await.is_err(), "it ends before kill {kill}");
        assert!(!files.outcomes.exists(), "the outcomes appear at the end");
    }
    let report = imported(&timed, import()).await.unwrap();
    assert_eq!((report.outcomes.failed, report.outcomes.unknown), (0, 0), "{report:?}");
    assert_eq!(fs::read(&files.outcomes).unwrap(), outcomes);
    assert_eq!(described(&timed).await, described(&undisturbed).await);
    assert_invited_once(&timed, undisturbed.emulator.outbox().len());
    assert_eq!(fs::read_dir(files.directory.path()).unwrap().count(), 2);
}

#[tokio::test(start_paused = true)]
async fn another_input_and_other_settings_do_not_continue_an_import() {
    let timed = pool();
    let files = Files::new(many(20));
    let mut run = files.import().create_groups().run(&timed.admin(), &quota());
    while !matches!(run.next_event().await, Some(JobEvent::Progress(_))) {}
    drop(run);
    let error = imported(&timed, files.import().create_groups().invite()).await.unwrap_err();
    assert!(matches!(error, JobError::OtherSettings), "{error}");
    let mut text = fs::read_to_string(&files.input).unwrap();
    text = text.replace("user19@", "user20@");
    fs::write(&files.input, &text).unwrap();
    let error = imported(&timed, files.import().create_groups()).await.unwrap_err();
    assert!(matches!(error, JobError::InputChanged), "{error}");
    fs::write(&files.input, text.replace("user20@", "user19@")).unwrap();
    assert_eq!(imported(&timed, files.import().create_groups()).await.unwrap().outcomes.done, 20);
}

#[tokio::test(start_paused = true)]
async fn an_input_that_changes_during_an_import_is_found() {
    let timed = pool();
    let files = Files::new(many(300));
    let mut run = files.import().create_groups().run(&timed.admin(), &quota());
    while !matches!(run.next_event().await, Some(JobEvent::Progress(_))) {}
    let text = fs::read_to_string(&files.input).unwrap().replace("user299@", "user300@");
    fs::write(&files.input, text).unwrap();
    assert!(matches!(run.finish().await, Err(JobError::InputChanged)));
    assert!(!files.outcomes.exists());
}

#[tokio::test(start_paused = true)]
async fn a_stopped_import_keeps_the_responses_and_continues() {
    let timed = pool();
    let files = Files::new(many(100));
    let import = || files.import().create_groups().invite();
    let mut run = import().run(&timed.admin(), &quota());
    let stop = run.stop_handle();
    while let Some(event) = run.next_event().await {
        if matches!(event, JobEvent::Progress(progress) if progress.done == 20) {
            stop.stop();
        }
    }
    let error = run.finish().await.unwrap_err();
    assert!(matches!(error, JobError::Stopped) && error.is_resumable(), "{error}");
    assert_eq!(imported(&timed, import()).await.unwrap().outcomes.done, 100);
    assert_invited_once(&timed, 66);
}

#[tokio::test(start_paused = true)]
async fn an_import_uses_the_quota_without_throttling() {
    let timed = pool();
    let text: String = (0..3000).map(|number| user(&format!("user{number}"), json!({}))).collect();
    let files = Files::new(text);
    let quota = Quota::builder().exclusive().build();
    let start = Instant::now();
    let report = files.import().run(&timed.admin(), &quota).finish().await.unwrap();
    assert_eq!(report.outcomes.done, 3000);
    let (requests, throttled) = timed.requests(QuotaCategory::UserCreation);
    assert_eq!((throttled, quota.usage(QuotaCategory::UserCreation).throttled), (0, 0));
    let requests = f64::from(u32::try_from(requests).unwrap());
    let used = requests / (50.0 * start.elapsed().as_secs_f64());
    println!("{used:.3} of the quota");
    assert!(used >= 0.94, "{used}");
}

#[tokio::test(start_paused = true)]
async fn an_import_with_groups_uses_the_quota_of_its_slowest_category() {
    let timed = pool();
    let files = Files::new(many(1000));
    let quota = Quota::builder().exclusive().build();
    let import = files.import().create_groups();
    let plan = import.plan(&timed.admin(), &quota).await.unwrap();
    let start = Instant::now();
    import.run(&timed.admin(), &quota).finish().await.unwrap();
    let elapsed = start.elapsed();
    let (requests, throttled) = timed.requests(QuotaCategory::UserUpdate);
    assert_eq!((requests, throttled), (1200, 0), "1000 groups, 200 disabled users");
    let used = 1200.0 / (25.0 * elapsed.as_secs_f64());
    println!("{used:.3} of the quota, planned {:?}, took {elapsed:?}", plan.time);
    assert!(used >= 0.94, "{used}");
    assert!(plan.time.abs_diff(elapsed) < elapsed / 20, "{:?} and {elapsed:?}", plan.time);
}

#[tokio::test(start_paused = true)]
async fn events_name_users_that_are_not_done() {
    let timed = pool();
    timed.add_users(1);
    let files = Files::new(many(2));
    let mut run = files.import().create_groups().run(&timed.admin(), &quota());
    let mut not_done = Vec::new();
    while let Some(event) = run.next_event().await {
        if let JobEvent::ItemNotDone { username, outcome } = event {
            not_done.push((username, matches!(outcome, ItemOutcome::Skipped { .. })));
        }
    }
    assert_eq!(not_done, [("user0".to_owned(), true)]);
    assert!(Path::new(&files.outcomes).exists());
}
