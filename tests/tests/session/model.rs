//! The model of refresh and store: it runs, and finds planted defects. `cargo xtask refresh-model`
//! runs more schedules.

use std::time::Duration;

use cognito_tests::refresh_model::{Defect, System, Tokens};

const GRACE: Duration = Duration::from_secs(60);

#[test]
fn no_schedule_with_one_fault_loses_a_session_or_returns_unstored_tokens() {
    let tokens = Tokens::prepare();
    for grace in [Duration::ZERO, GRACE] {
        let system = System { programs: 2, grace, defect: None };
        let explored = system.explore(&tokens, 1, usize::MAX);
        assert!(explored.broken.is_none(), "{explored}");
        assert!(explored.schedules > 100 && explored.kills > 20, "{explored}");
        assert!(explored.lost_responses > 5, "{explored}");
    }
}

#[test]
fn random_schedules_of_three_programs_satisfy_the_rules() {
    let tokens = Tokens::prepare();
    let system = System { programs: 3, grace: GRACE, defect: None };
    let explored = system.sample(&tokens, 0..60);
    assert!(explored.broken.is_none(), "{explored}");
}

#[test]
fn planted_defects_are_found() {
    let tokens = Tokens::prepare();
    for (defect, grace, rule) in [
        (Defect::ShowsBeforeStoring, GRACE, "tokens are shown that were not stored"),
        (Defect::IgnoresClaims, Duration::ZERO, "the session was lost without a reason"),
        (Defect::TakesOutagesForRefusals, GRACE, "that the service honours"),
        (Defect::ReplacesWithoutComparing, Duration::ZERO, "the session was lost without a reason"),
    ] {
        let system = System { programs: 2, grace, defect: Some(defect) };
        let explored = system.explore(&tokens, 1, usize::MAX);
        let broken = explored.broken.unwrap_or_else(|| panic!("{defect:?} is not found"));
        assert!(broken.contains(rule), "{defect:?}: {broken}");
    }
}
