//! Complete sign-ins in a browser at the emulator's managed login.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use cognito::managed_login::{
    LoopbackListener, ManagedLogin, ManagedLoginBuilder, ManagedLoginError, PendingSignIn, Prompt,
    RejectionKind, VerifiedTokens,
};
use cognito::session::TokenRefresher;
use cognito::verify::VerifyError;
use cognito::{ErrorKind, MemoryStore, TokenStore, UserPool};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use cognito_tests::browser::Browser;
use cognito_tests::interposer::{Action, Interposer};
use serde_json::json;
use tokio::net::TcpListener;

const PASSWORD: &str = "Correct-horse1";
const CALLBACK: &str = "https://www.example.com/callback";
const BYE: &str = "https://www.example.com/bye";
const SCHEME: &str = "com.example.app:/callback";

/// A pool with managed login and a user.
struct Scene {
    local: LocalPool,
}

impl Scene {
    async fn start() -> Self {
        Self::with(settings()).await
    }

    async fn with(settings: PoolSettings) -> Self {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await;
        let local = emulator.unwrap().create_pool(settings).unwrap();
        local.add_user("alice", PASSWORD).unwrap();
        Self { local }
    }

    fn builder(&self) -> ManagedLoginBuilder {
        let local = &self.local;
        ManagedLogin::builder(&local.id(), local.client_id(), local.endpoint())
            .endpoint(local.endpoint())
            .clock(local.clock())
    }

    fn login(&self) -> ManagedLogin {
        self.builder().build().unwrap()
    }

    fn pool(&self, login: &ManagedLogin) -> UserPool {
        UserPool::builder(self.local.id(), self.local.client_id())
            .endpoint(self.local.endpoint())
            .clock(self.local.clock())
            .token_refresher(login.clone())
            .build()
            .unwrap()
    }

    /// Returns the number of requests whose operation or path contains this text.
    fn count(&self, text: &str) -> usize {
        let requests = self.local.emulator().requests();
        requests.iter().filter(|request| request.operation.contains(text)).count()
    }
}

fn settings() -> PoolSettings {
    PoolSettings::default()
        .managed_login([CALLBACK, SCHEME])
        .client_member("LogoutURLs", json!([BYE]))
}

/// A sign-in up to the callback.
async fn signed_in_browser(login: &ManagedLogin) -> (Browser, PendingSignIn, String) {
    let mut browser = Browser::default();
    let (pending, callback) = return_to_the_application(login, &mut browser, CALLBACK).await;
    (browser, pending, callback)
}

async fn return_to_the_application(
    login: &ManagedLogin,
    browser: &mut Browser,
    redirect_uri: &str,
) -> (PendingSignIn, String) {
    let request = login.authorization_url(redirect_uri).build().unwrap();
    let page = browser.sign_in(request.url(), "alice", PASSWORD).await;
    assert!(page.url.starts_with(redirect_uri), "{} {}", page.url, page.text);
    (request.into_pending(), page.url)
}

async fn tokens(login: &ManagedLogin) -> VerifiedTokens {
    let (_, pending, callback) = signed_in_browser(login).await;
    login.exchange(&pending, &callback).await.unwrap()
}

/// Returns the sign-in with one of its secrets changed.
fn tampered(pending: &PendingSignIn, member: &str, value: &str) -> PendingSignIn {
    let mut written = serde_json::to_value(pending).unwrap();
    assert!(written[member].is_string());
    written[member] = value.into();
    serde_json::from_value(written).unwrap()
}

#[tokio::test]
async fn browser_sign_in_creates_a_session_that_may_call_the_api() {
    let scene = Scene::start().await;
    let login = scene.login();
    let tokens = tokens(&login).await;
    assert_eq!(tokens.access_claims().username(), Some("alice"));
    let id = tokens.id_claims().unwrap();
    assert_eq!((id.username(), id.subject()), (Some("alice"), tokens.access_claims().subject()));
    assert!(id.nonce().is_some());
    let session = tokens.session(&scene.pool(&login)).await.unwrap();
    assert_eq!(session.user().await.unwrap().username(), "alice");
    let first = session.access_token().await.unwrap();
    scene.local.clock().advance(Duration::from_secs(3600));
    let second = session.access_token().await.unwrap();
    assert_ne!(second.expose_secret(), first.expose_secret());
    assert_eq!(scene.count("/oauth2/token"), 2, "the code and the refresh");
    assert_eq!(scene.count("GetTokensFromRefreshToken"), 0);
    session.sign_out().await.unwrap();
}

/// Returns a pool with a store that gets key sets over `wire`, and no refresher.
fn pool_over(scene: &Scene, wire: &Interposer, store: Arc<MemoryStore>) -> UserPool {
    UserPool::builder(scene.local.id(), scene.local.client_id())
        .endpoint(scene.local.endpoint())
        .clock(scene.local.clock())
        .http_client(wire.clone())
        .token_store(store)
        .build()
        .unwrap()
}

#[tokio::test]
async fn session_keeps_verified_tokens_that_its_pool_cannot_verify_now() {
    let scene = Scene::start().await;
    let login = scene.login();
    let uri = format!("{}/{}/.well-known/jwks.json", scene.local.endpoint(), scene.local.id());
    let keys = reqwest::get(uri).await.unwrap().text().await.unwrap();
    let lacking = keys.replace("\"kid\":\"", "\"kid\":\"another");
    assert_ne!(lacking, keys);
    for trouble in [Action::Respond(200, lacking), Action::Unreachable] {
        let wire = Interposer::new(scene.local.http_client());
        let store = Arc::new(MemoryStore::default());
        let pool = pool_over(&scene, &wire, Arc::clone(&store));
        wire.on("GetKeySet", trouble);
        let tokens = tokens(&login).await;
        let refresh_token = tokens.tokens().refresh_token().unwrap().clone();
        let error = tokens.session(&pool).store_as("web").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
        let session = error.session().unwrap();
        assert!(store.load(session.key().unwrap()).await.unwrap().is_some());
        wire.heal();
        scene.local.clock().advance(Duration::from_secs(60));
        session.access_token().await.unwrap();
        let kept = session.tokens().unwrap().refresh_token().unwrap().clone();
        assert_eq!(kept.expose_secret(), refresh_token.expose_secret());
    }
}

#[tokio::test]
async fn session_keeps_verified_tokens_that_have_expired_and_cannot_be_refreshed_now() {
    let scene = Scene::start().await;
    let wire = Interposer::new(scene.local.http_client());
    let pool = pool_over(&scene, &wire, Arc::default());
    let tokens = tokens(&scene.login()).await;
    scene.local.clock().advance(Duration::from_secs(3600));
    let error = tokens.session(&pool).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "the pool has no refresher");
    assert_eq!(error.session().unwrap().username(), "alice");
    assert!(error.session().unwrap().tokens().unwrap().refresh_token().is_some());
}

#[tokio::test]
async fn a_session_with_few_scopes_is_refreshed_and_keeps_them() {
    let scene = Scene::start().await;
    let login = scene.builder().scopes(["openid", "email"]).build().unwrap();
    let session = tokens(&login).await.session(&scene.pool(&login)).await.unwrap();
    for _ in 0..2 {
        let claims = session.access_claims().await.unwrap();
        let mut scopes: Vec<_> = claims.scopes().collect();
        scopes.sort_unstable();
        assert_eq!(scopes, ["email", "openid"]);
        let error = session.user().await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::MissingScope, Some("GetUser")));
        session.refresh().await.unwrap();
    }
    assert_eq!(scene.count("GetUser"), 0);
    let refresh_token = session.tokens().unwrap().refresh_token().unwrap().clone();
    session.sign_out().await.unwrap();
    login.refresh(&refresh_token).await.unwrap_err();
}

#[tokio::test]
async fn an_app_client_with_a_secret_redeems_its_codes() {
    let secret = "a-secret-of-the-app-client";
    let scene = Scene::with(settings().client_secret(secret)).await;
    let (_, pending, callback) = signed_in_browser(&scene.login()).await;
    let error = scene.login().exchange(&pending, &callback).await.unwrap_err();
    assert!(matches!(error, ManagedLoginError::Refused("invalid_client")), "{error}");
    let login = scene.builder().client_secret(secret).build().unwrap();
    login.exchange(&pending, &callback).await.expect("a refused client does not spend the code");
}

#[tokio::test]
async fn callback_with_a_custom_scheme_is_passed_as_a_url() {
    let scene = Scene::start().await;
    let login = scene.login();
    let (pending, callback) =
        return_to_the_application(&login, &mut Browser::default(), SCHEME).await;
    assert!(callback.starts_with("com.example.app:/callback?code="), "{callback}");
    login.exchange(&pending, &callback).await.unwrap();
}

#[tokio::test]
async fn two_sign_ins_of_one_browser_do_not_disturb_each_other() {
    let scene = Scene::start().await;
    let login = scene.login();
    let mut browser = Browser::default();
    let one = login.authorization_url(CALLBACK).build().unwrap();
    let (other, second) = return_to_the_application(&login, &mut browser, CALLBACK).await;
    let first = browser.open(one.url()).await.url;
    assert!(one.pending().is_for(&first) && !one.pending().is_for(&second));
    assert!(other.is_for(&second));
    let (one, other) =
        tokio::join!(login.exchange(one.pending(), &first), login.exchange(&other, &second));
    assert_eq!(one.unwrap().access_claims().subject(), other.unwrap().access_claims().subject());
}

#[tokio::test]
async fn code_is_valid_once_and_for_its_own_sign_in() {
    let scene = Scene::start().await;
    let login = scene.login();
    let (_, pending, callback) = signed_in_browser(&login).await;
    login.exchange(&pending, &callback).await.unwrap();
    let again = login.exchange(&pending, &callback).await.unwrap_err();
    assert!(matches!(again, ManagedLoginError::GrantRefused), "{again}");

    let (_, pending, callback) = signed_in_browser(&login).await;
    let changed = tampered(&pending, "code_verifier", &"x".repeat(43));
    let error = login.exchange(&changed, &callback).await.unwrap_err();
    assert!(matches!(error, ManagedLoginError::GrantRefused), "{error}");

    let (_, pending, callback) = signed_in_browser(&login).await;
    let changed = tampered(&pending, "redirect_uri", SCHEME);
    let error = login.exchange(&changed, &callback).await.unwrap_err();
    assert!(matches!(error, ManagedLoginError::Refused("unauthorized_client")), "{error}");

    let (_, pending, callback) = signed_in_browser(&login).await;
    scene.local.clock().advance(Duration::from_secs(5 * 60 + 1));
    let late = login.exchange(&pending, &callback).await.unwrap_err();
    assert!(matches!(late, ManagedLoginError::GrantRefused), "{late}");
}

#[tokio::test]
async fn tokens_with_another_nonce_are_refused() {
    let scene = Scene::start().await;
    let login = scene.login();
    let (_, pending, callback) = signed_in_browser(&login).await;
    let changed = tampered(&pending, "nonce", "another");
    let error = login.exchange(&changed, &callback).await.unwrap_err();
    assert!(matches!(error, ManagedLoginError::InvalidTokens(VerifyError::WrongNonce)), "{error}");
    assert!(error.source().is_some());
}

#[tokio::test]
async fn rejections_of_the_service_have_their_reason() {
    let scene = Scene::start().await;
    let login = scene.login();
    let cases = [
        (login.authorization_url(CALLBACK).scopes(["orders/none"]), RejectionKind::InvalidScope),
        (login.authorization_url(CALLBACK).prompt(Prompt::None), RejectionKind::LoginRequired),
    ];
    for (request, kind) in cases {
        let request = request.build().unwrap();
        let callback = Browser::default().open(request.url()).await.url;
        let error = login.exchange(request.pending(), &callback).await.unwrap_err();
        let ManagedLoginError::Rejected(rejection) = &error else { panic!("{error}: {callback}") };
        assert_eq!(rejection.kind(), kind, "{callback}");
    }
}

#[tokio::test]
async fn the_browser_s_session_signs_in_without_a_page_until_the_logout() {
    let scene = Scene::start().await;
    let login = scene.login();
    let (mut browser, _, _) = signed_in_browser(&login).await;
    let silent = login.authorization_url(CALLBACK).prompt(Prompt::None).build().unwrap();
    let callback = browser.open(silent.url()).await.url;
    login.exchange(silent.pending(), &callback).await.unwrap();

    assert_eq!(browser.open(&login.logout_url(BYE)).await.url, BYE);
    let silent = login.authorization_url(CALLBACK).prompt(Prompt::None).build().unwrap();
    let callback = browser.open(silent.url()).await.url;
    let error = login.exchange(silent.pending(), &callback).await.unwrap_err();
    assert!(error.to_string().contains("no session"), "{error}");
}

#[tokio::test]
async fn a_revoked_refresh_token_ends_the_session() {
    let scene = Scene::start().await;
    let login = scene.login();
    let session = tokens(&login).await.session(&scene.pool(&login)).await.unwrap();
    let refresh_token = session.tokens().unwrap().refresh_token().unwrap().clone();
    login.revoke(&refresh_token).await.unwrap();
    login.revoke(&refresh_token).await.expect("it is revoked already");
    let error = session.refresh().await.unwrap_err();
    assert!(error.ends_session(), "{error}");
    assert_eq!(session.tokens().unwrap_err().kind(), ErrorKind::SessionEnded);
}

#[tokio::test]
async fn a_program_on_the_user_s_machine_signs_in_by_a_listener() {
    let port = {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        socket.local_addr().unwrap().port()
    };
    let callback_url = format!("http://127.0.0.1:{port}/callback");
    let scene = Scene::with(PoolSettings::default().managed_login([&*callback_url])).await;
    let login = scene.login();
    let listener = LoopbackListener::bind(&*callback_url).await.unwrap().application("orders");
    let request = login.authorization_url(listener.redirect_uri()).build().unwrap();
    let url = request.url().to_owned();
    let browser = tokio::spawn(async move {
        let mut browser = Browser::default();
        browser.sign_in(&url, "alice", PASSWORD).await
    });
    let callback = listener.callback(request.pending()).await.unwrap();
    let tokens = login.exchange(request.pending(), &callback).await.unwrap();
    assert_eq!(tokens.access_claims().username(), Some("alice"));
    let page = browser.await.unwrap();
    assert_eq!(page.status, Some(200));
    assert!(page.text.contains("You can close this page"), "{}", page.text);
}
