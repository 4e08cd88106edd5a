//! Sessions that several programs share, and programs that end at the wrong moment.

use std::sync::Arc;
use std::time::Duration;

use cognito::{DeviceCredentials, ErrorKind, FileStore, Session, SessionKey, TokenStore};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::Fixture;
use cognito_tests::unreliable::Unreliable;
use serde_json::json;

fn rotating(grace: u64) -> PoolSettings {
    let rotation = json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": grace });
    PoolSettings::default().client_member("RefreshTokenRotation", rotation)
}

async fn token(session: &Session) -> String {
    session.access_token().await.unwrap().expose_secret().to_owned()
}

/// A session whose program was killed after the service had rotated its refresh token and before
/// the new one was saved.
async fn killed_while_saving(grace: u64) -> (Fixture, tempfile::TempDir, SessionKey) {
    let directory = tempfile::tempdir().unwrap();
    let files = FileStore::open(directory.path().join("sessions")).unwrap();
    let store = Arc::new(Unreliable::new(files));
    let shared: Arc<dyn TokenStore> = Arc::<Unreliable<FileStore>>::clone(&store);
    let fixture = Fixture::with(rotating(grace), |builder| builder.token_store(shared));
    let session = fixture.signed_in("alice").await;
    store.hang();
    tokio::time::timeout(Duration::from_millis(300), session.renew()).await.unwrap_err();
    assert_eq!(fixture.wire.seen("GetTokensFromRefreshToken").len(), 1, "it was answered");
    let key = session.key().unwrap().clone();
    (fixture, directory, key)
}

#[tokio::test]
async fn within_the_grace_period_a_killed_program_loses_nothing() {
    let (fixture, directory, key) = killed_while_saving(60).await;
    let store = Arc::new(FileStore::open(directory.path().join("sessions")).unwrap());
    let restarted = fixture.another_client(|builder| builder.token_store(store));
    fixture.advance(30);
    let session = restarted.restore(&key).await.unwrap().unwrap();
    session.renew().await.unwrap();
    assert_eq!(session.user().await.unwrap().username(), "alice");
}

#[tokio::test]
async fn without_a_grace_period_the_next_start_says_that_the_session_ended() {
    let (fixture, directory, key) = killed_while_saving(0).await;
    let store = Arc::new(FileStore::open(directory.path().join("sessions")).unwrap());
    let restarted = fixture.another_client(|builder| builder.token_store(store));
    let session = restarted.restore(&key).await.unwrap().unwrap();
    assert_eq!(session.renew().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert!(restarted.restore(&key).await.unwrap().is_none(), "nothing half is left");
}

#[tokio::test]
async fn the_second_of_two_programs_takes_over_when_its_token_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = || Arc::new(FileStore::open(directory.path().join("sessions")).unwrap());
    let fixture = Fixture::with(rotating(0), |builder| builder.token_store(store()));
    let first = fixture.signed_in("bob").await;
    let another = fixture.another_client(|builder| builder.token_store(store()));
    let second = another.restore(first.key().unwrap()).await.unwrap().unwrap();

    first.renew().await.unwrap();
    // Its refresh token is spent; what the first one has stored is not.
    second.renew().await.unwrap();
    assert_eq!(token(&second).await, token(&first).await);
}

#[tokio::test]
async fn tokens_from_elsewhere_become_a_session() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(FileStore::open(directory.path().join("sessions")).unwrap());
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(store));
    let tokens = fixture.signed_in("dave").await.into_tokens().unwrap();
    let session = fixture.pool.session(tokens.clone()).store_as("adopted").await.unwrap();
    assert_eq!(session.username(), "dave");
    session.renew().await.unwrap();
    let key = fixture.pool.session_key("adopted");
    assert!(fixture.pool.restore(&key).await.unwrap().is_some());

    let device = DeviceCredentials::new("us-east-1_0f1e", "-abCdEfGh", "password");
    let with_device = fixture.pool.session(tokens.clone()).device(device).await.unwrap();
    assert_eq!(with_device.device().unwrap().key(), "us-east-1_0f1e");
    assert!(with_device.key().is_none(), "it is stored when it is asked to be");

    let other = Fixture::new(PoolSettings::default());
    let error = other.pool.session(tokens).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
}

#[tokio::test]
async fn an_access_token_alone_is_a_session_that_cannot_be_renewed() {
    let fixture = Fixture::new(PoolSettings::default());
    let token = fixture.signed_in("erin").await.access_token().await.unwrap();
    let session = fixture.pool.with_access_token(token.clone()).await.unwrap();
    assert_eq!(session.user().await.unwrap().username(), "erin");
    assert_eq!(session.id_token().await.unwrap_err().kind(), ErrorKind::Configuration);
    assert!(!session.needs_renewal().unwrap());
    fixture.advance(3700);
    assert!(session.needs_renewal().unwrap());
    assert_eq!(session.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    let expired = fixture.pool.with_access_token(token).await.unwrap_err();
    assert_eq!(expired.kind(), ErrorKind::TokenExpired);
    let forged = fixture.pool.with_access_token("e30.e30.e30").await.unwrap_err();
    assert_eq!(forged.kind(), ErrorKind::InvalidToken);
}
