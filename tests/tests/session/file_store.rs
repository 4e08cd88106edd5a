//! Stores in memory and in files: their contract, and sessions in files that are shared by tasks, stores and
//! processes, and written by a killed process.

use std::error::Error;
use std::process::{Child, Command};
use std::sync::Arc;

use cognito::session::{FileStoreError, StoreError, Swap};
use cognito::{ErrorKind, FileStore, MemoryStore, Session, TokenStore};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::{Fixture, done};
use cognito_tests::store_contract::{LONG, add_one, check, count, counter, load};
use tempfile::TempDir;

fn directory() -> (TempDir, FileStore) {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::open(home.path().join("sessions")).unwrap();
    (home, store)
}

/// Another process, which ends with the test even if the test fails.
struct Program(Child);

impl Program {
    fn start(store: &FileStore, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_change_session"));
        Self(command.arg(store.directory()).args(arguments).spawn().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_store_satisfies_the_contract() {
    let store = Arc::new(MemoryStore::default());
    check(Arc::<MemoryStore>::clone(&store), store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn file_store_satisfies_the_contract() {
    let home = tempfile::tempdir().unwrap();
    let open = || Arc::new(FileStore::open(home.path().join("sessions")).unwrap());
    check(open(), open()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_changes_of_tasks_and_stores_are_not_lost() {
    let (_home, store) = directory();
    let other = Arc::new(FileStore::open(store.directory()).unwrap());
    let one = Arc::new(store);
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let store = Arc::clone(if number % 2 == 0 { &one } else { &other });
            tokio::spawn(async move { add_one(&*store).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(count(&*one).await, 40);
}

#[tokio::test]
async fn concurrent_changes_of_programs_are_not_lost() {
    let (_home, store) = directory();
    let programs: Vec<_> = (0..4).map(|_| Program::start(&store, &["25"])).collect();
    for _ in 0..25 {
        add_one(&store).await;
    }
    for mut program in programs {
        assert!(program.0.wait().unwrap().success());
    }
    assert_eq!(count(&store).await, 125);
}

#[tokio::test]
async fn killed_program_leaves_a_complete_session() {
    let (_home, store) = directory();
    add_one(&store).await;
    let draft = store.directory().join("draft");
    let mut in_the_middle = 0;
    for _ in 0..40 {
        let program = Program::start(&store, &[]);
        let before = load(&store, &counter()).await.unwrap().1;
        while load(&store, &counter()).await.unwrap().1 == before {}
        // Kills the process during a write, as far as this can be observed from outside.
        while !draft.exists() {}
        drop(program);
        in_the_middle += u32::from(draft.exists());

        let (session, revision) = load(&store, &counter()).await.unwrap();
        assert_eq!(session.len(), LONG);
        assert!(
            session.iter().all(|letter| *letter == session[0]),
            "the bytes are of two sessions"
        );
        let next = store.swap(&counter(), Some(revision), Some(session.into())).await.unwrap();
        assert!(matches!(next, Swap::Done(_)));
        assert!(!draft.exists(), "the next change removes the draft");
    }
    println!("{in_the_middle} of 40 were killed before the draft was renamed");
    assert!(in_the_middle > 0);
}

#[tokio::test]
async fn session_continues_in_the_next_program() {
    let (home, store) = directory();
    let with_store =
        |store| |builder: cognito::sign_in::UserPoolBuilder| builder.token_store(store);
    let fixture = Fixture::with(PoolSettings::default(), with_store(Arc::new(store)));
    let session: Session = fixture.signed_in("alice").await;
    let (key, first) = (session.key().unwrap().clone(), session.tokens().unwrap());
    drop(session);

    let store = FileStore::open(home.path().join("sessions")).unwrap();
    let next = fixture.another_client(with_store(Arc::new(store)));
    fixture.advance(3600);
    let restored = next.restore(&key).await.unwrap().unwrap();
    let refreshed = restored.access_token().await.unwrap();
    assert_ne!(refreshed.expose_secret(), first.access_token().expose_secret());
    restored.sign_out().await.unwrap();
    assert!(next.restore(&key).await.unwrap().is_none());
    done(next.sign_in("alice").password(cognito_tests::fixture::PASSWORD).await.unwrap());
}

#[test]
fn missing_runtime_is_an_error() {
    let (_home, store) = directory();
    let loaded = futures_util::FutureExt::now_or_never(store.load(&counter())).unwrap();
    let error: StoreError = loaded.map(drop).unwrap_err();
    let source = error.source().unwrap().downcast_ref::<FileStoreError>().unwrap();
    assert!(matches!(source, FileStoreError::NoRuntime));
}

#[tokio::test]
async fn sign_in_replaces_a_session_that_cannot_be_read() {
    let (_home, store) = directory();
    let directory = store.directory().to_owned();
    let store = Arc::new(store);
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(store));
    fixture.register("trent").await;
    let key = fixture.sign_in_as("trent", "trent").await.key().unwrap().clone();
    let file = || {
        let files = std::fs::read_dir(&directory).unwrap().map(|file| file.unwrap().path());
        files.into_iter().find(|file| file.extension().is_some()).unwrap()
    };
    for content in
        [&b""[..], b"cognito session 9\nof a newer version, which is much longer than 58"]
    {
        std::fs::write(file(), content).unwrap();
        let another = FileStore::open(&directory).unwrap();
        let another = fixture.another_client(|builder| builder.token_store(Arc::new(another)));
        let error = another.restore(&key).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnreadableSession);
        assert!(!error.is_transient());
        let session = fixture.sign_in_as("trent", "trent").await;
        assert!(another.restore(&key).await.unwrap().is_some());
        std::fs::write(file(), content).unwrap();
        session.sign_out().await.unwrap();
        assert!(another.restore(&key).await.unwrap().is_none());
        fixture.sign_in_as("trent", "trent").await;
    }
}

#[tokio::test]
async fn session_is_kept_while_the_directory_is_missing() {
    let (_home, store) = directory();
    let directory = store.directory().to_owned();
    let store = Arc::new(store);
    let fixture = Fixture::with(PoolSettings::default(), |builder| builder.token_store(store));
    let session = fixture.signed_in("victor").await;
    let away = directory.with_extension("away");
    std::fs::rename(&directory, &away).unwrap();
    let error = session.refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(error.is_transient() && !error.ends_session());
    session.tokens().unwrap();
    std::fs::rename(&away, &directory).unwrap();
    session.refresh().await.unwrap();
    assert_eq!(session.user().await.unwrap().username(), "victor");
}
