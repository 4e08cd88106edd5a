//! Parts of jobs: together they have the same result as the whole job.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use cognito::bulk::{
    Export, Import, JobError, JobEvent, JobRun, JobShard, MassChange, Quota, QuotaCategory,
    UserChange, UserNames, UserQuery, UserSelection, WriteReport,
};
use serde_json::Value;
use tokio::time::Instant;

use crate::changes::{self, name, names};
use crate::export::{self, quota};
use crate::import::{self, Files};

fn shards(count: u32) -> impl Iterator<Item = JobShard> {
    (1..=count).map(move |number| JobShard::new(number, count).unwrap())
}

/// Returns the names in a file of outcomes, by outcome.
fn outcomes(report: &WriteReport) -> BTreeMap<String, String> {
    let rows = export::rows(&report.output);
    let text = |row: &Value, member: &str| row[member].as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(row, "username"), text(row, "outcome"))).collect()
}

#[tokio::test(start_paused = true)]
async fn the_parts_of_an_export_have_each_user_once_by_first_digit() {
    let timed = export::pool(600);
    let (directory, path) = export::directory();
    export::exported(&timed, Export::to(&path)).await.unwrap();
    let whole = fs::read_to_string(&path).unwrap();
    for (count, shard_users) in [(1, 12_000), (3, 20), (20, 12_000)] {
        let (mut joined, mut users) = (String::new(), 0);
        for shard in shards(count) {
            let part = directory.path().join(format!("{count}-{}.jsonl", shard.number()));
            let export = Export::to(&part).shard(shard).shard_users(shard_users);
            let plan = export.plan(&timed.admin(), &quota()).await.unwrap();
            let report = export::exported(&timed, export).await.unwrap();
            assert_eq!(report.expected, plan.users);
            users += report.users;
            joined += &fs::read_to_string(&part).unwrap();
        }
        let sorted = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
        assert_eq!(users, 600, "{count} parts");
        assert!(sorted(&joined) == sorted(&whole), "{count} parts");
        let digits: Vec<_> = joined
            .lines()
            .map(|line| line.split_once("\"sub\":\"").unwrap().1[..1].to_owned())
            .collect();
        assert!(digits.is_sorted(), "{count} parts");
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_of_an_export_lists_a_part_of_the_users() {
    let timed = export::pool(3000);
    let (directory, _) = export::directory();
    let (before, _) = timed.requests(QuotaCategory::UserList);
    for shard in shards(4) {
        let part = directory.path().join(shard.number().to_string());
        let export = Export::to(&part).without_groups().shard(shard);
        export::exported(&timed, export).await.unwrap();
    }
    let (requests, _) = timed.requests(QuotaCategory::UserList);
    // 50 pages of all users, and the last page of each digit.
    assert!(requests - before <= 50 + 16, "{} requests", requests - before);
}

#[tokio::test(start_paused = true)]
async fn a_part_is_resumed_as_the_same_part_alone() {
    let timed = export::pool(100);
    let (directory, path) = export::directory();
    let part = |number| Export::to(&path).shard(JobShard::new(number, 2).unwrap());
    killed_after_start(part(1).run(&timed.admin(), &quota())).await;
    for other in [part(2), Export::to(&path)] {
        let refused = export::exported(&timed, other).await.unwrap_err();
        assert!(matches!(refused, JobError::OtherSettings), "{refused}");
    }
    export::exported(&timed, part(1)).await.unwrap();

    let outcomes = directory.path().join("outcomes.jsonl");
    let change = |number| {
        let change = MassChange::new(UserChange::Disable, UserQuery::all(), &outcomes);
        change.shard(JobShard::new(number, 2).unwrap())
    };
    killed_after_start(change(1).run(&timed.admin(), &quota())).await;
    let refused = change(2).run(&timed.admin(), &quota()).finish().await.unwrap_err();
    assert!(matches!(refused, JobError::OtherSettings), "{refused}");
    change(1).run(&timed.admin(), &quota()).finish().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_part_is_not_resumed_under_an_earlier_claim() {
    let timed = export::pool(100);
    let (directory, path) = export::directory();
    let outcomes = directory.path().join("outcomes.jsonl");
    let change = || MassChange::new(UserChange::Disable, UserQuery::all(), &outcomes);
    for claim in [7, 8] {
        let part = change().fencing_number(claim);
        killed_after_start(part.run(&timed.admin(), &quota())).await;
        let part = Export::to(&path).fencing_number(claim);
        killed_after_start(part.run(&timed.admin(), &quota())).await;
    }
    let updates = timed.requests(QuotaCategory::UserUpdate);
    let late = change().fencing_number(7).run(&timed.admin(), &quota()).finish().await;
    let error = late.unwrap_err();
    assert!(matches!(error, JobError::TakenOver) && !error.is_resumable(), "{error}");
    let late = export::exported(&timed, Export::to(&path).fencing_number(7)).await;
    assert!(matches!(late.unwrap_err(), JobError::TakenOver));
    assert_eq!(timed.requests(QuotaCategory::UserUpdate), updates, "nothing is sent");

    // An administrator resumes it without a number.
    let report = change().run(&timed.admin(), &quota()).finish().await.unwrap();
    assert_eq!(report.outcomes.done, 100);
    assert_eq!(export::exported(&timed, Export::to(&path)).await.unwrap().users, 100);
}

/// Drops a run after its first request for users.
async fn killed_after_start<T>(mut run: JobRun<T>) {
    while !matches!(run.next_event().await.unwrap(), JobEvent::Started { .. }) {}
    drop(run);
    // Paused time only advances when no thread works, and then the files are complete.
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn the_parts_of_a_change_change_every_user_once() {
    let change = || UserChange::AddToGroup("staff".to_owned());
    let whole = changes::pool(90);
    let (_directory, path) = changes::directory();
    let report = changes::changed(&whole, change(), UserQuery::all(), &path).await.unwrap();
    let expected = outcomes(&report);
    for by_query in [true, false] {
        let timed = changes::pool(90);
        let (directory, _) = changes::directory();
        let (mut joined, mut items) = (BTreeMap::new(), 0);
        for shard in shards(3) {
            let path = directory.path().join(shard.number().to_string());
            let users: UserSelection =
                if by_query { UserQuery::all().into() } else { twice(90).into() };
            let part = MassChange::new(change(), users, &path).shard(shard);
            let report = part.run(&timed.admin(), &quota()).finish().await.unwrap();
            assert!(report.items > 10 && report.outcomes.done == report.items, "{report:?}");
            assert_eq!(report.duplicates, if by_query { 0 } else { report.items });
            items += report.items;
            joined.extend(outcomes(&report));
        }
        assert_eq!((items, &joined), (90, &expected));
        assert!(changes::state(&timed) == changes::state(&whole));
    }
}

/// Returns a list with each name twice.
fn twice(users: usize) -> UserNames {
    UserNames::of((0..users).chain(0..users).map(name))
}

#[tokio::test(start_paused = true)]
async fn parts_with_a_part_of_the_rate_use_the_quota_together_without_throttling() {
    let timed = changes::pool(600);
    let (directory, _) = changes::directory();
    let (before, _) = timed.requests(QuotaCategory::UserUpdate);
    let start = Instant::now();
    let runs = shards(4).map(|shard| {
        let path = directory.path().join(shard.number().to_string());
        let quota = Quota::builder().exclusive().workers(shard.count()).build();
        let change = MassChange::new(UserChange::Disable, names(0..600), path).shard(shard);
        change.run(&timed.admin(), &quota).finish()
    });
    for report in futures_util::future::join_all(runs).await {
        assert_eq!(report.unwrap().outcomes.failed, 0);
    }
    let (requests, throttled) = timed.requests(QuotaCategory::UserUpdate);
    assert_eq!((requests - before, throttled), (600, 0));
    // The largest part ends last.
    let used = 600.0 / (25.0 * start.elapsed().as_secs_f64());
    assert!(used > 0.8, "{used}");
}

#[tokio::test(start_paused = true)]
async fn the_parts_of_an_import_create_every_user_once_and_reject_the_same_lines() {
    let input: String = (0..60)
        .map(|number| format!("{{\"username\":\"user{number}\",\"groups\":[\"staff\"]}}\n"))
        .chain(["{\"username\":\"user7\"}\n".to_owned(), "{}\n".to_owned()])
        .collect();
    let whole = import::pool();
    let files = Files::new(&input);
    let import = files.import().create_groups().skip_rejected();
    let report = import::imported(&whole, import).await.unwrap();
    assert_eq!((report.outcomes.done, report.outcomes.failed), (60, 2));

    let timed = import::pool();
    let (mut done, mut failed, mut planned) = (0, 0, 0);
    for shard in shards(3) {
        let files = Files::new(&input);
        let part = part_of(&files, shard);
        let refused = import::imported(&timed, part.clone()).await.unwrap_err();
        assert!(matches!(refused, JobError::RejectedLines { lines: 2, .. }), "{refused}");
        let plan = part.plan(&timed.admin(), &quota()).await.unwrap();
        assert_eq!(plan.rejected_lines, 2);
        planned += plan.users;
        let report = import::imported(&timed, part.skip_rejected()).await.unwrap();
        done += report.outcomes.done;
        failed += report.outcomes.failed;
        assert_eq!(report.outcomes.total(), report.items);
    }
    assert_eq!((planned, done, failed), (60, 60, 2));
    assert!(import::described(&timed).await == import::described(&whole).await);
}

fn part_of(files: &Files, shard: JobShard) -> Import {
    files.import().create_groups().shard(shard)
}
