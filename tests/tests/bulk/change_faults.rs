//! Failures of requests during changes of many users.

use std::fs;
use std::time::Duration;

use cognito::bulk::{JobError, JobEvent, MassChange, Quota, QuotaCategory, UserChange};
use cognito_emulator::InjectedFault;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::changes::{assert_no_message_twice, changed, directory, name, names, pool};
use crate::export::{quota, rows};
use crate::timed::{PASSING_FAULTS, Responder, response};

#[tokio::test(start_paused = true)]
async fn throttled_and_lost_requests_are_repeated_and_no_message_is_sent_twice() {
    for (change, operation) in [
        (UserChange::Disable, "AdminDisableUser"),
        (UserChange::ResetPassword, "AdminResetUserPassword"),
        (UserChange::DeletePermanently, "AdminDeleteUser"),
    ] {
        let timed = pool(60);
        let (_directory, path) = directory();
        for (at, fault) in PASSING_FAULTS.into_iter().enumerate() {
            timed.emulator.plan_fault(operation, 3 + at * 9, fault);
        }
        let report = changed(&timed, change, names(0..60), &path).await.unwrap();
        assert_eq!(report.outcomes.done, 60, "{operation}: {report:?}");
        assert_no_message_twice(&timed);
    }
}

const UPDATE: &str = "AdminUpdateUserAttributes";

/// A change of addresses that the service may verify, so that its effect cannot be read.
pub(crate) fn address() -> UserChange {
    UserChange::SetAttributes([("email", "info@example.com")].into_iter().collect())
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_effect_cannot_be_read_is_unknown_and_repeated_only_on_demand() {
    let timed = pool(20);
    let (directory, path) = directory();
    timed.emulator.plan_fault(UPDATE, 5, InjectedFault::InternalError);
    timed.emulator.plan_fault(UPDATE, 9, InjectedFault::ResponseLost);
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
async fn an_unknown_outcome_whose_repetition_is_refused_stays_unknown() {
    for name in ["AccessDeniedException", "TooManyRequestsException"] {
        let (timed, (directory, path)) = (pool(20), directory());
        let change = || MassChange::new(address(), names(0..20), &path);
        let run = async |change: MassChange| change.run(&timed.admin(), &quota()).finish().await;
        timed.emulator.plan_fault(UPDATE, 5, InjectedFault::InternalError);
        assert_eq!(run(change()).await.unwrap().outcomes.unknown, 1);

        let refused = move |operation: &str, _: &Value| {
            (operation == UPDATE).then(|| response(400, &json!({ "__type": name })))
        };
        let admin = timed.admin_with(Responder::of_responses(refused));
        let error = change().repeat_unknown().run(&admin, &quota()).finish().await.unwrap_err();
        assert!(matches!(error, JobError::Request(_)), "{name}: {error}");

        let report = run(change()).await.unwrap();
        assert_eq!((report.outcomes.done, report.outcomes.unknown), (19, 1), "{name}");
        assert!(rows(&path).iter().any(|row| row["outcome"] == "unknown"), "{name}");
        let report = run(change().repeat_unknown()).await.unwrap();
        assert_eq!((report.outcomes.done, report.outcomes.unknown), (20, 0), "{name}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "the journal is gone");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_whose_repetition_is_killed_is_read_by_the_next_run() {
    let (timed, (_directory, path)) = (pool(20), directory());
    let change = || MassChange::new(address(), names(0..20), &path);
    let run = async |change: MassChange| change.run(&timed.admin(), &quota()).finish().await;
    timed.emulator.plan_fault(UPDATE, 5, InjectedFault::InternalError);
    assert_eq!(run(change()).await.unwrap().outcomes.unknown, 1);
    // The request takes effect, and the run is killed before its response.
    timed.emulator.plan_fault(UPDATE, 1, InjectedFault::Delayed(Duration::from_secs(8)));
    let killed = timeout(Duration::from_secs(4), run(change().repeat_unknown())).await;
    assert!(killed.is_err(), "it ends before it is killed");

    let report = run(change()).await.unwrap();
    assert_eq!((report.outcomes.done, report.outcomes.unknown), (20, 0));
    assert!(rows(&path).iter().all(|row| row["outcome"] == "done"));
}

#[tokio::test(start_paused = true)]
async fn unknown_outcomes_are_repeated_after_a_kill_before_the_end_is_recorded() {
    let (timed, (_directory, path)) = (pool(20), directory());
    let change = || MassChange::new(address(), names(0..20), &path);
    let run = async |change: MassChange| change.run(&timed.admin(), &quota()).finish().await;
    timed.emulator.plan_fault(UPDATE, 5, InjectedFault::InternalError);
    assert_eq!(run(change()).await.unwrap().outcomes.unknown, 1);
    // The outcomes are complete, but the journal lacks its last entry.
    let journal = path.with_file_name("outcomes.jsonl.job").join("journal.jsonl");
    let entries = fs::read_to_string(&journal).unwrap();
    let (rest, last) = entries.trim_end().rsplit_once('\n').unwrap();
    assert!(last.contains("finished"), "{last}");
    fs::write(&journal, format!("{rest}\n")).unwrap();

    let report = run(change().repeat_unknown()).await.unwrap();
    assert_eq!((report.outcomes.done, report.outcomes.unknown), (20, 0));
    assert!(rows(&path).iter().all(|row| row["outcome"] == "done"));
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
