//! The test interface, with a plain HTTP client.

use cognito_emulator::{Emulator, InjectedFault, PoolSettings, SigningKeys};
use serde_json::{Value, json};

use crate::support::{get, post, post_to, send, start};

const POOL: &str = "eu-west-1_Example01";

/// Returns an emulator with a seed file: a pool, an app client and the user alice.
async fn seeded() -> Emulator {
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let client = json!({ "ClientId": "1example23456789", "ExplicitAuthFlows": flows });
    let alice = json!({
        "Username": "alice", "Password": "Correct-horse1",
        "Attributes": { "email": "alice@example.com", "email_verified": "true" }
    });
    let pool = json!({
        "Id": POOL, "AutoVerifiedAttributes": ["email"], "Clients": [client], "Users": [alice]
    });
    let builder = Emulator::builder().seed(7).seed_file(json!({ "Pools": [pool] }).to_string());
    builder.signing_keys(SigningKeys::ForTests).start().await.unwrap()
}

fn users(emulator: &Emulator) -> Vec<Value> {
    let listed = emulator.call("ListUsers", &json!({ "UserPoolId": POOL })).unwrap();
    listed["Users"].as_array().unwrap().iter().map(|user| user["Username"].clone()).collect()
}

async fn forget_password(emulator: &Emulator) {
    let input = json!({ "ClientId": "1example23456789", "Username": "alice" });
    assert_eq!(post(emulator, "ForgotPassword", "", &input.to_string()).await.status(), 200);
}

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
async fn clock_is_advanced() {
    let emulator = start().await;
    let now = async |seconds: u64| {
        let input = json!({ "AdvanceSeconds": seconds });
        let answer = post_to(&emulator, "/_emulator/clock", &input).await;
        answer.json()["Now"].as_u64().unwrap()
    };
    let before = now(0).await;
    assert!(now(90_000).await >= before + 90_000);
    for beyond in [json!(-1), json!(u64::MAX)] {
        let input = json!({ "AdvanceSeconds": beyond });
        let rejected = post_to(&emulator, "/_emulator/clock", &input).await;
        assert!(rejected.head.starts_with("HTTP/1.1 400"), "{beyond}: {}", rejected.head);
    }
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
async fn tokens_remain_valid_after_a_rotation_of_keys() {
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
    assert_eq!(kids().await, both[..2], "the old keys signed no token that is still valid");

    let unknown = json!({ "UserPoolId": "us-east-1_Unknown00" });
    let unknown = post_to(&emulator, "/_emulator/rotate-keys", &unknown).await;
    assert!(unknown.head.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn reset_returns_to_the_seed_file() {
    let emulator = seeded().await;
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let client = json!({ "UserPoolId": POOL, "ClientName": "second" });
    emulator.call("CreateUserPoolClient", &client).unwrap();
    emulator.call("AdminDeleteUser", &json!({ "UserPoolId": POOL, "Username": "alice" })).unwrap();
    emulator.call("AdminCreateUser", &json!({ "UserPoolId": POOL, "Username": "bob" })).unwrap();
    emulator.plan_fault("ForgotPassword", 1, InjectedFault::Throttled);
    get(&emulator, &format!("/{POOL}/.well-known/jwks.json")).await;
    post_to(&emulator, "/_emulator/clock", &json!({ "AdvanceSeconds": 90_000, "Frozen": true }))
        .await;

    assert_eq!(send(&emulator, "POST", "/_emulator/reset").await.status(), 200);
    assert_eq!(users(&emulator), ["alice"]);
    let clients = json!({ "UserPoolId": POOL, "MaxResults": 60 });
    let clients = emulator.call("ListUserPoolClients", &clients).unwrap();
    assert_eq!(clients["UserPoolClients"].as_array().unwrap().len(), 1);
    assert!(local.call("DescribeUserPool", json!({})).is_err(), "the pool is not in the seed file");
    for list in ["outbox", "faults", "requests"] {
        let list = get(&emulator, &format!("/_emulator/{list}")).await;
        assert_eq!(list.json(), json!([]));
    }
    let clock = get(&emulator, "/_emulator/clock").await.json();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!(now - clock["Now"].as_u64().unwrap() < 3600);
    assert_eq!(clock["Frozen"], false);
    forget_password(&emulator).await;
}

#[tokio::test]
async fn reset_repeats_ids_of_a_seeded_emulator_and_keeps_its_keys() {
    let builder =
        Emulator::builder().seed(7).seed_file(json!({ "Pools": [{ "Id": POOL }] }).to_string());
    let emulator = builder.start().await.unwrap();
    let create = || {
        let input = json!({ "UserPoolId": POOL, "Username": "alice" });
        emulator.call("AdminCreateUser", &input).unwrap()["User"]["Attributes"].clone()
    };
    let keys = async || get(&emulator, &format!("/{POOL}/.well-known/jwks.json")).await.json();
    let (sub, key_set) = (create(), keys().await);
    emulator.reset().unwrap();
    assert_eq!((create(), keys().await), (sub, key_set));
}

#[tokio::test]
async fn the_last_code_of_a_user_can_be_read() {
    let emulator = seeded().await;
    let path = format!("/_emulator/code?UserPoolId={POOL}&Username=alice");
    let none = get(&emulator, &path).await;
    assert_eq!(
        (none.status(), none.json()["message"].clone()),
        (404, json!("no message was sent to \"alice\""))
    );
    forget_password(&emulator).await;
    forget_password(&emulator).await;
    let messages = get(&emulator, "/_emulator/outbox").await.json();
    let last = get(&emulator, &path).await.json();
    assert_eq!((&last, last["Kind"].as_str()), (&messages[1], Some("ForgotPassword")));

    let unknown = get(&emulator, "/_emulator/code?UserPoolId=eu-west-1_Unknown01&Username=alice");
    assert_eq!(unknown.await.status(), 404);
    assert_eq!(get(&emulator, "/_emulator/code").await.status(), 400);
    assert_eq!(send(&emulator, "DELETE", "/_emulator/outbox").await.status(), 200);
    assert_eq!(get(&emulator, "/_emulator/outbox").await.json(), json!([]));
}

#[tokio::test]
async fn the_clock_is_set_and_frozen() {
    let emulator = start().await;
    let change = async |change: Value| post_to(&emulator, "/_emulator/clock", &change).await;
    let frozen = change(json!({ "Frozen": true, "Now": 1_709_164_800, "AdvanceSeconds": 5 })).await;
    let expected = json!({ "Now": 1_709_164_805, "Frozen": true });
    assert_eq!(frozen.json(), expected);
    assert_eq!(get(&emulator, "/_emulator/clock").await.json(), expected);
    assert_eq!(change(json!({ "Frozen": false })).await.json()["Frozen"], false);
    for bad in [json!({ "Now": u64::MAX }), json!({ "Now": "noon" }), json!({ "Then": 1 })] {
        assert_eq!(change(bad).await.status(), 400);
    }
    change(json!({ "Frozen": true, "Now": 5 })).await;
    let beyond = json!({ "Frozen": false, "Now": 7, "AdvanceSeconds": u64::MAX });
    assert_eq!(change(beyond).await.status(), 400);
    let unchanged = get(&emulator, "/_emulator/clock").await.json();
    assert_eq!(unchanged, json!({ "Now": 5, "Frozen": true }), "a rejected change has no effect");
}

#[tokio::test]
async fn planned_faults_are_listed_and_cleared() {
    let emulator = start().await;
    let delayed =
        json!({ "Operation": "GetUser", "Nth": 2, "Fault": "Delayed", "Milliseconds": 5 });
    let exception = json!({
        "Operation": "SignUp", "Nth": 1, "Fault": "Exception", "Name": "Any", "Message": ""
    });
    for fault in [&delayed, &exception] {
        assert_eq!(post_to(&emulator, "/_emulator/faults", fault).await.status(), 200);
    }
    assert_eq!(get(&emulator, "/_emulator/faults").await.json(), json!([delayed, exception]));
    post(&emulator, "GetUser", "", "{}").await;
    assert_eq!(get(&emulator, "/_emulator/faults").await.json()[0]["Nth"], 1);
    send(&emulator, "DELETE", "/_emulator/faults").await;
    assert_eq!(get(&emulator, "/_emulator/faults").await.json(), json!([]));
    assert_eq!(
        post(&emulator, "SignUp", "", "{}").await.json()["__type"],
        "InvalidParameterException"
    );
}

#[tokio::test]
async fn requests_are_logged_without_secrets() {
    let emulator = seeded().await;
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": "Wrong-horse1" });
    let input = json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "1example23456789",
        "AuthParameters": parameters
    });
    emulator.plan_fault(
        "ForgotPassword",
        1,
        InjectedFault::Delayed(std::time::Duration::from_millis(7)),
    );
    let rejected = post(&emulator, "InitiateAuth", "", &input.to_string()).await;
    forget_password(&emulator).await;
    get(&emulator, &format!("/{POOL}/.well-known/jwks.json")).await;

    let log = get(&emulator, "/_emulator/requests").await;
    let requests = log.json();
    let id = requests[0]["RequestId"].as_str().unwrap();
    assert!(rejected.has_header(&format!("x-amzn-requestid: {id}")));
    let now = emulator.clock();
    let now = cognito_types::Clock::now(&*now).duration_since(std::time::UNIX_EPOCH).unwrap();
    assert!((now.as_secs_f64() - requests[0]["Time"].as_f64().unwrap()).abs() < 600.0);
    let logged = |at: usize| {
        let record = &requests[at];
        (record["Operation"].as_str().unwrap(), record["Status"].as_u64(), record["Error"].as_str())
    };
    assert_eq!(logged(0), ("InitiateAuth", Some(400), Some("NotAuthorizedException")));
    assert_eq!(logged(1), ("ForgotPassword", Some(200), None));
    assert!(requests[1]["Milliseconds"].as_u64() >= Some(7));
    assert_eq!(logged(2).0, "GET /eu-west-1_Example01/.well-known/jwks.json");
    assert_eq!(
        requests.as_array().unwrap().len(),
        3,
        "requests of the test interface are left out"
    );
    for secret in ["alice", "horse", "1example"] {
        assert!(!log.body.contains(secret), "{}", log.body);
    }
    assert_eq!(emulator.requests().len(), 3);
    send(&emulator, "DELETE", "/_emulator/requests").await;
    assert_eq!(get(&emulator, "/_emulator/requests").await.json(), json!([]));
}

#[tokio::test]
async fn unknown_paths_methods_and_members_are_rejected() {
    let emulator = start().await;
    let unknown = get(&emulator, "/_emulator/nothing").await;
    assert_eq!(unknown.status(), 404);
    assert_eq!(unknown.json()["message"], "the test interface has no path /_emulator/nothing");
    let method = send(&emulator, "DELETE", "/_emulator/clock").await;
    assert_eq!(method.status(), 405);
    assert_eq!(method.json()["message"], "/_emulator/clock accepts GET, POST, not DELETE");
    assert!(method.has_header("allow: GET, POST"));
    for path in ["outbox", "clock", "faults", "requests"] {
        let answer = get(&emulator, &format!("/_emulator/{path}?Username=alice")).await;
        assert_eq!(answer.status(), 400, "{path}");
        assert!(answer.json()["message"].as_str().unwrap().contains("Username"), "{path}");
    }
    for path in ["clock", "faults", "reset", "rotate-keys"] {
        let answer = post_to(&emulator, &format!("/_emulator/{path}"), &json!([1])).await;
        assert_eq!(answer.status(), 400, "{path}");
    }
}

#[tokio::test]
async fn the_test_interface_is_off_beyond_loopback() {
    for (is_on, status) in [(false, 403), (true, 200)] {
        let mut builder = Emulator::builder().address("0.0.0.0:0".parse().unwrap());
        if is_on {
            builder = builder.test_interface_beyond_loopback();
        }
        let emulator = builder.start().await.unwrap();
        let endpoint = emulator.endpoint().replace("0.0.0.0", "127.0.0.1");
        let answer = crate::support::raw_to(
            endpoint.trim_start_matches("http://"),
            "GET /_emulator/outbox HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        );
        let answer = answer.await;
        assert_eq!(answer.status(), status);
        assert_eq!(answer.body.contains("--test-interface"), !is_on);
    }
}
