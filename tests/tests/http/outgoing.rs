//! Tokens on outgoing requests: which requests have a token, and which token.

use cognito::http::{BearerAuth, CachedTokens, NoToken, Origins, token_error};
use cognito::session::{TokenError, TokenErrorKind, TokenRequest};
use cognito_tests::outgoing::{Scene, client, server, status, values};
use reqwest::StatusCode;
use reqwest::header::HeaderName;
use wiremock::{Mock, matchers};

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
async fn existing_header_is_not_replaced() {
    let scene = Scene::new(status(401)).await;
    let client = scene.client();
    client.get(scene.url("/")).header("authorization", "Basic abc").send().await.unwrap();
    client.get(scene.url("/")).basic_auth("user", Some("word")).send().await.unwrap();
    client.get(scene.url("/")).with_extension(NoToken).send().await.unwrap();
    assert_eq!(scene.sent().await, [some("Basic abc"), some("Basic dXNlcjp3b3Jk"), None]);
    assert_eq!(scene.source.fetched(), 0);
}

#[tokio::test]
async fn request_can_have_its_own_token() {
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
async fn error_of_the_source_is_in_the_error_of_the_request() {
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
