//! A proxy in the environment receives no token or secret over plain HTTP.

use std::net::SocketAddr;
use std::process::Command;

use cognito::http::{BearerAuth, CachedTokens, ClientCredentials, Origins, token_error};
use cognito::session::{TokenErrorKind, TokenRequest, TokenSet, TokenSource};
use cognito::types::Clock;
use cognito_emulator::TestClock;
use cognito_tests::mock_server::MockServer;
use cognito_tests::outgoing::{server, status};
use serde_json::json;
use wiremock::ResponseTemplate;

/// The variable with the address of the server for the test with a proxy.
const SERVER: &str = "COGNITO_TEST_SERVER";

/// A host that is not loopback by its name, and has the address of the server for the HTTP client.
const NAMED: &str = "service.internal";

/// Returns the number of all requests, and of requests with an `Authorization` header.
async fn requests(server: &MockServer) -> (usize, usize) {
    let requests = server.received_requests().await.unwrap();
    let secret = requests.iter().filter(|one| one.headers.contains_key("authorization"));
    (requests.len(), secret.count())
}

#[tokio::test]
async fn no_proxy_sees_a_token_or_a_secret_over_plain_http() {
    let proxy = server(status(200)).await;
    let granted = json!({ "access_token": "token", "expires_in": 3600 });
    let target = server(ResponseTemplate::new(200).set_body_json(granted)).await;
    let (proxied, address) = (proxy.uri(), target.uri());
    // The environment of a process is read once, and must not be changed while threads run.
    let run = move || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "proxy::requests_in_an_environment_with_a_proxy"])
            .env("HTTP_PROXY", &proxied)
            .env("http_proxy", &proxied)
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .env(SERVER, address)
            .output()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(requests(&proxy).await, (1, 0), "only the request without a token");
    assert_eq!(requests(&target).await, (4, 4), "to a loopback address, and to a named host");
}

#[tokio::test]
#[ignore = "run by the test above, with a proxy in its environment"]
async fn requests_in_an_environment_with_a_proxy() {
    let target = std::env::var(SERVER).unwrap();
    // Proves that the proxy is used.
    reqwest::get("http://service.example/").await.unwrap();

    let address: SocketAddr = target.strip_prefix("http://").unwrap().parse().unwrap();
    let named = format!("http://{NAMED}:{}", address.port());
    for url in [target, named] {
        assert_sent_directly(&url, address).await;
    }
}

/// Sends a client secret and a token to a URL whose host has this address.
async fn assert_sent_directly(url: &str, address: SocketAddr) {
    let http = || reqwest::Client::builder().resolve(NAMED, address);
    let machine = ClientCredentials::at_domain(url, "id").client_secret("secret");
    let machine = machine.allow_plain_http([NAMED]).build_with(http()).unwrap();
    machine.token(&TokenRequest::access()).await.unwrap();

    let auth = || {
        let source = CachedTokens::new(async |_| {
            let now = TestClock::default().now();
            Ok(TokenSet::new("token", now, std::time::Duration::from_secs(3600)))
        });
        BearerAuth::new(source, Origins::allow_plain_http([NAMED]).only([url]).unwrap())
    };
    let client = auth().client(http()).unwrap().build();
    client.get(url).send().await.unwrap();
    let client = reqwest_middleware::ClientBuilder::new(http().build().unwrap());
    let error = client.with(auth()).build().get(url).send().await.unwrap_err();
    assert_eq!(token_error(&error).unwrap().kind(), TokenErrorKind::Configuration);
}
