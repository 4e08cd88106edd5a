//! Sessions shared by several programs, and programs that are killed at the wrong moment.

use std::sync::Arc;
use std::time::Duration;

use cognito::session::{DeviceCredentials, SessionKey, TokenSet};
use cognito::{ErrorKind, FileStore, MemoryStore, TokenStore};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::{Fixture, PASSWORD, done};
use cognito_tests::interposer::Action;
use cognito_tests::unreliable::Unreliable;

use crate::support::{CLAIM, OLD_CLAIM, REFRESH, record, rotating, token, two_programs};

/// Returns a session whose program was killed after the service had rotated its refresh token and
/// before the new one was saved.
async fn killed_while_saving(grace: u64) -> (Fixture, tempfile::TempDir, SessionKey) {
    let directory = tempfile::tempdir().unwrap();
    let files = FileStore::open(directory.path().join("sessions")).unwrap();
    let store = Arc::new(Unreliable::new(files));
    let shared: Arc<dyn TokenStore> = Arc::<Unreliable<FileStore>>::clone(&store);
    let fixture = Fixture::with(rotating(grace), |builder| builder.token_store(shared));
    let session = fixture.signed_in("alice").await;
    // The record is claimed, and the save never completes.
    store.hang_after(1);
    let refresh = async {
        let refreshed = session.refresh().await;
        panic!("the save has completed: {refreshed:?}")
    };
    tokio::select! {
        () = refresh => {}
        () = store.hanging() => {}
    }
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1, "it was answered");
    let key = session.key().unwrap().clone();
    (fixture, directory, key)
}

#[tokio::test(start_paused = true)]
async fn within_the_grace_period_a_killed_program_loses_nothing() {
    let (fixture, directory, key) = killed_while_saving(60).await;
    let store = Arc::new(FileStore::open(directory.path().join("sessions")).unwrap());
    let restarted = fixture.another_client(|builder| builder.token_store(store));
    let session = restarted.restore(&key).await.unwrap().unwrap();
    fixture.advance(CLAIM); // the claim of the killed program expires
    session.refresh().await.unwrap();
    assert_eq!(session.user().await.unwrap().username(), "alice");
}

#[tokio::test]
async fn without_a_grace_period_the_next_start_reports_the_end_of_the_session() {
    let (fixture, directory, key) = killed_while_saving(0).await;
    let store = Arc::new(FileStore::open(directory.path().join("sessions")).unwrap());
    let restarted = fixture.another_client(|builder| builder.token_store(store));
    let session = restarted.restore(&key).await.unwrap().unwrap();
    fixture.advance(OLD_CLAIM);
    assert_eq!(session.refresh().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert!(restarted.restore(&key).await.unwrap().is_none(), "nothing half is left");
}

#[tokio::test]
async fn a_program_uses_the_refresh_token_that_another_one_has_stored() {
    let directory = tempfile::tempdir().unwrap();
    let store = || Arc::new(FileStore::open(directory.path().join("sessions")).unwrap());
    let fixture = Fixture::with(rotating(0), |builder| builder.token_store(store()));
    let first = fixture.signed_in("bob").await;
    let another = fixture.another_client(|builder| builder.token_store(store()));
    let second = another.restore(first.key().unwrap()).await.unwrap().unwrap();

    first.refresh().await.unwrap();
    // Its refresh token is used up; the token that the first program has stored is valid.
    let before = token(&first).await;
    second.refresh().await.unwrap();
    assert_ne!(token(&second).await, before, "an explicit refresh asks the service");
    assert_eq!(second.user().await.unwrap().username(), "bob");
    first.refresh().await.unwrap();
    assert_eq!(fixture.wire.seen(REFRESH).len(), 3);
}

#[tokio::test]
async fn idle_program_does_not_use_a_token_that_another_has_rotated() {
    let store = Arc::new(MemoryStore::default());
    let shared = || Arc::<MemoryStore>::clone(&store);
    let fixture = Fixture::with(rotating(60), |builder| builder.token_store(shared()));
    let idle = fixture.signed_in("frank").await;
    let another = fixture.another_client(|builder| builder.token_store(shared()));
    let busy = another.restore(idle.key().unwrap()).await.unwrap().unwrap();
    fixture.advance(3600 - 60);
    assert!(busy.access_token().await.is_ok());
    fixture.advance(30 * 60);
    assert_eq!(idle.user().await.unwrap().username(), "frank");
    assert_eq!(busy.user().await.unwrap().username(), "frank");

    // If the stored tokens have expired as well, the program refreshes with them.
    fixture.advance(3 * 3600);
    assert!(busy.access_token().await.is_ok());
    fixture.advance(3 * 3600);
    assert_eq!(idle.user().await.unwrap().username(), "frank");
    assert_eq!(busy.user().await.unwrap().username(), "frank");
}

#[tokio::test]
async fn concurrent_restores_return_one_session() {
    let store = Arc::new(Unreliable::new(MemoryStore::default()));
    let shared = Arc::<Unreliable<MemoryStore>>::clone(&store);
    let fixture = Fixture::with(rotating(0), |builder| builder.token_store(shared));
    let key = fixture.signed_in("grace").await.key().unwrap().clone();
    fixture.advance(3600);
    store.delay();
    let restore = || fixture.pool.restore(&key);
    let (one, two, three) = tokio::join!(restore(), restore(), restore());
    let sessions = [one, two, three].map(|session| session.unwrap().unwrap());
    for session in &sessions {
        assert_eq!(session.user().await.unwrap().username(), "grace");
    }
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
    sessions[0].refresh().await.unwrap();
    let refreshed = token(&sessions[0]).await;
    assert_eq!([token(&sessions[1]).await, token(&sessions[2]).await], [&*refreshed, &*refreshed]);
}

#[tokio::test]
async fn a_restore_returns_the_session_of_the_last_sign_in() {
    let (fixture, ..) = two_programs(rotating(0));
    fixture.register("grace").await;
    for _ in 0..2 {
        let session = fixture.sign_in_as("grace", "main").await;
        let restored = fixture.pool.restore(session.key().unwrap()).await.unwrap().unwrap();
        session.refresh().await.unwrap();
        let refreshed = restored.tokens().unwrap();
        assert_eq!(refreshed.access_token().expose_secret(), token(&session).await);
    }
}

#[tokio::test]
async fn concurrent_restores_of_tokens_that_are_not_verified_yet_return_one_session() {
    let (fixture, another, store) = two_programs(rotating(0));
    fixture.register("grace").await;
    fixture.wire.on("GetKeySet", Action::Unreachable);
    let error = fixture.pool.sign_in("grace").password(PASSWORD).await.unwrap_err();
    let key = error.session().unwrap().key().unwrap().clone();
    assert!(record(&*store, &key).await.unwrap().get("subject").is_none(), "it is not known yet");
    fixture.wire.heal();
    let (one, two) = tokio::join!(another.restore(&key), another.restore(&key));
    let (one, two) = (one.unwrap().unwrap(), two.unwrap().unwrap());
    one.refresh().await.unwrap();
    let refreshed = two.tokens().unwrap();
    assert_eq!(refreshed.access_token().expose_secret(), token(&one).await);
}

#[tokio::test]
async fn restored_tokens_that_are_about_to_expire_are_used_before_their_refresh() {
    let (fixture, another, _) = two_programs(rotating(0));
    let session = fixture.signed_in("grace").await;
    fixture.advance(3600 - 60);
    fixture.wire.on(REFRESH, Action::Hang);
    let restored = another.restore(session.key().unwrap()).await.unwrap().unwrap();
    assert!(restored.needs_refresh().unwrap());
    assert!(fixture.wire.seen(REFRESH).is_empty(), "a restore does not wait for the service");
}

#[tokio::test]
async fn another_user_under_the_same_name_ends_the_first_ones_session() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(store));
    let sign_in = |name: &str| fixture.pool.sign_in(name).password(PASSWORD).store_as("main");
    fixture.register("heidi").await;
    fixture.register("ivan").await;
    let heidi = done(sign_in("heidi").await.unwrap());
    let ivan = done(sign_in("ivan").await.unwrap());
    assert_eq!(heidi.refresh().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    ivan.refresh().await.unwrap();
    assert_eq!(ivan.user().await.unwrap().username(), "ivan");
}

#[tokio::test]
async fn a_sign_out_during_a_refresh_leaves_nothing_in_the_store() {
    let store = Arc::new(Unreliable::new(MemoryStore::default()));
    let shared = Arc::<Unreliable<MemoryStore>>::clone(&store);
    let fixture = Fixture::with(rotating(60), |builder| builder.token_store(shared));
    let session = fixture.signed_in("judy").await;
    let key = session.key().unwrap().clone();
    store.delay();
    let refreshing = session.clone();
    let (refreshed, signed_out) = tokio::join!(refreshing.refresh(), session.sign_out());
    signed_out.unwrap();
    drop(refreshed);
    assert!(fixture.pool.restore(&key).await.unwrap().is_none());
    assert_eq!(refreshing.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
}

#[tokio::test]
async fn store_failure_at_the_sign_in_loses_no_tokens() {
    let store = Arc::new(Unreliable::new(MemoryStore::default()));
    let shared = Arc::<Unreliable<MemoryStore>>::clone(&store);
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(shared));
    fixture.register("mallory").await;
    store.refuse();
    let error = fixture.pool.sign_in("mallory").password(PASSWORD).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    let session = error.session().unwrap().clone();
    assert_eq!(session.refresh().await.unwrap_err().kind(), ErrorKind::Store);
    assert_eq!(session.access_token().await.unwrap_err().kind(), ErrorKind::Store);
    store.heal();
    assert_eq!(session.user().await.unwrap().username(), "mallory");
    assert!(fixture.pool.restore(session.key().unwrap()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_new_session_that_is_stored_late_replaces_an_older_one_and_does_not_become_it() {
    let store = Arc::new(Unreliable::new(MemoryStore::default()));
    let shared = Arc::<Unreliable<MemoryStore>>::clone(&store);
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(shared));
    fixture.register("niaj").await;
    let older = fixture.sign_in_as("niaj", "niaj").await;
    older.tokens().unwrap();
    store.refuse();
    let sign_in = fixture.pool.sign_in("niaj").password(PASSWORD).store_as("niaj");
    let error = sign_in.await.unwrap_err();
    let newer = error.session().unwrap().clone();
    let of_newer = newer.tokens().unwrap().refresh_token().unwrap().expose_secret().to_owned();
    store.heal();
    let (one, two) = tokio::join!(newer.refresh(), newer.access_token());
    one.unwrap();
    two.unwrap();
    let kept = newer.tokens().unwrap().refresh_token().unwrap().expose_secret().to_owned();
    assert_eq!(kept, of_newer);
    newer.refresh().await.unwrap();
}

#[tokio::test]
async fn tokens_from_elsewhere_become_a_session() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(FileStore::open(directory.path().join("sessions")).unwrap());
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(store));
    let tokens = fixture.signed_in("dave").await.into_tokens().await.unwrap();
    let session = fixture.pool.session(tokens.clone()).store_as("adopted").await.unwrap();
    assert_eq!(session.username(), "dave");
    session.refresh().await.unwrap();
    let key = fixture.pool.session_key("adopted");
    assert!(fixture.pool.restore(&key).await.unwrap().is_some());

    let device = DeviceCredentials::new("us-east-1_0f1e", "-abCdEfGh", "password");
    let with_device = fixture.pool.session(tokens.clone()).device(device).await.unwrap();
    assert_eq!(with_device.device().unwrap().key(), "us-east-1_0f1e");
    let random = with_device.key().unwrap();
    assert_ne!(random, &key);
    assert!(fixture.pool.restore(random).await.unwrap().is_some());
    let token = with_device.access_token().await.unwrap();
    let of_request = fixture.pool.with_access_token(token).await.unwrap();
    assert!(of_request.key().is_none(), "a back end creates one for each request");

    let other = Fixture::new(PoolSettings::default());
    let error = other.pool.session(tokens).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
}

#[tokio::test]
async fn tokens_whose_set_has_expired_are_refreshed_although_their_claims_are_valid() {
    let fixture = Fixture::new(PoolSettings::default());
    let tokens = fixture.signed_in("dave").await.into_tokens().await.unwrap();
    let old = tokens.access_token().expose_secret().to_owned();
    let issued_at = tokens.issued_at() - Duration::from_secs(10);
    let set = TokenSet::new(tokens.access_token().clone(), issued_at, Duration::from_secs(5));
    let set = set.with_refresh_token(tokens.refresh_token().unwrap().clone());
    let session = fixture.pool.session(set).await.unwrap();
    assert_ne!(token(&session).await, old);
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
}

#[tokio::test]
async fn an_access_token_alone_is_a_session_that_cannot_be_refreshed() {
    let fixture = Fixture::new(PoolSettings::default());
    let token = fixture.signed_in("erin").await.access_token().await.unwrap();
    let session = fixture.pool.with_access_token(token.clone()).await.unwrap();
    assert_eq!(session.user().await.unwrap().username(), "erin");
    assert_eq!(session.id_token().await.unwrap_err().kind(), ErrorKind::Configuration);
    assert!(!session.needs_refresh().unwrap());
    fixture.advance(3700);
    assert!(session.needs_refresh().unwrap());
    assert_eq!(session.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    let expired = fixture.pool.with_access_token(token).await.unwrap_err();
    assert_eq!(expired.kind(), ErrorKind::TokenExpired);
    let forged = fixture.pool.with_access_token("e30.e30.e30").await.unwrap_err();
    assert_eq!(forged.kind(), ErrorKind::InvalidToken);
}
