//! Released tokens of a session: no second owner remains in the store or in the program.

use std::time::Duration;

use cognito::session::{SessionEvent, TokenSet};
use cognito::{ErrorKind, Session, TokenStore};
use cognito_tests::fixture::Fixture;
use cognito_tests::interposer::Action;
use futures_util::StreamExt;
use serde_json::json;

use crate::support::{CLAIM, REFRESH, put, record, rotating, two_programs};

fn refresh_token(tokens: &TokenSet) -> String {
    tokens.refresh_token().unwrap().expose_secret().to_owned()
}

/// Returns whether the service still accepts the tokens.
async fn assert_alive(fixture: &Fixture, tokens: TokenSet) {
    let elsewhere = fixture.another_client(|builder| builder);
    let session = elsewhere.session(tokens).await.unwrap();
    assert_eq!(session.user().await.unwrap().username(), "alice");
    session.refresh().await.unwrap();
}

async fn assert_ended(session: &Session) {
    assert_eq!(session.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert_eq!(session.refresh().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert!(session.tokens().is_err());
}

#[tokio::test]
async fn released_tokens_are_removed_from_the_store_and_all_handles_and_not_revoked() {
    let (fixture, another, store) = two_programs(rotating(0));
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    let (clone, elsewhere) = (session.clone(), another.restore(&key).await.unwrap().unwrap());
    let mut events = session.events();
    let tokens = session.into_tokens().await.unwrap();
    assert!(store.load(&key).await.unwrap().is_none());
    assert!(fixture.pool.restore(&key).await.unwrap().is_none());
    assert!(matches!(events.next().await, Some(SessionEvent::Ended { reason: None })));
    assert!(events.next().await.is_none());

    assert_ended(&clone).await;
    let error = clone.clone().into_tokens().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionEnded);
    assert!(clone.clone().sign_out_everywhere().await.is_err());
    clone.sign_out().await.unwrap();
    assert_eq!(elsewhere.refresh().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    elsewhere.sign_out().await.unwrap();
    for operation in [REFRESH, "RevokeToken", "GlobalSignOut"] {
        assert!(fixture.wire.seen(operation).is_empty(), "{operation}");
    }
    assert_alive(&fixture, tokens).await;
}

#[tokio::test]
async fn release_waits_for_a_refresh_in_progress() {
    let (fixture, _, store) = two_programs(rotating(0));
    let session = fixture.signed_in("alice").await;
    let before = refresh_token(&session.tokens().unwrap());
    store.delay();
    let clone = session.clone();
    let (refreshed, tokens) = tokio::join!(clone.refresh(), session.into_tokens());
    refreshed.unwrap();
    let tokens = tokens.unwrap();
    assert_ne!(refresh_token(&tokens), before, "it was rotated");
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
    assert_ended(&clone).await;
    assert!(store.load(clone.key().unwrap()).await.unwrap().is_none());
    assert_alive(&fixture, tokens).await;
}

#[tokio::test]
async fn release_waits_for_a_refresh_by_another_program() {
    let (fixture, another, store) = two_programs(rotating(0));
    let session = fixture.signed_in("alice").await;
    let elsewhere = another.restore(session.key().unwrap()).await.unwrap().unwrap();
    store.delay();
    let refresh = async {
        elsewhere.refresh().await.unwrap();
    };
    let release = async {
        // By then the other program has claimed the record.
        tokio::time::sleep(Duration::from_millis(250)).await;
        session.clone().into_tokens().await.unwrap()
    };
    let ((), tokens) = tokio::join!(refresh, release);
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
    assert_eq!(elsewhere.refresh().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert!(store.load(session.key().unwrap()).await.unwrap().is_none());
    assert_alive(&fixture, tokens).await;
}

#[tokio::test(start_paused = true)]
async fn release_waits_for_a_program_that_has_stored_tokens_and_refreshes_again() {
    let (fixture, another, store) = two_programs(rotating(0));
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    let elsewhere = another.restore(&key).await.unwrap().unwrap();
    elsewhere.refresh().await.unwrap();
    let mut claimed = record(&*store, &key).await.unwrap();
    claimed["claim"] = json!({ "holder": 1, "until": u64::MAX });
    put(&*store, &key, &claimed).await;
    let mut release = Box::pin(session.into_tokens());
    let lifetime = Duration::from_secs(CLAIM);
    let early = tokio::time::timeout(lifetime - Duration::from_secs(1), &mut release).await;
    early.unwrap_err();
    assert_eq!(record(&*store, &key).await.unwrap(), claimed);
    let tokens = release.await.unwrap();
    assert_eq!(claimed["refresh_token"], refresh_token(&tokens));
    assert_alive(&fixture, tokens).await;
}

#[tokio::test]
async fn tokens_of_another_program_are_verified_before_they_are_released() {
    let (fixture, _, store) = two_programs(rotating(0));
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    let mut forged = record(&*store, &key).await.unwrap();
    forged["access_token"] = "e30.e30.e30".into();
    put(&*store, &key, &forged).await;
    let error = session.into_tokens().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
    assert!(error.session().is_some());
    assert_eq!(record(&*store, &key).await.unwrap(), forged);
}

#[tokio::test]
async fn of_two_callers_one_gets_the_tokens() {
    let (fixture, _, _) = two_programs(rotating(0));
    let session = fixture.signed_in("alice").await;
    let (one, two) = tokio::join!(session.clone().into_tokens(), session.clone().into_tokens());
    let [taken, refused] = if one.is_ok() { [one, two] } else { [two, one] };
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert_alive(&fixture, taken.unwrap()).await;
}

#[tokio::test]
async fn waiting_callers_receive_the_end_of_the_session() {
    let (fixture, _, store) = two_programs(rotating(0));
    let session = fixture.signed_in("alice").await;
    store.delay();
    let (clone, waiting) = (session.clone(), session.clone());
    let (tokens, refreshed) = tokio::join!(session.into_tokens(), async {
        tokio::task::yield_now().await;
        waiting.refresh().await
    });
    assert_eq!(refreshed.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert!(fixture.wire.seen(REFRESH).is_empty());
    assert_ended(&clone).await;
    assert_alive(&fixture, tokens.unwrap()).await;
}

/// The first change is the claim of the record, the second one its deletion.
#[tokio::test]
async fn session_is_kept_when_the_store_fails() {
    for (changes, is_lost) in [(0, false), (1, false), (0, true), (1, true)] {
        let (fixture, another, store) = two_programs(rotating(0));
        let session = fixture.signed_in("alice").await;
        let key = session.key().unwrap().clone();
        let mut events = session.events();
        if is_lost {
            store.lose_after(changes)
        } else {
            store.refuse_after(changes)
        }
        let error = session.clone().into_tokens().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store, "{changes} {is_lost}");
        assert!(error.is_transient() && !error.error().ends_session());
        session.access_token().await.unwrap();
        // The session must also survive if its record cannot be stored again at once.
        store.refuse();
        assert_eq!(session.refresh().await.unwrap_err().kind(), ErrorKind::Store);
        assert!(matches!(events.next().await, Some(SessionEvent::RefreshFailed(_))));
        store.heal();
        fixture.advance(CLAIM); // the claim expires
        session.refresh().await.unwrap();
        assert!(matches!(events.next().await, Some(SessionEvent::Refreshed { .. })));
        let restored = another.restore(&key).await.unwrap().unwrap();
        restored.refresh().await.unwrap();
        let tokens = error.session().unwrap().clone().into_tokens().await.unwrap();
        assert!(store.load(&key).await.unwrap().is_none());
        assert_alive(&fixture, tokens).await;
    }
}

#[tokio::test]
async fn a_deletion_whose_outcome_was_unknown_is_repeated_or_followed_by_a_sign_out() {
    let (fixture, _, store) = two_programs(rotating(0));
    for is_lost in [true, false] {
        let session = match fixture.local.code_for("alice") {
            Some(_) => fixture.sign_in("alice").await,
            None => fixture.signed_in("alice").await,
        };
        let key = session.key().unwrap().clone();
        let fail = || if is_lost { store.lose_after(1) } else { store.refuse_after(1) };
        fail();
        session.clone().into_tokens().await.unwrap_err();
        store.heal();
        let tokens = session.into_tokens().await.unwrap();
        assert!(store.load(&key).await.unwrap().is_none());
        assert_alive(&fixture, tokens).await;

        let session = fixture.sign_in("alice").await;
        let key = session.key().unwrap().clone();
        fail();
        session.clone().into_tokens().await.unwrap_err();
        store.heal();
        session.sign_out().await.unwrap();
        assert!(store.load(&key).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn dropped_caller_does_not_release_the_tokens() {
    let (fixture, _, store) = two_programs(rotating(0));
    let session = fixture.signed_in("alice").await;
    store.delay(); // the claim takes 200 ms, then the deletion
    for wait in [50, 300] {
        let release = session.clone().into_tokens();
        tokio::time::timeout(Duration::from_millis(wait), release).await.unwrap_err();
        session.refresh().await.unwrap();
        assert!(store.load(session.key().unwrap()).await.unwrap().is_some(), "after {wait} ms");
    }
    store.heal();
    assert_alive(&fixture, session.into_tokens().await.unwrap()).await;
}

#[tokio::test]
async fn caller_dropped_after_the_deletion_does_not_change_the_session() {
    let (fixture, _, store) = two_programs(rotating(0));
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    let mut released = Box::pin(session.clone().into_tokens());
    assert!(futures_util::poll!(&mut released).is_pending());
    // The tokens are ready for this caller, which is never polled again.
    while store.load(&key).await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
    drop(released);
    while store.load(&key).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    session.refresh().await.unwrap();
    assert!(fixture.pool.restore(&key).await.unwrap().is_some());
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_deleted_and_tokens_without_a_store_are_returned() {
    let (fixture, _, store) = two_programs(rotating(0));
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    let (_, revision) = store.load(&key).await.unwrap().unwrap();
    store.swap(&key, Some(revision), Some(b"garbage".to_vec().into())).await.unwrap();
    let tokens = session.into_tokens().await.unwrap();
    assert!(store.load(&key).await.unwrap().is_none());

    let without_store = fixture.another_client(|builder| builder);
    let session = without_store.session(tokens).await.unwrap();
    assert!(session.key().is_none());
    fixture.wire.on(REFRESH, Action::Unreachable);
    session.refresh().await.unwrap_err();
    fixture.wire.heal();
    let clone = session.clone();
    let tokens = session.into_tokens().await.unwrap();
    assert_ended(&clone).await;
    assert_alive(&fixture, tokens).await;
}
