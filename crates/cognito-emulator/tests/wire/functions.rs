//! Triggers over HTTP: events in the service's format, and the effect of responses.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_emulator::{Emulator, EmulatorError, LocalPool, PoolSettings, SigningKeys};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::call;

/// A function: its response to an event, and the received events.
type Handler = fn(&Value) -> (StatusCode, String);

#[derive(Clone)]
struct Function {
    handler: Handler,
    events: Arc<Mutex<Vec<Value>>>,
}

async fn invoke(State(function): State<Function>, body: String) -> (StatusCode, String) {
    let event: Value = serde_json::from_str(&body).unwrap();
    let answer = (function.handler)(&event);
    function.events.lock().unwrap().push(event);
    answer
}

/// Returns a pool over HTTP and a function in its LambdaConfig, by ARN for some triggers and by URL
/// for others.
async fn pool(handler: Handler) -> (LocalPool, Arc<Mutex<Vec<Value>>>) {
    pool_with_version("V2_0", handler).await
}

/// Returns a pool whose PreTokenGeneration has a version.
async fn pool_with_version(version: &str, handler: Handler) -> (LocalPool, Arc<Mutex<Vec<Value>>>) {
    let events = Arc::default();
    let function = Function { handler, events: Arc::clone(&events) };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/2015-03-31/functions/function", listener.local_addr().unwrap());
    let router = Router::new().fallback(invoke).with_state(function);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests).trigger_url(&url);
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:trigger";
    let config = json!({
        "PreSignUp": url, "PostConfirmation": arn, "CustomMessage": arn, "UserMigration": url,
        "PreTokenGenerationConfig": { "LambdaVersion": version, "LambdaArn": arn },
        "DefineAuthChallenge": url, "CreateAuthChallenge": arn, "VerifyAuthChallengeResponse": url
    });
    let settings = PoolSettings::default().pool_member("LambdaConfig", config).client_member(
        "ExplicitAuthFlows",
        json!(["ALLOW_CUSTOM_AUTH", "ALLOW_USER_PASSWORD_AUTH"]),
    );
    let local = builder.start().await.unwrap().create_pool(settings).unwrap();
    (local, events)
}

fn sign_up() -> Value {
    json!({
        "Username": "alice", "Password": "Correct-horse1", "ClientMetadata": { "from": "app" },
        "UserAttributes": [{ "Name": "email", "Value": "alice@example.com" }]
    })
}

fn password_sign_in(username: &str, password: &str) -> Value {
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientMetadata": { "from": "app" },
        "AuthParameters": { "USERNAME": username, "PASSWORD": password }
    })
}

/// Sets members of an event's response.
fn respond(event: &Value, response: Value) -> (StatusCode, String) {
    let mut event = event.clone();
    event["response"] = response;
    (StatusCode::OK, event.to_string())
}

fn every_trigger(event: &Value) -> (StatusCode, String) {
    match event["triggerSource"].as_str().unwrap() {
        "PreSignUp_SignUp" => {
            respond(event, json!({ "autoConfirmUser": true, "autoVerifyEmail": true }))
        }
        "CustomMessage_ForgotPassword" => {
            respond(event, json!({ "emailMessage": "use {####}", "smsMessage": null }))
        }
        "TokenGeneration_Authentication" => {
            let id = json!({ "claimsToAddOrOverride": { "seats": [3] } });
            let access = json!({ "scopesToAdd": ["orders/read"], "claimsToSuppress": null });
            let groups = json!({ "groupsToOverride": ["night"] });
            let details = json!({
                "idTokenGeneration": id, "accessTokenGeneration": access,
                "groupOverrideDetails": groups
            });
            respond(event, json!({ "claimsAndScopeOverrideDetails": details }))
        }
        "UserMigration_Authentication" if event["request"]["password"] == "old" => {
            let attributes = json!({ "email": "bob@example.com", "username": "bob" });
            respond(event, json!({ "userAttributes": attributes, "finalUserStatus": "CONFIRMED" }))
        }
        _ => (StatusCode::OK, event.to_string()),
    }
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn functions_take_the_place_of_closures() {
    let (local, events) = pool(every_trigger).await;
    let answer = call(&local, "SignUp", sign_up()).await;
    assert_eq!(answer["UserConfirmed"], true, "{answer}");
    let answer = call(&local, "InitiateAuth", password_sign_in("alice", "Correct-horse1")).await;
    let tokens = &answer["AuthenticationResult"];
    let (id, access) = (claims(&tokens["IdToken"]), claims(&tokens["AccessToken"]));
    assert_eq!(id["seats"], json!([3]));
    assert_eq!(access["scope"], "aws.cognito.signin.user.admin orders/read");
    assert_eq!(access["cognito:groups"], json!(["night"]));
    call(&local, "ForgotPassword", json!({ "Username": "alice" })).await;
    let sent = local.emulator().outbox().pop().unwrap();
    assert_eq!(sent.text, format!("use {}", sent.code));
    let unknown = call(&local, "InitiateAuth", password_sign_in("bob", "wrong")).await;
    assert_eq!(unknown["message"], "User does not exist.");
    let answer = call(&local, "InitiateAuth", password_sign_in("bob", "old")).await;
    assert!(answer["AuthenticationResult"].is_object(), "{answer}");

    let events = events.lock().unwrap();
    let sources: Vec<_> = events.iter().map(|e| e["triggerSource"].as_str().unwrap()).collect();
    let expected = [
        "PreSignUp_SignUp",
        "PostConfirmation_ConfirmSignUp",
        "TokenGeneration_Authentication",
        "CustomMessage_ForgotPassword",
        "UserMigration_Authentication",
        "UserMigration_Authentication",
        "TokenGeneration_Authentication",
    ];
    assert_eq!(sources, expected);
    let parameters = ["codeParameter", "linkParameter", "usernameParameter"];
    let parameters = parameters.map(|name| events[3]["request"][name].clone());
    assert_eq!(parameters, [json!("{####}"), json!("{##Click Here##}"), Value::Null]);
}

#[tokio::test]
async fn changes_of_tokens_are_those_of_the_configured_version() {
    fn both_versions(event: &Value) -> (StatusCode, String) {
        let claims = |value: &str| json!({ "claimsToAddOrOverride": { "by": value } });
        match event["triggerSource"].as_str() {
            Some("TokenGeneration_Authentication") => {
                let second = json!({
                    "idTokenGeneration": claims("second"),
                    "accessTokenGeneration": claims("second")
                });
                let response = json!({
                    "claimsOverrideDetails": claims("first"),
                    "claimsAndScopeOverrideDetails": second
                });
                respond(event, response)
            }
            _ => respond(event, json!({ "autoConfirmUser": true })),
        }
    }
    for (version, expected) in [
        ("V1_0", [json!("first"), Value::Null]),
        ("V2_0", [json!("second"), json!("second")]),
        ("V3_0", [json!("second"), json!("second")]),
    ] {
        let (local, _) = pool_with_version(version, both_versions).await;
        call(&local, "SignUp", sign_up()).await;
        let sign_in = password_sign_in("alice", "Correct-horse1");
        let answer = call(&local, "InitiateAuth", sign_in).await;
        let tokens = &answer["AuthenticationResult"];
        let by = ["IdToken", "AccessToken"].map(|name| claims(&tokens[name])["by"].clone());
        assert_eq!(by, expected, "{version}");
    }
}

#[tokio::test]
async fn a_null_group_configuration_suppresses_the_groups() {
    const DETAILS: &str = "claimsAndScopeOverrideDetails";
    fn tokens(event: &Value, response: Value) -> (StatusCode, String) {
        match event["triggerSource"].as_str() {
            Some("TokenGeneration_Authentication") => respond(event, response),
            _ => respond(event, json!({ "autoConfirmUser": true })),
        }
    }
    let cases: [(Handler, Value); 4] = [
        (
            |event| tokens(event, json!({ (DETAILS): { "groupOverrideDetails": null } })),
            Value::Null,
        ),
        (|event| tokens(event, json!({ (DETAILS): {} })), json!(["staff"])),
        (|event| tokens(event, json!({ (DETAILS): null })), json!(["staff"])),
        (|event| tokens(event, Value::Null), json!(["staff"])),
    ];
    for (handler, groups) in cases {
        let (local, _) = pool(handler).await;
        call(&local, "SignUp", sign_up()).await;
        call(&local, "CreateGroup", json!({ "GroupName": "staff" })).await;
        let member = json!({ "GroupName": "staff", "Username": "alice" });
        call(&local, "AdminAddUserToGroup", member).await;
        let answer =
            call(&local, "InitiateAuth", password_sign_in("alice", "Correct-horse1")).await;
        let tokens = &answer["AuthenticationResult"];
        for token in ["AccessToken", "IdToken"] {
            assert_eq!(claims(&tokens[token])["cognito:groups"], groups, "{answer}");
        }
    }
}

#[tokio::test]
async fn events_have_the_members_of_the_service() {
    let (local, events) = pool(every_trigger).await;
    call(&local, "SignUp", sign_up()).await;
    call(&local, "InitiateAuth", password_sign_in("alice", "Correct-horse1")).await;
    let events = events.lock().unwrap();
    let expected = json!({
        "version": "1",
        "region": "us-east-1",
        "userPoolId": local.id().as_str(),
        "userName": "alice",
        "callerContext": {
            "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": local.client_id().as_str()
        },
        "triggerSource": "PreSignUp_SignUp",
        "request": {
            "userAttributes": { "email": "alice@example.com" },
            "validationData": {}, "clientMetadata": { "from": "app" }
        },
        "response": {
            "autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false
        }
    });
    assert_eq!(events[0], expected);
    let confirmed = &events[1]["request"]["userAttributes"];
    assert_eq!(confirmed["cognito:user_status"], "CONFIRMED");
    assert!(confirmed["sub"].is_string());
    assert_eq!(events[2]["version"], "2");
    assert_eq!(events[2]["request"]["scopes"], json!(["aws.cognito.signin.user.admin"]));
    let empty = json!({});
    assert_eq!(
        events[2]["request"]["clientMetadata"], empty,
        "the metadata of InitiateAuth is not passed"
    );
}

#[tokio::test]
async fn failures_have_the_names_and_messages_of_the_service() {
    let fails = |_: &Value| {
        let body = json!({ "errorMessage": "not today", "errorType": "Error" });
        (StatusCode::OK, body.to_string())
    };
    let nonsense = |_: &Value| (StatusCode::OK, "null".to_owned());
    let wrong = |event: &Value| respond(event, json!({ "autoConfirmUser": "perhaps" }));
    let list = |event: &Value| respond(event, json!([true]));
    let text = |event: &Value| respond(event, json!("yes"));
    let broken = |_: &Value| (StatusCode::BAD_GATEWAY, String::new());
    let cases: [(Handler, &str, &str); 6] = [
        (fails, "UserLambdaValidationException", "PreSignUp failed with error not today."),
        (nonsense, "InvalidLambdaResponseException", "Unrecognizable lambda output"),
        (wrong, "InvalidLambdaResponseException", "Unrecognizable lambda output"),
        (list, "InvalidLambdaResponseException", "Unrecognizable lambda output"),
        (text, "InvalidLambdaResponseException", "Unrecognizable lambda output"),
        (
            broken,
            "UnexpectedLambdaException",
            "PreSignUp invocation failed due to error HTTP status 502.",
        ),
    ];
    for (handler, name, message) in cases {
        let (local, _) = pool(handler).await;
        let answer = call(&local, "SignUp", sign_up()).await;
        assert_eq!(answer, json!({ "__type": name, "message": message }));
        let unknown = local.call("AdminGetUser", json!({ "Username": "alice" }));
        assert!(matches!(unknown, Err(EmulatorError::Refused { .. })));
    }
}

#[tokio::test]
async fn sign_in_of_an_unknown_user_reports_why_the_migration_could_not_be_called() {
    let config = json!({ "UserMigration": "http://127.0.0.1:1/" });
    let settings = PoolSettings::default()
        .pool_member("LambdaConfig", config)
        .client_member("ExplicitAuthFlows", json!(["ALLOW_USER_PASSWORD_AUTH"]));
    let local = crate::support::start().await.create_pool(settings).unwrap();
    let failed = call(&local, "InitiateAuth", password_sign_in("carol", "old")).await;
    assert_eq!(failed["__type"], "UnexpectedLambdaException");
    let message = failed["message"].as_str().unwrap();
    assert!(message.starts_with("UserMigration invocation failed due to error"), "{message}");
}

/// Asks for a word at most twice.
fn riddle(event: &Value) -> (StatusCode, String) {
    let session = event["request"]["session"].as_array();
    let last = session.and_then(|session| session.last());
    match event["triggerSource"].as_str().unwrap() {
        "DefineAuthChallenge_Authentication" => respond(
            event,
            match (session.map_or(0, Vec::len), last) {
                (_, Some(last)) if last["challengeResult"] == true => {
                    json!({ "issueTokens": true, "failAuthentication": false })
                }
                (2, _) => json!({ "issueTokens": false, "failAuthentication": true }),
                _ => json!({
                    "challengeName": "CUSTOM_CHALLENGE", "issueTokens": false,
                    "failAuthentication": false
                }),
            },
        ),
        "CreateAuthChallenge_Authentication" => respond(
            event,
            json!({
                "publicChallengeParameters": { "question": "the word?" },
                "privateChallengeParameters": { "word": "swordfish" },
                "challengeMetadata": "WORD"
            }),
        ),
        "VerifyAuthChallengeResponse_Authentication" => {
            let request = &event["request"];
            let correct =
                request["challengeAnswer"] == request["privateChallengeParameters"]["word"];
            respond(event, json!({ "answerCorrect": correct }))
        }
        _ => (StatusCode::OK, event.to_string()),
    }
}

#[tokio::test]
async fn functions_control_a_sign_in() {
    let (local, events) = pool(riddle).await;
    call(&local, "SignUp", sign_up()).await;
    call(&local, "AdminConfirmSignUp", json!({ "Username": "alice" })).await;
    let begin = json!({ "AuthFlow": "CUSTOM_AUTH", "AuthParameters": { "USERNAME": "alice" } });
    let answer = async |challenge: &Value, word: &str| {
        let responses = json!({ "USERNAME": "alice", "ANSWER": word });
        let input = json!({
            "ChallengeName": "CUSTOM_CHALLENGE", "Session": challenge["Session"],
            "ChallengeResponses": responses, "ClientMetadata": { "from": "app" }
        });
        call(&local, "RespondToAuthChallenge", input).await
    };
    let first = call(&local, "InitiateAuth", begin.clone()).await;
    let shown = json!({ "USERNAME": "alice", "question": "the word?" });
    assert_eq!(first["ChallengeParameters"], shown, "private parameters are not in the response");
    let second = answer(&first, "wrong").await;
    let done = answer(&second, "swordfish").await;
    assert!(done["AuthenticationResult"].is_object(), "{done}");
    let define = "DefineAuthChallenge_Authentication";
    let of_define = |event: &&Value| event["triggerSource"] == define;
    let last = events.lock().unwrap().iter().rfind(of_define).unwrap()["request"].clone();
    let results: Vec<_> = last["session"].as_array().unwrap().iter().collect();
    let result = |correct: bool| {
        json!({
            "challengeName": "CUSTOM_CHALLENGE", "challengeResult": correct,
            "challengeMetadata": "WORD"
        })
    };
    assert_eq!(results, [&result(false), &result(true)]);
    assert_eq!(last["clientMetadata"], json!({ "from": "app" }));
    assert_eq!(last["userNotFound"], false);

    let second = answer(&call(&local, "InitiateAuth", begin).await, "wrong").await;
    assert_eq!(answer(&second, "wrong").await["__type"], "NotAuthorizedException");
}
