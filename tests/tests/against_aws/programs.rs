//! The program: consent, interrupts, and the deletion of remaining pools.

use std::fs;
use std::io::Write;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use cognito_emulator::{Emulator, InjectedFault, SigningKeys};
use serde_json::{Value, json};

const REGION: &str = "eu-west-1";

/// The number of searches for pools at the end of a run.
const LOOKS: usize = 5;

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

/// Runs the program with a line of input, on another thread than the emulator's.
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
        assert!(text(&refused.stderr).contains("compare was not typed"), "{refused:?}");
        assert!(text(&refused.stdout).contains("monthly active users"), "{refused:?}");
    }
    assert!(emulator.requests().is_empty());
}

#[tokio::test]
async fn confirmed_run_writes_its_report() {
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
async fn a_report_that_cannot_be_written_sends_nothing_before_and_hides_no_pools_after() {
    let emulator = emulator().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let only = "a resource server twice";
    let run = ["run", "--yes", "--only", only, "--report", file.path().to_str().unwrap()];
    let refused = output(program(emulator.endpoint(), &run), "").await;
    assert!(!refused.status.success() && emulator.requests().is_empty(), "{refused:?}");

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("reports");
    let run = ["run", "--yes", "--only", only, "--report", path.to_str().unwrap()];
    let held = InjectedFault::Delayed(Duration::from_secs(2));
    emulator.plan_fault("CreateResourceServer", 1, held);
    for nth in 1..=LOOKS {
        emulator.plan_fault("DeleteUserPool", nth, InjectedFault::InternalError);
    }
    let child = program(emulator.endpoint(), &run).spawn().unwrap();
    while emulator.pools().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    fs::remove_dir_all(&path).unwrap();
    let wait = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap());
    let done = text(&wait.await.unwrap().stderr);
    let (pool, hint) = (emulator.pools()[0].id.to_string(), "cargo xtask aws clean compare-");
    assert!(done.contains(&pool) && done.contains(hint) && done.contains("reports"), "{done}");
}

#[tokio::test]
async fn leftovers_are_deleted_by_prefix_number_and_tag() {
    let emulator = emulator().await;
    emulator.clock().set(SystemTime::now() - Duration::from_secs(7200));
    created(&emulator, "compare-00000001-all", Some("compare-00000001"));
    created(&emulator, "compare-00000002-case", Some("compare-00000002"));
    for (name, tag) in [
        ("compare-00000003-case", None),
        ("compare-00000004-case", Some("compare-00000001")),
        ("compare-other-00000005-case", Some("compare-other-00000005")),
        ("compare-6-case", Some("compare-6")),
        ("compared-00000007-case", Some("compared-00000007")),
    ] {
        created(&emulator, name, tag);
    }
    let listed = output(program(emulator.endpoint(), &["clean", "compare"]), "no\n").await;
    assert!(!listed.status.success() && text(&listed.stdout).contains("compare-00000001-all"));
    let count = || emulator.pools().len();
    assert_eq!(count(), 7);
    let done = output(program(emulator.endpoint(), &["clean", "compare", "--yes"]), "").await;
    assert!(done.status.success(), "{done:?}");
    assert_eq!(text(&done.stdout).matches("deleted ").count(), 2);
    assert_eq!(count(), 5);
    let wrong = output(program(emulator.endpoint(), &["clean", "a", "--yes"]), "").await;
    assert!(!wrong.status.success());
}

#[tokio::test]
async fn pools_of_a_possibly_active_run_are_deleted_only_by_its_name() {
    let emulator = emulator().await;
    for run in ["compare-00000001", "compare-00000002"] {
        created(&emulator, &format!("{run}-case"), Some(run));
    }
    let spared = output(program(emulator.endpoint(), &["clean", "compare", "--yes"]), "").await;
    assert!(spared.status.success(), "{spared:?}");
    assert!(text(&spared.stdout).contains("compare-00000002-case, created 2"), "{spared:?}");
    assert_eq!(emulator.pools().len(), 2);
    let clean = ["clean", "compare-00000002", "--yes"];
    let done = output(program(emulator.endpoint(), &clean), "").await;
    assert!(done.status.success(), "{done:?}");
    let left: Vec<_> = emulator.pools().into_iter().map(|pool| pool.name).collect();
    assert_eq!(left, ["compare-00000001-case"]);
}

#[tokio::test]
async fn clean_fails_for_a_pool_that_it_cannot_describe() {
    let emulator = emulator().await;
    created(&emulator, "compare-00000001-case", Some("compare-00000001"));
    emulator.plan_fault("DescribeUserPool", 1, InjectedFault::InternalError);
    let failed = output(program(emulator.endpoint(), &["clean", "compare", "--yes"]), "").await;
    assert!(!failed.status.success(), "{failed:?}");
    assert!(text(&failed.stderr).contains("its tag is unknown"), "{failed:?}");
    assert_eq!(emulator.pools().len(), 1);
}

/// Starts a run that waits for a response after it created a pool.
#[cfg(unix)]
async fn started(emulator: &Emulator, report: &str) -> Child {
    let hour = Duration::from_secs(3600);
    emulator.plan_fault("CreateResourceServer", 1, InjectedFault::Delayed(hour));
    let run = ["run", "--yes", "--only", "a resource server twice", "--report", report];
    let child = program(emulator.endpoint(), &run).spawn().unwrap();
    while emulator.pools().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child
}

/// Sends a signal, and returns the output at the end of the program.
#[cfg(unix)]
async fn signaled(child: Child, signal: &str) -> Output {
    let id = child.id().to_string();
    let killed = Command::new("kill").args([&format!("-{signal}"), &*id]).status().unwrap();
    assert!(killed.success());
    let wait = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap());
    wait.await.unwrap()
}

#[cfg(unix)]
#[tokio::test]
async fn signals_that_end_programs_delete_the_pools() {
    let emulator = emulator().await;
    for signal in ["INT", "TERM", "HUP"] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_str().unwrap();
        let done = signaled(started(&emulator, path).await, signal).await;
        assert_eq!(done.status.code(), Some(1), "{done:?}");
        assert!(text(&done.stderr).contains("the run was interrupted"), "{done:?}");
        assert!(emulator.pools().is_empty());
        assert!(fs::read_dir(path).unwrap().next().is_some(), "no report after SIG{signal}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn pools_are_deleted_though_the_output_is_closed() {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let mut child = started(&emulator, path).await;
    drop((child.stdout.take(), child.stderr.take()));
    let done = signaled(child, "INT").await;
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    assert!(emulator.pools().is_empty());
    let file = fs::read_dir(path).unwrap().next().unwrap().unwrap().path();
    let report: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    assert_eq!(report["ended_early"], "the run was interrupted");
}
