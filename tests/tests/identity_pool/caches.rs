//! Identity caches: in files, shared by programs, and on failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cognito::identity_pool::{IdentityCache, IdentityId, IdentityKey};
use cognito::session::StoreError;
use cognito::types::BoxFuture;
use cognito::{ErrorKind, FileStore, MemoryStore};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::support::{EXPIRED, POOL, PROVIDER, Scene, identity};

fn in_files(directory: &tempfile::TempDir) -> Arc<FileStore> {
    Arc::new(FileStore::open(directory.path().join("sessions")).unwrap())
}

#[tokio::test]
async fn restarted_program_sends_no_get_id() {
    let (scene, directory) = (Scene::new().await, tempfile::tempdir().unwrap());
    for _ in 0..3 {
        let provider = scene.builder().identity_cache(in_files(&directory)).build().unwrap();
        provider.credentials().await.unwrap();
        scene.guest(in_files(&directory)).credentials().await.unwrap();
    }
    assert_eq!(scene.counts().await, (2, 6), "one of the user and one of the guest");
}

#[tokio::test]
async fn key_contains_the_pool_the_provider_and_the_user() {
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
        let id =
            ResponseTemplate::new(200).set_body_json(json!({ "IdentityId": identity(number) }));
        scene.server.respond_with("GetId", id.set_delay(Duration::from_millis(100)));
    }
    let cache = Arc::new(MemoryStore::default());
    let (one, other) = (scene.guest(cache.clone()), scene.guest(cache));
    let (one, other) = tokio::join!(one.identity_id(), other.identity_id());
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(scene.counts().await, (2, 0), "both have created a guest");
}

/// The pool may be created again, or the endpoint be corrected.
#[tokio::test]
async fn a_guest_is_not_lost_when_no_other_can_be_created() {
    for exception in ["ResourceNotFoundException", "TooManyRequestsException"] {
        let scene = Scene::new().await;
        let cache = Arc::new(MemoryStore::default());
        scene.guest(cache.clone()).identity_id().await.unwrap();

        let elsewhere = Scene::without_responses().await;
        let missing = "Identity 'eu-west-1:0-1' not found.";
        let operation = "GetCredentialsForIdentity";
        elsewhere.server.refuse(operation, "ResourceNotFoundException", missing);
        elsewhere.server.refuse("GetId", exception, "");
        elsewhere.guest(cache.clone()).credentials().await.unwrap_err();

        let guest = scene.guest(cache).credentials().await.unwrap();
        assert_eq!(guest.identity_id().as_str(), identity(1));
        assert_eq!(scene.counts().await, (1, 1), "{exception}");
    }
}

#[tokio::test]
async fn cached_identity_takes_precedence_over_the_initial_one() {
    let scene = Scene::new().await;
    let cache = Arc::new(MemoryStore::default());
    scene.builder().identity_cache(cache.clone()).build().unwrap().identity_id().await.unwrap();
    let builder = scene.builder().identity_cache(cache);
    let provider = builder.initial_identity(identity(9).parse().unwrap()).build().unwrap();
    assert_eq!(provider.identity_id().await.unwrap().as_str(), identity(1));
    assert_eq!(scene.counts().await, (1, 0));
}

/// A cache that always fails, and counts the attempts.
#[derive(Debug, Default)]
struct Broken(AtomicUsize);

impl Broken {
    fn fail<T: Send>(&self) -> BoxFuture<'_, Result<T, StoreError>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Err(StoreError::new("the disk is gone")) })
    }
}

impl IdentityCache for Broken {
    fn find_identity(
        &self,
        _: &IdentityKey,
    ) -> BoxFuture<'_, Result<Option<IdentityId>, StoreError>> {
        self.fail()
    }

    fn replace_identity(
        &self,
        _: &IdentityKey,
        _: Option<IdentityId>,
        _: Option<IdentityId>,
    ) -> BoxFuture<'_, Result<Option<IdentityId>, StoreError>> {
        self.fail()
    }
}

#[tokio::test]
async fn a_user_needs_no_cache_and_a_guest_does() {
    let scene = Scene::new().await;
    let provider = scene.builder().identity_cache(Arc::<Broken>::default()).build().unwrap();
    provider.credentials().await.unwrap();
    let error = scene.guest(Arc::<Broken>::default()).credentials().await.unwrap_err();
    assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Store, true));
    assert_eq!(scene.counts().await, (1, 1), "no guest was created");
}

/// Each failure may take `STORE_TIMEOUT`.
#[tokio::test]
async fn a_cache_that_fails_is_used_once_in_a_request() {
    let (scene, cache) = (Scene::without_responses().await, Arc::<Broken>::default());
    scene.server.refuse("GetId", "NotAuthorizedException", EXPIRED);
    scene.server.respond("GetId", json!({ "IdentityId": identity(1) }));
    scene.issue(2);
    let builder = scene.builder().identity_cache(cache.clone());
    builder.build().unwrap().credentials().await.unwrap();
    assert_eq!((scene.counts().await, cache.0.load(Ordering::Relaxed)), ((2, 1), 1));
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
