//! The names under which a store keeps devices: browsers of a web server, and programs.

use std::sync::Arc;

use cognito::sign_in::{FirstFactor, SavedChallenge, SignInRequest};
use cognito::{Challenge, MemoryStore, TokenStore, UserPool};
use cognito_emulator::Mfa;
use cognito_tests::expect_challenge;
use cognito_tests::fixture::{Fixture, PASSWORD, admin_config, challenge, device_key, done};
use serde_json::json;

use super::{sent, tracking, with_store};

/// Returns a sign-in whose device is kept under the cookie of a browser, if it has one.
fn from_browser(pool: &UserPool, username: &str, cookie: Option<&str>) -> SignInRequest {
    let sign_in = pool.sign_in(username).password(PASSWORD);
    match cookie {
        Some(cookie) => sign_in.store_device_as(cookie),
        None => sign_in,
    }
}

/// Returns the key of the device that the first request of the last sign-in names.
fn named_device(fixture: &Fixture) -> Option<String> {
    let request = sent(fixture, "InitiateAuth").pop().unwrap();
    request["AuthParameters"]["DEVICE_KEY"].as_str().map(str::to_owned)
}

fn fixture(store: &Arc<MemoryStore>) -> Fixture {
    Fixture::with(tracking(false), with_store(store))
}

#[tokio::test]
async fn device_of_one_browser_does_not_replace_the_second_factor_in_another() {
    let store = Arc::new(MemoryStore::default());
    let fixture = fixture(&store);
    let pool = &fixture.pool;
    let (first, secret) = super::with_app(&fixture, "alice").await;
    done(from_browser(pool, "alice", Some("browser")).await.unwrap());

    for cookie in [None, Some("another"), Some("")] {
        let next = challenge(from_browser(pool, "alice", cookie).await.unwrap());
        assert!(matches!(next, Challenge::SoftwareToken(_)), "{cookie:?}");
        assert_eq!(named_device(&fixture), None, "{cookie:?}");
    }
    // The response arrives in another request, and perhaps in another process.
    let saved = challenge(from_browser(pool, "alice", Some("another")).await.unwrap()).save();
    let saved: SavedChallenge =
        serde_json::from_slice(&serde_json::to_vec(&saved).unwrap()).unwrap();
    let restarted = fixture.another_client(with_store(&store));
    let mfa = expect_challenge!(restarted.resume(saved).unwrap(), SoftwareToken);
    let second = done(mfa.respond(fixture.app_code(&secret)).await.unwrap());
    assert_ne!(second.device().unwrap().key(), first.device().unwrap().key());
    assert_ne!(second.key().unwrap().name(), "another", "the session has a random name");

    for (cookie, session) in [("browser", &first), ("another", &second)] {
        let again = done(from_browser(pool, "alice", Some(cookie)).await.unwrap());
        assert_eq!(again.device().unwrap().key(), session.device().unwrap().key());
        assert_ne!(again.key(), session.key());
    }
    let next = challenge(from_browser(pool, "alice", None).await.unwrap());
    assert!(matches!(next, Challenge::SoftwareToken(_)));
}

#[tokio::test]
async fn sign_in_without_a_name_keeps_its_device_in_the_session_only() {
    let store = Arc::new(MemoryStore::default());
    let fixture = fixture(&store);
    fixture.register("alice").await;
    let one = fixture.sign_in("alice").await;
    for name in [None, Some(""), Some("")] {
        let another = done(from_browser(&fixture.pool, "alice", name).await.unwrap());
        assert_eq!(named_device(&fixture), None);
        assert_ne!(one.device().unwrap().key(), another.device().unwrap().key());
    }
    let restarted = fixture.another_client(with_store(&store));
    let restored = restarted.restore(one.key().unwrap()).await.unwrap().unwrap();
    restored.refresh().await.unwrap();
    let refresh = sent(&fixture, "GetTokensFromRefreshToken").pop().unwrap();
    assert_eq!(refresh["DeviceKey"], one.device().unwrap().key());
}

#[tokio::test]
async fn given_device_is_used_and_is_kept_only_under_a_name() {
    let store = Arc::new(MemoryStore::default());
    let fixture = fixture(&store);
    fixture.register("alice").await;
    let device = fixture.sign_in("alice").await.device().unwrap();
    let given = |cookie| from_browser(&fixture.pool, "alice", cookie).device(device.clone());
    done(given(None).await.unwrap());
    fixture.sign_in("alice").await;
    assert_eq!(named_device(&fixture), None);
    done(given(Some("browser")).await.unwrap());
    done(from_browser(&fixture.pool, "alice", Some("browser")).await.unwrap());
    assert_eq!(named_device(&fixture).as_deref(), Some(device.key()));
}

#[tokio::test]
async fn name_of_the_device_takes_precedence_over_the_name_of_the_session() {
    let store = Arc::new(MemoryStore::default());
    let fixture = fixture(&store);
    fixture.register("nick").await;
    let sign_in = async |request: SignInRequest| {
        done(request.await.unwrap()).device().unwrap().key().to_owned()
    };
    let named = || fixture.pool.sign_in("nick").password(PASSWORD).store_as("program");
    let of_program = sign_in(named()).await;
    let of_browser = sign_in(named().store_device_as("browser")).await;
    assert_ne!(of_program, of_browser);
    assert_eq!(sign_in(named()).await, of_program);
    let browser = from_browser(&fixture.pool, "nick", Some("browser"));
    assert_eq!(sign_in(browser).await, of_browser);
}

#[tokio::test]
async fn every_way_to_sign_in_has_the_device_of_its_name() {
    let store = Arc::new(MemoryStore::default());
    let flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"];
    let settings = tracking(false).mfa(Mfa::Off).client_member("ExplicitAuthFlows", json!(flows));
    let fixture = Fixture::with(settings, with_store(&store));
    fixture.register("alice").await;
    let (pool, admin) = (&fixture.pool, fixture.pool.as_admin(&admin_config()));
    let factor = || FirstFactor::Password(PASSWORD.into());
    let ways: [&dyn Fn() -> SignInRequest; 4] = [
        &|| pool.sign_in("alice").password(PASSWORD),
        &|| pool.sign_in("alice").password_over_the_wire(PASSWORD),
        &|| pool.sign_in("alice").first_factor(factor()),
        &|| admin.sign_in("alice").password(PASSWORD),
    ];
    for (number, way) in ways.iter().enumerate() {
        let key = async |request: SignInRequest| {
            done(request.await.unwrap()).device().unwrap().key().to_owned()
        };
        let browser = format!("browser {number}");
        let own = key(way().store_device_as(&browser)).await;
        assert_eq!(key(way().store_device_as(&browser)).await, own, "way {number}");
        assert_ne!(key(way()).await, own, "way {number}");
    }
}

#[tokio::test]
async fn restored_session_that_forgets_its_device_deletes_it_under_the_name_of_the_sign_in() {
    let store = Arc::new(MemoryStore::default());
    let fixture = fixture(&store);
    fixture.register("alice").await;
    let name = "browser";
    let session = done(from_browser(&fixture.pool, "alice", Some(name)).await.unwrap());
    let record = device_key(&fixture.pool, name, "alice");
    assert!(store.load(&record).await.unwrap().is_some());
    let restarted = fixture.another_client(with_store(&store));
    let restored = restarted.restore(session.key().unwrap()).await.unwrap().unwrap();
    restored.refresh().await.unwrap();
    let restarted = fixture.another_client(with_store(&store));
    let restored = restarted.restore(session.key().unwrap()).await.unwrap().unwrap();
    restored.forget_device(restored.device().unwrap().key()).await.unwrap();
    assert!(store.load(&record).await.unwrap().is_none());
}

#[tokio::test]
async fn deleted_account_leaves_no_device_under_the_name_of_the_sign_in() {
    let store = Arc::new(MemoryStore::default());
    let fixture = fixture(&store);
    fixture.register("alice").await;
    let session = done(from_browser(&fixture.pool, "alice", Some("browser")).await.unwrap());
    session.delete_account().await.unwrap();
    let record = device_key(&fixture.pool, "browser", "alice");
    assert!(store.load(&record).await.unwrap().is_none());
}

#[tokio::test]
async fn next_sign_in_replaces_a_device_that_was_forgotten_elsewhere() {
    let store = Arc::new(MemoryStore::default());
    let fixture = fixture(&store);
    fixture.register("alice").await;
    let sign_in = || from_browser(&fixture.pool, "alice", Some("browser"));
    let stale = done(sign_in().await.unwrap()).device().unwrap();
    fixture.administrator().user("alice").forget_device(stale.key()).await.unwrap();
    let record = device_key(&fixture.pool, "browser", "alice");
    assert!(store.load(&record).await.unwrap().is_some());

    let new = done(sign_in().await.unwrap()).device().unwrap();
    assert_ne!(new.key(), stale.key());
    let (stored, _) = store.load(&record).await.unwrap().unwrap();
    let stored = String::from_utf8(stored.expose_secret().to_vec()).unwrap();
    assert!(stored.contains(new.key()) && !stored.contains(stale.key()));
}

#[tokio::test]
async fn session_with_the_name_of_a_device_record_leaves_the_device_as_it_is() {
    let store = Arc::new(MemoryStore::default());
    let fixture = fixture(&store);
    fixture.register("alice").await;
    let sign_in = || from_browser(&fixture.pool, "alice", Some("browser"));
    let device = done(sign_in().await.unwrap()).device().unwrap();
    let record = device_key(&fixture.pool, "browser", "alice");
    for name in [record.name(), "device of alice", "device of alice in browser"] {
        let session = done(sign_in().store_as(name).await.unwrap());
        let restarted = fixture.another_client(with_store(&store));
        let restored = restarted.restore(&restarted.session_key(name)).await.unwrap().unwrap();
        assert_eq!(restored.username(), "alice");
        assert_eq!(session.device().unwrap().key(), device.key());
        assert!(fixture.pool.random_session_key(name).is_none());
    }
    assert_eq!(done(sign_in().await.unwrap()).device().unwrap().key(), device.key());
}

#[tokio::test]
async fn name_of_a_device_is_not_printed() {
    let store = Arc::new(MemoryStore::default());
    let fixture = fixture(&store);
    let (cookie, (session, _)) = ("browser", super::with_app(&fixture, "alice").await);
    let request = from_browser(&fixture.pool, "alice", Some("planted-cookie"));
    let printed = format!("{request:?}");
    let challenge = challenge(request.await.unwrap());
    let printed = format!("{printed} {challenge:?} {:?} {session:?}", challenge.save());
    assert!(!printed.contains("planted-cookie") && !printed.contains(cookie), "{printed}");
}
