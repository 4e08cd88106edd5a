//! Operations on devices that are dropped at each of their awaits: they can be repeated, and the next
//! sign-in works.

use std::sync::Arc;

use cognito::types::BoxFuture;
use cognito::{Error, ErrorKind, MemoryStore, Session, TokenStore, UserPool};
use cognito_tests::cancelled::{Yielding, at_each_await, within_rounds};
use cognito_tests::fixture::{Fixture, done};
use cognito_tests::interposer::Action;

use super::{in_browser, tracking};

/// A pool that tracks devices, and a client whose store and HTTP client yield.
async fn world() -> (Fixture, UserPool) {
    let fixture = Fixture::new(tracking(true));
    let store: Arc<dyn TokenStore> = Arc::new(Yielding(MemoryStore::default()));
    let http = Yielding(fixture.wire.clone());
    let pool = fixture.another_client(|builder| builder.http_client(http).token_store(store));
    fixture.register("alice").await;
    (fixture, pool)
}

async fn sign_in(pool: &UserPool) -> Session {
    done(in_browser(pool, "alice").await.unwrap())
}

#[tokio::test]
async fn a_device_is_confirmed_after_a_dropped_sign_in() {
    at_each_await("sign_in", async |rounds| {
        let (fixture, pool) = world().await;
        let first = in_browser(&pool, "alice").into_future();
        let done = within_rounds(first, rounds).await.is_some();
        let session = sign_in(&pool).await;
        let (device, context) = (session.device().unwrap(), format!("after {rounds} rounds"));
        assert!(!session.has_unconfirmed_device(), "{context}");
        session.refresh().await.expect(&context);
        let listed = session.devices().await.unwrap();
        assert!(listed.iter().any(|listed| listed.key() == device.key()), "{context}");
        let again = sign_in(&pool).await;
        assert_eq!(again.device().unwrap().key(), device.key(), "{context}");
        drop(fixture);
        done
    })
    .await;
}

#[tokio::test]
async fn a_dropped_confirmation_can_be_repeated() {
    at_each_await("confirm_device", async |rounds| {
        let (fixture, pool) = world().await;
        fixture.wire.on("ConfirmDevice", Action::Unreachable);
        let session = sign_in(&pool).await;
        fixture.wire.heal();
        assert!(session.has_unconfirmed_device());
        let done = within_rounds(session.confirm_device(), rounds).await.is_some();
        let context = format!("after {rounds} rounds");
        session.confirm_device().await.expect(&context);
        session.refresh().await.expect(&context);
        let restored = pool.restore(session.key().unwrap()).await.unwrap().unwrap();
        assert!(!restored.has_unconfirmed_device(), "{context}: it is not stored");
        restored.refresh().await.expect(&context);
        done
    })
    .await;
}

type Change = for<'a> fn(&'a Session, &'a str) -> BoxFuture<'a, Result<(), Error>>;

#[tokio::test]
async fn a_dropped_change_of_a_device_can_be_repeated() {
    let remember: Change =
        |session, key| Box::pin(async move { session.remember_device(key, true).await });
    let forget: Change = |session, key| Box::pin(async move { session.forget_device(key).await });
    for (name, change) in [("remember_device", remember), ("forget_device", forget)] {
        at_each_await(name, async |rounds| {
            let (_fixture, pool) = world().await;
            let session = sign_in(&pool).await;
            let (key, context) = (session.device().unwrap().key().to_owned(), rounds);
            let done = within_rounds(change(&session, &key), rounds).await.is_some();
            if let Err(error) = change(&session, &key).await {
                let kind = error.kind();
                assert_eq!((name, kind), ("forget_device", ErrorKind::DeviceForgotten), "{error}");
            }
            let is_own = session.device().is_some();
            assert_eq!(is_own, name == "remember_device", "{name} after {context} rounds");
            session.user().await.unwrap();
            let next = sign_in(&pool).await;
            let is_same = next.device().is_some_and(|device| device.key() == key);
            assert_eq!(is_same, is_own, "{name} after {context} rounds");
            done
        })
        .await;
    }
}
