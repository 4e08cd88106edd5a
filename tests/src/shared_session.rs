//! A session that is changed concurrently.

use cognito::session::{Revision, SessionKey, Swap};
use cognito::{FileStore, TokenStore};

/// The length of sessions of [`write_long`], which need many system writes.
pub const LONG: usize = 300_000;

/// Returns the key of the session.
pub fn key() -> SessionKey {
    SessionKey::new("eu-west-1_Shared".parse().unwrap(), "client".into(), "shared")
}

/// Returns the session's bytes and revision.
pub async fn read(store: &FileStore) -> Option<(Vec<u8>, Revision)> {
    let loaded = store.load(&key()).await.unwrap();
    loaded.map(|(session, revision)| (session.expose_secret().to_vec(), revision))
}

/// Returns the session as a number.
pub async fn count(store: &FileStore) -> u64 {
    let bytes = read(store).await.map_or_else(|| b"0".to_vec(), |(bytes, _)| bytes);
    String::from_utf8(bytes).unwrap().parse().unwrap()
}

/// Increments the number, also under concurrent increments.
pub async fn add_one(store: &FileStore) {
    loop {
        let loaded = read(store).await;
        let (number, revision) = match loaded {
            Some((bytes, revision)) => (String::from_utf8(bytes).unwrap(), Some(revision)),
            None => ("0".to_owned(), None),
        };
        let next = (number.parse::<u64>().unwrap() + 1).to_string().into_bytes();
        match store.swap(&key(), revision, Some(next.into())).await.unwrap() {
            Swap::Done(_) => return,
            _ => continue,
        }
    }
}

/// Replaces the session by a long one of one letter.
pub async fn write_long(store: &FileStore, letter: u8) {
    let revision = read(store).await.map(|(_, revision)| revision);
    store.swap(&key(), revision, Some(vec![letter; LONG].into())).await.unwrap();
}
