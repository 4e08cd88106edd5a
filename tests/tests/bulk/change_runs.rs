//! Runs of changes of many users: kills, stops, files, and resumption.

use std::fs;
use std::time::Duration;

use cognito::bulk::{
    JobError, JobEvent, MassChange, QuotaCategory, UserChange, UserNames, UserQuery, UserSelection,
};
use cognito_emulator::InjectedFault;
use serde_json::json;
use tokio::time::timeout;

use crate::change_faults::address;
use crate::changes::{assert_no_message_twice, changed, directory, name, names, pool, state};
use crate::export::{quota, rows};

/// Returns the next number of Knuth's MMIX generator.
fn next(random: &mut u64) -> u64 {
    *random =
        random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *random >> 33
}

/// Returns the number of kills: 10 unless `COGNITO_BULK_KILLS` is set.
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
