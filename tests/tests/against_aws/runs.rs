//! Complete runs in this process.

use std::future::pending;
use std::sync::{Arc, Mutex};

use cognito_emulator::{Emulator, InjectedFault, SigningKeys};
use cognito_tests::against_aws::{Caller, Report, Run, find, on_aws, on_emulator};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const REGION: &str = "eu-west-1";

/// Returns an emulator in place of AWS, with an unrelated pool.
async fn aws() -> (Emulator, Run) {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests).region(REGION);
    let emulator = builder.start().await.unwrap();
    for name in ["compare-0000-all", "shop"] {
        emulator.call("CreateUserPool", &json!({ "PoolName": name })).unwrap();
    }
    let caller = Caller::emulator(emulator.endpoint(), REGION);
    let run = Run {
        caller,
        mark: "compare-0000".to_owned(),
        only: String::new(),
        emulator: Some(emulator.clone()),
        created: Arc::default(),
    };
    (emulator, run)
}

/// Returns the names of all pools.
fn pools(emulator: &Emulator) -> Vec<String> {
    let listed = emulator.call("ListUserPools", &json!({ "MaxResults": 60 })).unwrap();
    let pools = listed["UserPools"].as_array().unwrap().iter();
    let mut names: Vec<_> = pools.map(|pool| pool["Name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// Runs the selected cases and steps on both, and returns the report in JSON.
async fn compared(run: &Run) -> Value {
    let (expected, plan) = on_emulator(REGION, &run.only).await.unwrap();
    let results = Mutex::default();
    let (problem, left) = on_aws(run, &results, pending()).await;
    assert!(left.is_empty());
    let mut report = Report::new(run, &plan, &results.into_inner().unwrap(), &expected).unwrap();
    report.ended_early = problem;
    serde_json::to_value(&report).unwrap()
}

#[tokio::test]
async fn operation_that_a_server_does_not_implement_is_a_difference() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(501).set_body_string("<html>not implemented</html>");
    Mock::given(any()).respond_with(page).mount(&server).await;
    let caller = Caller::emulator(&server.uri(), REGION);
    let response = caller.call("AddUserPoolClientSecret", &json!({})).await.unwrap();
    assert_eq!(response, Err(("HTTP 501".to_owned(), "no JSON".to_owned())));
}

const STRANGERS: [&str; 2] = ["compare-0000-all", "shop"];

#[tokio::test]
async fn comparison_of_the_emulator_with_itself_has_no_difference_and_leaves_no_pool() {
    let (emulator, run) = aws().await;
    let (expected, plan) = on_emulator(REGION, "").await.unwrap();
    assert!(plan.calls() > 300 && plan.users() > 100, "{plan}");
    assert_eq!(plan.messages(), 2, "{plan}"); // from the job that resets passwords
    let results = Mutex::default();
    let (problem, left) = on_aws(&run, &results, pending()).await;
    assert_eq!((problem, left.len()), (None, 0));
    let results = results.into_inner().unwrap();
    let report = Report::new(&run, &plan, &results, &expected).unwrap();
    let differences = serde_json::to_string_pretty(&report.differences).unwrap();
    assert!(report.differences.is_empty(), "{differences}");
    let text = serde_json::to_string_pretty(&expected).unwrap();
    assert!(!text.contains(r#""failed""#) && !text.contains("not called"), "{text}");
    assert_eq!(pools(&emulator), STRANGERS, "pools without the tag are no pools of a run");
}

#[tokio::test]
async fn a_difference_names_its_case_row_and_operation() {
    let (emulator, mut run) = aws().await;
    run.only = "a resource server".to_owned();
    emulator.plan_fault("CreateResourceServer", 2, InjectedFault::InternalError);
    let report = compared(&run).await;
    let difference = &report["differences"][0];
    assert_eq!(difference["name"], "a resource server twice", "{report:#}");
    assert_eq!(difference["row"], "CreateResourceServer of an identifier that exists");
    assert_eq!(difference["operations"], json!(["CreateResourceServer"]));
    assert_eq!(difference["aws"]["calls"][2][1]["__type"], "InternalErrorException");
    assert_eq!(difference["emulator"]["calls"][2][1]["__type"], "InvalidParameterException");
    assert_eq!((&report["equal"], report["differences"].as_array().unwrap().len()), (&json!(2), 1));
}

#[tokio::test]
async fn a_failed_assertion_is_a_difference() {
    let (emulator, mut run) = aws().await;
    run.only = "keeps a resource server's scopes".to_owned();
    emulator.plan_fault(
        "DescribeResourceServer",
        1,
        InjectedFault::exception("ResourceNotFoundException", "missing"),
    );
    let report = compared(&run).await;
    assert_eq!(report["differences"][0]["suite"], "settings", "{report:#}");
    assert_eq!(report["differences"][0]["emulator"], "passed");
    assert!(report["differences"][0]["aws"]["failed"].is_string());
    assert_eq!(pools(&emulator), STRANGERS);
}

#[tokio::test]
async fn throttled_calls_are_repeated() {
    let (emulator, mut run) = aws().await;
    run.only = "a resource server twice".to_owned();
    emulator.plan_fault("CreateUserPool", 1, InjectedFault::Throttled);
    emulator.plan_fault("CreateUserPool", 2, InjectedFault::Throttled);
    let report = compared(&run).await;
    assert_eq!(report["differences"], json!([]));
}

#[tokio::test]
async fn an_interrupted_run_deletes_its_pools_and_reports_the_cases_before() {
    let (emulator, mut run) = aws().await;
    run.only = "rotation".to_owned();
    let (expected, plan) = on_emulator(REGION, "rotation").await.unwrap();
    let results = Mutex::default();
    emulator.plan_fault(
        "CreateUserPoolClient",
        1,
        InjectedFault::Delayed(std::time::Duration::from_secs(3600)),
    );
    let created = async {
        while pools(&emulator).len() == STRANGERS.len() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let (problem, left) = on_aws(&run, &results, created).await;
    assert_eq!((problem.as_deref(), left.len()), (Some("the run was interrupted"), 0));
    assert_eq!(pools(&emulator), STRANGERS);
    let report = Report::new(&run, &plan, &results.into_inner().unwrap(), &expected).unwrap();
    let reason = &report.not_replayed["rotation beside the flow that refreshes"];
    assert_eq!(reason, "the run ended before it");
}

#[tokio::test]
async fn a_server_that_fails_ends_the_run_and_pools_are_deleted() {
    let (emulator, mut run) = aws().await;
    run.only = "a resource server".to_owned();
    emulator.plan_fault("CreateResourceServer", 1, InjectedFault::ResponseLost);
    let report = compared(&run).await;
    assert!(
        report["ended_early"].as_str().unwrap().starts_with("CreateResourceServer"),
        "{report:#}"
    );
    assert_eq!(pools(&emulator), STRANGERS);
    let mine = find(&run.caller, |_| Some(run.mark.clone())).await.unwrap();
    assert!(mine.is_empty());
}

/// Runs one case, and plans faults for the calls of an operation in the deletion.
async fn left_after(operation: &str, calls: usize) -> (Option<String>, usize, Vec<String>) {
    let (emulator, mut run) = aws().await;
    run.only = "a resource server twice".to_owned();
    for nth in 1..=calls {
        emulator.plan_fault(operation, nth, InjectedFault::InternalError);
    }
    let (problem, left) = on_aws(&run, &Mutex::default(), pending()).await;
    (problem, left.len(), pools(&emulator))
}

#[tokio::test]
async fn a_pool_that_cannot_be_described_is_left_and_reported() {
    // Each search finds two pools: that of the run, and an unrelated one with the name of a run.
    let (problem, left, pools) = left_after("DescribeUserPool", 10).await;
    assert_eq!((problem, left), (None, 2));
    assert_eq!(pools.len(), STRANGERS.len() + 1);
}

#[tokio::test]
async fn pools_that_cannot_be_listed_are_reported_by_their_ids() {
    let (problem, left, pools) = left_after("ListUserPools", 5).await;
    assert!(problem.unwrap().starts_with("ListUserPools: InternalErrorException"));
    assert_eq!((left, pools.len()), (1, STRANGERS.len() + 1));
}

#[tokio::test]
async fn requests_of_the_deletion_are_repeated() {
    let operations = ["ListUserPools", "DescribeUserPool", "DeleteUserPool"];
    let runs = operations.map(|operation| left_after(operation, 1));
    for (problem, left, pools) in futures_util::future::join_all(runs).await {
        assert_eq!((problem, left), (None, 0));
        assert_eq!(pools, STRANGERS);
    }
}

#[tokio::test]
async fn updates_carry_the_tag_of_the_run() {
    let (emulator, mut run) = aws().await;
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(emulator.responder()).mount(&server).await;
    (run.caller, run.only) =
        (Caller::emulator(&server.uri(), REGION), "factors that go".to_owned());
    let tags = json!({ "cognito-conformance": run.mark });
    let protected = json!({ "PoolName": "compare-0000-case", "DeletionProtection": "ACTIVE",
        "UserPoolTags": tags });
    emulator.call("CreateUserPool", &protected).unwrap();
    let (_, left) = on_aws(&run, &Mutex::default(), pending()).await;
    assert!(left.is_empty());
    let requests = server.received_requests().await.unwrap();
    let is_update = |request: &&Request| {
        request.headers["x-amz-target"].as_bytes().ends_with(b".UpdateUserPool")
    };
    let updates = requests.iter().filter(is_update).map(|request| request.body_json().unwrap());
    let updates: Vec<Value> = updates.collect();
    // One update of the case, and one that disables deletion protection.
    assert_eq!(updates.len(), 2);
    assert!(updates.iter().all(|update| update["UserPoolTags"] == tags), "{updates:?}");
}

#[tokio::test]
async fn a_pool_whose_tag_is_lost_is_deleted_by_its_id() {
    let (emulator, mut run) = aws().await;
    run.only = "a resource server twice".to_owned();
    let hour = std::time::Duration::from_secs(3600);
    emulator.plan_fault("CreateResourceServer", 1, InjectedFault::Delayed(hour));
    let untagged = async {
        while run.created.lock().unwrap().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let id = run.created.lock().unwrap().first().cloned();
        let described = emulator.call("DescribeUserPool", &json!({ "UserPoolId": id })).unwrap();
        let request = json!({ "ResourceArn": described["UserPool"]["Arn"], "TagKeys": ["cognito-conformance"] });
        emulator.call("UntagResource", &request).unwrap();
    };
    let (_, left) = on_aws(&run, &Mutex::default(), untagged).await;
    assert!(left.is_empty());
    assert_eq!(pools(&emulator), STRANGERS);
}

#[tokio::test]
async fn secrets_accounts_and_arns_of_failures_are_not_reported() {
    let (emulator, mut run) = aws().await;
    let secret = "1example23456789abcdefghijklmnopqrstuvwxyz0123456789";
    let message = format!("arn:aws:iam::123456789012:user/me of 210987654321 has {secret}");
    let refused = || InjectedFault::exception("AccessDeniedException", message.clone());
    for (only, operation) in [
        ("a resource server twice", "CreateUserPool"),
        ("keeps an app client's settings", "DescribeUserPoolClient"),
        ("finds users", "CreateUserPoolClient"),
    ] {
        run.only = only.to_owned();
        emulator.plan_fault(operation, 1, refused());
        let report = compared(&run).await.to_string();
        assert!(report.contains("AccessDenied") || report.contains("<ARN>"), "{only}: {report}");
        for planted in [secret, "123456789012", "210987654321", "user/me"] {
            assert!(!report.contains(planted), "{only}: {report}");
        }
    }
}
