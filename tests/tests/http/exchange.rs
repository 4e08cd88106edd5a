//! Token exchange on behalf of users: requests for tokens, and requests with them.

mod cache;
mod emulator;
mod refusals;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito::http::{
    BearerAuth, BearerLayer, MIN_REJECTED_AGE, OnBehalfOf, Origins, TokenEndpointError,
    TokenExchanger, TokenExchangerBuilder, TokenFrom, token_error,
};
use cognito::session::{TokenError, TokenErrorKind, TokenRequest, TokenSource};
use cognito::types::{AccessToken, Clock};
use cognito_emulator::TestClock;
use cognito_tests::mock_server::MockServer;
use serde_json::json;
use tower::{ServiceBuilder, ServiceExt};
use wiremock::{Mock, Request, ResponseTemplate, matchers};

async fn access(source: &OnBehalfOf) -> Result<String, TokenError> {
    let token = source.token(&TokenRequest::access()).await;
    token.map(|token| token.expose_secret().to_owned())
}

async fn kind(source: &OnBehalfOf) -> TokenErrorKind {
    access(source).await.unwrap_err().kind()
}

/// Returns the error of the endpoint in the error of a source.
fn endpoint_error(error: &TokenError) -> &TokenEndpointError {
    std::error::Error::source(error).unwrap().downcast_ref().unwrap()
}

/// A token endpoint that counts requests and numbers its tokens, and an exchanger.
struct Counting {
    server: MockServer,
    clock: Arc<TestClock>,
    count: Arc<AtomicUsize>,
}

impl Counting {
    async fn start(delay: Duration) -> Self {
        let (server, count) = (MockServer::start().await, Arc::new(AtomicUsize::new(0)));
        let counter = Arc::clone(&count);
        let respond = move |_: &Request| {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            let granted = json!({ "access_token": format!("token{number}"), "expires_in": 3600 });
            ResponseTemplate::new(200).set_body_json(granted).set_delay(delay)
        };
        Mock::given(matchers::any()).respond_with(respond).mount(&server).await;
        let clock = Arc::new(TestClock::default());
        clock.freeze();
        clock.set(UNIX_EPOCH + Duration::from_secs(2_000_000_000)); // Tokens expire at a full second.
        Self { server, clock, count }
    }

    fn builder(&self) -> TokenExchangerBuilder {
        TokenExchanger::at_domain(self.server.uri(), "client-id").clock(self.clock.clone())
    }

    fn exchanger(&self) -> TokenExchanger {
        self.builder().build().unwrap()
    }

    /// Returns a token of a user with a validity in seconds.
    fn subject(&self, name: &str, seconds: u64) -> AccessToken {
        let now = self.clock.now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let payload = json!({ "sub": name, "exp": now + seconds }).to_string();
        format!("e30.{}.AA", URL_SAFE_NO_PAD.encode(payload)).into()
    }

    fn exchanges(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Returns the forms of all requests.
    async fn forms(&self) -> Vec<HashMap<String, String>> {
        let requests = self.server.received_requests().await.unwrap();
        let form = |request: &Request| {
            let body = String::from_utf8(request.body.clone()).unwrap();
            let url = reqwest::Url::parse(&format!("http://localhost/?{body}")).unwrap();
            url.query_pairs().into_owned().collect::<HashMap<_, _>>()
        };
        requests.iter().map(form).collect()
    }
}

#[tokio::test]
async fn request_has_the_parameters_of_rfc_8693() {
    let server = Counting::start(Duration::ZERO).await;
    let alice = server.subject("alice", 3600);
    let source = server.exchanger().on_behalf_of(&alice).audience("replaced").resource("stock");
    access(&source.scopes(["stock/read", "stock/list"])).await.unwrap();
    let own_type = "urn:ietf:params:oauth:token-type:access_token";
    let expected = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("client_id", "client-id"),
        ("subject_token", alice.expose_secret()),
        ("subject_token_type", own_type),
        ("requested_token_type", own_type),
        ("resource", "stock"),
        ("scope", "stock/list stock/read"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(server.forms().await, [HashMap::from(expected)]);
}

#[tokio::test]
async fn middleware_sends_each_user_a_token_of_their_own_and_exchanges_a_rejected_one_again() {
    let server = Counting::start(Duration::ZERO).await;
    let exchanger = server.exchanger();
    let api = MockServer::start().await;
    let rejected = matchers::header("authorization", "Bearer token1");
    let challenge = ResponseTemplate::new(401).insert_header("www-authenticate", "Bearer");
    Mock::given(rejected).respond_with(challenge).with_priority(1).mount(&api).await;
    Mock::given(matchers::any()).respond_with(ResponseTemplate::new(200)).mount(&api).await;
    let auth = BearerAuth::per_request(Origins::only([api.uri()]).unwrap());
    let client = auth.client(reqwest::Client::builder()).unwrap().build();
    let (alice, bob) = (server.subject("alice", 3600), server.subject("bob", 3600));
    let of = |user: &AccessToken| TokenFrom::new(exchanger.on_behalf_of(user).audience("stock"));
    access(&exchanger.on_behalf_of(&alice).audience("stock")).await.unwrap();
    server.clock.advance(MIN_REJECTED_AGE);
    for user in [&alice, &bob, &alice] {
        let response = client.get(api.uri()).with_extension(of(user)).send().await.unwrap();
        assert_eq!(response.status(), 200);
    }
    let sent = api.received_requests().await.unwrap();
    let sent: Vec<_> = sent.iter().map(|r| r.headers["authorization"].to_str().unwrap()).collect();
    assert_eq!(sent, ["Bearer token1", "Bearer token2", "Bearer token3", "Bearer token2"]);

    let error = client.get(api.uri()).send().await.unwrap_err();
    assert_eq!(token_error(&error).unwrap().kind(), TokenErrorKind::Configuration);
    assert_eq!(api.received_requests().await.unwrap().len(), 4, "nothing goes without a token");
}

#[tokio::test]
async fn layer_sends_the_token_of_the_source_that_the_request_names() {
    let server = Counting::start(Duration::ZERO).await;
    let exchanger = server.exchanger();
    let origins = Origins::only(["https://stock.example.com"]).unwrap();
    let service = ServiceBuilder::new().layer(BearerLayer::per_request(origins).retry());
    let service = service.service_fn(async |request: http::Request<()>| {
        let value = request.headers()["authorization"].to_str().unwrap().to_owned();
        Ok::<_, Infallible>(http::Response::new(value))
    });
    let alice = exchanger.on_behalf_of(server.subject("alice", 3600)).audience("stock");
    let request = http::Request::get("https://stock.example.com/");
    let request = request.extension(TokenFrom::new(alice)).body(()).unwrap();
    let response = service.clone().oneshot(request).await.unwrap();
    assert_eq!(response.body(), "Bearer token1");
    let request = http::Request::get("https://stock.example.com/").body(()).unwrap();
    let error = service.oneshot(request).await.unwrap_err();
    let error: &TokenError = error.downcast_ref().unwrap();
    assert_eq!(error.kind(), TokenErrorKind::Configuration);
}
