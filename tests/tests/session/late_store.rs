//! New sessions that are stored late, because the store failed at the sign-in.

use std::sync::Arc;

use cognito::session::SessionKey;
use cognito::{ErrorKind, MemoryStore, Session, UserPool};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::{Fixture, PASSWORD, done};
use cognito_tests::unreliable::Unreliable;

use crate::support::{record, two_programs};

const NAME: &str = "main";

/// Returns a session that the store has not stored, because it could not be changed or read.
async fn unstored(fixture: &Fixture, store: &Unreliable<MemoryStore>, unreadable: bool) -> Session {
    store.refuse();
    if unreadable {
        store.set_unreadable();
    }
    let error = fixture.pool.sign_in("alice").password(PASSWORD).store_as(NAME).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    store.heal();
    error.session().unwrap().clone()
}

async fn sign_in(pool: &UserPool, name: &str) -> Session {
    done(pool.sign_in(name).password(PASSWORD).store_as(NAME).await.unwrap())
}

async fn users() -> (Fixture, UserPool, Arc<Unreliable<MemoryStore>>, SessionKey) {
    let (fixture, another, store) = two_programs(PoolSettings::default());
    for name in ["alice", "bob"] {
        fixture.register(name).await;
    }
    let key = fixture.pool.session_key(NAME);
    (fixture, another, store, key)
}

#[tokio::test]
async fn a_session_that_is_stored_late_does_not_replace_a_later_sign_in() {
    for unreadable in [false, true] {
        for name in ["alice", "bob"] {
            let (fixture, another, store, key) = users().await;
            let late = unstored(&fixture, &store, unreadable).await;
            fixture.advance(2);
            let newer = sign_in(&another, name).await;
            let error = late.access_token().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SessionEnded, "{name}");
            let stored = record(&*store, &key).await.unwrap();
            let tokens = newer.tokens().unwrap();
            assert_eq!(stored["access_token"], tokens.access_token().expose_secret());
            newer.refresh().await.unwrap();
            assert_eq!(newer.user().await.unwrap().username(), name);
        }
    }
}

#[tokio::test]
async fn a_session_that_is_stored_late_replaces_an_earlier_sign_in_that_was_refreshed() {
    for unreadable in [false, true] {
        let (fixture, another, store, key) = users().await;
        let older = sign_in(&another, "bob").await;
        fixture.advance(2);
        let late = unstored(&fixture, &store, unreadable).await;
        fixture.advance(2);
        older.refresh().await.unwrap();
        late.access_token().await.unwrap();
        assert_eq!(record(&*store, &key).await.unwrap()["username"], "alice");
        assert_eq!(older.refresh().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    }
}

#[tokio::test]
async fn tokens_of_the_application_replace_a_later_sign_in() {
    let (fixture, another, store, key) = users().await;
    let session = fixture.sign_in("alice").await;
    let tokens = session.into_tokens().await.unwrap();
    fixture.advance(2);
    sign_in(&another, "bob").await;
    store.refuse();
    let error = fixture.pool.session(tokens).store_as(NAME).await.unwrap_err();
    store.heal();
    error.session().unwrap().access_token().await.unwrap();
    assert_eq!(record(&*store, &key).await.unwrap()["username"], "alice");
}
