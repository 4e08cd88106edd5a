//! Failures of managed login's token endpoint: exchange, revocation and refresh. `browser.rs` has
//! successful sign-ins.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cognito::Verifier;
use cognito::managed_login::{ManagedLogin, ManagedLoginBuilder, ManagedLoginError, PendingSignIn};
use cognito::session::{TokenErrorKind, TokenRefresher};
use cognito::types::{ClientSecret, RefreshToken};
use cognito::verify::{Clients, ReqwestFetcher, VerifyError};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use cognito_tests::mock_server::MockServer;
use cognito_tests::outgoing::{server, status, values};
use serde_json::{Value, json};
use wiremock::{Mock, Respond, ResponseTemplate, matchers};

/// A pool with real tokens, behind a mock token endpoint.
struct Scene {
    local: LocalPool,
    endpoint: MockServer,
}

impl Scene {
    async fn new(response: impl Respond + 'static) -> Self {
        let local = pool().await;
        Self { local, endpoint: server(response).await }
    }

    fn builder(&self) -> ManagedLoginBuilder {
        ManagedLogin::builder(&self.local.id(), self.local.client_id(), self.endpoint.uri())
            .endpoint(self.local.endpoint())
            .clock(self.local.clock())
    }

    fn login(&self) -> ManagedLogin {
        self.builder().build().unwrap()
    }

    async fn bodies(&self) -> Vec<String> {
        let requests = self.endpoint.received_requests().await.unwrap();
        requests.iter().map(|request| String::from_utf8_lossy(&request.body).into()).collect()
    }
}

async fn pool() -> LocalPool {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    local.add_user("alice", "Correct-horse1").unwrap();
    local
}

fn pending(login: &ManagedLogin) -> PendingSignIn {
    let request = login.authorization_url("https://www.example.com/callback").build();
    request.unwrap().into_pending()
}

async fn exchange(login: &ManagedLogin) -> Result<(), ManagedLoginError> {
    let pending = pending(login);
    login.exchange(&pending, &format!("code=c0de&state={}", pending.state())).await.map(drop)
}

fn refused(status: u16, error: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({ "error": error, "error_description": "x" }))
}

fn tokens(local: &LocalPool, id_claims: Value) -> ResponseTemplate {
    let access = local.access_token_for(json!({ "username": "alice" })).unwrap();
    let mut claims = json!({ "username": "alice" });
    claims.as_object_mut().unwrap().extend(id_claims.as_object().unwrap().clone());
    let id = local.id_token_for(claims).unwrap();
    ResponseTemplate::new(200).set_body_json(json!({
        "access_token": access.expose_secret(),
        "id_token": id.expose_secret(),
        "refresh_token": "refresh",
        "expires_in": 3600,
        "token_type": "Bearer",
    }))
}

#[tokio::test]
async fn failures_of_the_endpoint_have_different_kinds() {
    let text = |body: &str| ResponseTemplate::new(200).set_body_string(body);
    for (response, part, kind) in [
        (refused(400, "invalid_grant"), "start the sign-in again", TokenErrorKind::Ended),
        (refused(400, "unauthorized_client"), "unauthorized_client", TokenErrorKind::Configuration),
        (refused(401, "invalid_client"), "invalid_client", TokenErrorKind::Configuration),
        (refused(400, "<b>planted"), "for another reason", TokenErrorKind::Configuration),
        (refused(503, "x"), "status 503", TokenErrorKind::Transient),
        (status(429), "status 429", TokenErrorKind::Transient),
        (status(405), "cannot be read", TokenErrorKind::Transient),
        (text("<html>"), "cannot be read", TokenErrorKind::Transient),
        (text("{}"), "cannot be read", TokenErrorKind::Transient),
        (text(&"x".repeat(600_000)), "cannot be read", TokenErrorKind::Transient),
    ] {
        let scene = Scene::new(response).await;
        let error = exchange(&scene.login()).await.unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert!(!error.to_string().contains("planted"), "{error}");
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(scene.bodies().await.len(), 1, "a code is sent once");
    }
}

#[tokio::test]
async fn a_refresh_is_repeated_at_once_unless_the_endpoint_names_a_pause() {
    let token = RefreshToken::from("refresh");
    for (response, requests, pause) in [
        (status(503), 2, None),
        (status(503).insert_header("retry-after", "30"), 1, Some(Duration::from_secs(30))),
        (status(429), 1, Some(Duration::from_secs(1))),
    ] {
        let scene = Scene::new(response).await;
        let error = TokenRefresher::refresh(&scene.login(), &token).await.unwrap_err();
        assert_eq!((error.kind(), error.retry_after()), (TokenErrorKind::Transient, pause));
        assert_eq!(scene.bodies().await.len(), requests);
    }
}

#[tokio::test]
async fn an_exchange_sends_the_code_verifier_and_the_client() {
    let scene = Scene::new(refused(400, "invalid_grant")).await;
    let login = scene.builder().client_secret("s3cret").build().unwrap();
    let request = login.authorization_url("https://www.example.com/callback").build().unwrap();
    let callback = format!("code=c0de&state={}", request.pending().state());
    login.exchange(request.pending(), &callback).await.unwrap_err();
    let written = serde_json::to_value(request.pending()).unwrap();
    let verifier = written["code_verifier"].as_str().unwrap();
    let client = scene.local.client_id();
    assert_eq!(
        scene.bodies().await,
        [format!(
            "client_id={client}&grant_type=authorization_code&code=c0de\
             &redirect_uri=https%3A%2F%2Fwww.example.com%2Fcallback&code_verifier={verifier}"
        )]
    );
    let sent = values(&scene.endpoint, "authorization").await;
    assert!(sent[0].as_ref().unwrap().starts_with("Basic "), "{sent:?}");
    let request = scene.endpoint.received_requests().await.unwrap().remove(0);
    assert_eq!(request.url.path(), "/oauth2/token");
}

#[tokio::test]
async fn nothing_is_sent_for_a_callback_of_another_sign_in() {
    let scene = Scene::new(status(500)).await;
    let login = scene.login();
    let (one, other) = (pending(&login), pending(&login));
    let callback = format!("code=c0de&state={}", other.state());
    let error = login.exchange(&one, &callback).await.unwrap_err();
    assert!(matches!(error, ManagedLoginError::WrongState), "{error}");
    assert!(scene.bodies().await.is_empty());
}

#[tokio::test]
async fn a_redirect_of_the_endpoint_is_not_followed() {
    let thief = server(status(200)).await;
    let location = ResponseTemplate::new(307).insert_header("location", thief.uri());
    let scene = Scene::new(location).await;
    exchange(&scene.login()).await.unwrap_err();
    assert!(thief.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn rejected_secret_is_replaced_once() {
    let scene = Scene::new(refused(401, "invalid_client")).await;
    let reads = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reads);
    let read = move |_: Option<ClientSecret>| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        async move { Ok::<_, std::io::Error>(ClientSecret::from(format!("secret{number}"))) }
    };
    let login = scene.builder().client_secret_from(read).build().unwrap();
    exchange(&login).await.unwrap_err();
    assert_eq!(reads.load(Ordering::SeqCst), 2);
    let sent = values(&scene.endpoint, "authorization").await;
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0], sent[1]);
}

#[tokio::test]
async fn tokens_of_another_sign_in_are_rejected() {
    let other = pool().await;
    let local = pool().await;
    for (response, expected) in [
        (tokens(&other, json!({})), VerifyError::WrongIssuer),
        (tokens(&local, json!({})), VerifyError::MissingClaim("nonce")),
        (tokens(&local, json!({ "nonce": "another" })), VerifyError::WrongNonce),
    ] {
        let endpoint = server(response).await;
        let scene = Scene { local: local.clone(), endpoint };
        let error = exchange(&scene.login()).await.unwrap_err();
        let source = error.source().unwrap().to_string();
        assert!(matches!(error, ManagedLoginError::InvalidTokens(_)), "{error}");
        assert_eq!(source, expected.to_string());
    }
}

#[tokio::test]
async fn an_id_token_for_another_user_or_access_token_is_rejected() {
    let local = pool().await;
    for (claims, expected) in [
        (json!({ "nonce": "n", "username": "bob" }), VerifyError::InvalidClaim("sub")),
        (json!({ "nonce": "n", "at_hash": "A".repeat(22) }), VerifyError::WrongAccessToken),
    ] {
        let endpoint = server(tokens(&local, claims)).await;
        let login = Scene { local: local.clone(), endpoint }.login();
        let mut written = serde_json::to_value(pending(&login)).unwrap();
        written["nonce"] = "n".into();
        let pending: PendingSignIn = serde_json::from_value(written).unwrap();
        let callback = format!("code=c0de&state={}", pending.state());
        let error = login.exchange(&pending, &callback).await.unwrap_err();
        assert_eq!(error.source().unwrap().to_string(), expected.to_string());
    }
}

/// Returns a server with the key set of a pool, under other key ids.
async fn server_of_other_keys(local: &LocalPool) -> MockServer {
    let uri = format!("{}/{}/.well-known/jwks.json", local.endpoint(), local.id());
    let keys = reqwest::get(uri).await.unwrap().text().await.unwrap();
    let others = keys.replace("\"kid\":\"", "\"kid\":\"another");
    assert_ne!(others, keys);
    server(ResponseTemplate::new(200).set_body_raw(others, "application/json")).await
}

#[tokio::test]
async fn tokens_are_kept_while_the_keys_cannot_be_fetched_or_lack_theirs() {
    let local = pool().await;
    let others = server_of_other_keys(&local).await;
    let user = json!({ "username": "alice" });
    let access = local.access_token_for(user).unwrap();
    let body = json!({ "access_token": access.expose_secret(), "expires_in": 3600 });
    let endpoint = server(ResponseTemplate::new(200).set_body_json(body)).await;
    let scene = Scene { local, endpoint };
    for server in ["http://127.0.0.1:1".to_owned(), others.uri()] {
        let fetcher = Arc::new(ReqwestFetcher::new().unwrap());
        let clients = Clients::only(scene.local.client_id());
        let verifier = Verifier::builder(&scene.local.id(), clients, fetcher)
            .endpoint(scene.local.endpoint())
            .jwks_uri(format!("{server}/jwks.json"))
            .clock(scene.local.clock());
        let unable = scene.builder().verifier(verifier.build()).build().unwrap();
        let error = exchange(&unable).await.unwrap_err();
        let ManagedLoginError::Unverified(tokens) = error else { panic!("{error}") };
        let verified = scene.login().verify(*tokens).await.unwrap();
        assert_eq!(verified.access_claims().username(), Some("alice"));
        assert!(verified.id_claims().is_none());
    }
}

#[tokio::test]
async fn keys_are_fetched_by_the_client_of_the_application() {
    let local = pool().await;
    let endpoint = MockServer::start().await;
    let issuer = format!("{}/{}", endpoint.uri(), local.id());
    let access = local.access_token_for(json!({ "username": "alice", "iss": issuer })).unwrap();
    let body = json!({ "access_token": access.expose_secret(), "expires_in": 3600 });
    let granted = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(matchers::any()).respond_with(granted).mount(&endpoint).await;
    let scene = Scene { local, endpoint };
    let http = reqwest::Client::builder().user_agent("our-shop/1.0");
    let login = scene.builder().endpoint(scene.endpoint.uri()).build_with(http).unwrap();
    exchange(&login).await.unwrap_err();
    let requests = scene.endpoint.received_requests().await.unwrap();
    let of_keys = requests.iter().find(|request| request.url.path().ends_with("/jwks.json"));
    assert_eq!(of_keys.unwrap().headers["user-agent"], "our-shop/1.0");
}

#[tokio::test]
async fn settings_of_the_builder_are_used() {
    let scene = Scene::new(status(200)).await;
    let plain = |hosts: &[&str]| {
        ManagedLogin::builder(&scene.local.id(), scene.local.client_id(), "http://auth.internal")
            .allow_plain_http(hosts.iter().copied())
            .build()
    };
    plain(&[]).unwrap_err();
    plain(&["other.internal"]).unwrap_err();
    plain(&["auth.internal"]).unwrap();
    let login = scene.login();
    let request = login.authorization_url("https://www.example.com/callback");
    let url = request.idp_identifier("example.com").build().unwrap().url().to_string();
    assert!(url.contains("&idp_identifier=example.com"), "{url}");
}

#[tokio::test]
async fn tokens_expire_by_the_clock_of_the_builder() {
    let local = pool().await;
    let endpoint = server(tokens(&local, json!({}))).await;
    local.clock().advance(Duration::from_secs(2 * 3600));
    let error = exchange(&Scene { local, endpoint }.login()).await.unwrap_err();
    assert!(
        matches!(&error, ManagedLoginError::InvalidTokens(VerifyError::Expired { .. })),
        "{error}"
    );
}

fn refresh_token() -> RefreshToken {
    RefreshToken::from("refresh")
}

#[tokio::test]
async fn revocation_sends_the_token_and_reports_rejections() {
    let scene = Scene::new(status(200)).await;
    scene.login().revoke(&refresh_token()).await.unwrap();
    let client = scene.local.client_id();
    assert_eq!(scene.bodies().await, [format!("client_id={client}&token=refresh")]);
    let request = scene.endpoint.received_requests().await.unwrap().remove(0);
    assert_eq!(request.url.path(), "/oauth2/revoke");
    let scene = Scene::new(refused(400, "unsupported_token_type")).await;
    let error = scene.login().revoke(&refresh_token()).await.unwrap_err();
    assert!(matches!(error, ManagedLoginError::Refused("unsupported_token_type")), "{error}");
}

#[tokio::test]
async fn refresh_ends_the_session_only_for_invalid_grant() {
    let trigger_failed = status(400).set_body_json(json!({
        "error": "invalid_grant",
        "error_description": "PreTokenGeneration failed with error Timeout.",
    }));
    for (response, kind, requests) in [
        (refused(400, "invalid_grant"), TokenErrorKind::Ended, 1),
        (trigger_failed, TokenErrorKind::Configuration, 1),
        (refused(401, "invalid_client"), TokenErrorKind::Configuration, 1),
        (status(429), TokenErrorKind::Transient, 1),
        (status(500), TokenErrorKind::Transient, 2),
        (ResponseTemplate::new(200).set_body_string("<html>"), TokenErrorKind::Transient, 2),
    ] {
        let scene = Scene::new(response).await;
        let error = scene.login().refresh(&refresh_token()).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(scene.bodies().await.len(), requests, "{kind:?}");
    }
    let limited = Scene::new(status(429).insert_header("retry-after", "7")).await;
    let error = limited.login().refresh(&refresh_token()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}
