//! A program that uses a store with the system keyring: `keyring_program TASK DIRECTORY`.
//!
//! The suite starts it with an unlocked, locked or missing keyring. It panics if an expectation of
//! the task is not met.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use cognito::session::{KeyringStore, KeyringStoreError, SessionKey, StoreError, Swap};
use cognito::{FileStore, TokenStore};
use cognito_services_tests::check_sessions;
use cognito_services_tests::store_contract::{add_one, check, count};

const SERVICE: &str = "cognito-services-tests";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = env::args().skip(1);
    let task = arguments.next().expect("the task is the first argument");
    let directory = PathBuf::from(arguments.next().expect("the directory is the second argument"));
    let open = || Arc::new(KeyringStore::open(SERVICE, directory.join("sessions")).unwrap());
    let store = open();
    match &*task {
        "contract" => check(store, open()).await,
        "sessions" => check_sessions(store, open()).await,
        "count" => {
            for _ in 0..25 {
                add_one(&*store).await;
            }
        }
        "counted" => assert_eq!(count(&*store).await, 50),
        "store" => put(&store).await,
        "load" => assert_eq!(load(&store).await.unwrap().as_deref(), Some(&b"tokens"[..])),
        "nothing" => assert_eq!(load(&store).await.unwrap(), None),
        "locked" => {
            refused(&store, |error| matches!(error, KeyringStoreError::Locked { .. })).await
        }
        "unavailable" => {
            refused(&store, |error| matches!(error, KeyringStoreError::Unavailable { .. })).await;
        }
        "sealed" => sealed(&store).await,
        "lose-key" => lose_key(&store, &open()).await,
        "change-key" => change_key(&store, &open()).await,
        "new-key" => new_key(&store, &open()).await,
        other => panic!("there is no task {other}"),
    }
}

fn key() -> SessionKey {
    SessionKey::new("eu-west-1_Keyring".parse().unwrap(), "client".into(), "alice")
}

async fn load(store: &KeyringStore) -> Result<Option<Vec<u8>>, StoreError> {
    let loaded = store.load(&key()).await?;
    Ok(loaded.map(|(session, _)| session.expose_secret().to_vec()))
}

async fn put(store: &KeyringStore) {
    let swap = store.swap(&key(), None, Some(b"tokens".to_vec().into())).await.unwrap();
    assert!(matches!(swap, Swap::Done(_)));
}

/// Checks that every operation fails with this error, and that no session counts as missing or
/// unreadable.
async fn refused(store: &KeyringStore, expected: impl Fn(&KeyringStoreError) -> bool) {
    let errors = [
        store.check().await.unwrap_err(),
        load(store).await.unwrap_err(),
        store.swap(&key(), None, Some(b"new".to_vec().into())).await.unwrap_err(),
    ];
    for error in errors {
        let cause = error.source().unwrap().downcast_ref().unwrap();
        assert!(expected(cause), "{error:?}");
        assert!(!error.is_unreadable());
    }
}

/// Checks that sessions in files are encrypted, and cannot be decrypted under another name.
async fn sealed(store: &KeyringStore) {
    put(store).await;
    let files = FileStore::open(store.directory()).unwrap();
    let (sealed, _) = files.load(&key()).await.unwrap().unwrap();
    let bytes = sealed.expose_secret().to_vec();
    assert!(!bytes.windows(6).any(|part| part == b"tokens"));
    let cut = bytes[..bytes.len() - 1].to_vec();
    for (name, bytes) in [("bob", bytes), ("carol", cut), ("dave", Vec::new())] {
        let key = SessionKey::new(key().pool().clone(), key().client().clone(), name);
        files.swap(&key, None, Some(bytes.into())).await.unwrap();
        let error = store.load(&key).await.unwrap_err();
        assert!(error.is_unreadable(), "{name}");
        let cause = error.source().unwrap().downcast_ref().unwrap();
        assert!(matches!(cause, KeyringStoreError::Damaged), "{name}");
        let swap = store.swap(&key, None, Some(b"new".to_vec().into())).await.unwrap();
        assert!(matches!(swap, Swap::Done(_)), "{name}: a sign-in replaces it");
    }
}

/// Deletes the key, after which the session is unreadable until it is replaced.
async fn lose_key(store: &KeyringStore, other: &KeyringStore) {
    put(store).await;
    delete_key().await;
    let error = load(other).await.unwrap_err();
    assert!(error.is_unreadable());
    let cause = error.source().unwrap().downcast_ref().unwrap();
    assert!(matches!(cause, KeyringStoreError::KeyMissing));
    put(other).await;
    assert_eq!(load(other).await.unwrap().as_deref(), Some(&b"tokens"[..]));
}

/// Checks that a program whose key was replaced can read sessions of both keys.
async fn change_key(store: &KeyringStore, other: &KeyringStore) {
    let bob = SessionKey::new(key().pool().clone(), key().client().clone(), "bob");
    store.swap(&bob, None, Some(b"of bob".to_vec().into())).await.unwrap();
    put(store).await;
    delete_key().await;
    put(other).await;
    assert_eq!(load(store).await.unwrap().as_deref(), Some(&b"tokens"[..]), "of the new key");
    // A session with the old key stays readable, and is encrypted with the new key when it is
    // stored again.
    let (session, revision) = store.load(&bob).await.unwrap().expect("bob is signed in");
    assert!(other.load(&bob).await.unwrap_err().is_unreadable());
    store.swap(&bob, Some(revision), Some(session)).await.unwrap();
    assert!(other.load(&bob).await.unwrap().is_some());
}

/// Checks that a session with a new name is stored with the key in the keyring.
async fn new_key(store: &KeyringStore, after_restart: &KeyringStore) {
    store.check().await.unwrap();
    delete_key().await;
    put(store).await;
    assert_eq!(load(after_restart).await.unwrap().as_deref(), Some(&b"tokens"[..]));
}

async fn delete_key() {
    tokio::task::spawn_blocking(|| {
        let keyring = zbus_secret_service_keyring_store::Store::new().unwrap();
        let keyring: Arc<keyring_core::CredentialStore> = keyring;
        let entry = keyring_core::Entry::new_in_store(&keyring, SERVICE, "key of stored sessions");
        entry.unwrap().delete_credential().unwrap();
    })
    .await
    .unwrap();
}
