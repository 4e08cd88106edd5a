//! Triggers behind a wiremock server, which handles one request at a time.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

use crate::support::raw_to;

async fn mocked(limit: Duration, settings: PoolSettings) -> (MockServer, LocalPool) {
    let server = MockServer::start().await;
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests).endpoint(server.uri());
    let emulator = builder.in_process();
    let responder = emulator.responder().trigger_limit(limit);
    Mock::given(any()).respond_with(responder).mount(&server).await;
    (server, emulator.create_pool(settings).unwrap())
}

fn request(operation: &str, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\
         X-Amz-Target: AWSCognitoIdentityProviderService.{operation}\r\n\r\n{body}",
        body.len()
    )
}

async fn sign_up(server: &MockServer, local: &LocalPool) -> Value {
    let input = json!({
        "ClientId": local.client_id().as_str(), "Username": "alice", "Password": "Correct-horse1"
    });
    raw_to(&server.address().to_string(), &request("SignUp", &input)).await.json()
}

#[tokio::test]
async fn a_trigger_that_calls_back_through_the_mock_server_fails_with_the_reason() {
    let address = Arc::new(OnceLock::<String>::new());
    let own = Arc::clone(&address);
    let settings = PoolSettings::default().pre_sign_up(move |_| {
        let mut stream = TcpStream::connect(own.get().unwrap()).unwrap();
        let list = request("ListUserPools", &json!({ "MaxResults": 1 }));
        stream.write_all(list.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        Ok(Default::default())
    });
    let (server, local) = mocked(Duration::from_millis(200), settings).await;
    address.set(server.address().to_string()).unwrap();

    let rejected = sign_up(&server, &local).await;
    assert_eq!(rejected["__type"], "UnexpectedLambdaException");
    let message = rejected["message"].as_str().unwrap();
    assert!(message.starts_with("PreSignUp invocation failed due to error"), "{message}");
    assert!(message.contains("a mock server responds to one request at a time"), "{message}");
    assert!(local.call("AdminGetUser", json!({ "Username": "alice" })).is_err());
}

#[tokio::test]
async fn a_trigger_may_call_the_emulator_in_process() {
    let own = Arc::new(Mutex::new(None::<LocalPool>));
    let pool = Arc::clone(&own);
    let settings = PoolSettings::default().post_confirmation(move |_| {
        let pool = pool.lock().unwrap().clone().unwrap();
        let input = json!({ "Username": "alice", "GroupName": "members" });
        pool.call("AdminAddUserToGroup", input).map(drop).map_err(|error| error.to_string())
    });
    let (server, local) = mocked(Duration::from_secs(60), settings).await;
    own.lock().unwrap().replace(local.clone());
    local.call("CreateGroup", json!({ "GroupName": "members" })).unwrap();
    assert!(sign_up(&server, &local).await["UserSub"].is_string());
    let confirm = json!({
        "UserPoolId": local.id().as_str(), "Username": "alice"
    });
    let (address, confirm) =
        (server.address().to_string(), request("AdminConfirmSignUp", &confirm));
    assert_eq!(raw_to(&address, &confirm).await.json(), json!({}));
    let groups = local.call("AdminListGroupsForUser", json!({ "Username": "alice" })).unwrap();
    assert_eq!(groups["Groups"][0]["GroupName"], "members");
    own.lock().unwrap().take();
}

#[tokio::test]
async fn a_browser_signs_in_through_the_mock_server_and_gets_every_cookie() {
    let settings = PoolSettings::default().managed_login(["http://localhost:3000/callback"]);
    let (server, local) = mocked(Duration::from_secs(60), settings).await;
    local.add_user("alice", "Correct-horse1").unwrap();
    let form = "_csrf=any&username=alice&password=Correct-horse1";
    let request = format!(
        "POST /login?client_id={}&response_type=code&redirect_uri=http://localhost:3000/callback \
         HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: XSRF-TOKEN=any\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        local.client_id().as_str(),
        form.len()
    );
    let response = raw_to(&server.address().to_string(), &request).await;
    assert_eq!(response.status(), 302, "{}", response.body);
    let head = response.head.to_ascii_lowercase();
    assert!(head.contains("location: http://localhost:3000/callback?code="), "{head}");
    for cookie in ["set-cookie: xsrf-token=", "set-cookie: cognito="] {
        assert!(head.contains(cookie), "{head}");
    }
}
