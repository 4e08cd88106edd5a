//! The emulator behind a mock server with other mocks.

use std::time::Duration;

use cognito::{ErrorKind, SignIn, UserPool};
use cognito_emulator::{Emulator, InjectedFault, LocalPool, PoolSettings, SigningKeys};
use cognito_tests::mock_server::MockServer;
use serde_json::Value;
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, ResponseTemplate};

const PASSWORD: &str = "Correct-horse1";
const HOUR: Duration = Duration::from_secs(3600);

/// Returns a server that mocks `GET /orders`, and otherwise serves a pool with the user alice.
async fn mocked() -> (MockServer, LocalPool) {
    let server = MockServer::start().await;
    let orders = Mock::given(method("GET")).and(path("/orders"));
    orders.respond_with(ResponseTemplate::new(204)).mount(&server).await;
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
    let emulator = builder.endpoint(server.uri()).in_process();
    Mock::given(any()).respond_with(emulator.responder()).mount(&server).await;
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let alice = serde_json::json!({ "Username": "alice", "Password": PASSWORD });
    local.call("SignUp", alice).unwrap();
    local.call("AdminConfirmSignUp", serde_json::json!({ "Username": "alice" })).unwrap();
    (server, local)
}

fn client(local: &LocalPool) -> UserPool {
    let builder = UserPool::builder(local.id(), local.client_id());
    builder.endpoint(local.endpoint()).clock(local.clock()).build().unwrap()
}

#[tokio::test]
async fn a_sign_in_goes_through_a_mock_server() {
    let (server, local) = mocked().await;
    let pool = client(&local);
    let step = pool.sign_in("alice").password(PASSWORD).await.unwrap();
    let SignIn::Done(session) = step else { panic!("{step:?}") };
    let claims = session.access_claims().await.unwrap(); // verified with the published keys
    assert_eq!(claims.username(), Some("alice"));

    let wrong = pool.sign_in("alice").password("Wrong-horse1").await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::BadCredentials);
    let orders = reqwest::get(format!("{}/orders", server.uri())).await.unwrap();
    assert_eq!(orders.status(), 204, "other mocks go on");
    let discovery = format!("{}/{}/.well-known/openid-configuration", server.uri(), local.id());
    let discovery: Value =
        serde_json::from_str(&reqwest::get(discovery).await.unwrap().text().await.unwrap())
            .unwrap();
    assert_eq!(discovery["issuer"], format!("{}/{}", server.uri(), local.id()));
    let missing = reqwest::get(format!("{}/nowhere", server.uri())).await.unwrap();
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn faults_come_through_a_mock_server() {
    let (server, local) = mocked().await;
    let target = "AWSCognitoIdentityProviderService.GetUser";
    let call = async |limit: Duration| {
        let request = reqwest::Client::new().post(server.uri()).header("x-amz-target", target);
        let request = request.header("content-type", "application/x-amz-json-1.1");
        request.timeout(limit).body("{}").send().await
    };
    assert_eq!(call(HOUR).await.unwrap().status(), 400);
    local.emulator().plan_fault("GetUser", 1, InjectedFault::ResponseLost);
    assert_eq!(call(HOUR).await.unwrap().status(), 502, "a mock server cannot hang up");
    local.emulator().plan_fault("GetUser", 1, InjectedFault::Delayed(HOUR));
    assert!(call(Duration::from_millis(50)).await.unwrap_err().is_timeout());
}
