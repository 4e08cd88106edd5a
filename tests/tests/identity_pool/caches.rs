//! Caches of identities: in files, of several programs, and when they fail.

use std::sync::Arc;

use cognito::identity_pool::{IdentityCache, IdentityId, IdentityKey};
use cognito::session::StoreError;
use cognito::types::BoxFuture;
use cognito::{ErrorKind, FileStore, MemoryStore};
use serde_json::json;

use crate::support::{POOL, PROVIDER, Scene, identity};

fn in_files(directory: &tempfile::TempDir) -> Arc<FileStore> {
    Arc::new(FileStore::open(directory.path().join("sessions")).unwrap())
}

#[tokio::test]
async fn a_program_that_starts_again_sends_no_get_id() {
    let (scene, directory) = (Scene::new().await, tempfile::tempdir().unwrap());
    for _ in 0..3 {
        let provider = scene.builder().identity_cache(in_files(&directory)).build().unwrap();
        provider.credentials().await.unwrap();
        scene.guest(in_files(&directory)).credentials().await.unwrap();
    }
    assert_eq!(scene.counts().await, (2, 6), "one of the user and one of the guest");
}

#[tokio::test]
async fn the_key_is_that_of_the_pool_the_provider_and_the_user() {
    #[derive(Debug, Default)]
    struct Keys(std::sync::Mutex<Vec<IdentityKey>>);

    impl IdentityCache for Keys {
        fn find_identity(
            &self,
            key: &IdentityKey,
        ) -> BoxFuture<'_, Result<Option<IdentityId>, StoreError>> {
            self.0.lock().unwrap().push(key.clone());
            Box::pin(async { Ok(None) })
        }

        fn replace_identity(
            &self,
            _: &IdentityKey,
            _: Option<IdentityId>,
            new: Option<IdentityId>,
        ) -> BoxFuture<'_, Result<Option<IdentityId>, StoreError>> {
            Box::pin(async { Ok(new) })
        }
    }

    let (scene, keys) = (Scene::new().await, Arc::<Keys>::default());
    scene.builder().identity_cache(keys.clone()).build().unwrap().identity_id().await.unwrap();
    scene.guest(keys.clone()).identity_id().await.unwrap();
    let keys = keys.0.lock().unwrap();
    let read = |key: &IdentityKey| {
        let login = key.provider().zip(key.subject());
        let login = login.map(|(provider, subject)| (provider.to_owned(), subject.to_owned()));
        (key.pool().to_string(), login, key.is_guest())
    };
    let login = Some((PROVIDER.to_owned(), "alice".to_owned()));
    let expected = [(POOL.to_owned(), login, false), (POOL.to_owned(), None, true)];
    assert_eq!(keys.iter().map(read).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_guest_is_the_one_that_another_program_has_created_meanwhile() {
    let scene = Scene::without_responses().await;
    for number in [1, 2] {
        scene.server.answer("GetId", json!({ "IdentityId": identity(number) }));
        scene.issue(1);
    }
    let cache = Arc::new(MemoryStore::default());
    let (one, other) = (scene.guest(cache.clone()), scene.guest(cache));
    let (one, other) = tokio::join!(one.credentials(), other.credentials());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.identity_id(), other.identity_id());
    let sent = scene.server.sent("GetCredentialsForIdentity").await;
    assert_eq!(sent[0], sent[1], "both are of one identity");
}

/// A cache that cannot be used.
#[derive(Debug)]
struct Broken;

impl IdentityCache for Broken {
    fn find_identity(
        &self,
        _: &IdentityKey,
    ) -> BoxFuture<'_, Result<Option<IdentityId>, StoreError>> {
        Box::pin(async { Err(StoreError::new("the disk is gone")) })
    }

    fn replace_identity(
        &self,
        _: &IdentityKey,
        _: Option<IdentityId>,
        _: Option<IdentityId>,
    ) -> BoxFuture<'_, Result<Option<IdentityId>, StoreError>> {
        Box::pin(async { Err(StoreError::new("the disk is gone")) })
    }
}

#[tokio::test]
async fn a_user_needs_no_cache_and_a_guest_does() {
    let scene = Scene::new().await;
    let provider = scene.builder().identity_cache(Arc::new(Broken)).build().unwrap();
    provider.credentials().await.unwrap();
    let error = scene.guest(Arc::new(Broken)).credentials().await.unwrap_err();
    assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Store, true));
    assert_eq!(scene.counts().await, (1, 1), "no guest was created");
}

#[tokio::test]
async fn a_damaged_file_is_no_identity() {
    let (scene, directory) = (Scene::new().await, tempfile::tempdir().unwrap());
    let provider = || scene.builder().identity_cache(in_files(&directory)).build().unwrap();
    provider().credentials().await.unwrap();
    for entry in std::fs::read_dir(directory.path().join("sessions")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some() {
            std::fs::write(path, "damaged").unwrap();
        }
    }
    provider().credentials().await.unwrap();
    provider().credentials().await.unwrap();
    assert_eq!(scene.counts().await, (2, 3));
}
