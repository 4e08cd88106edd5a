//! Tokens on outgoing requests: where they go, where they do not, and what a refusal causes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cognito::http::{
    BearerAuth, CachedTokens, FORCED_RENEWAL_PAUSE, NoToken, Origins, token_error,
};
use cognito::tokens::{TokenError, TokenErrorKind, TokenRequest};
use cognito::{Clock, TokenSet};
use cognito_emulator::MovableClock;
use futures_util::future::join_all;
use reqwest::header::HeaderName;
use reqwest::{Body, StatusCode};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

/// A source that counts, and numbers its tokens.
#[derive(Clone)]
struct Counted {
    tokens: CachedTokens,
    fetched: Arc<AtomicUsize>,
}

impl Counted {
    fn new(clock: &Arc<MovableClock>) -> Self {
        let fetched = Arc::new(AtomicUsize::new(0));
        let (count, time) = (Arc::clone(&fetched), Arc::clone(clock));
        let tokens = CachedTokens::by_clock(clock.clone(), move |want: TokenRequest| {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            let token = format!("token{number}{}", want.scopes().concat());
            let set = TokenSet::new(token, time.now(), Duration::from_secs(3600));
            async move { Ok(set.with_id_token(format!("id{number}"))) }
        });
        Self { tokens, fetched }
    }

    fn fetched(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }
}

/// What most tests have: a server, a clock, and a source.
struct Scene {
    server: MockServer,
    clock: Arc<MovableClock>,
    source: Counted,
}

impl Scene {
    async fn new(answers: impl Respond + 'static) -> Self {
        let clock = Arc::new(MovableClock::default());
        let source = Counted::new(&clock);
        Self { server: server(answers).await, clock, source }
    }

    fn auth(&self) -> BearerAuth {
        let origins = Origins::only([self.server.uri()]).unwrap();
        BearerAuth::new(self.source.tokens.clone(), origins).clock(self.clock.clone())
    }

    fn client(&self) -> ClientWithMiddleware {
        client(self.auth())
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.uri())
    }

    async fn sent(&self) -> Vec<Option<String>> {
        values(&self.server, "authorization").await
    }
}

fn client(auth: BearerAuth) -> ClientWithMiddleware {
    ClientBuilder::new(reqwest::Client::new()).with(auth).build()
}

async fn server(answers: impl Respond + 'static) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(answers).mount(&server).await;
    server
}

/// The values of a header in all requests so far.
async fn values(server: &MockServer, name: &str) -> Vec<Option<String>> {
    let value = |request: &Request| {
        request.headers.get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    server.received_requests().await.unwrap().iter().map(value).collect()
}

fn status(code: u16) -> ResponseTemplate {
    ResponseTemplate::new(code)
}

/// Refuses every token but this one.
struct Only(&'static str);

impl Respond for Only {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let expected = format!("Bearer {}", self.0);
        let found = request.headers.get("authorization");
        status(if found.is_some_and(|value| *value == *expected) { 200 } else { 401 })
    }
}

fn some(value: &str) -> Option<String> {
    Some(value.to_owned())
}

#[tokio::test]
async fn a_token_goes_to_the_named_origin_and_to_no_other() {
    let scene = Scene::new(status(200)).await;
    let elsewhere = server(status(200)).await;
    let client = scene.client();
    client.get(scene.url("/orders?x=1")).send().await.unwrap();
    client.get(elsewhere.uri()).send().await.unwrap();
    assert_eq!(scene.sent().await, [some("Bearer token1")]);
    assert_eq!(values(&elsewhere, "authorization").await, [None]);
    assert_eq!(scene.source.fetched(), 1);
}

#[tokio::test]
async fn a_redirect_to_another_origin_loses_the_token() {
    let elsewhere = server(status(200)).await;
    let redirect = status(307).insert_header("location", elsewhere.uri());
    let scene = Scene::new(redirect).await;
    let response = scene.client().get(scene.url("/")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(scene.sent().await, [some("Bearer token1")]);
    assert_eq!(values(&elsewhere, "authorization").await, [None]);
}

#[tokio::test]
async fn a_header_of_another_name_stays_within_the_origin() {
    let elsewhere = server(status(200)).await;
    let scene = Scene::new(status(200)).await;
    let away = status(302).insert_header("location", elsewhere.uri());
    let away = Mock::given(matchers::path("/away")).respond_with(away).with_priority(1);
    away.mount(&scene.server).await;
    let near = status(302).insert_header("location", "/there");
    let near = Mock::given(matchers::path("/near")).respond_with(near).with_priority(1);
    near.mount(&scene.server).await;
    let auth = scene.auth().token(TokenRequest::id()).prefix("");
    let auth = auth.header(HeaderName::from_static("x-id-token"));
    let client = auth.client(reqwest::Client::builder()).unwrap().build();

    let response = client.get(scene.url("/away")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FOUND, "the caller decides");
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
    let response = client.get(scene.url("/near")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(values(&scene.server, "x-id-token").await, vec![some("id1"); 3]);
    assert_eq!(scene.sent().await, vec![None; 3]);
}

#[tokio::test]
async fn a_header_that_is_there_is_left_alone() {
    let scene = Scene::new(status(401)).await;
    let client = scene.client();
    client.get(scene.url("/")).header("authorization", "Basic abc").send().await.unwrap();
    client.get(scene.url("/")).basic_auth("user", Some("word")).send().await.unwrap();
    client.get(scene.url("/")).with_extension(NoToken).send().await.unwrap();
    assert_eq!(scene.sent().await, [some("Basic abc"), some("Basic dXNlcjp3b3Jk"), None]);
    assert_eq!(scene.source.fetched(), 0);
}

#[tokio::test]
async fn a_request_may_ask_for_a_token_of_its_own() {
    let scene = Scene::new(status(200)).await;
    let client = scene.client();
    let write = TokenRequest::access().with_scopes(["orders/write"]);
    client.get(scene.url("/")).with_extension(write).send().await.unwrap();
    client.get(scene.url("/")).with_extension(TokenRequest::id()).send().await.unwrap();
    client.get(scene.url("/")).send().await.unwrap();
    let expected = ["Bearer token1orders/write", "Bearer id2", "Bearer token3"];
    assert_eq!(scene.sent().await, expected.map(some));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_request_sent_again() {
    let scene = Scene::new(Only("token2")).await;
    let request = scene.client().post(scene.url("/orders")).body("an order");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(scene.sent().await, [some("Bearer token1"), some("Bearer token2")]);
    let bodies = scene.server.received_requests().await.unwrap();
    assert!(bodies.iter().all(|request| request.body == b"an order"));
}

#[tokio::test]
async fn a_server_that_refuses_every_token_causes_one_renewal_a_minute() {
    let scene = Scene::new(status(401)).await;
    let client = scene.client();
    for _ in 0..5 {
        let response = client.get(scene.url("/")).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(scene.source.fetched(), 2);
    assert_eq!(scene.sent().await.len(), 6, "one of five was sent again");
    scene.clock.advance(FORCED_RENEWAL_PAUSE);
    client.get(scene.url("/")).send().await.unwrap();
    assert_eq!(scene.source.fetched(), 3);
}

#[tokio::test]
async fn a_flood_of_refusals_causes_one_renewal() {
    let scene = Scene::new(Only("token2")).await;
    let client = scene.client();
    let requests = (0..100).map(|_| client.get(scene.url("/")).send());
    let responses = join_all(requests).await;
    assert!(responses.into_iter().all(|response| response.unwrap().status() == StatusCode::OK));
    assert_eq!(scene.source.fetched(), 2);
}

#[tokio::test]
async fn status_403_is_an_answer() {
    let scene = Scene::new(status(403)).await;
    let response = scene.client().get(scene.url("/")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!((scene.source.fetched(), scene.sent().await.len()), (1, 1));
}

#[tokio::test]
async fn a_body_that_streams_is_sent_once_and_the_token_renewed() {
    let scene = Scene::new(Only("token2")).await;
    let client = scene.client();
    // A body that is not whole in memory, as far as the client knows.
    let body = Body::wrap(http_body_util::Full::new("streamed".as_bytes()));
    let response = client.post(scene.url("/")).body(body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(scene.sent().await.len(), 1);
    let next = client.get(scene.url("/")).send().await.unwrap();
    assert_eq!((next.status(), scene.source.fetched()), (StatusCode::OK, 2));
}

#[tokio::test]
async fn the_error_of_the_source_is_found_in_that_of_the_request() {
    let server = server(status(200)).await;
    let ended = CachedTokens::new(async |_| {
        Err(TokenError::new(TokenErrorKind::Ended, "the user has to sign in"))
    });
    let client = client(BearerAuth::new(ended, Origins::only([server.uri()]).unwrap()));
    let error = client.get(server.uri()).send().await.unwrap_err();
    assert_eq!(token_error(&error).unwrap().kind(), TokenErrorKind::Ended);
    assert!(server.received_requests().await.unwrap().is_empty());
    let nowhere = client.get("http://127.0.0.1:1/").send().await.unwrap_err();
    assert!(token_error(&nowhere).is_none());
}

#[tokio::test]
async fn no_token_is_printed() {
    let scene = Scene::new(status(200)).await;
    scene.client().get(scene.url("/")).send().await.unwrap();
    let auth = scene.auth();
    for text in [format!("{auth:?}"), format!("{:?}", scene.source.tokens)] {
        assert!(!text.contains("token1"), "{text}");
    }
}
