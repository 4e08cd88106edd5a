//! Sessions that are refreshed at the token endpoint, and operations that their scopes do not
//! allow.

use std::sync::Arc;

use cognito::managed_login::ManagedLogin;
use cognito::session::{API_SCOPE, TokenSet};
use cognito::{ErrorKind, MemoryStore, Session, SignIn, TokenStore, UserPool};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use cognito_tests::fixture::PASSWORD;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{record, rotating, token};

/// A pool over HTTP for a program with managed login.
struct Scene {
    local: LocalPool,
    pool: UserPool,
    store: Arc<MemoryStore>,
}

impl Scene {
    async fn start(settings: PoolSettings) -> Self {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await;
        let local = emulator.unwrap().create_pool(settings).unwrap();
        local.add_user("alice", PASSWORD).unwrap();
        let store = Arc::new(MemoryStore::default());
        let pool = pool(&local, &store, true);
        Self { local, pool, store }
    }

    /// Returns the tokens of a sign-in.
    async fn tokens(&self) -> TokenSet {
        let plain = UserPool::builder(self.local.id(), self.local.client_id());
        let plain = plain.endpoint(self.local.endpoint()).clock(self.local.clock());
        let step = plain.build().unwrap().sign_in("alice").password(PASSWORD).await.unwrap();
        let SignIn::Done(session) = step else { panic!("a challenge was returned") };
        session.tokens().unwrap()
    }

    async fn session(&self) -> Session {
        let adopted = self.pool.session(self.tokens().await).store_as("web");
        adopted.refresh_by_token_endpoint().await.unwrap()
    }

    /// Returns the number of requests to the token endpoint, and of refresh requests to the API.
    fn refreshes(&self) -> (usize, usize) {
        let requests = self.local.emulator().requests();
        let count =
            |name: &str| requests.iter().filter(|request| request.operation.contains(name)).count();
        (count("/oauth2/token"), count("GetTokensFromRefreshToken"))
    }

    fn expire(&self) {
        self.local.clock().advance(std::time::Duration::from_secs(3600));
    }
}

fn pool(local: &LocalPool, store: &Arc<MemoryStore>, with_login: bool) -> UserPool {
    let builder = UserPool::builder(local.id(), local.client_id())
        .endpoint(local.endpoint())
        .clock(local.clock())
        .token_store(Arc::clone(store) as Arc<dyn TokenStore>);
    if !with_login {
        return builder.build().unwrap();
    }
    let login = ManagedLogin::builder(&local.id(), local.client_id(), local.endpoint());
    let login = login.endpoint(local.endpoint()).clock(local.clock()).build().unwrap();
    builder.token_refresher(login).build().unwrap()
}

#[tokio::test]
async fn callers_share_one_refresh_at_the_token_endpoint() {
    let scene = Scene::start(PoolSettings::default()).await;
    let session = scene.session().await;
    let first = token(&session).await;
    scene.expire();
    let all = join_all((0..20).map(|_| token(&session))).await;
    assert!(all.iter().all(|token| *token == all[0] && *token != first));
    assert_eq!(scene.refreshes(), (1, 0));
    session.refresh().await.unwrap();
    assert_eq!(scene.refreshes(), (2, 0));
}

#[tokio::test]
async fn a_rotated_refresh_token_of_the_endpoint_is_used_and_stored() {
    let scene = Scene::start(rotating(0)).await;
    let session = scene.session().await;
    for _ in 0..3 {
        scene.expire();
        token(&session).await;
        let kept = session.tokens().unwrap();
        let key = scene.pool.session_key("web");
        let record = record(&*scene.store, &key).await.unwrap();
        let kept = kept.refresh_token().unwrap().expose_secret().to_owned();
        assert_eq!(record["refresh_token"], kept);
    }
    assert_eq!(scene.refreshes(), (3, 0));
}

#[tokio::test]
async fn a_restored_session_is_still_refreshed_at_the_token_endpoint() {
    let scene = Scene::start(PoolSettings::default()).await;
    drop(scene.session().await);
    let key = scene.pool.session_key("web");
    assert_eq!(record(&*scene.store, &key).await.unwrap()["refresh_by"], "token_endpoint");
    scene.expire();
    let another = pool(&scene.local, &scene.store, true);
    let restored = another.restore(&key).await.unwrap().unwrap();
    token(&restored).await;
    assert_eq!(scene.refreshes(), (1, 0));
    assert_eq!(record(&*scene.store, &key).await.unwrap()["refresh_by"], "token_endpoint");
}

#[tokio::test]
async fn tokens_that_replace_those_of_a_session_are_refreshed_in_their_own_way() {
    for (is_replaced_by_login, refreshes) in [(true, (1, 0)), (false, (0, 1))] {
        let scene = Scene::start(PoolSettings::default()).await;
        let program = pool(&scene.local, &scene.store, true);
        let adopt = |pool: &UserPool, tokens, is_of_login| {
            let adopted = pool.session(tokens).store_as("web");
            if is_of_login { adopted.refresh_by_token_endpoint() } else { adopted }
        };
        let tokens = scene.tokens().await;
        let session = adopt(&scene.pool, tokens, !is_replaced_by_login).await.unwrap();
        let tokens = scene.tokens().await;
        drop(adopt(&program, tokens, is_replaced_by_login).await.unwrap());
        scene.expire();
        token(&session).await;
        assert_eq!(scene.refreshes(), refreshes);
        let key = scene.pool.session_key("web");
        let written = record(&*scene.store, &key).await.unwrap().get("refresh_by").cloned();
        assert_eq!(written, is_replaced_by_login.then(|| json!("token_endpoint")));
    }
}

#[tokio::test]
async fn a_session_of_the_api_is_refreshed_by_the_api_although_the_pool_has_a_refresher() {
    let scene = Scene::start(PoolSettings::default()).await;
    let session = scene.pool.session(scene.tokens().await).await.unwrap();
    let key = session.key().unwrap().clone();
    assert_eq!(record(&*scene.store, &key).await.unwrap().get("refresh_by"), None);
    scene.expire();
    token(&session).await;
    assert_eq!(scene.refreshes(), (0, 1));
}

#[tokio::test]
async fn pool_without_a_refresher_keeps_the_session_and_reports_the_missing_setting() {
    let scene = Scene::start(PoolSettings::default()).await;
    drop(scene.session().await);
    scene.expire();
    let key = scene.pool.session_key("web");
    let without = pool(&scene.local, &scene.store, false);
    let error = without.restore(&key).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("token_refresher"), "{error}");
    assert!(error.session().is_some() && record(&*scene.store, &key).await.is_some());
    assert!(scene.pool.restore(&key).await.unwrap().is_some());
}

#[tokio::test]
async fn a_refused_refresh_token_ends_the_session_and_its_record() {
    let scene = Scene::start(PoolSettings::default()).await;
    let session = scene.session().await;
    let refresh_token = session.tokens().unwrap().refresh_token().unwrap().clone();
    scene.pool.revoke(&refresh_token).await.unwrap();
    scene.expire();
    let error = session.access_token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionEnded);
    assert!(record(&*scene.store, &scene.pool.session_key("web")).await.is_none());
    let adopted = scene.pool.session_from_refresh_token(refresh_token);
    let error = adopted.refresh_by_token_endpoint().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenRevoked);
}

#[tokio::test]
async fn operations_without_their_scope_are_not_sent_and_name_it() {
    let scene = Scene::start(PoolSettings::default()).await;
    let claims = json!({ "username": "alice", "scope": "openid email" });
    let session = limited(&scene, claims).await;
    let sent = scene.local.emulator().requests().len();
    let errors = [
        (session.user().await.map(drop).unwrap_err(), "GetUser"),
        (session.devices().await.map(drop).unwrap_err(), "ListDevices"),
        (session.forget_device("key").await.unwrap_err(), "ForgetDevice"),
        (session.passkeys().await.map(drop).unwrap_err(), "ListWebAuthnCredentials"),
        (session.change_password("a", "b").await.unwrap_err(), "ChangePassword"),
        (session.verify_software_token("123456").await.unwrap_err(), "VerifySoftwareToken"),
        (session.user_sessions().await.map(drop).unwrap_err(), "ListUserSessions"),
    ];
    for (error, operation) in errors {
        assert_eq!(error.kind(), ErrorKind::MissingScope);
        assert_eq!(error.operation(), Some(operation));
        let message = error.to_string();
        assert!(message.contains(API_SCOPE) && message.contains(operation), "{message}");
    }
    let error = session.clone().sign_out_everywhere().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingScope);
    assert!(error.session().is_some(), "it can still be signed out alone");
    let error = session.clone().delete_account().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingScope);
    assert_eq!(scene.local.emulator().requests().len(), sent);
    session.access_token().await.expect("the session continues");
}

#[tokio::test]
async fn the_service_decides_on_a_token_without_scopes() {
    let scene = Scene::start(PoolSettings::default()).await;
    let session = limited(&scene, json!({ "username": "alice", "scope": "" })).await;
    let sent = scene.local.emulator().requests().len();
    let _ = session.user().await;
    assert_eq!(scene.local.emulator().requests().len(), sent + 1);
}

async fn limited(scene: &Scene, claims: Value) -> Session {
    let access = scene.local.access_token_for(claims).unwrap();
    scene.pool.with_access_token(access).await.unwrap()
}
