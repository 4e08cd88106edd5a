//! Failures of requests during an import.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use cognito::bulk::JobError;
use cognito_emulator::InjectedFault;
use serde_json::json;

use crate::export::{quota, rows};
use crate::import::{Files, assert_invited_once, described, imported, many, pool, user};
use crate::timed::{PASSING_FAULTS, Responder, response};

#[tokio::test(start_paused = true)]
async fn refused_users_fail_and_the_others_are_imported() {
    let timed = pool();
    let exception = |name| InjectedFault::exception(name, "no");
    timed.emulator.plan_fault("AdminCreateUser", 2, exception("UserLambdaValidationException"));
    timed.emulator.plan_fault("AdminCreateUser", 4, exception("InvalidParameterException"));
    let files = Files::new(many(6));
    let report = imported(&timed, files.import().create_groups()).await.unwrap();
    assert_eq!((report.outcomes.done, report.outcomes.failed), (4, 2));
    let errors: Vec<_> = rows(&files.outcomes)
        .iter()
        .filter_map(|row| Some(row.get("error")?.as_str()?.to_owned()))
        .collect();
    assert!(errors.contains(&"TriggerFailed".to_owned()), "{errors:?}");
    assert!(errors.contains(&"InvalidParameter".to_owned()), "{errors:?}");
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_ends_the_import_which_can_be_resumed() {
    let timed = pool();
    let denied = InjectedFault::exception("AccessDeniedException", "no");
    timed.emulator.plan_fault("AdminAddUserToGroup", 3, denied);
    let files = Files::new(many(30));
    let error = imported(&timed, files.import().create_groups()).await.unwrap_err();
    assert!(matches!(error, JobError::Request(_)), "{error}");
    let report = imported(&timed, files.import().create_groups()).await.unwrap();
    assert_eq!(report.outcomes.done, 30);
    assert!(described(&timed).await.values().all(|user| user["groups"] == json!(["staff"])));
}

#[tokio::test(start_paused = true)]
async fn throttled_and_lost_requests_are_repeated_and_no_user_is_invited_twice() {
    let timed = pool();
    for (at, fault) in PASSING_FAULTS.into_iter().enumerate() {
        for operation in ["AdminCreateUser", "AdminSetUserPassword", "AdminAddUserToGroup"] {
            timed.emulator.plan_fault(operation, 3 + at * 4, fault.clone());
        }
    }
    let files = Files::new(many(75));
    let report = imported(&timed, files.import().create_groups().invite()).await.unwrap();
    assert_eq!(report.outcomes.done, 75, "{report:?}");
    assert_invited_once(&timed, 50);
    let undisturbed = pool();
    fs::remove_file(&files.outcomes).unwrap();
    imported(&undisturbed, files.import().create_groups().invite()).await.unwrap();
    assert_eq!(described(&timed).await, described(&undisturbed).await);
}

#[tokio::test(start_paused = true)]
async fn a_user_whose_request_takes_effect_after_it_was_read_is_completed() {
    let timed = pool();
    let local = timed.local.clone();
    let attempts = AtomicUsize::new(0);
    // As with a trigger that is slower than the timeout: the first request creates the user just
    // before the second one.
    let admin = timed.admin_with(Responder::of_responses(move |operation, input| {
        if operation != "AdminCreateUser" {
            return None;
        }
        match attempts.fetch_add(1, Ordering::Relaxed) {
            0 => Some(response(500, &json!({ "__type": "InternalErrorException" }))),
            1 => local.call(operation, input.clone()).map(|_| None).unwrap(),
            _ => None,
        }
    }));
    let members = json!({ "password": "Planted-1", "groups": ["staff"], "enabled": false });
    let files = Files::new(user("late", members));
    let import = || files.import().create_groups();
    let report = import().run(&admin, &quota()).finish().await.unwrap();
    assert_eq!(report.outcomes.done, 1, "{:?}", rows(&files.outcomes));
    let undisturbed = pool();
    fs::remove_file(&files.outcomes).unwrap();
    imported(&undisturbed, import()).await.unwrap();
    assert_eq!(described(&timed).await, described(&undisturbed).await);
}

#[tokio::test(start_paused = true)]
async fn a_password_that_is_refused_after_its_lost_request_is_set() {
    let refused = || InjectedFault::exception("PasswordHistoryPolicyViolationException", "no");
    for is_lost in [true, false] {
        let timed = pool();
        if is_lost {
            timed.emulator.plan_fault("AdminSetUserPassword", 1, InjectedFault::ResponseLost);
        }
        timed.emulator.plan_fault("AdminSetUserPassword", 1 + usize::from(is_lost), refused());
        let members = json!({ "password": "Planted-1", "groups": ["staff"], "enabled": false });
        let files = Files::new(user("refused", members));
        let report = imported(&timed, files.import().create_groups()).await.unwrap();
        let (done, failed) = (u64::from(is_lost), u64::from(!is_lost));
        assert_eq!((report.outcomes.done, report.outcomes.failed), (done, failed));
        let described = described(&timed).await;
        let has_group = described.values().all(|user| user["groups"] == json!(["staff"]));
        assert_eq!(has_group, is_lost, "{described:?}");
    }
}
