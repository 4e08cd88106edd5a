//! Imports by user import jobs: plan, jobs, and resumption.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cognito::bulk::{CsvImport, CsvImportReport, JobError, JobEvent, RejectionReason};
use cognito_emulator::{
    Emulator, InjectedFault, LocalPool, Mfa, PoolSettings, QuotaCategory, Quotas, SigningKeys,
};
use serde_json::{Value, json};

use crate::export::{quota, rows};
use crate::import::{Files, kills, next_random, pool, user};
use crate::timed::{PASSING_FAULTS, Timed};

const ROLE: &str = "arn:aws:iam::123456789012:role/import-log";

fn import_of(files: &Files) -> CsvImport {
    CsvImport::new(&files.input, &files.outcomes, ROLE)
}

/// Returns a line of a user with a verified address and other members.
fn verified(name: &str, mut members: Value) -> String {
    members["attributes"]["email"] = format!("{name}@example.com").into();
    members["attributes"]["email_verified"] = "true".into();
    user(name, members)
}

fn many(users: usize) -> String {
    (0..users).map(|number| verified(&format!("user{number}"), json!({}))).collect()
}

async fn imported(timed: &Timed, import: CsvImport) -> Result<CsvImportReport, JobError> {
    import.run(&timed.admin(), &quota()).finish().await
}

/// Returns the jobs of the pool in order of creation.
fn jobs(local: &LocalPool) -> Vec<Value> {
    let listed = local.call("ListUserImportJobs", json!({ "MaxResults": 60 })).unwrap();
    let mut jobs = listed["UserImportJobs"].as_array().unwrap().clone();
    jobs.sort_by(|a, b| a["JobName"].as_str().cmp(&b["JobName"].as_str()));
    jobs
}

/// Returns the status of each user by name.
fn statuses(local: &LocalPool) -> BTreeMap<String, String> {
    let mut users = BTreeMap::new();
    let mut input = json!({});
    loop {
        let page = local.call("ListUsers", input.clone()).unwrap();
        for user in page["Users"].as_array().unwrap() {
            let text = |name: &str| user[name].as_str().unwrap().to_owned();
            users.insert(text("Username"), text("UserStatus"));
        }
        match page.get("PaginationToken") {
            Some(next) => input["PaginationToken"] = next.clone(),
            None => return users,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn plan_rejects_lines_that_a_user_import_job_cannot_import() {
    let timed = pool();
    timed.seed("CreateGroup", json!({ "GroupName": "staff" }));
    let attribute = |name: &str, value: &str| json!({ "attributes": { name: value } });
    let lines = [
        verified("ann", json!({ "sub": "x", "attributes": { "name": "Lee, Ann" } })),
        verified("b", json!({ "groups": ["staff"] })),
        verified("c", json!({ "enabled": false })),
        verified("d", json!({ "password": "Planted-1" })),
        user("e", json!({ "attributes": { "email": "e@example.com" } })),
        verified("f", attribute("name", "two\nlines")),
        verified("g", attribute("name", "end\\")),
        verified("h", attribute("birthdate", "1.1.2000..")),
        verified("i", attribute("unknown", "x")),
        verified(
            "j",
            json!({ "attributes": {
            "name": "x".repeat(2000), "address": "x".repeat(2000), "profile": "x".repeat(2000),
            "picture": "x".repeat(2000), "website": "x".repeat(2000), "nickname": "x".repeat(2000),
            "locale": "x".repeat(2000), "zoneinfo": "x".repeat(2000)
        } }),
        ),
        verified("k", attribute("birthdate", "2000-12-31")),
    ];
    let files = Files::new(lines.concat());
    let plan = import_of(&files).users_of_job(1).plan(&timed.admin(), &quota()).await.unwrap();
    let reasons: Vec<_> =
        plan.rejected.iter().map(|line| (line.line, line.reason.code())).collect();
    let expected = [
        (2, "not_by_job"),
        (3, "not_by_job"),
        (4, "not_by_job"),
        (5, "no_verified_address"),
        (6, "not_in_file"),
        (7, "not_in_file"),
        (8, "not_in_file"),
        (9, "unknown_attribute"),
        (10, "too_long_for_job"),
    ];
    assert_eq!(reasons, expected);
    assert_eq!((plan.users, plan.jobs, plan.rejected_lines), (2, 2, 9));
    assert_eq!((plan.requests["CreateUserImportJob"], plan.ignored["sub"]), (2, 1));
    let error = imported(&timed, import_of(&files)).await.unwrap_err();
    let first = RejectionReason::NotByJob("groups");
    assert!(
        matches!(error, JobError::RejectedLines { lines: 9, line: 2, ref reason } if *reason == first),
        "{error:?}"
    );
    assert!(jobs(&timed.local).is_empty());

    let report = imported(&timed, import_of(&files).skip_rejected()).await.unwrap();
    assert_eq!((report.users, report.imported, report.failed), (2, 2, 0));
    let ann = timed.local.call("AdminGetUser", json!({ "Username": "ann" })).unwrap();
    let name = json!({ "Name": "name", "Value": "Lee, Ann" });
    assert!(ann["UserAttributes"].as_array().unwrap().contains(&name), "{ann}");
    let k = timed.local.call("AdminGetUser", json!({ "Username": "k" })).unwrap();
    let birthdate = json!({ "Name": "birthdate", "Value": "2000-12-31" });
    assert!(k["UserAttributes"].as_array().unwrap().contains(&birthdate), "{k}");
}

#[tokio::test(start_paused = true)]
async fn users_are_imported_by_jobs_one_after_the_other_without_messages() {
    let timed = pool();
    timed.seed("AdminCreateUser", json!({ "Username": "user3", "MessageAction": "SUPPRESS" }));
    let files = Files::new(many(250));
    let mut run = import_of(&files).users_of_job(100).run(&timed.admin(), &quota());
    let mut done = Vec::new();
    while let Some(event) = run.next_event().await {
        if let JobEvent::Progress(progress) = event {
            done.push(progress.done);
        }
    }
    let report = run.finish().await.unwrap();
    assert!(done.is_sorted() && done.last() == Some(&250), "{done:?}");
    assert_eq!((report.imported, report.skipped, report.failed), (249, 1, 0));
    let ends: Vec<_> = report
        .jobs
        .iter()
        .map(|job| (job.first_line, job.last_line, job.has_succeeded()))
        .collect();
    assert_eq!(ends, [(1, 100, true), (101, 200, true), (201, 250, true)]);
    assert!(timed.emulator.outbox().is_empty());
    let statuses = statuses(&timed.local);
    assert_eq!(statuses.len(), 250);
    assert_eq!(statuses["user0"], "RESET_REQUIRED");
    assert_eq!(statuses["user3"], "FORCE_CHANGE_PASSWORD", "a user that exists is left as it is");

    let written = rows(&files.outcomes);
    assert_eq!(written.len(), 3);
    assert_eq!(written[2]["job_id"], json!(report.jobs[2].job_id));
    assert_eq!(written[0]["skipped"], 1);
    assert_eq!(fs::read_dir(files.directory.path()).unwrap().count(), 2, "no journal is left");
    let error = imported(&timed, import_of(&files)).await.unwrap_err();
    assert!(matches!(error, JobError::OutputExists), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn jobs_in_a_pool_that_requires_mfa_enable_it() {
    let settings = PoolSettings::default().mfa(Mfa::Required);
    let timed = Timed::with(Quotas::default(), settings);
    let report = imported(&timed, import_of(&Files::new(many(2)))).await.unwrap();
    assert_eq!((report.imported, report.failed), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn lost_and_throttled_requests_create_and_start_one_job() {
    for operation in [
        "GetCSVHeader",
        "CreateUserImportJob",
        "DescribeUserImportJob",
        "StartUserImportJob",
        "ListUserImportJobs",
    ] {
        for fault in PASSING_FAULTS {
            let timed = pool();
            timed.emulator.plan_fault(operation, 1, fault.clone());
            if operation == "ListUserImportJobs" {
                timed.emulator.plan_fault("CreateUserImportJob", 1, InjectedFault::ResponseLost);
            }
            let files = Files::new(many(3));
            let report = imported(&timed, import_of(&files)).await;
            let report = report.unwrap_or_else(|error| panic!("{operation} {fault:?}: {error:?}"));
            assert_eq!((report.imported, report.skipped), (3, 0), "{operation} {fault:?}");
            assert_eq!(jobs(&timed.local).len(), 1, "{operation} {fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn job_whose_address_has_expired_is_replaced() {
    let timed = pool();
    let denied = InjectedFault::exception("NotAuthorizedException", "no");
    timed.emulator.plan_fault("StartUserImportJob", 1, denied);
    let files = Files::new(many(3));
    let error = imported(&timed, import_of(&files)).await.unwrap_err();
    assert!(matches!(error, JobError::Request(_)), "{error:?}");
    tokio::time::sleep(Duration::from_secs(901)).await;
    let report = imported(&timed, import_of(&files)).await.unwrap();
    assert_eq!((report.imported, report.skipped), (3, 0));
    let states: Vec<_> = jobs(&timed.local).iter().map(|job| job["Status"].clone()).collect();
    assert_eq!(states, ["Created", "Succeeded"]);
    assert_eq!(report.jobs.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn job_that_the_service_fails_is_in_the_report() {
    let timed = pool();
    let files = Files::new(many(4));
    imported(&timed, import_of(&files)).await.unwrap();
    fs::remove_file(&files.outcomes).unwrap();
    let report = imported(&timed, import_of(&files)).await.unwrap();
    assert_eq!((report.imported, report.skipped, report.failed), (0, 4, 0));
    let job = &report.jobs[0];
    assert!(!job.has_succeeded() && job.status == "Failed");
    assert!(job.message.as_deref().unwrap().contains("skipped"), "{job:?}");
}

#[tokio::test(start_paused = true)]
async fn resumed_import_needs_the_same_input_and_settings() {
    let timed = pool();
    let files = Files::new(many(3));
    let mut run = import_of(&files).run(&timed.admin(), &quota());
    while !matches!(run.next_event().await.unwrap(), JobEvent::Progress(_)) {}
    drop(run);
    let other = CsvImport::new(&files.input, &files.outcomes, format!("{ROLE}-2"));
    let error = imported(&timed, other).await.unwrap_err();
    assert!(matches!(error, JobError::OtherSettings), "{error:?}");
    fs::write(&files.input, many(4)).unwrap();
    let error = imported(&timed, import_of(&files)).await.unwrap_err();
    assert!(matches!(error, JobError::InputChanged), "{error:?}");
    fs::write(&files.input, many(3)).unwrap();
    let mut run = import_of(&files).run(&timed.admin(), &quota());
    assert_eq!(run.next_event().await, Some(JobEvent::Started { expected: 3, resumed: true }));
    assert_eq!(run.finish().await.unwrap().imported, 3);
    assert_eq!(jobs(&timed.local).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn jobs_stay_within_the_quota_of_their_operations() {
    let timed = pool();
    let files = Files::new(many(12));
    imported(&timed, import_of(&files).users_of_job(1)).await.unwrap();
    let used = timed.emulator.quota_usage();
    let throttled: u64 = used.iter().map(|usage| usage.throttled).sum();
    assert_eq!(throttled, 0);
    let of_jobs = [QuotaCategory::UserPoolResourceRead, QuotaCategory::UserPoolResourceUpdate];
    assert!(used.iter().any(|usage| of_jobs.contains(&usage.category)));
}

/// The number of users per job of the killed import.
const USERS_OF_JOB: usize = 20;

fn start(local: &LocalPool, input: &Path, outcomes: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_import_users"));
    command.args([local.emulator().endpoint(), local.id().as_str()]).args([input, outcomes]);
    command.arg(USERS_OF_JOB.to_string()).stdout(Stdio::null()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_by_jobs_that_is_killed_imports_each_user_once() {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
    let local = builder.start().await.unwrap().create_pool(PoolSettings::default()).unwrap();
    // The jobs of twelve users for each kill take longer than all runs that are killed.
    let files = Files::new(many(kills() * 12));
    let (input, outcomes) = (&files.input, &files.outcomes);
    let mut random = u64::from(std::process::id());
    let mut kill_times = String::new();
    let mut killed = 0;
    while killed < kills() {
        let mut child = start(&local, input, outcomes);
        let time = 30 + next_random(&mut random) % 700;
        write!(kill_times, "{time} ").unwrap();
        tokio::time::sleep(Duration::from_millis(time)).await;
        child.kill().unwrap();
        let ended = child.wait().unwrap().success();
        assert!(!ended, "it ends before kill {killed}: {kill_times}");
        killed += 1;
    }
    println!("killed after {kill_times}ms, {} jobs", jobs(&local).len());
    assert!(start(&local, input, outcomes).wait().unwrap().success());
    let jobs = jobs(&local);
    let expected = (kills() * 12).div_ceil(USERS_OF_JOB);
    assert_eq!(jobs.len(), expected, "no job is created twice: {kill_times}");
    assert!(jobs.iter().all(|job| job["Status"] == "Succeeded" && job["SkippedUsers"] == 0));
    assert_eq!(statuses(&local).len(), kills() * 12);
    assert_eq!(rows(outcomes).len(), expected);
    assert_eq!(fs::read_dir(files.directory.path()).unwrap().count(), 2, "no journal is left");
}
