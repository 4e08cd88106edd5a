//! Functions of sign-in triggers that call the pool over HTTP during a request.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::support::call;

/// A function that calls the pool for its response after it was released.
#[derive(Clone)]
struct Function {
    pool: Arc<OnceLock<LocalPool>>,
    /// Each permit is a waiting event.
    waiting: Arc<Semaphore>,
    /// Each permit releases an event.
    released: Arc<Semaphore>,
}

async fn invoke(State(function): State<Function>, body: String) -> String {
    let mut event: Value = serde_json::from_str(&body).unwrap();
    let pool = function.pool.get().unwrap();
    if event["userName"] == "slow" {
        function.waiting.add_permits(1);
        function.released.acquire().await.unwrap().forget();
    }
    let input = json!({ "Username": event["userName"] });
    event["response"] = match event["triggerSource"].as_str().unwrap() {
        "DefineAuthChallenge_Authentication" => {
            let user = call(pool, "AdminGetUser", input).await;
            let confirmed = user["UserStatus"] == "CONFIRMED";
            json!({ "issueTokens": confirmed, "failAuthentication": !confirmed })
        }
        _ => {
            let groups = call(pool, "AdminListGroupsForUser", input).await;
            let claims = json!({ "first": groups["Groups"][0]["GroupName"] });
            json!({ "claimsOverrideDetails": { "claimsToAddOrOverride": claims } })
        }
    };
    event.to_string()
}

/// Returns a pool over HTTP with a function for two triggers, which waits for the user `slow`.
async fn pool() -> (LocalPool, Function) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/function", listener.local_addr().unwrap());
    let function = Function {
        pool: Arc::default(),
        waiting: Arc::new(Semaphore::new(0)),
        released: Arc::new(Semaphore::new(0)),
    };
    let router = Router::new().fallback(invoke).with_state(function.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap();
    let config = json!({ "PreTokenGeneration": url, "DefineAuthChallenge": url });
    let local = emulator.create_pool(settings().pool_member("LambdaConfig", config)).unwrap();
    function.pool.set(local.clone()).unwrap();
    for name in ["quick", "slow"] {
        add_user(&local, name);
    }
    (local, function)
}

fn settings() -> PoolSettings {
    let flows = json!(["ALLOW_CUSTOM_AUTH", "ALLOW_USER_PASSWORD_AUTH"]);
    PoolSettings::default().client_member("ExplicitAuthFlows", flows)
}

fn add_user(local: &LocalPool, name: &str) {
    let user = json!({ "Username": name, "Password": "Correct-horse1", "Permanent": true });
    local.call("AdminCreateUser", json!({ "Username": name })).unwrap();
    local.call("AdminSetUserPassword", user).unwrap();
}

async fn sign_in(local: &LocalPool, name: &str) -> Value {
    let parameters = json!({ "USERNAME": name, "PASSWORD": "Correct-horse1" });
    let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    let response = call(local, "InitiateAuth", input);
    timeout(Duration::from_secs(20), response).await.unwrap()
}

fn claims(response: &Value) -> Value {
    let token = response["AuthenticationResult"]["IdToken"].as_str().unwrap();
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[tokio::test]
async fn function_lists_the_groups_of_a_user_who_signs_in() {
    let (local, _) = pool().await;
    local.call("CreateGroup", json!({ "GroupName": "staff" })).unwrap();
    let member = json!({ "GroupName": "staff", "Username": "quick" });
    local.call("AdminAddUserToGroup", member).unwrap();
    assert_eq!(claims(&sign_in(&local, "quick").await)["first"], "staff");
}

#[tokio::test]
async fn function_reads_the_user_for_whom_it_defines_the_next_step() {
    let (local, _) = pool().await;
    let begin = json!({ "AuthFlow": "CUSTOM_AUTH", "AuthParameters": { "USERNAME": "quick" } });
    let response = call(&local, "InitiateAuth", begin).await;
    assert!(response["AuthenticationResult"].is_object(), "{response}");
}

#[tokio::test]
async fn more_requests_than_threads_finish_while_functions_wait() {
    const WAITING: u32 = 40;
    let (local, function) = pool().await;
    let other = local.emulator().create_pool(settings()).unwrap();
    add_user(&other, "carol");
    let slow: Vec<_> = (0..WAITING)
        .map(|_| {
            let local = local.clone();
            tokio::spawn(async move { sign_in(&local, "slow").await })
        })
        .collect();
    let all = function.waiting.acquire_many(WAITING);
    timeout(Duration::from_secs(20), all).await.unwrap().unwrap().forget();
    for (pool, name) in [(&local, "quick"), (&other, "carol")] {
        let response = sign_in(pool, name).await;
        assert!(response["AuthenticationResult"].is_object(), "{response}");
    }
    let user = call(&local, "AdminGetUser", json!({ "Username": "slow" })).await;
    assert_eq!(user["UserStatus"], "CONFIRMED");
    function.released.add_permits(slow.len());
    for response in slow {
        assert!(response.await.unwrap()["AuthenticationResult"].is_object());
    }
}
