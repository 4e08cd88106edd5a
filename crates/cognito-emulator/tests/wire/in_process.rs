//! The HTTP client for the AWS SDK, on a runtime with one thread.

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use axum::http::Request;
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use serde_json::{Value, json};

async fn call(local: &LocalPool, operation: &str, input: Value) -> u16 {
    let request = Request::post("http://localhost/")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"))
        .body(SdkBody::from(input.to_string()))
        .unwrap();
    let request = HttpRequest::try_from(request).unwrap();
    local.http_client().call(request).await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "current_thread")]
async fn a_trigger_that_sleeps_does_not_block_another_request() {
    let (wake, sleeps) = mpsc::channel::<()>();
    let sleeps = Mutex::new(sleeps);
    let settings = PoolSettings::default().pre_sign_up(move |_| {
        let woken = sleeps.lock().unwrap().recv_timeout(Duration::from_secs(30));
        woken.map(|()| Default::default()).map_err(|_| "it was never woken".to_owned())
    });
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let local = emulator.create_pool(settings).unwrap();
    local.add_user("bob", "Correct-horse1").unwrap();
    let client_id = local.client_id();
    let alice = json!({
        "ClientId": client_id.as_str(), "Username": "alice", "Password": "Correct-horse1"
    });
    let bob = json!({ "UserPoolId": local.id().as_str(), "Username": "bob" });
    let other = async {
        let status = call(&local, "AdminGetUser", bob).await;
        wake.send(()).unwrap();
        status
    };
    assert_eq!(tokio::join!(call(&local, "SignUp", alice), other), (200, 200));
    assert_eq!(emulator.requests()[0].operation, "AdminGetUser");
}

#[tokio::test(flavor = "current_thread")]
async fn request_of_a_dropped_caller_is_completed() {
    let (wake, sleeps) = mpsc::channel::<()>();
    let sleeps = Mutex::new(sleeps);
    let settings = PoolSettings::default().pre_sign_up(move |_| {
        let woken = sleeps.lock().unwrap().recv_timeout(Duration::from_secs(30));
        woken.map(|()| Default::default()).map_err(|_| "it was never woken".to_owned())
    });
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let local = emulator.create_pool(settings).unwrap();
    let alice = json!({
        "ClientId": local.client_id().as_str(), "Username": "alice", "Password": "Correct-horse1"
    });
    let limit = Duration::from_millis(50);
    assert!(tokio::time::timeout(limit, call(&local, "SignUp", alice)).await.is_err());
    wake.send(()).unwrap();
    let signed_up = || local.call("AdminGetUser", json!({ "Username": "alice" })).is_ok();
    let appears = async {
        while !signed_up() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), appears).await.unwrap();
}
