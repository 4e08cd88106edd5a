//! The contract of token stores, checked through two handles of a store, and changes that tests make
//! concurrently.

use std::sync::Arc;

use cognito::TokenStore;
use cognito::session::{Revision, SessionKey, StoredSession, Swap};

/// The length of sessions of [`write_long`], which need many system writes.
pub const LONG: usize = 300_000;

/// A handle of a store. Two handles of one store simulate two programs.
pub type Handle = Arc<dyn TokenStore>;

/// Checks the contract with two handles of the same empty store.
pub async fn check(one: Handle, other: Handle) {
    sessions_are_stored_replaced_and_forgotten(&*one, &*other).await;
    a_stale_change_changes_nothing(&*one, &*other).await;
    a_revision_never_comes_back(&*one, &*other).await;
    sessions_are_told_apart_by_every_part_of_their_keys(&*one).await;
    bytes_are_returned_as_they_were_stored(&*one, &*other).await;
    concurrent_changes_are_all_counted(one, other).await;
}

async fn sessions_are_stored_replaced_and_forgotten(one: &dyn TokenStore, other: &dyn TokenStore) {
    let key = key("stored");
    assert_eq!(load(one, &key).await, None);
    let first = put(one, &key, None, b"first").await;
    assert_eq!(load(other, &key).await, Some((b"first".to_vec(), first)));
    let second = put(other, &key, Some(first), b"second").await;
    assert_ne!(first, second);
    assert_eq!(load(one, &key).await, Some((b"second".to_vec(), second)));
    let gone = one.swap(&key, Some(second), None).await.unwrap();
    assert!(matches!(gone, Swap::Done(_)));
    assert_eq!(load(one, &key).await, None);
    assert_eq!(load(other, &key).await, None);
}

async fn a_stale_change_changes_nothing(one: &dyn TokenStore, other: &dyn TokenStore) {
    let key = key("stale");
    let absent = Some(Revision::new(7));
    assert_eq!(one.swap(&key, absent, session(b"new")).await.unwrap(), Swap::Conflict);
    assert_eq!(one.swap(&key, absent, None).await.unwrap(), Swap::Conflict);
    assert_eq!(load(one, &key).await, None);
    let first = put(one, &key, None, b"first").await;
    let second = put(other, &key, Some(first), b"second").await;
    for expected in [None, Some(first), Some(Revision::new(second.number().wrapping_add(1)))] {
        for new in [session(b"third"), None] {
            assert_eq!(one.swap(&key, expected, new).await.unwrap(), Swap::Conflict);
        }
    }
    assert_eq!(load(one, &key).await, Some((b"second".to_vec(), second)));
}

async fn a_revision_never_comes_back(one: &dyn TokenStore, other: &dyn TokenStore) {
    let key = key("revisions");
    let mut seen = Vec::new();
    for round in 0..3 {
        let stored = put(one, &key, None, b"the same bytes").await;
        let gone = other.swap(&key, Some(stored), None).await.unwrap();
        assert!(matches!(gone, Swap::Done(_)), "round {round}");
        assert!(!seen.contains(&stored), "round {round}");
        seen.push(stored);
    }
    let last = put(one, &key, None, b"the same bytes").await;
    for old in seen {
        assert_ne!(old, last);
        assert_eq!(other.swap(&key, Some(old), None).await.unwrap(), Swap::Conflict);
    }
}

async fn sessions_are_told_apart_by_every_part_of_their_keys(store: &dyn TokenStore) {
    let of = |pool: &str, client: &str, name: &str| {
        SessionKey::new(pool.parse().unwrap(), client.into(), name)
    };
    let long = "x".repeat(10_000);
    let keys = [
        of("eu-west-1_One", "client", "apart"),
        of("eu-west-1_Two", "client", "apart"),
        of("eu-west-1_One", "other", "apart"),
        of("eu-west-1_One", "client", "Apart"),
        of("eu-west-1_One", "client", ""),
        of("eu-west-1_One", "client", "../apart\0\n*[a]{b}:"),
        of("eu-west-1_One", "client", "\u{e4}"),
        of("eu-west-1_One", "client", &long),
    ];
    for (number, key) in (0_u8..).zip(&keys) {
        put(store, key, None, &[number]).await;
    }
    for (number, key) in (0_u8..).zip(&keys) {
        assert_eq!(load(store, key).await.unwrap().0, [number]);
    }
}

async fn bytes_are_returned_as_they_were_stored(one: &dyn TokenStore, other: &dyn TokenStore) {
    let every: Vec<u8> = (0..=255).collect();
    for (name, bytes) in
        [("empty", Vec::new()), ("every", every.clone()), ("long", every.repeat(1000))]
    {
        put(one, &key(name), None, &bytes).await;
        let loaded = load(other, &key(name)).await;
        assert!(loaded.is_some_and(|(found, _)| found == bytes), "{name}");
    }
}

async fn concurrent_changes_are_all_counted(one: Handle, other: Handle) {
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let store = Arc::clone(if number % 2 == 0 { &one } else { &other });
            tokio::spawn(async move { add_one(&*store).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(count(&*one).await, 20);
}

/// Returns the number that [`add_one`] increments.
pub async fn count(store: &dyn TokenStore) -> u64 {
    let counted = load(store, &counter()).await.map(|(bytes, _)| bytes);
    String::from_utf8(counted.unwrap_or_else(|| b"0".to_vec())).unwrap().parse().unwrap()
}

/// Increments the stored number, also under concurrent increments.
pub async fn add_one(store: &dyn TokenStore) {
    let key = counter();
    loop {
        let (number, revision) = match load(store, &key).await {
            Some((bytes, revision)) => (String::from_utf8(bytes).unwrap(), Some(revision)),
            None => ("0".to_owned(), None),
        };
        let next = (number.parse::<u64>().unwrap() + 1).to_string();
        let swap = store.swap(&key, revision, session(next.as_bytes())).await.unwrap();
        if let Swap::Done(_) = swap {
            return;
        }
    }
}

/// Replaces the session of [`counter`] by a long one of one letter.
pub async fn write_long(store: &dyn TokenStore, letter: u8) {
    let revision = load(store, &counter()).await.map(|(_, revision)| revision);
    store.swap(&counter(), revision, session(&[letter; LONG])).await.unwrap();
}

/// Returns the key of the session that concurrent changes share.
pub fn counter() -> SessionKey {
    key("count")
}

fn key(name: &str) -> SessionKey {
    SessionKey::new("eu-west-1_Contract".parse().unwrap(), "client".into(), name)
}

fn session(bytes: &[u8]) -> Option<StoredSession> {
    Some(bytes.to_vec().into())
}

/// Returns the bytes and the revision of a session.
pub async fn load(store: &dyn TokenStore, key: &SessionKey) -> Option<(Vec<u8>, Revision)> {
    let loaded = store.load(key).await.unwrap();
    loaded.map(|(session, revision)| (session.expose_secret().to_vec(), revision))
}

async fn put(
    store: &dyn TokenStore,
    key: &SessionKey,
    expected: Option<Revision>,
    bytes: &[u8],
) -> Revision {
    match store.swap(key, expected, session(bytes)).await.unwrap() {
        Swap::Done(revision) => revision,
        other => panic!("{other:?} for {key:?}"),
    }
}
