//! Pools, stores and records of the session suite.

use std::sync::Arc;
use std::time::Duration;

use cognito::session::{SessionKey, StoredSession};
use cognito::{MemoryStore, Session, TokenStore, UserPool};
use cognito_emulator::PoolSettings;
use cognito_tests::fixture::Fixture;
use cognito_tests::unreliable::Unreliable;
use serde_json::{Value, json};

/// The operation that refreshes tokens.
pub(crate) const REFRESH: &str = "GetTokensFromRefreshToken";

/// The duration of a program's claim of a stored session in seconds.
pub(crate) const CLAIM: u64 = 35;

/// The age in seconds of a claim that is ignored although the clocks of programs may differ.
pub(crate) const OLD_CLAIM: u64 = CLAIM + 300;

/// Returns a pool that rotates refresh tokens, with a grace period in seconds.
pub(crate) fn rotating(grace: u64) -> PoolSettings {
    let rotation = json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": grace });
    PoolSettings::default().client_member("RefreshTokenRotation", rotation)
}

/// Returns a pool, a client with a store, and another client with the same store.
pub(crate) fn two_programs(
    settings: PoolSettings,
) -> (Fixture, UserPool, Arc<Unreliable<MemoryStore>>) {
    let store = Arc::new(Unreliable::new(MemoryStore::default()));
    let shared = || Arc::<Unreliable<MemoryStore>>::clone(&store);
    let fixture = Fixture::with(settings, |builder| builder.token_store(shared()));
    let another = fixture.another_client(|builder| builder.token_store(shared()));
    (fixture, another, store)
}

/// Returns the current access token.
pub(crate) async fn token(session: &Session) -> String {
    session.access_token().await.unwrap().expose_secret().to_owned()
}

/// Returns the stored session as JSON.
pub(crate) async fn record(store: &dyn TokenStore, key: &SessionKey) -> Option<Value> {
    let (stored, _) = store.load(key).await.unwrap()?;
    Some(serde_json::from_slice(stored.expose_secret()).unwrap())
}

/// Replaces the stored session, as another program does.
pub(crate) async fn put(store: &dyn TokenStore, key: &SessionKey, record: &Value) {
    let bytes = StoredSession::from(serde_json::to_vec(record).unwrap());
    let revision = store.load(key).await.unwrap().map(|(_, revision)| revision);
    store.swap(key, revision, Some(bytes)).await.unwrap();
}

/// Waits until the stored session is claimed, and returns it.
pub(crate) async fn claimed(store: &dyn TokenStore, key: &SessionKey) -> Value {
    loop {
        let record = record(store, key).await.unwrap();
        if record.get("claim").is_some() {
            return record;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

/// Restores a stored session.
pub(crate) async fn restored(pool: &UserPool, key: &SessionKey) -> Session {
    pool.restore(key).await.unwrap().unwrap()
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
