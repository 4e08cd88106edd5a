//! Records of sessions: damaged, missing, replaced, and shared by programs.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cognito::session::SessionEvent;
use cognito::types::Clock;
use cognito::{ErrorKind, FileStore, Session, TokenStore};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::{Fixture, PASSWORD, done};
use cognito_tests::interposer::Action;
use cognito_tests::unreliable::Unreliable;
use futures_util::{FutureExt, StreamExt};
use serde_json::json;

use crate::support::{CLAIM, REFRESH, put, record, restored, rotating, token, two_programs};

/// Returns a session in a file, and the file.
async fn in_file() -> (Fixture, Session, tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("sessions");
    let store = Arc::new(FileStore::open(&directory).unwrap());
    let fixture = Fixture::with(rotating(0), |builder| builder.token_store(store));
    fixture.register("alice").await;
    let session = fixture.sign_in_as("alice", "alice").await;
    let mut files = fs::read_dir(&directory).unwrap().map(|file| file.unwrap().path());
    let file = files.find(|file| file.extension().is_some_and(|end| end == "session")).unwrap();
    (fixture, session, home, file)
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_replaced_by_a_sign_in_and_deleted_by_a_sign_out() {
    let (fixture, session, _home, file) = in_file().await;
    let key = session.key().unwrap().clone();
    let whole = fs::read(&file).unwrap();
    let newer = [&b"cognito session 2\n"[..], &whole[18..]].concat();
    drop(session);
    for damaged in [&whole[..40], &[], &newer, b"something else"] {
        fs::write(&file, damaged).unwrap();
        let error = fixture.pool.restore(&key).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnreadableSession);
        assert!(!error.is_transient(), "no later attempt can succeed");
        let session = fixture.sign_in_as("alice", "alice").await;
        assert!(fixture.pool.restore(&key).await.unwrap().is_some());

        fs::write(&file, damaged).unwrap();
        let error = session.refresh().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnreadableSession);
        assert!(!error.ends_session());
        token(&session).await;
        session.sign_out().await.unwrap();
        assert!(!file.exists());
    }
}

#[tokio::test]
async fn sign_out_of_a_session_that_could_not_be_stored_deletes_a_record_that_cannot_be_read() {
    let (fixture, session, home, file) = in_file().await;
    drop(session);
    let files = FileStore::open(home.path().join("sessions")).unwrap();
    let store = Arc::new(Unreliable::new(files));
    let shared = Arc::<Unreliable<FileStore>>::clone(&store);
    let another = fixture.another_client(|builder| builder.token_store(shared));
    fs::write(&file, b"something else").unwrap();
    store.refuse();
    let sign_in = another.sign_in("alice").password(PASSWORD).store_as("alice");
    let error = sign_in.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    store.heal();
    error.session().unwrap().clone().sign_out().await.unwrap();
    assert!(!file.exists());
}

#[tokio::test]
async fn missing_directory_ends_no_session() {
    let (fixture, session, home, _) = in_file().await;
    let (here, away) = (home.path().join("sessions"), home.path().join("away"));
    for leaves_mount_point in [false, true] {
        fs::rename(&here, &away).unwrap();
        if leaves_mount_point {
            fs::create_dir(&here).unwrap();
        }
        let error = session.refresh().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
        assert!(error.is_transient() && !error.ends_session());
        token(&session).await;
        let error = fixture.pool.restore(session.key().unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store, "it is unknown whether there is a session");
        if leaves_mount_point {
            fs::remove_dir(&here).unwrap();
        }
        fs::rename(&away, &here).unwrap();
        session.refresh().await.unwrap();
    }
}

#[tokio::test]
async fn tokens_are_kept_when_the_store_fails_after_a_conflict() {
    let (fixture, _, store) = two_programs(rotating(0));
    let session = fixture.signed_in("bob").await;
    fixture.advance(3600);
    // The record is claimed; the save has a conflict, and then nothing can be loaded.
    store.conflict_after(1);
    let error = session.access_token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(error.is_transient() && !error.ends_session());
    store.heal();
    token(&session).await;
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1, "the tokens of the response were kept");
    session.refresh().await.unwrap();
}

#[tokio::test]
async fn an_unreadable_store_ends_no_session_that_another_program_has_refreshed() {
    let (fixture, another, store) = two_programs(rotating(0));
    let first = fixture.signed_in("carol").await;
    let second = restored(&another, first.key().unwrap()).await;
    first.refresh().await.unwrap();
    store.set_unreadable();
    let error = second.refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(error.is_transient() && !error.ends_session());
    store.heal();
    second.refresh().await.unwrap();
    first.refresh().await.unwrap();
}

#[tokio::test]
async fn a_user_who_was_registered_again_keeps_the_new_session() {
    let (fixture, another, store) = two_programs(PoolSettings::default());
    fixture.register("dave").await;
    let old = fixture.sign_in_as("dave", "dave").await;
    fixture.admin("AdminDeleteUser", json!({ "Username": "dave" }));
    fixture.register("dave").await;
    let new = another.sign_in("dave").password(PASSWORD).store_as("dave");
    let new = done(new.await.unwrap());
    let key = new.key().unwrap();
    // The old program uses the old session, and the store has another user's.
    let of_new_user = restored(&fixture.pool, key).await;
    let subject = of_new_user.access_claims().await.unwrap().subject().to_owned();
    assert_ne!(old.access_claims().await.unwrap().subject(), subject);

    // The subject decides, although the tokens of the record cannot be verified.
    let genuine = record(&*store, key).await.unwrap();
    let mut unverifiable = genuine.clone();
    unverifiable["access_token"] = "e30.e30.e30".into();
    put(&*store, key, &unverifiable).await;
    let error = old.refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionEnded);
    assert_eq!(record(&*store, key).await.unwrap(), unverifiable);
    put(&*store, key, &genuine).await;
    assert_eq!(genuine["subject"], subject);
    new.refresh().await.unwrap();
}

#[tokio::test]
async fn two_programs_that_refresh_at_the_same_time_without_a_grace_period_lose_nothing() {
    let (fixture, another, store) = two_programs(rotating(0));
    let first = fixture.signed_in("erin").await;
    let second = restored(&another, first.key().unwrap()).await;
    store.delay();
    for _ in 0..3 {
        fixture.advance(3600);
        let (one, two) = tokio::join!(token(&first), token(&second));
        assert_eq!(one, two);
    }
    assert_eq!(fixture.wire.seen(REFRESH).len(), 3);
    let (one, two) = tokio::join!(first.refresh(), second.refresh());
    one.unwrap();
    two.unwrap();
    store.heal();
    first.refresh().await.unwrap();
    second.refresh().await.unwrap();
}

#[tokio::test]
async fn a_failed_refresh_does_not_keep_another_program_waiting() {
    let (fixture, another, store) = two_programs(rotating(0));
    let first = fixture.signed_in("frank").await;
    let key = first.key().unwrap();
    let second = restored(&another, key).await;
    fixture.wire.on(REFRESH, Action::Unreachable);
    first.refresh().await.unwrap_err();
    fixture.wire.heal();
    assert!(record(&*store, key).await.unwrap().get("claim").is_none());
    let refresh = second.refresh();
    tokio::time::timeout(std::time::Duration::from_secs(5), refresh).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_claim_of_a_program_that_was_killed_expires() {
    let (fixture, _, store) = two_programs(rotating(0));
    let session = fixture.signed_in("grace").await;
    let key = session.key().unwrap();
    let mut claimed = record(&*store, key).await.unwrap();
    let now = fixture.local.clock().now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let until = u64::try_from(now.as_millis()).unwrap() + 30_000;
    claimed["claim"] = json!({ "holder": 1, "until": until });
    put(&*store, key, &claimed).await;
    let first = token(&session).await;
    let refresh = tokio::spawn({
        let session = session.clone();
        async move { session.refresh().await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(token(&session).await, first, "no caller waits for it");
    assert!(fixture.wire.seen(REFRESH).is_empty(), "the other program may be refreshing");
    fixture.advance(30);
    refresh.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_claim_by_a_clock_that_is_ahead_delays_a_refresh_only_for_its_lifetime() {
    let (fixture, _, store) = two_programs(rotating(0));
    let session = fixture.signed_in("grace").await;
    let key = session.key().unwrap();
    let mut claimed = record(&*store, key).await.unwrap();
    claimed["claim"] = json!({ "holder": 1, "until": u64::MAX });
    put(&*store, key, &claimed).await;
    let lifetime = Duration::from_secs(CLAIM);
    let mut refresh = Box::pin(session.refresh());
    let early = tokio::time::timeout(lifetime - Duration::from_secs(1), &mut refresh).await;
    early.unwrap_err();
    assert!(fixture.wire.seen(REFRESH).is_empty(), "the other program may be refreshing");
    tokio::time::timeout(Duration::from_secs(2), refresh).await.unwrap().unwrap();
}

#[tokio::test]
async fn conflicts_with_other_programs_delay_a_refresh_and_at_last_fail_it() {
    let (fixture, _, store) = two_programs(rotating(0));
    let session = fixture.signed_in("grace").await;
    store.conflict_times(4);
    session.refresh().await.unwrap();
    store.conflict_times(5);
    let error = session.refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(error.is_transient() && !error.ends_session());
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1, "without a claim nothing is sent");
    session.refresh().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn newer_tokens_of_another_program_replace_unstored_ones_with_their_claims() {
    let (fixture, another, store) = two_programs(rotating(60));
    let first = fixture.signed_in("heidi").await;
    let second = restored(&another, first.key().unwrap()).await;
    // The record is claimed, and the new tokens cannot be saved.
    store.refuse_after(1);
    assert_eq!(first.refresh().await.unwrap_err().kind(), ErrorKind::Store);
    store.heal();
    fixture.advance(CLAIM);
    second.refresh().await.unwrap();
    // Another new token would hide the one of the second program, so the third refresh fails.
    fixture.wire.on(REFRESH, Action::Unreachable);
    fixture.advance(11);
    first.access_token().await.unwrap();
    let _ = first.refresh().await;
    assert_eq!(token(&first).await, token(&second).await);
    let (one, two) = (first.access_claims().await.unwrap(), second.access_claims().await.unwrap());
    assert_eq!(one.jti(), two.jti());
}

#[tokio::test]
async fn a_refused_session_is_deleted_from_the_store() {
    let (fixture, another, store) = two_programs(rotating(0));
    let first = fixture.signed_in("heidi").await;
    let key = first.key().unwrap().clone();
    let second = restored(&another, &key).await;
    fixture.admin("AdminUserGlobalSignOut", json!({ "Username": "heidi" }));
    fixture.advance(3600);
    for session in [first, second] {
        assert_eq!(session.access_token().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    }
    assert!(record(&*store, &key).await.is_none());
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1, "the second program sees that it is gone");
}

#[tokio::test]
async fn a_refused_refresh_ends_no_session_for_which_another_program_has_stored_new_tokens() {
    let (fixture, _, store) = two_programs(rotating(0));
    let session = fixture.signed_in("heidi").await;
    let key = session.key().unwrap().clone();
    let newer = fixture.sign_in("heidi").await;
    let (stored, _) = store.load(newer.key().unwrap()).await.unwrap().unwrap();
    // The other program stores them while the request of this one is under way.
    let shared = Arc::clone(&store);
    fixture.wire.rule(move |operation| {
        if operation != REFRESH {
            return Action::Pass;
        }
        let (_, revision) = shared.load(&key).now_or_never().unwrap().unwrap().unwrap();
        let swap = shared.swap(&key, Some(revision), Some(stored.clone()));
        swap.now_or_never().unwrap().unwrap();
        Action::refusal("RefreshTokenReuseException", "Refresh token reuse detected")
    });
    session.refresh().await.unwrap();
    assert_eq!(token(&session).await, token(&newer).await);
}

#[tokio::test]
async fn a_sign_out_keeps_the_record_of_a_session_that_replaced_it() {
    let (fixture, another, store) = two_programs(PoolSettings::default());
    let session = fixture.signed_in("quinn").await;
    let key = session.key().unwrap().clone();
    let newer = another.sign_in("quinn").password(PASSWORD).store_as(key.name()).await;
    let newer = done(newer.unwrap());
    session.sign_out().await.unwrap();
    let stored = record(&*store, &key).await.unwrap();
    assert_eq!(stored["access_token"], *token(&newer).await);
    newer.refresh().await.unwrap();
}

#[tokio::test]
async fn a_sign_out_deletes_a_record_that_another_program_has_claimed() {
    let (fixture, another, store) = two_programs(rotating(0));
    let first = fixture.signed_in("ivan").await;
    let key = first.key().unwrap().clone();
    let second = restored(&another, &key).await;
    // The claim is neither used nor released: the revision has changed, the tokens have not.
    let claimed = record(&*store, &key).await.unwrap();
    put(&*store, &key, &claimed).await;
    first.sign_out().await.unwrap();
    assert!(record(&*store, &key).await.is_none());
    assert_eq!(second.refresh().await.unwrap_err().kind(), ErrorKind::SessionEnded);
}

#[tokio::test]
async fn a_record_with_the_tokens_of_another_user_is_refused() {
    let (fixture, another, store) = two_programs(PoolSettings::default());
    let (alice, bob) = (fixture.signed_in("alice").await, fixture.signed_in("bob").await);
    let (of_alice, of_bob) = (alice.key().unwrap(), bob.key().unwrap());
    let genuine = record(&*store, of_alice).await.unwrap();
    let foreign = record(&*store, of_bob).await.unwrap();
    let mut mixed = genuine.clone();
    for member in ["access_token", "id_token", "refresh_token"] {
        mixed[member] = foreign[member].clone();
    }
    let mut renamed = genuine.clone();
    renamed["username"] = "bob".into();
    for wrong in [mixed, renamed] {
        put(&*store, of_alice, &wrong).await;
        let error = another.restore(of_alice).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidToken);
        assert_eq!(record(&*store, of_alice).await.unwrap(), wrong, "it is left as it is");
    }
    put(&*store, of_alice, &genuine).await;
    assert_eq!(restored(&another, of_alice).await.username(), "alice");
}

#[tokio::test]
async fn a_user_who_signed_in_with_an_alias_gets_the_real_name_once_it_is_known() {
    let settings = PoolSettings::default().pool_member("AliasAttributes", json!(["email"]));
    let (fixture, _, store) = two_programs(settings);
    fixture.register("judy").await;
    fixture.wire.on("GetKeySet", Action::Unreachable);
    let sign_in = fixture.pool.sign_in("judy@example.com").password(PASSWORD);
    let error = sign_in.store_as("browser").await.unwrap_err();
    let session = error.session().unwrap();
    let alias = session.username().to_owned();
    fixture.wire.heal();
    fixture.advance(2);
    session.refresh().await.unwrap();
    assert_eq!(session.username(), "judy", "not {alias}");
    assert_eq!(record(&*store, session.key().unwrap()).await.unwrap()["username"], "judy");
}

#[tokio::test(start_paused = true)]
async fn new_tokens_are_stored_although_the_store_fails_for_half_a_second() {
    let (fixture, _, store) = two_programs(rotating(0));
    let session = fixture.signed_in("olivia").await;
    for (milliseconds, is_stored) in [(90, true), (490, true), (510, false)] {
        // The record is claimed, and the save fails at first.
        store.refuse_after(1);
        let heal = async {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            store.heal();
        };
        let (refreshed, ()) = tokio::join!(session.refresh(), heal);
        assert_eq!(refreshed.is_ok(), is_stored, "{milliseconds} ms: {refreshed:?}");
        let stored = record(&*store, session.key().unwrap()).await.unwrap();
        assert_eq!(stored["access_token"], *token(&session).await);
    }
}

#[tokio::test(start_paused = true)]
async fn new_tokens_that_could_not_be_stored_are_stored_while_the_current_ones_are_fresh() {
    let (fixture, _, store) = two_programs(rotating(0));
    let session = fixture.signed_in("olivia").await;
    let first = token(&session).await;
    store.refuse_after(1);
    assert_eq!(session.refresh().await.unwrap_err().kind(), ErrorKind::Store);
    store.heal();
    fixture.advance(11); // the pause after the failure ends
    let mut events = session.events();
    assert_eq!(token(&session).await, first, "no caller waits for the store");
    let event = tokio::time::timeout(Duration::from_secs(60), events.next()).await;
    assert!(matches!(event, Ok(Some(SessionEvent::Refreshed { .. }))), "{event:?}");
    let stored = record(&*store, session.key().unwrap()).await.unwrap();
    assert_eq!(stored["access_token"], *token(&session).await);
    assert_eq!(fixture.wire.seen(REFRESH).len(), 1);
}
