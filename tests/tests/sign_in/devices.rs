//! Devices: confirmation, remembering, device SRP, and forgetting.

mod browsers;
mod cancelled;
mod confirmation;

use std::sync::Arc;
use std::time::Duration;

use cognito::account::{Factor, MfaPreference};
use cognito::session::DeviceCredentials;
use cognito::sign_in::{SignInRequest, UserPoolBuilder};
use cognito::types::SoftwareTokenSecret;
use cognito::{Challenge, ErrorKind, MemoryStore, Session, TokenStore, UserPool};
use cognito_emulator::{Mfa, PoolSettings};
use cognito_tests::expect_challenge;
use cognito_tests::fixture::{Fixture, PASSWORD, challenge, device_key, done};
use cognito_tests::interposer::Action;
use cognito_tests::recorder::{Recorder, challenge_json};
use serde_json::{Value, json};

/// The operation that responds to a challenge.
const RESPOND: &str = "RespondToAuthChallenge";

/// Returns a pool that remembers devices always, or when the user chooses it.
fn tracking(on_prompt: bool) -> PoolSettings {
    let devices = json!({
        "ChallengeRequiredOnNewDevice": true,
        "DeviceOnlyRememberedOnUserPrompt": on_prompt,
    });
    PoolSettings::default().mfa(Mfa::Optional).pool_member("DeviceConfiguration", devices)
}

fn with_store(store: &Arc<MemoryStore>) -> impl FnOnce(UserPoolBuilder) -> UserPoolBuilder {
    let store: Arc<dyn TokenStore> = Arc::<MemoryStore>::clone(store);
    |builder| builder.token_store(store).device_name("a test")
}

/// Returns a sign-in in the same browser or program.
fn in_browser(pool: &UserPool, username: &str) -> SignInRequest {
    pool.sign_in(username).password(PASSWORD).store_device_as("browser")
}

/// Signs in with the device of the browser, if there is one.
async fn sign_in(fixture: &Fixture, username: &str) -> Session {
    done(in_browser(&fixture.pool, username).await.unwrap())
}

/// Registers a user and signs in.
async fn signed_in(fixture: &Fixture, username: &str) -> Session {
    fixture.register(username).await;
    sign_in(fixture, username).await
}

/// Signs in for the first time, and sets up an app as the second factor.
async fn with_app(fixture: &Fixture, username: &str) -> (Session, SoftwareTokenSecret) {
    let session = signed_in(fixture, username).await;
    let app = session.associate_software_token().await.unwrap();
    app.verify(fixture.app_code(app.secret())).await.unwrap();
    let preference = MfaPreference::default().software_token(Factor::Preferred);
    session.set_mfa_preference(preference).await.unwrap();
    fixture.advance(30);
    (session, app.secret().clone())
}

fn sent(fixture: &Fixture, operation: &str) -> Vec<Value> {
    let seen = fixture.wire.seen(operation);
    seen.iter().map(|seen| serde_json::from_str(&seen.body).unwrap()).collect()
}

#[tokio::test]
async fn confirmed_device_is_stored_and_replaces_the_second_factor() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(tracking(false), with_store(&store));
    let (session, _) = with_app(&fixture, "alice").await;
    let device = session.device().unwrap().clone();
    assert!(!session.asks_to_remember_device());
    let listed = session.devices().await.unwrap();
    assert_eq!((listed[0].key(), listed[0].name()), (device.key(), Some("a test")));
    assert_eq!(session.access_claims().await.unwrap().device_key(), Some(device.key()));

    let again = sign_in(&fixture, "alice").await;
    assert_eq!(again.device().unwrap().key(), device.key());
    let responses = sent(&fixture, "RespondToAuthChallenge");
    let names: Vec<_> =
        responses[responses.len() - 3..].iter().map(|sent| &sent["ChallengeName"]).collect();
    assert_eq!(names, ["PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"]);
    assert_ne!(
        sent(&fixture, "InitiateAuth").last().unwrap()["AuthParameters"]["SRP_A"],
        responses[responses.len() - 2]["ChallengeResponses"]["SRP_A"],
        "the device has a pair of its own"
    );

    // A refresh must contain the device.
    again.refresh().await.unwrap();
    assert_eq!(sent(&fixture, "GetTokensFromRefreshToken")[0]["DeviceKey"], device.key());
    let restored = fixture.pool.restore(again.key().unwrap()).await.unwrap().unwrap();
    restored.refresh().await.unwrap();
    assert_eq!(restored.device().unwrap().key(), device.key());
}

#[tokio::test]
async fn device_is_remembered_when_the_user_chooses_it() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(tracking(true), with_store(&store));
    let (session, _) = with_app(&fixture, "bob").await;
    assert!(session.asks_to_remember_device());
    let next = in_browser(&fixture.pool, "bob").await.unwrap();
    assert!(matches!(challenge(next), Challenge::SoftwareToken(_)), "it is not remembered yet");

    let key = session.device().unwrap().key().to_owned();
    session.remember_device(&key, true).await.unwrap();
    let remembered = sign_in(&fixture, "bob").await;
    remembered.remember_device(&key, false).await.unwrap();
    let next = in_browser(&fixture.pool, "bob").await.unwrap();
    assert!(matches!(challenge(next), Challenge::SoftwareToken(_)));
}

#[tokio::test]
async fn device_has_the_times_of_its_events() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(tracking(false), with_store(&store));
    let session = signed_in(&fixture, "alice").await;
    let confirmed = session.devices().await.unwrap().remove(0);
    let minute = Duration::from_secs(60);
    fixture.advance(60);
    let used = sign_in(&fixture, "alice").await.devices().await.unwrap().remove(0);
    assert!(confirmed.created_at().is_some());
    assert_eq!(used.created_at(), confirmed.created_at());
    assert!(
        used.last_authenticated_at() >= confirmed.last_authenticated_at().map(|at| at + minute)
    );
    assert!(used.last_authenticated_at() > used.created_at());
    fixture.advance(60);
    session.remember_device(used.key(), false).await.unwrap();
    let changed = session.device_details(used.key()).await.unwrap();
    assert_eq!(changed.last_authenticated_at(), used.last_authenticated_at());
    assert!(changed.modified_at() >= used.last_authenticated_at().map(|at| at + minute));
}

#[tokio::test]
async fn forgotten_device_is_dropped_and_the_sign_in_retried() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(tracking(false), with_store(&store));
    let session = signed_in(&fixture, "carol").await;
    let forgotten = session.device().unwrap().key().to_owned();
    session.forget_device(&forgotten).await.unwrap();
    assert!(session.devices().await.unwrap().is_empty());
    let unknown = session.device_details(&forgotten).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::DeviceForgotten);

    let again = sign_in(&fixture, "carol").await;
    let device = again.device().unwrap().key().to_owned();
    assert_ne!(device, forgotten);
    let third = sign_in(&fixture, "carol").await;
    assert_eq!(third.device().unwrap().key(), device, "the new one is kept");
}

#[tokio::test]
async fn challenge_whose_device_was_forgotten_is_answered_without_it() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(tracking(true), with_store(&store));
    let (session, secret) = with_app(&fixture, "dave").await;
    let mfa = expect_challenge!(
        challenge(in_browser(&fixture.pool, "dave").await.unwrap()),
        SoftwareToken
    );
    let last_key =
        || sent(&fixture, RESPOND).pop().unwrap()["ChallengeResponses"]["DEVICE_KEY"].take();

    let wrong = fixture.wrong_app_code(&secret);
    let mfa = mfa.respond(wrong).await.unwrap_err().retry().unwrap();
    fixture
        .wire
        .on(RESPOND, Action::refusal("ResourceNotFoundException", "Device does not exist."));
    let error = mfa.respond(fixture.app_code(&secret)).await.unwrap_err();
    assert_eq!(error.error().kind(), ErrorKind::DeviceForgotten);
    assert_eq!(last_key(), session.device().unwrap().key(), "a wrong code does not drop it");

    fixture.wire.heal();
    let signed_in = error.retry().unwrap().respond(fixture.app_code(&secret)).await.unwrap();
    assert!(last_key().is_null());
    done(signed_in).user().await.unwrap();
}

#[tokio::test]
async fn session_deletes_no_device_that_is_stored_for_another_session() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(tracking(false), with_store(&store));
    let old = signed_in(&fixture, "carol").await;
    let key = device_key(&fixture.pool, "browser", "carol");
    let (_, revision) = store.load(&key).await.unwrap().unwrap();
    store.swap(&key, Some(revision), None).await.unwrap();
    let new = sign_in(&fixture, "carol").await.device().unwrap().key().to_owned();
    old.forget_device(old.device().unwrap().key()).await.unwrap();
    assert_eq!(sign_in(&fixture, "carol").await.device().unwrap().key(), new);
}

#[tokio::test]
async fn device_with_another_password_is_dropped() {
    let fixture = Fixture::new(tracking(false));
    let session = signed_in(&fixture, "dave").await;
    let device = session.device().unwrap();
    let forged = DeviceCredentials::new(device.key(), device.group_key(), "another password");
    let sign_in = fixture.pool.sign_in("dave").password(PASSWORD).device(forged);
    let session = done(sign_in.await.unwrap());
    assert_ne!(session.device().unwrap().key(), device.key());
    let right = fixture.pool.sign_in("dave").password(PASSWORD).device(device.clone());
    assert_eq!(done(right.await.unwrap()).device().unwrap().key(), device.key());
}

#[tokio::test]
async fn every_device_response_has_the_secret_hash() {
    let store = Arc::new(MemoryStore::default());
    let secret = "a-secret-of-the-app-client";
    let set_up = with_store(&store);
    let fixture = Fixture::with(tracking(false).client_secret(secret), |builder| {
        set_up(builder.client_secret(secret))
    });
    signed_in(&fixture, "heidi").await;
    sign_in(&fixture, "heidi").await;
    let responses = sent(&fixture, "RespondToAuthChallenge");
    assert_eq!(responses.len(), 4);
    assert!(responses.iter().all(|sent| sent["ChallengeResponses"]["SECRET_HASH"].is_string()));
    let with_session = responses.iter().filter(|sent| sent["Session"].is_string());
    assert_eq!(with_session.count(), 2, "the device's challenges have one, the password's not");
}

#[tokio::test]
async fn saved_challenge_keeps_the_device() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(tracking(true), with_store(&store));
    let (session, secret) = with_app(&fixture, "erin").await;
    let next = in_browser(&fixture.pool, "erin").await.unwrap();
    let saved = serde_json::to_vec(&challenge(next).save()).unwrap();

    let resumed = fixture.pool.resume(serde_json::from_slice(&saved).unwrap()).unwrap();
    let Challenge::SoftwareToken(mfa) = resumed else { panic!("not the same challenge") };
    let again = done(mfa.respond(fixture.app_code(&secret)).await.unwrap());
    assert_eq!(again.device().unwrap().key(), session.device().unwrap().key());
    again.refresh().await.unwrap();
}

#[tokio::test]
async fn decision_about_another_device_leaves_the_own_one_undecided() {
    let fixture = Fixture::new(tracking(true));
    let session = signed_in(&fixture, "gina").await;
    let another = sign_in(&fixture, "gina").await.device().unwrap().key().to_owned();
    session.remember_device(&another, true).await.unwrap();
    assert!(session.asks_to_remember_device());
    session.remember_device(session.device().unwrap().key(), true).await.unwrap();
    assert!(!session.asks_to_remember_device());
}

#[tokio::test]
async fn session_of_another_device_in_the_store_is_taken_over_with_its_device() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(tracking(false), with_store(&store));
    fixture.register("kate").await;
    let first = fixture.sign_in_as("kate", "kate").await;
    let without_store = fixture.another_client(|builder| builder);
    let elsewhere = without_store.sign_in("kate").password(PASSWORD).await.unwrap();
    let elsewhere = done(elsewhere);
    let device = elsewhere.device().unwrap();
    assert_ne!(device.key(), first.device().unwrap().key());

    let another = fixture.another_client(with_store(&store));
    let tokens = elsewhere.tokens().unwrap();
    another.session(tokens).device(device.clone()).store_as("kate").await.unwrap();
    fixture.advance(3600);
    first.access_token().await.unwrap();
    assert_eq!(first.device().unwrap().key(), device.key());
    first.refresh().await.unwrap();
    let refreshes = sent(&fixture, "GetTokensFromRefreshToken");
    assert_eq!(refreshes.last().unwrap()["DeviceKey"], device.key());
}

#[tokio::test]
async fn two_users_with_one_session_name_keep_their_devices() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(tracking(false), with_store(&store));
    let mut keys = Vec::new();
    for name in ["liam", "mona"] {
        fixture.register(name).await;
    }
    for name in ["liam", "mona", "liam", "mona"] {
        let sign_in = fixture.pool.sign_in(name).password(PASSWORD).store_as("main");
        let session = done(sign_in.await.unwrap());
        keys.push(session.device().unwrap().key().to_owned());
    }
    assert_ne!(keys[0], keys[1]);
    assert_eq!((&keys[0], &keys[1]), (&keys[2], &keys[3]));
}

#[tokio::test]
async fn every_sign_in_stores_the_device_again() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(tracking(false), with_store(&store));
    signed_in(&fixture, "nick").await;
    let key = device_key(&fixture.pool, "browser", "nick");
    let (_, first) = store.load(&key).await.unwrap().unwrap();
    sign_in(&fixture, "nick").await;
    let (_, second) = store.load(&key).await.unwrap().unwrap();
    assert_ne!(first, second, "a store that expires records sees that it is in use");
}

#[tokio::test]
async fn user_has_one_device_by_name_and_by_alias() {
    let store = Arc::new(MemoryStore::default());
    let settings = tracking(false).pool_member("AliasAttributes", json!(["email"]));
    let fixture = Fixture::with(settings, with_store(&store));
    let key = signed_in(&fixture, "nora").await.device().unwrap().key().to_owned();
    for name in ["nora@example.com", "nora", "nora@example.com"] {
        let session = sign_in(&fixture, name).await;
        assert_eq!(session.device().unwrap().key(), key, "by {name}");
    }
    // The first sign-in with the alias gets the name from the first response; later ones have it.
    let named: Vec<bool> = sent(&fixture, "InitiateAuth")
        .iter()
        .map(|sent| sent["AuthParameters"]["DEVICE_KEY"].is_string())
        .collect();
    assert_eq!(named, [false, false, true, true]);
}

#[tokio::test]
async fn resumed_sign_in_goes_on_without_a_device_that_was_stored_since() {
    let server = Recorder::start().await;
    server.respond("InitiateAuth", challenge_json("SMS_MFA", json!({})));
    let next = challenge_json("CUSTOM_CHALLENGE", json!({ "USERNAME": "alice" }));
    server.respond(RESPOND, next);
    let store = Arc::new(MemoryStore::default());
    let pool = with_store(&store)(server.client()).build().unwrap();
    let saved =
        challenge(pool.sign_in("alice").custom().store_device_as("browser").await.unwrap()).save();
    let key = device_key(&pool, "browser", "alice");
    let device = br#"{"version":1,"device_key":"k","device_group_key":"g","device_password":"p"}"#;
    store.swap(&key, None, Some(device.to_vec().into())).await.unwrap();

    let mfa = expect_challenge!(pool.resume(saved).unwrap(), SmsMfa);
    let next = challenge(mfa.respond("123456").await.unwrap());
    let _next = expect_challenge!(next, Custom).respond("4").await.unwrap();
    let sent = server.sent(RESPOND).await;
    assert_eq!(sent.len(), 2);
    for request in sent {
        assert!(request["ChallengeResponses"]["DEVICE_KEY"].is_null(), "{request}");
    }
    let again = challenge(pool.sign_in("alice").custom().store_device_as("browser").await.unwrap());
    drop(again);
    let started = server.sent("InitiateAuth").await.pop().unwrap();
    assert_eq!(started["AuthParameters"]["DEVICE_KEY"], "k", "a new sign-in uses it");
}

#[tokio::test]
async fn reference_of_an_alias_in_another_version_of_the_format_is_ignored() {
    let store = Arc::new(MemoryStore::default());
    let settings = tracking(false).pool_member("AliasAttributes", json!(["email"]));
    let fixture = Fixture::with(settings, with_store(&store));
    signed_in(&fixture, "nora").await;
    sign_in(&fixture, "nora@example.com").await;
    let key = device_key(&fixture.pool, "browser", "nora@example.com");
    let (stored, revision) = store.load(&key).await.unwrap().unwrap();
    assert_eq!(stored.expose_secret(), br#"{"version":1,"username":"nora"}"#);
    let newer = br#"{"version":2,"username":"nora"}"#.to_vec();
    store.swap(&key, Some(revision), Some(newer.into())).await.unwrap();
    sign_in(&fixture, "nora@example.com").await;
    let last = sent(&fixture, "InitiateAuth").pop().unwrap();
    assert!(last["AuthParameters"]["DEVICE_KEY"].is_null());
}

#[tokio::test]
async fn alias_that_moved_to_another_user_keeps_the_devices_of_both() {
    let store = Arc::new(MemoryStore::default());
    let settings = tracking(false).pool_member("AliasAttributes", json!(["email"]));
    let fixture = Fixture::with(settings, with_store(&store));
    signed_in(&fixture, "olga").await;
    let of_olga = sign_in(&fixture, "olga@example.com").await.device().unwrap().key().to_owned();
    fixture.admin(
        "AdminUpdateUserAttributes",
        json!({
            "Username": "olga",
            "UserAttributes": [{ "Name": "email", "Value": "new@example.com" },
                               { "Name": "email_verified", "Value": "true" }],
        }),
    );
    let email = [("email", "olga@example.com"), ("email_verified", "true")];
    fixture.create_user("pete", &email);
    let session = sign_in(&fixture, "olga@example.com").await;
    assert_eq!(session.username(), "pete");
    assert_ne!(session.device().unwrap().key(), of_olga);
    assert_eq!(sign_in(&fixture, "olga").await.device().unwrap().key(), of_olga);
}

#[tokio::test]
async fn forgotten_own_device_is_deleted_from_the_store() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(tracking(false), with_store(&store));
    let session = signed_in(&fixture, "quentin").await;
    let forgotten = session.device().unwrap().key().to_owned();
    session.forget_device(&forgotten).await.unwrap();
    assert!(session.device().is_none());
    let restarted = fixture.another_client(with_store(&store));
    let restored = restarted.restore(session.key().unwrap()).await.unwrap().unwrap();
    assert!(restored.device().is_none());
    assert_eq!(session.user().await.unwrap().username(), "quentin", "the access token holds");
    // The service rejects a refresh with a forgotten device.
    assert_eq!(session.refresh().await.unwrap_err().kind(), ErrorKind::SessionEnded);

    let again = sign_in(&fixture, "quentin").await;
    assert_ne!(again.device().unwrap().key(), forgotten);
    let named = &sent(&fixture, "InitiateAuth")[1]["AuthParameters"]["DEVICE_KEY"];
    assert!(named.is_null(), "no sign-in uses it");
}

#[tokio::test(start_paused = true)]
async fn forgetting_a_device_whose_response_is_lost_is_a_success() {
    let fixture = Fixture::new(tracking(false));
    let session = signed_in(&fixture, "rosa").await;
    let key = session.device().unwrap().key().to_owned();
    fixture.wire.on("ForgetDevice", Action::LoseResponse);
    assert_eq!(session.forget_device(&key).await.unwrap_err().kind(), ErrorKind::Transport);
    fixture.wire.heal();
    session.forget_device(&key).await.unwrap();
    let error = session.forget_device(&key).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeviceForgotten, "a key that is wrong from the start");
}

#[tokio::test]
async fn administrators_see_and_forget_devices() {
    let fixture = Fixture::new(tracking(false));
    let session = signed_in(&fixture, "grace").await;
    let key = session.device().unwrap().key().to_owned();
    let grace = fixture.administrator().user("grace");
    assert_eq!(grace.devices().await.unwrap()[0].key(), key);
    assert_eq!(grace.device(&key).await.unwrap().key(), key);
    grace.remember_device(&key, false).await.unwrap();
    grace.forget_device(&key).await.unwrap();
    let gone = grace.device(&key).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::DeviceForgotten);
}
