//! Sign-outs of sessions whose record another program has refreshed, or refreshes at the same time.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cognito::{ErrorKind, Session, UserPool};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::{Fixture, PASSWORD, done};
use cognito_tests::interposer::Action;
use serde_json::{Value, json};

use crate::support::{OLD_CLAIM, REFRESH, claimed, put, record, rotating, two_programs};

const REVOKE: &str = "RevokeToken";

/// Returns the session of another program, which has refreshed it.
async fn refreshed_elsewhere(another: &UserPool, session: &Session) -> Session {
    let elsewhere = another.restore(session.key().unwrap()).await.unwrap().unwrap();
    elsewhere.refresh().await.unwrap();
    elsewhere
}

fn refresh_token(session: &Session) -> String {
    session.tokens().unwrap().refresh_token().unwrap().expose_secret().to_owned()
}

/// Returns the refresh tokens that programs have revoked.
fn revoked(fixture: &Fixture) -> Vec<String> {
    let token = |body: &str| {
        let body: Value = serde_json::from_str(body).unwrap();
        body["Token"].as_str().unwrap().to_owned()
    };
    fixture.wire.seen(REVOKE).iter().map(|seen| token(&seen.body)).collect()
}

/// Waits until a request of this operation was sent.
async fn sent(fixture: &Fixture, operation: &str) {
    while fixture.wire.seen(operation).is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_sign_out_revokes_and_deletes_tokens_that_another_program_has_stored() {
    let (fixture, another, store) = two_programs(rotating(60));
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    let elsewhere = refreshed_elsewhere(&another, &session).await;
    let expected = [refresh_token(&session), refresh_token(&elsewhere)];
    assert_ne!(expected[0], expected[1], "it was rotated");
    session.sign_out().await.unwrap();
    assert!(record(&*store, &key).await.is_none());
    assert_eq!(revoked(&fixture), expected);
    assert_eq!(elsewhere.refresh().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert!(another.restore(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn every_end_of_a_session_deletes_tokens_that_another_program_has_stored() {
    for is_deletion in [false, true] {
        let (fixture, another, store) = two_programs(rotating(60));
        let session = fixture.signed_in("alice").await;
        let key = session.key().unwrap().clone();
        let elsewhere = refreshed_elsewhere(&another, &session).await;
        if is_deletion {
            session.delete_account().await.unwrap();
        } else {
            session.sign_out_everywhere().await.unwrap();
        }
        assert!(record(&*store, &key).await.is_none(), "is_deletion: {is_deletion}");
        assert_eq!(elsewhere.refresh().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    }
}

#[tokio::test(start_paused = true)]
async fn newer_tokens_that_a_refresh_finds_during_the_sign_out_are_revoked() {
    let (fixture, another, store) = two_programs(rotating(60));
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    let elsewhere = refreshed_elsewhere(&another, &session).await;
    let (refreshing, expected) = (session.clone(), refresh_token(&elsewhere));
    store.delay();
    let (signed_out, _) = tokio::join!(session.sign_out(), async {
        sent(&fixture, REVOKE).await;
        // The deletion of the older record takes twice this time.
        tokio::time::sleep(Duration::from_millis(100)).await;
        refreshing.refresh().await
    });
    signed_out.unwrap();
    assert!(record(&*store, &key).await.is_none());
    assert!(revoked(&fixture).contains(&expected));
}

#[tokio::test]
async fn newer_tokens_are_revoked_before_their_record_is_deleted() {
    let (fixture, another, store) = two_programs(rotating(60));
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    let elsewhere = refreshed_elsewhere(&another, &session).await;
    let newer = refresh_token(&elsewhere);
    let revocations = AtomicUsize::new(0);
    fixture.wire.rule(move |operation| match operation {
        REVOKE if revocations.fetch_add(1, Ordering::Relaxed) > 0 => Action::Unreachable,
        _ => Action::Pass,
    });
    let error = session.sign_out().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    let kept = record(&*store, &key).await.expect("the sign-out can be repeated");
    assert_eq!(kept["refresh_token"], newer);
    fixture.wire.heal();
    error.session().unwrap().clone().sign_out().await.unwrap();
    assert!(record(&*store, &key).await.is_none());
    assert_eq!(revoked(&fixture).last(), Some(&newer));
}

#[tokio::test]
async fn without_the_id_of_the_sign_in_its_time_identifies_the_record() {
    let settings = || rotating(60).client_member("EnableTokenRevocation", false);
    let (fixture, another, store) = two_programs(settings());
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    assert!(session.access_claims().await.unwrap().origin_jti().is_none());
    refreshed_elsewhere(&another, &session).await;
    let error = session.sign_out().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(record(&*store, &key).await.is_none());

    let (fixture, another, store) = two_programs(settings());
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    fixture.advance(1);
    let newer = another.sign_in("alice").password(PASSWORD).store_as(key.name()).await;
    let newer = refresh_token(&done(newer.unwrap()));
    session.sign_out().await.unwrap_err();
    assert_eq!(record(&*store, &key).await.unwrap()["refresh_token"], newer);
}

#[tokio::test(start_paused = true)]
async fn tokens_are_revoked_whose_session_another_program_has_signed_out() {
    let (fixture, another, store) = two_programs(rotating(60));
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    let elsewhere = another.restore(&key).await.unwrap().unwrap();
    let old = refresh_token(&session);
    fixture.wire.on(REFRESH, Action::Late(Duration::from_millis(200)));
    let (refreshed, ()) = tokio::join!(elsewhere.refresh(), async {
        sent(&fixture, REFRESH).await;
        session.sign_out().await.unwrap();
    });
    assert_eq!(refreshed.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert!(record(&*store, &key).await.is_none());
    let revoked = revoked(&fixture);
    assert_eq!((revoked.len(), &revoked[0]), (2, &old));
    assert_ne!(revoked[1], old, "the service had issued it before the sign-out");
}

#[tokio::test]
async fn a_refresh_token_that_was_not_replaced_is_left_to_the_program_that_released_it() {
    let (fixture, another, store) = two_programs(PoolSettings::default());
    let session = fixture.signed_in("alice").await;
    let elsewhere = another.restore(session.key().unwrap()).await.unwrap().unwrap();
    // The record is claimed, and the new tokens cannot be saved.
    store.refuse_after(1);
    assert_eq!(elsewhere.refresh().await.unwrap_err().kind(), ErrorKind::Store);
    store.heal();
    fixture.advance(OLD_CLAIM);
    let released = session.into_tokens().await.unwrap();
    assert_eq!(elsewhere.refresh().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert!(revoked(&fixture).is_empty());
    fixture.pool.session(released).await.unwrap().refresh().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_revokes_tokens_of_a_refresh_that_begins_during_it() {
    for is_late in [false, true] {
        let fixture = Fixture::new(rotating(60));
        let session = fixture.signed_in("alice").await;
        let (clone, old) = (session.clone(), refresh_token(&session));
        let refreshing = session.clone();
        let revocations = AtomicUsize::new(0);
        let delay = Duration::from_millis(if is_late { 1500 } else { 0 });
        fixture.wire.rule(move |operation| match operation {
            REVOKE if revocations.fetch_add(1, Ordering::Relaxed) == 0 => {
                // It is sent before the pause of the retry, however short that is.
                let refreshing = refreshing.clone();
                drop(tokio::spawn(async move { refreshing.refresh().await }));
                Action::Unreachable
            }
            REFRESH => Action::Late(delay),
            _ => Action::Pass,
        });
        session.sign_out().await.unwrap();
        assert_eq!(clone.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
        let revoked = revoked(&fixture);
        assert!(revoked.last() != Some(&old), "is_late: {is_late}");
        assert!(revoked.len() == 3, "the lost request, its retry, and the new token");
    }
}

/// After a definite refusal the session ends, so that its other token is revoked too. After a transient
/// error the session is kept, and needs the newer token.
#[tokio::test(start_paused = true)]
async fn newer_tokens_that_are_not_stored_are_revoked_unless_the_sign_out_can_be_repeated() {
    for (is_definite, expected) in [(true, 2), (false, 1)] {
        let (fixture, _, store) = two_programs(rotating(60));
        let session = fixture.signed_in("alice").await;
        store.refuse_after(1);
        assert_eq!(session.refresh().await.unwrap_err().kind(), ErrorKind::Store);
        store.heal();
        fixture.wire.on(
            REVOKE,
            match is_definite {
                true => Action::refusal("InvalidParameterException", "refused"),
                false => Action::Unreachable,
            },
        );
        session.sign_out().await.unwrap_err();
        let tokens: HashSet<_> = revoked(&fixture).into_iter().collect();
        assert_eq!(tokens.len(), expected, "is_definite: {is_definite}");
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_that_another_program_has_refreshed_are_not_released() {
    let (fixture, _, store) = two_programs(rotating(60));
    let session = fixture.signed_in("alice").await;
    let key = session.key().unwrap().clone();
    let response = fixture.local.call(REFRESH, json!({ "RefreshToken": refresh_token(&session) }));
    let newer = response.unwrap()["AuthenticationResult"].clone();
    // The record is claimed, and then changed as if the claim had expired.
    store.delay();
    let (released, ()) = tokio::join!(session.into_tokens(), async {
        let claimed = claimed(&*store, &key).await;
        let mut changed = claimed.clone();
        changed["access_token"] = newer["AccessToken"].clone();
        changed["refresh_token"] = newer["RefreshToken"].clone();
        put(&*store, &key, &changed).await;
    });
    let error = released.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    let kept = record(&*store, &key).await.unwrap();
    assert!(kept.get("claim").is_none(), "other programs do not wait for the claim");
    store.heal();
    let session = error.session().unwrap();
    let tokens = session.clone().into_tokens().await.unwrap();
    assert_eq!(tokens.refresh_token().unwrap().expose_secret(), newer["RefreshToken"]);
    assert!(record(&*store, &key).await.is_none());
}
