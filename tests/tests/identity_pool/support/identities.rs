//! A user pool of the emulator with an identity pool.

use std::sync::Arc;
use std::time::Duration;

use cognito::MemoryStore;
use cognito::identity_pool::{IdentityPoolCredentials, IdentityPoolCredentialsBuilder};
use cognito::session::TokenSource;
use cognito::sign_in::Retries;
use cognito_emulator::{IdentityPoolSettings, LocalIdentityPool, PoolSettings};
use cognito_tests::fixture::Fixture;
use serde_json::Value;

/// A user pool with the client of the library, and an identity pool.
pub struct Identities {
    pub users: Fixture,
    pub pool: LocalIdentityPool,
}

impl Identities {
    /// Creates an identity pool for the users of the pool.
    pub fn new() -> Self {
        Self::with(|settings| settings)
    }

    /// Creates an identity pool with these settings.
    pub fn with(set_up: impl FnOnce(IdentityPoolSettings) -> IdentityPoolSettings) -> Self {
        let users = Fixture::new(PoolSettings::default());
        let settings = IdentityPoolSettings::default().user_pool(&users.local);
        let pool = users.local.emulator().create_identity_pool(set_up(settings)).unwrap();
        Self { users, pool }
    }

    /// Returns the settings of a provider for a session.
    pub fn builder(&self, tokens: impl TokenSource) -> IdentityPoolCredentialsBuilder {
        let builder = IdentityPoolCredentials::builder(self.pool.id());
        self.connected(builder.session(tokens))
    }

    /// Returns a provider for a session.
    pub fn provider(&self, tokens: impl TokenSource) -> IdentityPoolCredentials {
        self.builder(tokens).build().unwrap()
    }

    /// Returns a provider for a guest, with a cache.
    pub fn guest(&self, cache: Arc<MemoryStore>) -> IdentityPoolCredentials {
        let builder = IdentityPoolCredentials::builder(self.pool.id()).guest();
        self.connected(builder).identity_cache(cache).build().unwrap()
    }

    /// Adds the client's connection to a builder, and the clock.
    pub fn connected(
        &self,
        builder: IdentityPoolCredentialsBuilder,
    ) -> IdentityPoolCredentialsBuilder {
        let builder = builder.endpoint(self.pool.endpoint()).clock(self.users.local.clock());
        let retries = Retries::default().first_pause(Duration::ZERO);
        builder.http_client(self.users.wire.clone()).retries(retries)
    }

    /// Returns the role of the provider's credentials.
    pub async fn role(&self, provider: &IdentityPoolCredentials) -> String {
        let issued = provider.credentials().await.unwrap();
        let key = issued.credentials().access_key_id();
        self.pool.emulator().issued_credentials(key).unwrap().role_arn
    }

    /// Calls an operation of the emulator.
    pub fn call(&self, operation: &str, input: Value) -> Value {
        self.pool.emulator().call(operation, &input).unwrap()
    }

    /// Returns the number of requests of an operation.
    pub fn count(&self, operation: &str) -> usize {
        self.users.wire.seen(operation).len()
    }
}
