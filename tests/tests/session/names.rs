//! Names of stored sessions, their end in other programs, and removal of old sessions.

use std::fs::OpenOptions;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cognito::account::{Factor, MfaPreference};
use cognito::sign_in::SavedChallenge;
use cognito::{Challenge, ErrorKind, FileStore, MemoryStore, Session, TokenStore, UserPool};
use cognito_emulator::{Mfa, PoolSettings};
use cognito_tests::fixture::{Fixture, PASSWORD, challenge, done};
use futures_util::future::join_all;

/// Returns a pool with sessions in files.
fn in_files() -> (tempfile::TempDir, Arc<FileStore>, Fixture) {
    let home = tempfile::tempdir().unwrap();
    let store = Arc::new(FileStore::open(home.path().join("sessions")).unwrap());
    let shared = Arc::<FileStore>::clone(&store);
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(shared));
    (home, store, fixture)
}

/// Returns the session for a web server's cookie.
async fn by_cookie(pool: &UserPool, cookie: &str) -> Option<Session> {
    pool.restore(&pool.random_session_key(cookie)?).await.unwrap()
}

/// Sets older dates for the files of all sessions.
fn age_files(store: &FileStore, age: Duration) {
    for entry in std::fs::read_dir(store.directory()).unwrap() {
        let file = OpenOptions::new().write(true).open(entry.unwrap().path()).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }
}

#[tokio::test]
async fn two_browsers_of_one_user_stay_signed_in() {
    let (home, _, fixture) = in_files();
    fixture.register("alice").await;
    let (one, two) = (fixture.sign_in("alice").await, fixture.sign_in("alice").await);
    let cookies = [&one, &two].map(|session| session.key().unwrap().name().to_owned());
    assert_ne!(cookies[0], cookies[1]);
    for session in [&one, &two] {
        session.refresh().await.unwrap();
        assert_eq!(session.user().await.unwrap().username(), "alice");
    }
    drop((one, two));

    let store = Arc::new(FileStore::open(home.path().join("sessions")).unwrap());
    let restarted = fixture.another_client(|builder| builder.token_store(store));
    for cookie in &cookies {
        let session = by_cookie(&restarted, cookie).await.unwrap();
        session.refresh().await.unwrap();
        assert_eq!(session.user().await.unwrap().username(), "alice");
    }
    by_cookie(&restarted, &cookies[0]).await.unwrap().sign_out().await.unwrap();
    assert!(by_cookie(&restarted, &cookies[0]).await.is_none());
    by_cookie(&restarted, &cookies[1]).await.unwrap().refresh().await.unwrap();
}

#[tokio::test]
async fn a_cookie_names_no_session_whose_name_can_be_guessed() {
    let (_home, _, fixture) = in_files();
    fixture.register("alice").await;
    let sign_in = fixture.pool.sign_in("alice").password(PASSWORD).store_as("alice");
    let session = done(sign_in.await.unwrap());
    assert_eq!(session.key().unwrap().name(), "alice");
    for cookie in ["alice", "device of alice", "", "AAAAAAAAAAAAAAAAAAAAAA==", "../alice"] {
        assert!(fixture.pool.random_session_key(cookie).is_none(), "{cookie}");
    }
}

#[tokio::test]
async fn a_random_name_has_128_bits_that_suit_a_cookie_and_is_not_printed() {
    let (_home, _, fixture) = in_files();
    let session = fixture.signed_in("bob").await;
    let key = session.key().unwrap();
    assert_eq!(key.name().len(), 22, "six bits a character");
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    assert!(key.name().bytes().all(is_safe), "{}", key.name());
    assert!(!format!("{key:?} {session:?}").contains(key.name()));
}

#[tokio::test]
async fn an_unknown_random_name_is_no_session() {
    let (_home, _, fixture) = in_files();
    let session = fixture.signed_in("carol").await;
    let key = session.key().unwrap().clone();
    session.sign_out().await.unwrap();
    assert!(fixture.pool.restore(&key).await.unwrap().is_none());
    for cookie in ["AAAAAAAAAAAAAAAAAAAAAA", "", "carol", "../lock"] {
        assert!(by_cookie(&fixture.pool, cookie).await.is_none(), "{cookie}");
    }
}

#[tokio::test]
async fn a_saved_challenge_keeps_the_name_that_was_given_or_gets_a_random_one() {
    let store = Arc::new(MemoryStore::default());
    let settings = PoolSettings::default().mfa(Mfa::Optional);
    let fixture = Fixture::with(settings, |builder| builder.token_store(store));
    let session = fixture.signed_in("dave").await;
    let app = session.associate_software_token().await.unwrap();
    app.verify(fixture.app_code(app.secret())).await.unwrap();
    let preference = MfaPreference::default().software_token(Factor::Preferred);
    session.set_mfa_preference(preference).await.unwrap();
    let mut names = Vec::new();
    for store_as in [Some("browser"), None, None] {
        fixture.advance(30);
        let sign_in = fixture.pool.sign_in("dave").password(PASSWORD);
        let sign_in = match store_as {
            Some(name) => sign_in.store_as(name),
            None => sign_in,
        };
        let saved = challenge(sign_in.await.unwrap()).save();
        let saved: SavedChallenge =
            serde_json::from_str(&serde_json::to_string(&saved).unwrap()).unwrap();
        let Challenge::SoftwareToken(mfa) = fixture.pool.resume(saved).unwrap() else {
            panic!("not the same challenge")
        };
        let session = done(mfa.respond(fixture.app_code(app.secret())).await.unwrap());
        names.push(session.key().unwrap().name().to_owned());
    }
    assert_eq!(names[0], "browser");
    assert!(names[1].len() == 22 && names[2].len() == 22 && names[1] != names[2]);
}

#[tokio::test]
async fn sessions_without_a_refresh_for_long_are_removed_and_others_stay() {
    let (_home, store, fixture) = in_files();
    fixture.register("erin").await;
    let (left, used) = (fixture.sign_in("erin").await, fixture.sign_in("erin").await);
    age_files(&store, Duration::from_secs(31 * 24 * 3600));
    used.refresh().await.unwrap();
    let validity = Duration::from_secs(30 * 24 * 3600);
    let removed = store.remove_unused_since(SystemTime::now() - validity).await.unwrap();
    assert_eq!(removed, 1);
    let (of_left, of_used) = (left.key().unwrap(), used.key().unwrap());
    assert!(store.load(of_left).await.unwrap().is_none());
    assert!(fixture.pool.restore(of_used).await.unwrap().is_some());
    used.refresh().await.unwrap();
    assert_eq!(left.refresh().await.unwrap_err().kind(), ErrorKind::SessionEnded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_in_use_survive_removals_at_the_same_time() {
    let (_home, store, fixture) = in_files();
    fixture.register("frank").await;
    for number in 0..150 {
        let key = fixture.pool.session_key(format!("left {number}"));
        store.swap(&key, None, Some(b"tokens".to_vec().into())).await.unwrap();
    }
    age_files(&store, Duration::from_secs(7200));
    let moment = SystemTime::now() - Duration::from_secs(3600);
    let sessions = join_all((0..4).map(|_| fixture.sign_in("frank"))).await;
    let another = FileStore::open(store.directory()).unwrap();
    let refresh = async |session: &Session| {
        for _ in 0..5 {
            session.refresh().await.unwrap();
        }
    };
    let (one, two, _) = tokio::join!(
        store.remove_unused_since(moment),
        another.remove_unused_since(moment),
        join_all(sessions.iter().map(refresh)),
    );
    assert_eq!(one.unwrap() + two.unwrap(), 150, "none is counted twice");
    for session in sessions {
        let key = session.key().unwrap().clone();
        assert!(store.load(&key).await.unwrap().is_some());
        session.refresh().await.unwrap();
    }
}
