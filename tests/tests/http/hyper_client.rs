//! Tokens on the requests of a hyper client, by a tower layer.

use std::error::Error;

use bytes::Bytes;
use cognito::http::{BearerLayer, NoToken, Origins};
use cognito::session::{TokenError, TokenErrorKind, TokenRequest};
use cognito_tests::outgoing::{Only, Scene, server, status, values};
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::{Layer, Service, ServiceExt};

type Body = Full<Bytes>;

fn layer(scene: &Scene) -> BearerLayer {
    BearerLayer::new(scene.source.tokens.clone(), Origins::only([scene.server.uri()]).unwrap())
}

fn get(url: &str) -> Request<Body> {
    Request::get(url).body(Body::default()).unwrap()
}

/// Sends a request through a hyper client with these layers.
async fn send<L, R>(layer: &L, request: Request<Body>) -> Result<u16, Box<dyn Error + Send + Sync>>
where
    L: Layer<Client<hyper_util::client::legacy::connect::HttpConnector, Body>>,
    L::Service:
        Service<Request<Body>, Response = Response<R>, Error = Box<dyn Error + Send + Sync>>,
{
    let client = Client::builder(TokioExecutor::new()).build_http();
    Ok(layer.layer(client).oneshot(request).await?.status().as_u16())
}

fn some(value: &str) -> Option<String> {
    Some(value.to_owned())
}

#[tokio::test]
async fn a_layer_sends_the_token_to_the_named_origin_and_to_no_other() {
    let scene = Scene::new(status(200)).await;
    let elsewhere = server(status(200)).await;
    let layer = layer(&scene);
    send(&layer, get(&scene.url("/orders?x=1"))).await.unwrap();
    send(&layer, get(&elsewhere.uri())).await.unwrap();
    let mut own = get(&scene.url("/"));
    own.headers_mut().insert("authorization", "Basic x".parse().unwrap());
    send(&layer, own).await.unwrap();
    let mut none = get(&scene.url("/"));
    none.extensions_mut().insert(NoToken);
    send(&layer, none).await.unwrap();
    let mut id = get(&scene.url("/"));
    id.extensions_mut().insert(TokenRequest::id());
    send(&layer, id).await.unwrap();
    let sent = [some("Bearer token1"), some("Basic x"), None, some("Bearer id2")];
    assert_eq!(scene.sent().await, sent);
    assert_eq!(values(&elsewhere, "authorization").await, [None]);
}

#[tokio::test]
async fn token_of_a_layer_is_sent_unless_a_request_names_another() {
    let scene = Scene::new(status(200)).await;
    let layer = layer(&scene).token(TokenRequest::id());
    send(&layer, get(&scene.url("/"))).await.unwrap();
    let mut access = get(&scene.url("/"));
    access.extensions_mut().insert(TokenRequest::access());
    send(&layer, access).await.unwrap();
    assert_eq!(scene.sent().await, [some("Bearer id1"), some("Bearer token2")]);
}

#[tokio::test]
async fn a_rejected_request_is_sent_again_once_with_another_token() {
    let scene = Scene::with_old_token(Only("token2")).await;
    let request = Request::post(scene.url("/")).body(Body::from("a body")).unwrap();
    assert_eq!(send(&layer(&scene).retry(), request).await.unwrap(), 200);
    assert_eq!(scene.sent().await, [some("Bearer token1"), some("Bearer token2")]);
    let bodies = scene.server.received_requests().await.unwrap();
    assert!(bodies.iter().all(|request| request.body == b"a body"));

    let refusing = Scene::with_old_token(status(401)).await;
    assert_eq!(send(&layer(&refusing).retry(), get(&refusing.url("/"))).await.unwrap(), 401);
    assert_eq!(refusing.sent().await.len(), 2);
}

#[tokio::test]
async fn without_retry_the_next_request_has_another_token() {
    let scene = Scene::with_old_token(Only("token2")).await;
    let layer = layer(&scene);
    assert_eq!(send(&layer, get(&scene.url("/"))).await.unwrap(), 401);
    assert_eq!(send(&layer, get(&scene.url("/"))).await.unwrap(), 200);
    assert_eq!(scene.sent().await, [some("Bearer token1"), some("Bearer token2")]);
}

#[tokio::test]
async fn challenge_that_a_new_token_cannot_satisfy_causes_no_refresh() {
    let challenge = "Bearer error=\"insufficient_scope\"";
    let refused = status(401).insert_header("www-authenticate", challenge);
    let scene = Scene::with_old_token(refused).await;
    let layer = layer(&scene).retry();
    for _ in 0..2 {
        assert_eq!(send(&layer, get(&scene.url("/"))).await.unwrap(), 401);
    }
    assert_eq!(scene.source.fetched(), 1);
}

#[tokio::test]
async fn a_request_without_an_origin_and_one_without_a_token_fail() {
    let scene = Scene::new(status(200)).await;
    let kind = |error: Box<dyn Error + Send + Sync>| {
        error.downcast_ref::<TokenError>().map(TokenError::kind)
    };
    let mut relative = get(&scene.url("/"));
    *relative.uri_mut() = Uri::from_static("/package.Service/Method");
    let error = send(&layer(&scene), relative).await.unwrap_err();
    assert_eq!(kind(error), Some(TokenErrorKind::Configuration));
    scene.source.fail(TokenErrorKind::Ended);
    let error = send(&layer(&scene), get(&scene.url("/"))).await.unwrap_err();
    assert_eq!(kind(error), Some(TokenErrorKind::Ended));
    assert!(scene.sent().await.is_empty());
}
