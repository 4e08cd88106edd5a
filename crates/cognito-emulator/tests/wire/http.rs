//! HTTP: methods, headers, connections.

use std::time::Duration;

use cognito_emulator::PoolSettings;
use serde_json::json;

use crate::support::{get, post, raw, start};

#[tokio::test]
async fn browsers_may_read_the_responses() {
    let emulator = start().await;
    let answer = post(&emulator, "GetUser", "Origin: https://app.example\r\n", "{}").await;
    assert!(answer.has_header("access-control-allow-origin: *"));
    assert!(answer.has_header(
        "access-control-expose-headers: x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
    ));
    let preflight = "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                     Origin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n\r\n";
    let answer = raw(&emulator, preflight.to_owned()).await;
    assert!(answer.head.starts_with("HTTP/1.1 200"));
    assert!(answer.has_header("access-control-allow-origin: *"));
    assert!(answer.has_header("access-control-allow-headers: *, Authorization"));
}

#[tokio::test]
async fn all_violations_of_a_request_are_named() {
    let emulator = start().await;
    let request = r#"{ "ClientId": "", "Username": "al ice", "Password": "Correct-horse1" }"#;
    let answer = post(&emulator, "SignUp", "", request).await;
    assert!(answer.head.starts_with("HTTP/1.1 400"), "{}", answer.head);
    assert_eq!(answer.json()["__type"], "InvalidParameterException");
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("3 validation errors detected: Value at 'username' "), "{message}");
    assert_eq!(message.matches("Value at 'clientId' failed").count(), 2, "length and pattern");

    let request = r#"{ "AuthFlow": "TELEPATHY", "ClientId": "two words" }"#;
    let answer = post(&emulator, "InitiateAuth", "", request).await;
    assert_eq!(
        answer.json()["message"],
        "2 validation errors detected: Value 'two words' at 'clientId' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: [\\w+]+; Value 'TELEPATHY' at \
         'authFlow' failed to satisfy constraint: Member must satisfy enum value set: \
         [ADMIN_NO_SRP_AUTH, ADMIN_USER_PASSWORD_AUTH, USER_SRP_AUTH, REFRESH_TOKEN_AUTH, \
         REFRESH_TOKEN, CUSTOM_AUTH, USER_PASSWORD_AUTH, USER_AUTH]"
    );
}

#[tokio::test]
async fn the_token_endpoint_does_not_extend_a_session_by_rotation() {
    const HOUR: Duration = Duration::from_secs(3600);
    let emulator = start().await;
    let rotation = json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 });
    let settings = PoolSettings::default()
        .client_member("ExplicitAuthFlows", json!(["ALLOW_USER_PASSWORD_AUTH"]))
        .client_member("RefreshTokenRotation", rotation)
        .client_member("RefreshTokenValidity", 2)
        .client_member("TokenValidityUnits", json!({ "RefreshToken": "hours" }));
    let pool = emulator.create_pool(settings).unwrap();
    let alice = json!({ "Username": "alice", "Password": "Correct-horse1", "Permanent": true });
    pool.call("AdminCreateUser", json!({ "Username": "alice" })).unwrap();
    pool.call("AdminSetUserPassword", alice).unwrap();
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": "Correct-horse1" });
    let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    let signed_in = pool.call("InitiateAuth", input).unwrap();
    let token = signed_in["AuthenticationResult"]["RefreshToken"].as_str().unwrap().to_owned();
    let grant = async |token: &str| {
        let id = pool.client_id();
        let body =
            format!("grant_type=refresh_token&client_id={}&refresh_token={token}", id.as_str());
        let form = "Content-Type: application/x-www-form-urlencoded\r\n";
        raw(&emulator, request("POST /oauth2/token HTTP/1.1", form, &body)).await.json()
    };
    pool.clock().advance(HOUR);
    let granted = grant(&token).await;
    let replacement = granted["refresh_token"].as_str().unwrap();
    pool.clock().advance(HOUR);
    assert_eq!(grant(replacement).await["error"], "invalid_grant");
}

#[tokio::test]
async fn the_token_endpoint_describes_why_a_trigger_rejected_the_token() {
    let emulator = start().await;
    let settings =
        PoolSettings::default().pre_token_generation(|_| Err("no \"night\" shift, ñ".to_owned()));
    let local = emulator.create_pool(settings).unwrap();
    let (id, secret) = local.create_machine_client(["orders/read"]).unwrap();
    let (id, secret) = (id.as_str(), secret.expose_secret());
    let grant = async |scope: &str| {
        let body = format!(
            "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope={scope}"
        );
        let form = "Content-Type: application/x-www-form-urlencoded\r\n";
        raw(&emulator, request("POST /oauth2/token HTTP/1.1", form, &body)).await.json()
    };
    let expected = json!({
        "error": "invalid_request",
        "error_description": "PreTokenGeneration failed with error no ?night? shift, ?."
    });
    assert_eq!(grant("orders/read").await, expected);
    assert_eq!(grant("orders/write").await, json!({ "error": "invalid_scope" }));
}

/// Returns a request to `/` that is a call unless a part is replaced.
fn request(line: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{line}\r\nHost: localhost\r\nConnection: close\r\n{headers}\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

const TARGET: &str = "X-Amz-Target: AWSCognitoIdentityProviderService.GetUser\r\n";
const TYPE: &str = "Content-Type: application/x-amz-json-1.1\r\n";

#[tokio::test]
async fn request_without_an_operation_is_an_unknown_operation() {
    let emulator = start().await;
    let other_service = "X-Amz-Target: DynamoDB_20120810.ListTables\r\n";
    let json = "Content-Type: application/json\r\n";
    let cases = [
        ("GET / HTTP/1.1", format!("{TARGET}{TYPE}")),
        ("PUT / HTTP/1.1", format!("{TARGET}{TYPE}")),
        ("DELETE / HTTP/1.1", String::new()),
        ("POST / HTTP/1.1", TYPE.to_owned()),
        ("POST / HTTP/1.1", format!("{other_service}{TYPE}")),
        ("POST / HTTP/1.1", TARGET.to_owned()),
        ("POST / HTTP/1.1", format!("{TARGET}{json}")),
    ];
    for (line, headers) in cases {
        let answer = raw(&emulator, request(line, &headers, "{}")).await;
        assert!(answer.head.starts_with("HTTP/1.1 400"), "{line} {headers}: {}", answer.head);
        assert_eq!(answer.json()["__type"], "UnknownOperationException", "{line} {headers}");
        assert!(answer.has_header("x-amzn-errortype: UnknownOperationException:"));
        assert!(answer.head.contains("x-amzn-requestid: "));
    }
    let parameter = "Content-Type: application/x-amz-json-1.1; charset=utf-8\r\n";
    let answer = raw(&emulator, request("POST / HTTP/1.1", &format!("{TARGET}{parameter}"), "{}"));
    assert_eq!(answer.await.json()["__type"], "InvalidParameterException");
}

#[tokio::test]
async fn too_long_request_is_rejected() {
    let emulator = start().await;
    let body = format!(r#"{{"AccessToken":"{}"}}"#, "a".repeat(1024 * 1024));
    let answer = post(&emulator, "GetUser", "", &body).await;
    assert!(answer.head.starts_with("HTTP/1.1 413"), "{}", answer.head);
    assert!(post(&emulator, "GetUser", "", "{}").await.head.starts_with("HTTP/1.1 400"));
}

#[tokio::test]
async fn long_message_is_whole_in_the_body_only() {
    let emulator = start().await;
    let text = "x".repeat(100_000);
    let input = json!({ "PoolName": "shop", "EmailVerificationMessage": text }).to_string();
    let answer = post(&emulator, "CreateUserPool", "", &input).await;
    assert!(answer.head.contains("validation errors detected: Value "), "{}", answer.head);
    assert!(answer.head.len() < 4096, "clients limit the head of a response");
    assert!(answer.json()["message"].as_str().unwrap().contains(&text));
}

#[tokio::test]
async fn messages_in_any_script_are_in_header_and_body() {
    let emulator = start().await;
    let settings = PoolSettings::default().pre_sign_up(|_| Err("не\nсейчас".to_owned()));
    let local = emulator.create_pool(settings).unwrap();
    let client_id = local.client_id();
    let body = json!({
        "ClientId": client_id.as_str(), "Username": "alice", "Password": "Correct-horse1"
    });
    let answer = post(&emulator, "SignUp", "", &body.to_string()).await;
    assert_eq!(answer.json()["message"], "PreSignUp failed with error не\nсейчас.");
    assert!(answer.has_header("x-amzn-errormessage: PreSignUp failed with error не сейчас."));
}

#[tokio::test]
async fn http_1_0_and_keep_alive_connections_are_served() {
    let emulator = start().await;
    let old = request("POST / HTTP/1.0", &format!("{TARGET}{TYPE}"), "{}");
    let answer = raw(&emulator, old.replace("Connection: close\r\n", "")).await;
    assert!(answer.head.starts_with("HTTP/1.0 400"), "{}", answer.head);

    let lasting = request("POST / HTTP/1.1", &format!("{TARGET}{TYPE}"), "{}");
    let three = lasting.replace("Connection: close\r\n", "").repeat(2) + &lasting;
    let answer = raw(&emulator, three).await;
    let answers = format!("{}{}", answer.head, answer.body).matches("HTTP/1.1 400").count();
    assert_eq!(answers, 3);
}

#[tokio::test]
async fn head_gets_the_headers_of_a_key_set() {
    let emulator = start().await;
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let path = format!("/{}/.well-known/jwks.json", local.id());
    let whole = get(&emulator, &path).await;
    let head = raw(&emulator, request(&format!("HEAD {path} HTTP/1.1"), "", "")).await;
    assert!(head.head.starts_with("HTTP/1.1 200"), "{}", head.head);
    assert!(head.has_header(&format!("content-length: {}", whole.body.len())), "{}", head.head);
    assert!(head.body.is_empty());
}

#[tokio::test]
async fn file_of_an_import_job_may_be_longer_than_a_request() {
    let emulator = start().await;
    let pool = emulator.create_pool(PoolSettings::default()).unwrap();
    let role = "arn:aws:iam::123456789012:role/log";
    let input = json!({ "JobName": "all", "CloudWatchLogsRoleArn": role });
    let job = pool.call("CreateUserImportJob", input).unwrap()["UserImportJob"].clone();
    let url = job["PreSignedUrl"].as_str().unwrap();
    let path = url.strip_prefix(emulator.endpoint()).unwrap();
    let put = |path: &str| {
        let file = "x".repeat(2 * 1024 * 1024);
        format!(
            "PUT {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             x-amz-server-side-encryption: aws:kms\r\nContent-Length: {}\r\n\r\n{file}",
            file.len()
        )
    };
    assert_eq!(raw(&emulator, put(path)).await.status(), 200);
    assert_eq!(raw(&emulator, put("/other")).await.status(), 413);
    let rejected = raw(&emulator, put(path.split_once('?').unwrap().0)).await;
    assert_eq!(rejected.status(), 403);
    assert!(rejected.body.contains("<Code>SignatureDoesNotMatch</Code>"), "{}", rejected.body);
    let logged = &emulator.requests()[0];
    assert_eq!(
        logged.operation,
        path.split_once('?').map(|(path, _)| format!("PUT {path}")).unwrap()
    );
}
