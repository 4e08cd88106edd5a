//! The confirmation of new devices, which can fail or lose its response.

use std::sync::Arc;
use std::time::Duration;

use cognito::{ErrorKind, MemoryStore};
use cognito_tests::fixture::{Fixture, PASSWORD, done};
use cognito_tests::interposer::Action;

use super::{in_browser, sent, sign_in, signed_in, tracking, with_store};

#[tokio::test(start_paused = true)]
async fn device_that_could_not_be_confirmed_is_confirmed_before_the_first_refresh() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(tracking(false), with_store(&store));
    fixture.register("frank").await;
    fixture.wire.on("ConfirmDevice", Action::Unreachable);
    let session = sign_in(&fixture, "frank").await;
    assert!(session.has_unconfirmed_device());
    assert_eq!(session.user().await.unwrap().username(), "frank");
    assert!(session.devices().await.unwrap().is_empty());

    // The operation still fails, which must not end the session.
    let error = session.refresh().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Transport, Some("ConfirmDevice")));
    assert!(sent(&fixture, "GetTokensFromRefreshToken").is_empty());
    assert_eq!(session.user().await.unwrap().username(), "frank");

    fixture.wire.heal();
    session.refresh().await.unwrap();
    assert!(!session.has_unconfirmed_device());
    let key = session.device().unwrap().key().to_owned();
    assert_eq!(session.devices().await.unwrap()[0].key(), key);
    session.confirm_device().await.unwrap(); // sends nothing
    let before = sent(&fixture, "ConfirmDevice").len();
    session.refresh().await.unwrap();
    assert_eq!(sent(&fixture, "ConfirmDevice").len(), before);

    // The stored password is the one that the service has verified since.
    assert_eq!(sign_in(&fixture, "frank").await.device().unwrap().key(), key);
}

#[tokio::test]
async fn device_is_kept_although_the_tokens_of_its_sign_in_cannot_be_verified_yet() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(tracking(false), with_store(&store));
    fixture.register("frank").await;
    fixture.wire.on("GetKeySet", Action::Unreachable);
    let error = in_browser(&fixture.pool, "frank").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    let device = error.session().unwrap().device().unwrap();
    fixture.wire.heal();
    fixture.advance(2);
    assert_eq!(sign_in(&fixture, "frank").await.device().unwrap().key(), device.key());
}

#[tokio::test]
async fn definite_refusal_of_the_confirmation_does_not_prevent_a_refresh() {
    let fixture = Fixture::new(tracking(false));
    fixture.register("frank").await;
    let refusal = Action::refusal("InvalidParameterException", "The device is refused.");
    fixture.wire.on("ConfirmDevice", refusal);
    let session = sign_in(&fixture, "frank").await;
    assert!(session.has_unconfirmed_device());
    let _ = session.refresh().await;
    assert_eq!(sent(&fixture, "GetTokensFromRefreshToken").len(), 1, "the service decides");
}

#[tokio::test(start_paused = true)]
async fn the_timeout_of_a_caller_does_not_limit_the_refresh_that_it_starts_for_all() {
    let fixture = Fixture::new(tracking(false));
    fixture.register("frank").await;
    fixture.wire.on("ConfirmDevice", Action::Unreachable);
    let session = sign_in(&fixture, "frank").await;
    fixture.wire.on("ConfirmDevice", Action::Late(Duration::from_secs(1)));
    fixture.advance(3400);
    session.user().timeout(Duration::from_millis(50)).await.unwrap();
    assert!(session.has_unconfirmed_device(), "the refresh continues");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(!session.has_unconfirmed_device());
    assert_eq!(sent(&fixture, "GetTokensFromRefreshToken").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn lost_response_of_confirm_device_keeps_the_device() {
    for action in [Action::LoseResponse, Action::Truncate] {
        let fixture = Fixture::new(tracking(false));
        fixture.register("ivan").await;
        fixture.wire.on("ConfirmDevice", action);
        let session = sign_in(&fixture, "ivan").await;
        fixture.wire.heal();
        session.refresh().await.unwrap();
        let device = session.device().unwrap();
        assert_eq!(session.devices().await.unwrap()[0].key(), device.key());
        let again = fixture.pool.sign_in("ivan").password(PASSWORD).device(device.clone());
        let again = done(again.await.unwrap());
        assert_eq!(again.device().unwrap().key(), device.key(), "its password is the right one");
        again.refresh().await.unwrap();
    }
}

#[tokio::test]
async fn device_that_the_service_has_confirmed_before_is_confirmed_and_its_user_is_asked() {
    let fixture = Fixture::new(tracking(true));
    let refusal = Action::refusal("DeviceKeyExistsException", "Device key already exists");
    fixture.wire.on("ConfirmDevice", refusal);
    let session = signed_in(&fixture, "ivan").await;
    assert!(!session.has_unconfirmed_device() && session.asks_to_remember_device());
}

#[tokio::test(start_paused = true)]
async fn restarted_program_confirms_the_device_of_its_session() {
    let store = Arc::new(MemoryStore::default());
    let fixture = Fixture::with(tracking(true), with_store(&store));
    fixture.register("judy").await;
    fixture.wire.on("ConfirmDevice", Action::Unreachable);
    let key = sign_in(&fixture, "judy").await.key().unwrap().clone();
    fixture.wire.heal();
    let restarted = fixture.another_client(with_store(&store));
    let session = restarted.restore(&key).await.unwrap().unwrap();
    assert!(session.has_unconfirmed_device());
    session.confirm_device().await.unwrap();
    assert!(!session.has_unconfirmed_device() && session.asks_to_remember_device());
    session.refresh().await.unwrap();

    let restarted = fixture.another_client(with_store(&store));
    let session = restarted.restore(&key).await.unwrap().unwrap();
    assert!(!session.has_unconfirmed_device() && session.asks_to_remember_device());
}
