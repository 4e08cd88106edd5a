//! An administrator from the environment, in a separate process.

use std::process::Output;

use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use serde_json::json;
use tokio::process::Command;

async fn run(local: &LocalPool, environment: &[(&str, &str)]) -> Output {
    run_with(local, &[], environment).await
}

async fn run_with(local: &LocalPool, more: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_from_env"));
    program.arg(local.id().as_str()).args(more).env_clear();
    program.env("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", local.endpoint());
    // Disables other sources of credentials.
    program.env("AWS_EC2_METADATA_DISABLED", "true");
    program.envs(environment.iter().copied()).output().await.unwrap()
}

#[tokio::test]
async fn administrator_is_created_from_the_environment() {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    for name in ["alice", "bob"] {
        let user = json!({ "Username": name, "MessageAction": "SUPPRESS" });
        local.call("AdminCreateUser", user).unwrap();
    }
    // The Region of the pool takes precedence.
    let environment = [
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "ap-south-1"),
    ];
    let done = run(&local, &environment).await;
    assert_eq!(String::from_utf8_lossy(&done.stdout), "2 1\n", "{done:?}");

    // A pool's own endpoint overrides the environment.
    let mut elsewhere = environment.to_vec();
    elsewhere.push(("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:9"));
    let done = run_with(&local, &[local.endpoint()], &elsewhere).await;
    assert_eq!(String::from_utf8_lossy(&done.stdout), "2\n", "{done:?}");

    // An empty variable counts as not set.
    let mut blank = environment.to_vec();
    blank.extend([("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", ""), ("AWS_ENDPOINT_URL", "")]);
    blank.push(("HTTPS_PROXY", "http://127.0.0.1:9"));
    let unreachable = run(&local, &blank).await;
    let said = String::from_utf8_lossy(&unreachable.stderr);
    assert!(said.contains("Transport") && !said.contains("panicked"), "{said}");

    let refused = run(&local, &[]).await;
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("Configuration"), "{said}");
}
