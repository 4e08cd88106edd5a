//! Functions that call the pool over HTTP during a request.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use cognito_emulator::{Emulator, EmulatorBuilder, LocalPool, PoolSettings, SigningKeys};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::support::{call, post, start};

type Own = Arc<OnceLock<LocalPool>>;

/// Confirms users, adds them to a group, and puts their status into messages.
async fn invoke(State(pool): State<Own>, body: String) -> String {
    let mut event: Value = serde_json::from_str(&body).unwrap();
    let (pool, username) = (pool.get().unwrap(), event["userName"].clone());
    match event["triggerSource"].as_str().unwrap() {
        "PreSignUp_SignUp" => event["response"]["autoConfirmUser"] = true.into(),
        "PostConfirmation_ConfirmSignUp" => {
            let input = json!({ "Username": username, "GroupName": "members" });
            call(pool, "AdminAddUserToGroup", input).await;
        }
        _ => {
            let user = call(pool, "AdminGetUser", json!({ "Username": username })).await;
            let status = user["UserStatus"].as_str().unwrap();
            event["response"]["emailMessage"] = format!("{status} {{####}}").into();
        }
    }
    event.to_string()
}

async fn pool() -> LocalPool {
    pool_of(Emulator::builder(), Own::default()).await
}

async fn pool_of(builder: EmulatorBuilder, own: Own) -> LocalPool {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = Router::new().fallback(invoke).with_state(Arc::clone(&own));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let config = json!({ "PreSignUp": url, "PostConfirmation": url, "CustomMessage": url });
    let settings = PoolSettings::default().pool_member("LambdaConfig", config);
    let emulator = builder.signing_keys(SigningKeys::ForTests).start().await.unwrap();
    let local = emulator.create_pool(settings).unwrap();
    own.set(local.clone()).unwrap();
    local.call("CreateGroup", json!({ "GroupName": "members" })).unwrap();
    local
}

#[tokio::test]
async fn functions_call_the_pool_during_a_request() {
    let local = pool().await;
    let attributes = json!([{ "Name": "email", "Value": "alice@example.com" }]);
    let sign_up = json!({
        "Username": "alice", "Password": "Correct-horse1", "UserAttributes": attributes
    });
    assert_eq!(call(&local, "SignUp", sign_up).await["UserConfirmed"], true);
    let groups = local.call("AdminListGroupsForUser", json!({ "Username": "alice" })).unwrap();
    assert_eq!(groups["Groups"][0]["GroupName"], "members");

    let verified = json!([
        { "Name": "email", "Value": "alice@example.com" },
        { "Name": "email_verified", "Value": "true" },
    ]);
    let update = json!({ "Username": "alice", "UserAttributes": verified });
    call(&local, "AdminUpdateUserAttributes", update).await;
    let sent = call(&local, "ForgotPassword", json!({ "Username": "alice" })).await;
    assert!(sent["CodeDeliveryDetails"].is_object(), "{sent}");
    let message = local.emulator().outbox().pop().unwrap();
    assert_eq!(message.text, format!("CONFIRMED {}", message.code));
}

#[tokio::test]
async fn callback_of_requests_may_wait_for_a_trigger_that_is_a_function() {
    let own = Own::default();
    let builder = Emulator::builder().on_request({
        let own = Arc::clone(&own);
        move |record| {
            if record.operation == "GetUser" {
                let name = format!("user-{}", record.status);
                let input = json!({ "Username": name, "Password": "Correct-horse1" });
                own.get().unwrap().call("SignUp", input).unwrap();
            }
        }
    });
    let local = pool_of(builder, own).await;
    let too_long = " ".repeat(2 * 1024 * 1024);
    for (body, status) in [("{}", 400), (&too_long, 413)] {
        let response = post(local.emulator(), "GetUser", "", body);
        let response = tokio::time::timeout(Duration::from_secs(30), response).await.unwrap();
        assert_eq!(response.status(), status);
        let user = json!({ "Username": format!("user-{status}") });
        assert_eq!(local.call("AdminGetUser", user).unwrap()["UserStatus"], "CONFIRMED");
    }
}

/// A function that responds once it is released.
#[derive(Default)]
struct Held {
    runs: Notify,
    release: Notify,
}

async fn hold(State(held): State<Arc<Held>>, event: String) -> String {
    held.runs.notify_one();
    held.release.notified().await;
    event
}

#[tokio::test]
async fn requests_of_other_users_and_pools_finish_while_a_function_runs() {
    let held = Arc::new(Held::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = Router::new().fallback(hold).with_state(Arc::clone(&held));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let emulator = start().await;
    let config = json!({ "PreSignUp": url });
    let settings = PoolSettings::default().pool_member("LambdaConfig", config);
    let local = emulator.create_pool(settings).unwrap();
    let other = emulator.create_pool(PoolSettings::default()).unwrap();

    let sign_up = |name: &str| json!({ "Username": name, "Password": "Correct-horse1" });
    let waiting = tokio::spawn({
        let (local, sign_up) = (local.clone(), sign_up("alice"));
        async move { call(&local, "SignUp", sign_up).await }
    });
    held.runs.notified().await;
    let unknown = call(&local, "AdminGetUser", json!({ "Username": "alice" })).await;
    assert_eq!(unknown["__type"], "UserNotFoundException");
    let group = call(&local, "CreateGroup", json!({ "GroupName": "members" })).await;
    assert_eq!(group["Group"]["GroupName"], "members");
    assert_eq!(call(&other, "SignUp", sign_up("bob")).await["UserConfirmed"], false);
    assert!(!waiting.is_finished());
    held.release.notify_one();
    assert_eq!(waiting.await.unwrap()["UserConfirmed"], false);
}
