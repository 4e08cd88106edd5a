//! What tests in other languages do with the emulator.

use cognito_emulator::PoolSettings;
use serde_json::{Value, json};

use crate::support::{get, post, post_to, start};

#[tokio::test]
async fn the_outbox_can_be_read_over_http() {
    let emulator = start().await;
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    local
        .call(
            "SignUp",
            json!({
                "Username": "alice", "Password": "Correct-horse1",
                "UserAttributes": [{ "Name": "email", "Value": "alice@example.com" }]
            }),
        )
        .unwrap();
    let outbox = get(&emulator, "/_emulator/outbox").await.json();
    let expected = json!([{
        "PoolId": local.id().as_str(), "Username": "alice", "Destination": "alice@example.com",
        "Medium": "EMAIL", "Kind": "SignUp", "Code": outbox[0]["Code"],
        "Subject": "Your verification code", "Text": outbox[0]["Text"]
    }]);
    assert_eq!(outbox, expected);
    let code = outbox[0]["Code"].as_str().unwrap();
    assert_eq!(code.len(), 6);
    assert_eq!(outbox[0]["Text"], format!("Your confirmation code is {code}"));
}

#[tokio::test]
async fn the_clock_moves_on_request() {
    let emulator = start().await;
    let now = async |seconds: u64| {
        let input = json!({ "AdvanceSeconds": seconds });
        let answer = post_to(&emulator, "/_emulator/clock", &input).await;
        answer.json()["Now"].as_u64().unwrap()
    };
    let before = now(0).await;
    assert!(now(90_000).await >= before + 90_000);
    let bad = post_to(&emulator, "/_emulator/clock", &json!({ "AdvanceSeconds": -1 })).await;
    assert!(bad.head.starts_with("HTTP/1.1 400"), "{}", bad.head);
    let most = now(u64::MAX).await;
    assert!(most >= before + 90_000, "there is no such time, and the clock stays where it is");
}

#[tokio::test]
async fn faults_are_planned_by_name() {
    let emulator = start().await;
    let plan = async |input: Value| post_to(&emulator, "/_emulator/faults", &input).await;
    let faults = [
        json!({ "Operation": "GetUser", "Fault": "Throttled" }),
        json!({ "Operation": "GetUser", "Nth": 2, "Fault": "Exception", "Name": "AnyException",
                "Message": "any" }),
        json!({ "Operation": "GetUser", "Nth": 3, "Fault": "Delayed", "Milliseconds": 1 }),
    ];
    for fault in faults {
        assert!(plan(fault).await.head.starts_with("HTTP/1.1 200"));
    }
    let next = async || post(&emulator, "GetUser", "", "{}").await.json()["__type"].clone();
    assert_eq!(next().await, "TooManyRequestsException");
    assert_eq!(next().await, "AnyException");
    assert_eq!(next().await, "InvalidParameterException");
    for bad in [
        json!({}),
        json!({ "Operation": "GetUser", "Fault": "Nonsense" }),
        json!({ "Operation": "GetUsr", "Fault": "Throttled" }),
        json!({ "Operation": "GetUser", "Nth": 0, "Fault": "Throttled" }),
    ] {
        let answer = plan(bad).await;
        assert!(answer.head.starts_with("HTTP/1.1 400"), "{}", answer.head);
        assert!(answer.json()["message"].is_string());
    }
}

#[tokio::test]
async fn tokens_outlive_the_keys_that_signed_them() {
    let emulator = start().await;
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH"]);
    let settings = PoolSettings::default()
        .client_member("ExplicitAuthFlows", flows)
        .client_member("AccessTokenValidity", 24);
    let local = emulator.create_pool(settings).unwrap();
    let alice = json!({ "Username": "alice", "Password": "Correct-horse1" });
    local.call("SignUp", alice).unwrap();
    local.call("AdminConfirmSignUp", json!({ "Username": "alice" })).unwrap();
    let token = || {
        let parameters = json!({ "USERNAME": "alice", "PASSWORD": "Correct-horse1" });
        let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
        local.call("InitiateAuth", input).unwrap()["AuthenticationResult"]["AccessToken"].clone()
    };
    let path = format!("/{}/.well-known/jwks.json", local.id());
    let kids = async || {
        let set = get(&emulator, &path).await.json();
        set["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect::<Vec<_>>()
    };
    let (old_token, old_kids) = (token(), kids().await);
    assert_eq!(old_kids.len(), 2);

    let rotated = post_to(&emulator, "/_emulator/rotate-keys", &json!({})).await;
    assert!(rotated.head.starts_with("HTTP/1.1 200"), "{}", rotated.body);
    let both = kids().await;
    assert_eq!(both.len(), 4);
    assert_eq!(both[2..], old_kids[..], "new keys come first");
    for token in [old_token, token()] {
        assert!(local.call("GetUser", json!({ "AccessToken": token })).is_ok());
    }
    local.clock().advance(std::time::Duration::from_secs(24 * 3600));
    assert_eq!(kids().await, both[..2], "no token is left that they signed");

    let unknown = json!({ "UserPoolId": "us-east-1_Unknown00" });
    let unknown = post_to(&emulator, "/_emulator/rotate-keys", &unknown).await;
    assert!(unknown.head.starts_with("HTTP/1.1 404"));
}
