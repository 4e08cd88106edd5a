//! Tokens of incoming requests: accepted requests, and the responses to rejected ones.

mod places;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{Method, Request, Response};
use axum::routing::{any, get};
use cognito::Verifier;
use cognito::http::{
    CustomClaims, Refusal, VerifiedAccess, VerifiedId, VerifiedToken, VerifyLayer, require,
    require_client, require_clients, require_group, require_groups, require_id, require_scope,
    require_scopes,
};
use cognito::types::Clock;
use cognito::verify::{
    Clients, FetchError, FetchKeys, KeySet, KeysFrom, Required, TokenRules, VerifyError,
};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::{Layer, Service, ServiceExt, service_fn};

/// A clock with the time of the test vectors.
#[derive(Debug)]
struct Then(u64);

impl Clock for Then {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// Tokens of the test vectors. The user is in `admins`, with the scope `api/read`.
struct Tokens(Value);

impl Tokens {
    fn new() -> Self {
        Self(serde_json::from_str(include_str!("../../data/jwt.json")).unwrap())
    }

    fn get(&self, id: &str) -> String {
        let mut vectors = self.0["vectors"].as_array().unwrap().iter();
        let vector = vectors.find(|vector| vector["id"] == id).unwrap();
        vector["token"].as_str().unwrap().to_owned()
    }

    fn rules(&self) -> TokenRules {
        let pool = self.0["pool_id"].as_str().unwrap().parse().unwrap();
        TokenRules::new(&pool, Clients::only(self.0["client_id"].as_str().unwrap()))
    }

    fn keys(&self) -> KeySet {
        KeySet::from_json(&self.0["jwks"].to_string()).unwrap()
    }

    fn clock(&self) -> Arc<Then> {
        Arc::new(Then(self.0["now"].as_u64().unwrap()))
    }

    fn verifier(&self) -> Verifier {
        Verifier::offline(self.rules(), self.keys()).clock(self.clock()).build()
    }
}

fn bearer(token: &str) -> Request<Body> {
    let request = Request::get("/").header(AUTHORIZATION, format!("Bearer {token}"));
    request.body(Body::empty()).unwrap()
}

async fn ask(router: &Router, request: Request<Body>) -> Response<Body> {
    router.clone().oneshot(request).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

fn challenge(response: &Response<Body>) -> &str {
    response.headers()[WWW_AUTHENTICATE].to_str().unwrap()
}

#[tokio::test]
async fn claims_reach_the_handler() {
    let tokens = Tokens::new();
    let handler = |VerifiedAccess(claims): VerifiedAccess| async move {
        format!("{:?} {:?}", claims.groups(), claims.scopes().collect::<Vec<_>>())
    };
    let router = Router::new().route("/", get(handler));
    let router = router.layer(VerifyLayer::access_tokens(tokens.verifier()));
    let response = ask(&router, bearer(&tokens.get("ok-access"))).await;
    assert_eq!(text(response).await, r#"["admins"] ["aws.cognito.signin.user.admin", "api/read"]"#);
}

#[tokio::test]
async fn custom_claims_reach_the_handler() {
    #[derive(serde::Deserialize)]
    struct Named {
        name: String,
    }
    let tokens = Tokens::new();
    let handler = |VerifiedId(claims): VerifiedId, CustomClaims(named): CustomClaims<Named>| async move {
        format!("{} {}", claims.email().unwrap(), named.name)
    };
    let router = Router::new().route("/", get(handler));
    let router = router.layer(VerifyLayer::id_tokens(tokens.verifier()));
    let response = ask(&router, bearer(&tokens.get("ok-unicode-claim"))).await;
    assert_eq!(text(response).await, "a@example.com Zoë 😀");
    let response = ask(&router, bearer(&tokens.get("ok-id"))).await;
    assert_eq!(response.status(), 403, "there is no name in it");
}

#[tokio::test]
async fn every_bad_token_is_refused_before_the_handler() {
    let tokens = Tokens::new();
    let handler = async || -> &str { panic!("a bad token came through") };
    let router = Router::new().route("/", get(handler));
    let router = router.layer(VerifyLayer::access_tokens(tokens.verifier()));
    let mut refused = 0;
    for vector in tokens.0["vectors"].as_array().unwrap() {
        let (token, own_keys) = (vector["token"].as_str().unwrap(), vector.get("jwks").is_some());
        let sendable = token.bytes().all(|byte| (0x21..0x7f).contains(&byte));
        if vector["expect"] == "accept" || vector["use"] == "id" || own_keys || !sendable {
            continue;
        }
        if vector.get("policy").is_some() {
            continue;
        }
        let response = ask(&router, bearer(token)).await;
        let status = response.status().as_u16();
        assert!([400, 401, 403].contains(&status), "{}: {status}", vector["id"]);
        if let Some(Refusal::Token(_)) = response.extensions().get() {
            assert!(challenge(&response).starts_with("Bearer error=\""), "{}", vector["id"]);
        }
        refused += 1;
    }
    assert!(refused > 60, "{refused}");
}

#[tokio::test]
async fn a_request_without_a_token_gets_a_challenge_without_an_error() {
    let tokens = Tokens::new();
    let router = Router::new().route("/", get(async || ""));
    let router = router.layer(VerifyLayer::access_tokens(tokens.verifier()));
    let response = ask(&router, Request::get("/").body(Body::empty()).unwrap()).await;
    assert_eq!((response.status().as_u16(), challenge(&response)), (401, "Bearer"));
    assert!(matches!(response.extensions().get(), Some(Refusal::NoToken)));
    let response = ask(&router, bearer("nonsense")).await;
    assert_eq!(response.status(), 401);
    let expected = "Bearer error=\"invalid_token\", error_description=\"";
    assert!(challenge(&response).starts_with(expected), "{}", challenge(&response));
    let refusal = response.extensions().get::<Refusal>();
    assert!(matches!(refusal, Some(Refusal::Token(VerifyError::Malformed(_)))), "{refusal:?}");
    let response = ask(&router, bearer(&tokens.get("ok-id"))).await;
    assert_eq!(response.status(), 401, "an ID token is no access token");
}

#[tokio::test]
async fn routes_can_require_scopes_and_groups() {
    let tokens = Tokens::new();
    let ok = || get(async || "ok");
    let router = Router::new()
        .route("/read", ok().layer(require_scope("api/read")))
        .route("/write", ok().layer(require_scope("api/write")))
        .route("/any", ok().layer(require_scopes(Required::any_of(["api/write", "api/read"]))))
        .route("/all", ok().layer(require_scopes(Required::all_of(["api/write", "api/read"]))))
        .route("/none", ok().layer(require_scopes(Required::all_of([""; 0]))))
        .route("/admins", ok().layer(require_group("admins")))
        .route("/others", ok().layer(require_group("others")))
        .route("/either", ok().layer(require_groups(Required::any_of(["others", "admins"]))))
        .layer(VerifyLayer::access_tokens(tokens.verifier()));
    for (path, status, scope) in [
        ("/read", 200, None),
        ("/write", 403, Some("scope=\"api/write\"")),
        ("/any", 200, None),
        ("/all", 403, Some("scope=\"api/write api/read\"")),
        ("/none", 403, None),
        ("/admins", 200, None),
        ("/others", 403, None),
        ("/either", 200, None),
    ] {
        let mut request = bearer(&tokens.get("ok-access"));
        *request.uri_mut() = path.parse().unwrap();
        let response = ask(&router, request).await;
        assert_eq!(response.status(), status, "{path}");
        if status == 403 {
            assert!(challenge(&response).starts_with("Bearer error=\"insufficient_scope\""));
        }
        if let Some(scope) = scope {
            assert!(challenge(&response).ends_with(scope), "{}", challenge(&response));
        }
    }
}

#[tokio::test]
async fn routes_that_need_claims_refuse_all_requests_without_the_layer() {
    let handler = |_: VerifiedAccess| async { "came through" };
    let router = Router::new().route("/extractor", get(handler));
    let guarded = get(async || "came through");
    let router = router.route("/scope", guarded.clone().layer(require_scope("api/read")));
    let router = router.route("/group", guarded.layer(require_group("admins")));
    for path in ["/extractor", "/scope", "/group"] {
        let mut request = bearer(&Tokens::new().get("ok-access"));
        *request.uri_mut() = path.parse().unwrap();
        let response = ask(&router, request).await;
        assert_eq!(response.status(), 500, "{path}");
        assert!(!response.headers().contains_key(WWW_AUTHENTICATE));
    }
}

#[tokio::test]
async fn unavailable_keys_get_status_503() {
    #[derive(Debug)]
    struct Down;
    impl FetchKeys for Down {
        fn fetch<'a>(
            &'a self,
            _: &'a str,
        ) -> cognito::types::BoxFuture<'a, Result<String, FetchError>> {
            Box::pin(async { Err(FetchError::new("status 500")) })
        }
    }
    let tokens = Tokens::new();
    let pool = tokens.0["pool_id"].as_str().unwrap().parse().unwrap();
    let verifier = Verifier::builder(&pool, Clients::Any, Arc::new(Down)).clock(tokens.clock());
    let layer = VerifyLayer::access_tokens(verifier.build());
    let router = Router::new().route("/", get(async || "")).layer(layer);
    let response = ask(&router, bearer(&tokens.get("ok-access"))).await;
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key(RETRY_AFTER));
    assert!(!response.headers().contains_key(WWW_AUTHENTICATE), "the token may be good");
}

#[tokio::test]
async fn pools_are_distinguished_by_their_issuers() {
    let tokens = Tokens::new();
    let other = TokenRules::new(&"eu-west-1_Ab12Cd34E".parse().unwrap(), Clients::Any);
    let verifier = Verifier::offline(other, KeySet::default())
        .pool(tokens.rules(), KeysFrom::Set(tokens.keys()))
        .clock(tokens.clock())
        .cache(NonZeroUsize::new(10).unwrap())
        .build();
    let layer = VerifyLayer::access_tokens(verifier.clone());
    let router = Router::new().route("/", get(async || "ok")).layer(layer);
    for _ in 0..2 {
        assert_eq!(ask(&router, bearer(&tokens.get("ok-access"))).await.status(), 200);
    }
}

/// A service without a router, as with tonic and hyper.
#[tokio::test]
async fn the_layer_is_for_any_service() {
    let tokens = Tokens::new();
    let service = service_fn(async |request: Request<String>| {
        let claims = request.extensions().get::<cognito::AccessClaims>().unwrap();
        Ok::<_, std::io::Error>(Response::new(format!("{:?}", claims.groups())))
    });
    let service = VerifyLayer::access_tokens(tokens.verifier()).layer(service);
    let request = Request::new("body".to_owned());
    assert_eq!(service.clone().oneshot(request).await.unwrap().status(), 401);
    let request = bearer(&tokens.get("ok-access")).map(|_| String::new());
    assert_eq!(service.oneshot(request).await.unwrap().into_body(), "[\"admins\"]");
}

/// Returns the status of a request for this path with the token `ok-access`.
async fn status(router: &Router, path: &str) -> u16 {
    let mut request = bearer(&Tokens::new().get("ok-access"));
    *request.uri_mut() = path.parse().unwrap();
    ask(router, request).await.status().as_u16()
}

fn anonymous(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn rules_of_routes_are_combined() {
    let tokens = Tokens::new();
    let client = tokens.0["client_id"].as_str().unwrap().to_owned();
    let (yes, no) = (|| require_scope("api/read"), || require_group("others"));
    let ok = || get(async || "ok");
    let router = Router::new()
        .route("/scope-or-group", ok().layer(no().or(yes())))
        .route("/group-or-scope", ok().layer(yes().or(no())))
        .route("/neither", ok().layer(require_scope("api/write").or(no())))
        .route("/both", ok().layer(yes().and(require_group("admins"))))
        .route("/one-of-both", ok().layer(yes().and(no())))
        .route("/client", ok().layer(require_client(client.as_str())))
        .route("/clients", ok().layer(require_clients(["other", client.as_str()])))
        .route("/other-client", ok().layer(require_client("other")))
        .route("/function", ok().layer(require(|claims| claims.in_group("admins"))))
        .route("/other-function", ok().layer(require(|claims| claims.is_machine())))
        .route("/id", ok().layer(require_id(|_| true)))
        .route("/id-or-scope", ok().layer(require_id(|_| true).or(yes())))
        .route("/id-or-group", ok().layer(require_id(|_| true).or(no())))
        .layer(VerifyLayer::access_tokens(tokens.verifier()));
    for (path, expected) in [
        ("/scope-or-group", 200),
        ("/group-or-scope", 200),
        ("/neither", 403),
        ("/both", 200),
        ("/one-of-both", 403),
        ("/client", 200),
        ("/clients", 200),
        ("/other-client", 403),
        ("/function", 200),
        ("/other-function", 403),
        ("/id", 500),
        ("/id-or-scope", 200),
        ("/id-or-group", 403),
    ] {
        assert_eq!(status(&router, path).await, expected, "{path}");
    }
    let mut request = bearer(&tokens.get("ok-access"));
    *request.uri_mut() = "/neither".parse().unwrap();
    let response = ask(&router, request).await;
    assert!(challenge(&response).ends_with("scope=\"api/write\""), "the first alternative");
}

#[tokio::test]
async fn rules_for_clients_and_groups_read_id_tokens_too() {
    let tokens = Tokens::new();
    let client = tokens.0["client_id"].as_str().unwrap().to_owned();
    let ok = || get(async || "ok");
    let router = Router::new()
        .route("/client", ok().layer(require_client(client)))
        .route("/other", ok().layer(require_client("other")))
        .route("/id", ok().layer(require_id(|claims| claims.email().is_some())))
        .route("/access", ok().layer(require(|_| true)))
        .layer(VerifyLayer::id_tokens(tokens.verifier()));
    for (path, expected) in [("/client", 200), ("/other", 403), ("/id", 200), ("/access", 500)] {
        let mut request = bearer(&tokens.get("ok-id"));
        *request.uri_mut() = path.parse().unwrap();
        assert_eq!(ask(&router, request).await.status(), expected, "{path}");
    }
}

#[tokio::test]
async fn an_optional_token_may_be_missing_but_not_invalid() {
    let tokens = Tokens::new();
    let handler = |claims: Option<VerifiedAccess>| async move {
        claims.map_or("anonymous".to_owned(), |VerifiedAccess(claims)| claims.groups().concat())
    };
    let router = Router::new()
        .route("/", get(handler))
        .route("/id", get(async |claims: Option<VerifiedId>| claims.is_none().to_string()))
        .route("/token", get(async |token: Option<VerifiedToken>| token.is_some().to_string()))
        .route(
            "/custom",
            get(async |claims: Option<CustomClaims<Value>>| claims.is_some().to_string()),
        )
        .route("/required", get(async |_: VerifiedAccess| "ok"))
        .route("/scope", get(async || "ok").layer(require_scope("api/read")))
        .layer(VerifyLayer::access_tokens(tokens.verifier()).optional());
    assert_eq!(text(ask(&router, anonymous("/")).await).await, "anonymous");
    assert_eq!(text(ask(&router, bearer(&tokens.get("ok-access"))).await).await, "admins");
    assert_eq!(ask(&router, bearer("nonsense")).await.status(), 401);
    assert_eq!(ask(&router, bearer("")).await.status(), 400);
    for path in ["/required", "/scope"] {
        let response = ask(&router, anonymous(path)).await;
        assert_eq!((response.status().as_u16(), challenge(&response)), (401, "Bearer"), "{path}");
        assert_eq!(status(&router, path).await, 200, "{path}");
    }
    for path in ["/token", "/custom"] {
        assert_eq!(text(ask(&router, anonymous(path)).await).await, "false", "{path}");
        let mut request = bearer(&tokens.get("ok-access"));
        *request.uri_mut() = path.parse().unwrap();
        assert_eq!(text(ask(&router, request).await).await, "true", "{path}");
    }
    assert_eq!(ask(&router, anonymous("/id")).await.status(), 200);
    assert_eq!(status(&router, "/id").await, 500, "the layer verifies access tokens");
}

#[tokio::test]
async fn an_optional_extractor_without_the_layer_is_a_defect_of_the_service() {
    let router = Router::new().route("/", get(async |_: Option<VerifiedAccess>| "came through"));
    assert_eq!(ask(&router, anonymous("/")).await.status(), 500);
}

#[tokio::test]
async fn preflight_requests_pass_where_that_is_allowed() {
    let tokens = Tokens::new();
    let layer = VerifyLayer::access_tokens(tokens.verifier());
    let service = |layer: VerifyLayer| Router::new().route("/", any(async || "ok")).layer(layer);
    let request = |method: Method, headers: &[&'static str]| {
        let request = Request::builder().method(method).uri("/");
        let with = |request: axum::http::request::Builder, name: &&str| request.header(*name, "x");
        headers.iter().fold(request, with).body(Body::empty()).unwrap()
    };
    let preflight = ["origin", "access-control-request-method"];
    for (method, headers, expected) in [
        (Method::OPTIONS, &preflight[..], 200),
        (Method::OPTIONS, &preflight[..1], 401),
        (Method::OPTIONS, &preflight[1..], 401),
        (Method::GET, &preflight[..], 401),
    ] {
        let allowing = service(layer.clone().allow_preflight());
        let response = ask(&allowing, request(method.clone(), headers)).await;
        assert_eq!(response.status(), expected, "{method} {headers:?}");
        let response = ask(&service(layer.clone()), request(method, headers)).await;
        assert_eq!(response.status(), 401);
    }
}

#[tokio::test]
async fn size_of_tokens_can_be_limited() {
    let tokens = Tokens::new();
    let length = tokens.get("ok-access").len();
    for (limit, expected) in [(length, 200), (length - 1, 401)] {
        let layer = VerifyLayer::access_tokens(tokens.verifier()).max_token_bytes(limit);
        let router = Router::new().route("/", get(async || "ok")).layer(layer);
        assert_eq!(ask(&router, bearer(&tokens.get("ok-access"))).await.status(), expected);
    }
}

/// A service that is never ready.
#[derive(Clone, Debug)]
struct Overloaded;

impl Service<Request<Body>> for Overloaded {
    type Response = Response<Body>;
    type Error = std::io::Error;
    type Future = std::future::Ready<Result<Response<Body>, std::io::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), std::io::Error>> {
        Poll::Ready(Err(std::io::Error::other("overloaded")))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        panic!("it is not ready")
    }
}

#[tokio::test]
async fn layers_are_ready_when_the_service_is() {
    let mut verified = VerifyLayer::access_tokens(Tokens::new().verifier()).layer(Overloaded);
    assert_eq!(verified.ready().await.unwrap_err().to_string(), "overloaded");
    let mut required = require(|_| true).layer(Overloaded);
    assert_eq!(required.ready().await.unwrap_err().to_string(), "overloaded");
}
