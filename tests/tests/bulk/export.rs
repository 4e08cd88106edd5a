//! Exports of users: output, rate, and resumption.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cognito::bulk::{Export, ExportReport, JobError, JobEvent, Quota, QuotaCategory};
use cognito_emulator::Quotas;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

use crate::timed::Timed;

/// Returns a pool with users, every third of whom is in `thirds`, and every fourth in `fourths`.
pub(crate) fn pool(users: usize) -> Timed {
    let timed = Timed::new(Quotas::default());
    for group in ["empty", "fourths", "thirds"] {
        timed.seed("CreateGroup", json!({ "GroupName": group }));
    }
    timed.add_users(users);
    for (group, step) in [("thirds", 3), ("fourths", 4)] {
        for number in (0..users).step_by(step) {
            let name = format!("user{number}");
            timed.seed("AdminAddUserToGroup", json!({ "GroupName": group, "Username": name }));
        }
    }
    timed
}

pub(crate) fn quota() -> Quota {
    Quota::builder().exclusive().build()
}

pub(crate) fn rows(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users.jsonl");
    (directory, path)
}

pub(crate) async fn exported(timed: &Timed, export: Export) -> Result<ExportReport, JobError> {
    export.run(&timed.admin(), &quota()).finish().await
}

/// Returns the number of users of a large pool: 100,000 unless `COGNITO_BULK_USERS` is set.
pub(crate) fn users_in_large_pools() -> usize {
    let set = std::env::var("COGNITO_BULK_USERS").ok();
    set.map_or(100_000, |users| users.parse().expect("COGNITO_BULK_USERS is a number"))
}

/// Checks rows against the pool of [`pool`].
pub(crate) fn assert_whole(rows: &[Value], users: usize) {
    let by_name: BTreeMap<&str, &Value> =
        rows.iter().map(|row| (row["username"].as_str().unwrap(), row)).collect();
    assert_eq!((rows.len(), by_name.len()), (users, users));
    for number in 0..users {
        let name = format!("user{number}");
        let row = by_name[&*name];
        let mut groups = Vec::new();
        groups.extend((number % 4 == 0).then_some("fourths"));
        groups.extend((number % 3 == 0).then_some("thirds"));
        assert_eq!(row["groups"], json!(groups), "{name}");
        assert_eq!(row["status"], "FORCE_CHANGE_PASSWORD");
        assert_eq!(row["enabled"], true);
        assert_eq!(row["attributes"], json!({ "email": format!("{name}@example.com") }));
        assert_eq!(row["sub"].as_str().unwrap().len(), 36);
        assert!(row["created"].as_str().unwrap().ends_with('Z'), "{row}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_export_has_every_user_with_groups_and_removes_its_directory() {
    let timed = pool(130);
    let (directory, path) = directory();
    let report = exported(&timed, Export::to(&path)).await.unwrap();
    assert_eq!((report.users, report.expected, report.duplicates), (130, 130, 0));
    assert_eq!(report.memberships, 44 + 33);
    assert_whole(&rows(&path), 130);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[tokio::test(start_paused = true)]
async fn shards_use_the_quota_without_throttling_and_are_in_order() {
    let users = users_in_large_pools();
    let timed = Timed::new(Quotas::default());
    timed.add_users(users);
    let (_directory, path) = directory();
    let count = u64::try_from(users).unwrap();
    let (quota, export) = (quota(), Export::to(&path).shard_users(count / 15).without_groups());
    quota.set_limit(QuotaCategory::UserRead, 0);
    let plan = export.plan(&timed.admin(), &quota).await.unwrap();
    assert_eq!((plan.users, plan.groups, plan.monthly_active_users), (count, 0, 0));
    assert!(plan.time < Duration::from_secs(count), "no user is read: {:?}", plan.time);
    let (before, _) = timed.requests(QuotaCategory::UserList);
    let mut run = export.run(&timed.admin(), &quota);
    let mut start = Instant::now();
    let (mut shards, mut done) = (0, 0);
    while let Some(event) = run.next_event().await {
        match event {
            JobEvent::Started { .. } => start = Instant::now(),
            JobEvent::ShardFinished { .. } => shards += 1,
            JobEvent::Progress(progress) => done = progress.done,
            _ => {}
        }
    }
    assert_eq!(run.finish().await.unwrap().users, count);
    assert_eq!((shards, done), (16, count));

    let (requests, throttled) = timed.requests(QuotaCategory::UserList);
    assert_eq!((throttled, quota.usage(QuotaCategory::UserList).throttled), (0, 0));
    let requests = f64::from(u32::try_from(requests - before).unwrap());
    let used = requests / (30.0 * start.elapsed().as_secs_f64());
    println!("{users} users: {used:.3} of the quota, {requests} requests in {:?}", start.elapsed());
    assert!(used >= 0.94, "{used}: {requests} requests in {:?}", start.elapsed());
    let rows = rows(&path);
    let digits = rows.iter().map(|row| row["sub"].as_str().unwrap().as_bytes()[0]);
    assert!(digits.is_sorted(), "in the order of shards");
}

#[tokio::test(start_paused = true)]
async fn an_export_that_is_killed_ten_times_has_the_output_of_an_undisturbed_one() {
    let timed = pool(2000);
    let (_directory, path) = directory();
    let undisturbed = path.with_extension("undisturbed");
    exported(&timed, Export::to(&undisturbed).shard_users(150)).await.unwrap();

    let (mut random, mut kills) = (u64::from(std::process::id()), 0);
    println!("seed {random}");
    while kills < 10 {
        // The constants of Knuth's MMIX generator.
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let time = Duration::from_millis(20 + (random >> 33) % 900);
        let run = exported(&timed, Export::to(&path).shard_users(150));
        if timeout(time, run).await.is_ok() {
            fs::remove_file(&path).unwrap();
            continue;
        }
        kills += 1;
        assert!(!path.exists(), "the output appears at the end");
    }
    let report = exported(&timed, Export::to(&path).shard_users(150)).await.unwrap();
    assert_eq!(report.users, 2000);
    assert_whole(&rows(&path), 2000);
    assert!(fs::read(&path).unwrap() == fs::read(&undisturbed).unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_stopped_export_is_resumed_without_listing_finished_shards_again() {
    let timed = pool(1000);
    let (_directory, path) = directory();
    let export = || Export::to(&path).shard_users(100);
    let mut run = export().run(&timed.admin(), &quota());
    let stop = run.stop_handle();
    let mut finished = Vec::new();
    while let Some(event) = run.next_event().await {
        if let JobEvent::ShardFinished { prefix, .. } = event {
            finished.push(prefix);
            stop.stop();
        }
    }
    let error = run.finish().await.unwrap_err();
    assert!(matches!(error, JobError::Stopped) && error.is_resumable(), "{error}");

    let mut run = export().run(&timed.admin(), &quota());
    let started = run.next_event().await;
    assert_eq!(started, Some(JobEvent::Started { expected: 1000, resumed: true }));
    while let Some(event) = run.next_event().await {
        assert!(!matches!(event, JobEvent::GroupListed { .. }), "{event:?}");
        if let JobEvent::ShardFinished { prefix, .. } = event {
            assert!(!finished.contains(&prefix), "{prefix} is listed again");
        }
    }
    assert_eq!(run.finish().await.unwrap().users, 1000);
    assert_whole(&rows(&path), 1000);
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_has_grown_is_divided() {
    let timed = pool(12);
    let (_directory, path) = directory();
    let export = || Export::to(&path).without_groups().shard_users(20);
    let mut run = export().run(&timed.admin(), &quota());
    while let Some(event) = run.next_event().await {
        if matches!(event, JobEvent::Started { .. }) {
            // The number of users is known, but they are not listed yet.
            (12..400).for_each(|number| timed.add_user(number));
        }
    }
    assert_eq!(run.finish().await.unwrap().users, 400);
    let names: Vec<_> = rows(&path).iter().map(|row| row["username"].to_string()).collect();
    assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 400);
}

#[tokio::test(start_paused = true)]
async fn a_lost_part_is_listed_again() {
    let timed = pool(300);
    let (_directory, path) = directory();
    let export = || Export::to(&path).shard_users(40);
    let mut run = export().run(&timed.admin(), &quota());
    let mut lost = None;
    while let Some(event) = run.next_event().await {
        if let JobEvent::ShardFinished { prefix, .. } = event {
            lost.get_or_insert(prefix);
            run.stop_handle().stop();
        }
    }
    drop(run);
    let part = path.with_extension("jsonl.job").join("parts").join(lost.unwrap());
    fs::write(part, "cut").unwrap();
    exported(&timed, export()).await.unwrap();
    assert_whole(&rows(&path), 300);
}

#[tokio::test(start_paused = true)]
async fn lost_memberships_are_listed_again() {
    let cut = |file: &Path| {
        let text = fs::read_to_string(file).unwrap();
        let line = text.find('\n').unwrap() + 1;
        fs::write(file, &text[..line]).unwrap();
    };
    let lose: [&dyn Fn(&Path); 2] = [&cut, &|file| fs::remove_file(file).unwrap()];
    for lose in lose {
        let timed = pool(300);
        let (_directory, path) = directory();
        let export = || Export::to(&path).shard_users(40);
        let mut run = export().run(&timed.admin(), &quota());
        while let Some(event) = run.next_event().await {
            if matches!(event, JobEvent::ShardFinished { .. }) {
                run.stop_handle().stop();
            }
        }
        drop(run);
        let members = path.with_extension("jsonl.job").join("members");
        for file in fs::read_dir(members).unwrap() {
            lose(&file.unwrap().path());
        }
        exported(&timed, export()).await.unwrap();
        assert_whole(&rows(&path), 300);
    }
}

#[tokio::test(start_paused = true)]
async fn groups_that_are_deleted_before_they_are_listed_have_no_members() {
    let timed = pool(130);
    let (_directory, path) = directory();
    let mut run = Export::to(&path).run(&timed.admin(), &quota());
    run.next_event().await;
    timed.seed("DeleteGroup", json!({ "GroupName": "thirds" }));
    drop(run);
    let mut run = Export::to(&path).run(&timed.admin(), &quota());
    run.next_event().await;
    timed.seed("DeleteGroup", json!({ "GroupName": "empty" }));
    let report = run.finish().await.unwrap();
    assert_eq!((report.users, report.memberships), (130, 33));
    let groups: Vec<_> = rows(&path).iter().map(|row| row["groups"].to_string()).collect();
    assert_eq!(groups.iter().filter(|groups| *groups == r#"["fourths"]"#).count(), 33);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_export_waits_for_no_permit_and_keeps_the_responses() {
    let timed = pool(1000);
    let (_directory, path) = directory();
    let export = || Export::to(&path).without_groups().shard_users(100);
    let quota = quota();
    let mut run = export().run(&timed.admin(), &quota);
    while !matches!(run.next_event().await, Some(JobEvent::Progress(_))) {}
    quota.set_limit(QuotaCategory::UserList, 0);
    run.stop_handle().stop();
    let (requests, start) = (timed.requests(QuotaCategory::UserList).0, Instant::now());
    let mut pages = 1;
    while let Some(event) = run.next_event().await {
        pages += u64::from(matches!(event, JobEvent::Progress(_)));
    }
    assert!(matches!(run.finish().await, Err(JobError::Stopped)));
    assert!(start.elapsed() < Duration::from_millis(200), "{:?}", start.elapsed());
    assert!(timed.requests(QuotaCategory::UserList).0 <= requests + 3, "those under way");
    assert!(pages > 1, "the responses are written");

    let mut stuck = export().run(&timed.admin(), &quota);
    stuck.next_event().await;
    stuck.stop_handle().stop();
    assert!(matches!(stuck.finish().await, Err(JobError::Stopped)));
    exported(&timed, export()).await.unwrap();
    assert_eq!(rows(&path).len(), 1000);
}

#[tokio::test(start_paused = true)]
async fn an_export_between_two_events_does_not_hold_up_other_requests() {
    let timed = pool(300);
    let (_directory, path) = directory();
    let quota = quota();
    let live = timed.admin().with_permits(quota.clone());
    let mut run = Export::to(&path).shard_users(10).run(&timed.admin(), &quota);
    while run.next_event().await.is_some() {
        live.users().page_size(1).pages().next().await.unwrap().unwrap();
    }
    assert_eq!(run.finish().await.unwrap().users, 300);
    assert_eq!(timed.requests(QuotaCategory::UserList).1, 0, "throttled");
}

#[tokio::test(start_paused = true)]
async fn a_job_waits_for_permits_longer_than_other_requests() {
    let timed = pool(40);
    let (_directory, path) = directory();
    let slow = Quota::builder().exclusive().workers(2000).build();
    let start = Instant::now();
    let export = Export::to(&path).without_groups().shard_users(5);
    let report = export.run(&timed.admin(), &slow).finish().await.unwrap();
    assert_eq!(report.users, 40);
    assert!(start.elapsed() > Duration::from_secs(1000), "a permit takes more than a minute");
}

#[tokio::test(start_paused = true)]
async fn csv_has_a_column_for_each_attribute_and_second_factors_take_a_request_each() {
    let timed = pool(3);
    let (_directory, path) = directory();
    let attributes = json!([{ "Name": "name", "Value": "Jo \"J\", 3rd" }]);
    timed.seed(
        "AdminUpdateUserAttributes",
        json!({ "Username": "user0", "UserAttributes": attributes }),
    );
    let export = Export::to(&path).csv().with_mfa();
    let plan = export.plan(&timed.admin(), &quota()).await.unwrap();
    assert_eq!(plan.monthly_active_users, 3);
    exported(&timed, export).await.unwrap();
    assert_eq!(timed.requests(QuotaCategory::UserRead).0, 3);
    let text = fs::read_to_string(&path).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let first = "username,sub,status,enabled,created,modified,groups,mfa,preferred_mfa";
    assert_eq!(header[..9], first.split(',').collect::<Vec<_>>());
    assert!(header.contains(&"email"));
    let user0 = lines.find(|line| line.starts_with("user0,")).unwrap();
    assert!(user0.contains(",fourths thirds,,,"), "{user0}");
    assert!(user0.contains(r#","Jo ""J"", 3rd","#), "{user0}");
}
