//! The conformance suite on the emulator: in process, over HTTP, behind a mock server.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cognito::UserPool;
use cognito::types::{BoxFuture, Clock, Code};
use cognito_emulator::{Emulator, LocalPool, Mfa, PoolSettings, SigningKeys};
use cognito_tests::conformance::administration::{self, Administered};
use cognito_tests::conformance::jobs;
use cognito_tests::conformance::{STEPS, STEPS_WITH_CODES, Server, Target};
use cognito_tests::fixture::admin_config;
use cognito_tests::mock_server::MockServer;
use serde_json::json;
use wiremock::Mock;
use wiremock::matchers::any;

const SECRET: &str = "a-secret-of-the-app-client";

struct Embedded(LocalPool);

impl Server for Embedded {
    fn last_code<'a>(&'a self, username: &'a str) -> BoxFuture<'a, Code> {
        Box::pin(async move { self.0.code_for(username).expect("no code was sent") })
    }

    fn now(&self) -> SystemTime {
        self.0.clock().now()
    }

    fn wait_for_next_code(&self) -> BoxFuture<'_, ()> {
        Box::pin(async { self.0.clock().advance(Duration::from_secs(30)) })
    }
}

fn settings(secret: bool) -> PoolSettings {
    let flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    let settings = PoolSettings::default().mfa(Mfa::Optional);
    let settings = settings.client_member("ExplicitAuthFlows", json!(flows));
    if secret { settings.client_secret(SECRET) } else { settings }
}

fn client(local: &LocalPool, in_process: bool) -> UserPool {
    let mut builder = UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint());
    builder = builder.clock(Arc::<cognito_emulator::TestClock>::clone(&local.clock()));
    if let Some(secret) = local.client_secret() {
        builder = builder.client_secret(secret);
    }
    if in_process {
        builder = builder.http_client(local.http_client());
    }
    builder.build().unwrap()
}

async fn run(local: LocalPool, in_process: bool) {
    let pool = client(&local, in_process);
    let admin = pool.admin(&admin_config());
    let administered = Administered { admin, pool: pool.clone(), lacks: &[], rate: 200 };
    for (name, step) in administration::STEPS.iter().chain(&jobs::STEPS) {
        println!("{name}");
        step(&administered).await;
    }
    let target = Target { pool, server: Box::new(Embedded(local)) };
    for (name, step) in STEPS_WITH_CODES.into_iter().chain(STEPS) {
        println!("{name}");
        step(&target).await;
    }
}

#[tokio::test]
async fn in_process() {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    for secret in [false, true] {
        run(emulator.create_pool(settings(secret)).unwrap(), true).await;
    }
}

#[tokio::test]
async fn over_http() {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap();
    for secret in [false, true] {
        run(emulator.create_pool(settings(secret)).unwrap(), false).await;
    }
}

#[tokio::test]
async fn behind_a_mock_server() {
    let server = MockServer::start().await;
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests);
    let emulator = emulator.endpoint(server.uri()).in_process();
    Mock::given(any()).respond_with(emulator.responder()).mount(&server).await;
    for secret in [false, true] {
        run(emulator.create_pool(settings(secret)).unwrap(), false).await;
    }
}
