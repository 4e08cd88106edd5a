//! Status 401 in response to a token: when the token is refreshed and the request retried, and when
//! not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use cognito::http::{BearerAuth, MIN_REJECTED_AGE, Origins, token_error};
use cognito::session::{
    FIRST_REJECTION_PAUSE, IssuedToken, TokenError, TokenErrorKind, TokenRequest, TokenSource,
};
use cognito::types::BoxFuture;
use cognito_tests::mock_server::MockServer;
use cognito_tests::outgoing::{Only, Scene, client, server, status};
use futures_util::future::join_all;
use reqwest::{Body, Method, StatusCode};
use reqwest_middleware::ClientWithMiddleware;
use wiremock::{Mock, ResponseTemplate, matchers};

fn some(value: &str) -> Option<String> {
    Some(value.to_owned())
}

async fn get(client: &ClientWithMiddleware, url: &str) -> StatusCode {
    client.get(url).send().await.unwrap().status()
}

/// Returns a mock for requests with this method and path; others are passed to the next mock.
async fn on(server: &MockServer, method: &str, path: &str, response: ResponseTemplate) {
    let mock = Mock::given(matchers::method(method)).and(matchers::path(path));
    mock.respond_with(response).with_priority(1).mount(server).await;
}

/// Returns the methods and paths of all requests so far.
async fn requests(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    let line = |request: &wiremock::Request| format!("{} {}", request.method, request.url.path());
    requests.iter().map(line).collect()
}

#[tokio::test]
async fn a_rejected_token_is_refreshed_once_and_the_request_retried() {
    let scene = Scene::with_old_token(Only("token2")).await;
    let request = scene.client().post(scene.url("/orders#part")).body("an order");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(scene.sent().await, [some("Bearer token1"), some("Bearer token2")]);
    let bodies = scene.server.received_requests().await.unwrap();
    assert!(bodies.iter().all(|request| request.body == b"an order"));
}

#[tokio::test]
async fn server_that_rejects_every_token_causes_increasing_pauses() {
    let scene = Scene::with_old_token(status(401)).await;
    let client = scene.client();
    for (passed, fetched) in [(0, 2), (59, 2), (1, 3), (119, 3), (1, 4), (239, 4), (1, 5)] {
        scene.clock.advance(Duration::from_secs(passed));
        for _ in 0..3 {
            assert_eq!(get(&client, &scene.url("/")).await, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(scene.source.fetched(), fetched, "after {passed} s");
    }
}

#[tokio::test]
async fn all_clients_of_a_source_share_the_pauses() {
    let scene = Scene::with_old_token(status(401)).await;
    for _ in 0..5 {
        assert_eq!(get(&scene.client(), &scene.url("/")).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(scene.source.fetched(), 2);
    scene.clock.advance(FIRST_REJECTION_PAUSE);
    for _ in 0..5 {
        get(&scene.client(), &scene.url("/")).await;
    }
    assert_eq!(scene.source.fetched(), 3);
}

#[tokio::test]
async fn a_token_that_was_issued_just_now_is_not_refreshed() {
    let scene = Scene::new(status(401)).await;
    let client = scene.client();
    assert_eq!(get(&client, &scene.url("/")).await, StatusCode::UNAUTHORIZED);
    assert_eq!((scene.source.fetched(), scene.sent().await.len()), (1, 1));
    scene.clock.advance(MIN_REJECTED_AGE);
    get(&client, &scene.url("/")).await;
    assert_eq!(scene.source.fetched(), 2);
}

#[tokio::test]
async fn many_rejections_cause_one_refresh() {
    let scene = Scene::with_old_token(Only("token2")).await;
    let client = scene.client();
    let requests = (0..100).map(|_| client.get(scene.url("/")).send());
    let responses = join_all(requests).await;
    assert!(responses.into_iter().all(|response| response.unwrap().status() == StatusCode::OK));
    assert_eq!(scene.source.fetched(), 2);
}

#[tokio::test]
async fn a_streaming_body_is_sent_once_and_the_token_refreshed() {
    let scene = Scene::with_old_token(Only("token2")).await;
    let client = scene.client();
    // The client cannot detect that this body is in memory.
    let body = Body::wrap(http_body_util::Full::new("streamed".as_bytes()));
    let response = client.post(scene.url("/")).body(body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(scene.sent().await.len(), 1);
    assert_eq!(get(&client, &scene.url("/")).await, StatusCode::OK);
    assert_eq!(scene.source.fetched(), 2);
}

#[tokio::test]
async fn status_403_does_not_reject_the_token() {
    let scene = Scene::with_old_token(status(403)).await;
    assert_eq!(get(&scene.client(), &scene.url("/")).await, StatusCode::FORBIDDEN);
    assert_eq!((scene.source.fetched(), scene.sent().await.len()), (1, 1));
}

#[tokio::test]
async fn error_that_a_new_token_cannot_solve_causes_no_refresh() {
    for (challenge, fetched) in [
        ("Bearer error=\"insufficient_user_authentication\", max_age=300", 1),
        ("Bearer error=\"insufficient_scope\", scope=\"orders/write\"", 1),
        ("Bearer error=\"invalid_token\", error_description=\"expired\"", 2),
    ] {
        let response = status(401).insert_header("www-authenticate", challenge);
        let scene = Scene::with_old_token(response).await;
        assert_eq!(get(&scene.client(), &scene.url("/")).await, StatusCode::UNAUTHORIZED);
        assert_eq!(scene.source.fetched(), fetched, "{challenge}");
    }
}

/// Returns a scene whose server redirects `/orders` and rejects the token everywhere else.
async fn redirecting(method: &str, code: u16, location: &str) -> Scene {
    let scene = Scene::with_old_token(status(401)).await;
    on(&scene.server, method, "/orders", status(code).insert_header("location", location)).await;
    scene
}

#[tokio::test]
async fn post_is_not_repeated_when_a_redirect_target_returns_401() {
    for code in [301, 302, 303, 307, 308] {
        let scene = redirecting("POST", code, "/there").await;
        let request = scene.client().post(scene.url("/orders")).body("an order");
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
        let sent = requests(&scene.server).await;
        assert_eq!(sent.iter().filter(|line| *line == "POST /orders").count(), 1, "{code}");
        assert_eq!((sent.len(), scene.source.fetched()), (2, 1), "{code}");
    }
}

#[tokio::test]
async fn post_is_not_repeated_when_its_own_url_returns_401_after_a_redirect() {
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let scene = redirecting(method.as_str(), 303, "/orders").await;
        // Only a client of `BearerAuth::client` sees such a redirect.
        let client = scene.auth().client(reqwest::Client::builder()).unwrap().build();
        let request = client.request(method.clone(), scene.url("/orders")).body("an order");
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
        let expected = [format!("{method} /orders"), "GET /orders".to_owned()];
        assert_eq!(requests(&scene.server).await, expected);
        assert_eq!(scene.source.fetched(), 1);
    }
}

#[tokio::test]
async fn status_401_of_another_origin_after_a_redirect_does_not_reject_the_token() {
    let elsewhere = server(status(401)).await;
    for method in [Method::GET, Method::POST] {
        let scene = redirecting(method.as_str(), 307, &elsewhere.uri()).await;
        let request = scene.client().request(method.clone(), scene.url("/orders"));
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
        assert_eq!(requests(&scene.server).await, [format!("{method} /orders")]);
        assert_eq!(scene.source.fetched(), 1);
    }
}

#[tokio::test]
async fn status_401_after_redirects_over_another_origin_does_not_reject_the_token() {
    for back in ["/there", "/orders"] {
        let scene = Scene::with_old_token(Only("token1")).await;
        let elsewhere = server(status(307).insert_header("location", scene.url(back))).await;
        // Only the first request is redirected, so that the same URL can return 401 later.
        let away = status(307).insert_header("location", elsewhere.uri());
        let away = Mock::given(matchers::path("/orders")).respond_with(away).with_priority(1);
        away.up_to_n_times(1).mount(&scene.server).await;
        let client = scene.auth().client(reqwest::Client::builder()).unwrap().build();
        assert_eq!(get(&client, &scene.url("/orders")).await, StatusCode::UNAUTHORIZED);
        assert_eq!(scene.sent().await, [some("Bearer token1"), None], "{back}");
        assert_eq!(scene.source.fetched(), 1);
    }
}

#[tokio::test]
async fn get_is_repeated_when_a_redirect_within_the_origin_returns_401() {
    let scene = Scene::with_old_token(Only("token2")).await;
    on(&scene.server, "GET", "/orders", status(302).insert_header("location", "/there")).await;
    assert_eq!(get(&scene.client(), &scene.url("/orders")).await, StatusCode::OK);
    let expected = ["GET /orders", "GET /there", "GET /orders", "GET /there"];
    assert_eq!(requests(&scene.server).await, expected);
}

#[tokio::test]
async fn a_rejected_token_still_serves_other_origins_while_its_refresh_fails() {
    let scene = Scene::with_old_token(status(401)).await;
    let other = server(Only("token1")).await;
    let client = client(scene.auth_for([scene.server.uri(), other.uri()]));
    scene.source.fail(TokenErrorKind::Transient);
    for _ in 0..3 {
        assert_eq!(get(&client, &scene.url("/")).await, StatusCode::UNAUTHORIZED);
        assert_eq!(get(&client, &other.uri()).await, StatusCode::OK);
        scene.clock.advance(FIRST_REJECTION_PAUSE);
    }
    scene.source.fail(None);
    scene.clock.advance(FIRST_REJECTION_PAUSE);
    assert_eq!(get(&client, &other.uri()).await, StatusCode::UNAUTHORIZED, "token1 was replaced");
}

/// A source whose second token cannot be fetched.
struct Once(AtomicUsize, TokenErrorKind);

impl TokenSource for Once {
    fn token(&self, _: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        let token = match self.0.fetch_add(1, Ordering::SeqCst) {
            0 => Ok(IssuedToken::new("token1", SystemTime::now() + Duration::from_secs(60), 1)),
            _ => Err(TokenError::new(self.1, "no second token")),
        };
        Box::pin(std::future::ready(token))
    }

    fn reject(&self, _: &IssuedToken) {}
}

#[tokio::test]
async fn response_of_the_server_is_returned_if_another_token_cannot_be_fetched_now() {
    let server = server(status(401)).await;
    for (kind, expected) in [(TokenErrorKind::Transient, Some(401)), (TokenErrorKind::Ended, None)]
    {
        let origins = Origins::only([server.uri()]).unwrap();
        let client = client(BearerAuth::new(Once(AtomicUsize::new(0), kind), origins));
        let response = client.get(server.uri()).send().await;
        let status = response.ok().map(|response| response.status().as_u16());
        assert_eq!(status, expected, "{kind:?}");
    }
}

#[tokio::test]
async fn a_refresh_that_is_refused_for_good_fails_requests() {
    let scene = Scene::with_old_token(status(401)).await;
    let client = scene.client();
    scene.source.fail(TokenErrorKind::Ended);
    let error = client.get(scene.url("/")).send().await.unwrap_err();
    assert_eq!(token_error(&error).unwrap().kind(), TokenErrorKind::Ended);
}
