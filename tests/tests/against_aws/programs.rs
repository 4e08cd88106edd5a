//! The program: its consent, its interrupt, and the deletion of pools that were left.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use cognito_emulator::{Emulator, SigningKeys};
use serde_json::{Value, json};

const REGION: &str = "eu-west-1";

async fn emulator() -> Emulator {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests).region(REGION);
    builder.start().await.unwrap()
}

fn program(endpoint: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_against_aws"));
    let kept =
        ["PATH", "SYSTEMROOT"].map(|name| (name, std::env::var_os(name).unwrap_or_default()));
    command.env_clear().envs(kept).args(arguments);
    command.env("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", endpoint).env("AWS_REGION", REGION);
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    command.env("COGNITO_AWS_PREFIX", "compare");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the program with a line of input, away from the emulator's thread.
async fn output(mut command: Command, input: &'static str) -> Output {
    let run = move || {
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        child.wait_with_output().unwrap()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn created(emulator: &Emulator, name: &str, tag: Option<&str>) {
    let mut request = json!({ "PoolName": name, "DeletionProtection": "ACTIVE" });
    if let Some(tag) = tag {
        request["UserPoolTags"] = json!({ "cognito-conformance": tag });
    }
    emulator.call("CreateUserPool", &request).unwrap();
}

#[tokio::test]
async fn without_credentials_or_consent_nothing_is_sent() {
    let emulator = emulator().await;
    let mut command = program(emulator.endpoint(), &["run", "--yes"]);
    command.env_remove("AWS_SECRET_ACCESS_KEY");
    let refused = output(command, "").await;
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("AWS_SECRET_ACCESS_KEY is not set, so nothing is sent"));
    for line in ["", "yes\n", "compared\n"] {
        let run = ["run", "--only", "a resource server twice"];
        let refused = output(program(emulator.endpoint(), &run), line).await;
        assert!(!refused.status.success(), "{line}");
        assert!(text(&refused.stderr).contains("the prefix was not typed"), "{refused:?}");
        assert!(text(&refused.stdout).contains("monthly active users"), "{refused:?}");
    }
    assert!(emulator.requests().is_empty());
}

#[tokio::test]
async fn a_run_that_was_agreed_to_writes_its_report() {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let run = ["run", "--only", "a resource server twice", "--report", path];
    let done = output(program(emulator.endpoint(), &run), "compare\n").await;
    assert!(done.status.success(), "{done:?}");
    let file = fs::read_dir(path).unwrap().next().unwrap().unwrap().path();
    let report: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    assert_eq!((&report["equal"], &report["left"]), (&json!(1), &json!([])));
    assert_eq!(report["endpoint"], emulator.endpoint());
}

#[tokio::test]
async fn leftovers_are_deleted_by_prefix_and_tag() {
    let emulator = emulator().await;
    created(&emulator, "compare-1-all", Some("compare-1"));
    created(&emulator, "compare-2-case", Some("compare-2"));
    for (name, tag) in [("compare-3-case", None), ("compare-4-case", Some("other-4"))] {
        created(&emulator, name, tag);
    }
    created(&emulator, "compared-5-case", Some("compared-5"));
    let listed = output(program(emulator.endpoint(), &["clean", "compare"]), "no\n").await;
    assert!(!listed.status.success() && text(&listed.stdout).contains("compare-1-all"));
    let count = || emulator.pools().len();
    assert_eq!(count(), 5);
    let done = output(program(emulator.endpoint(), &["clean", "compare", "--yes"]), "").await;
    assert!(done.status.success(), "{done:?}");
    assert_eq!(text(&done.stdout).matches("deleted ").count(), 2);
    assert_eq!(count(), 3);
    let wrong = output(program(emulator.endpoint(), &["clean", "a", "--yes"]), "").await;
    assert!(!wrong.status.success());
}

#[cfg(unix)]
#[tokio::test]
async fn an_interrupt_and_a_request_to_terminate_delete_the_pools() {
    use std::time::Duration;
    let emulator = emulator().await;
    for signal in ["INT", "TERM"] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_str().unwrap();
        let hour = Duration::from_secs(3600);
        emulator.plan_fault(
            "CreateResourceServer",
            1,
            cognito_emulator::InjectedFault::Delayed(hour),
        );
        let run = ["run", "--yes", "--only", "a resource server twice", "--report", path];
        let child = program(emulator.endpoint(), &run).spawn().unwrap();
        while emulator.pools().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let id = child.id().to_string();
        let killed = Command::new("kill").args([&format!("-{signal}"), &*id]).status().unwrap();
        assert!(killed.success());
        let wait = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap());
        let done = wait.await.unwrap();
        assert_eq!(done.status.code(), Some(1), "{done:?}");
        assert!(text(&done.stderr).contains("the run was interrupted"), "{done:?}");
        assert!(emulator.pools().is_empty());
        assert!(fs::read_dir(path).unwrap().next().is_some(), "no report after SIG{signal}");
    }
}
