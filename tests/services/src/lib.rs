//! A pool of the emulator, programs with a token store, and an actix-web service.

pub mod actix;
#[path = "../../src/logs.rs"]
pub mod logs;
#[path = "../../src/planted.rs"]
pub mod planted;
#[path = "../../src/store_contract.rs"]
pub mod store_contract;

use std::time::Duration;

use cognito::{Session, SignIn, UserPool};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};

use crate::store_contract::Handle;

const PASSWORD: &str = "Correct-horse1";

/// A pool with the user `alice`.
pub struct Pool(LocalPool);

impl Pool {
    /// Creates the pool.
    pub fn new() -> Self {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
        let local = emulator.create_pool(PoolSettings::default()).unwrap();
        local.add_user("alice", PASSWORD).unwrap();
        Self(local)
    }

    /// Creates another client with this store.
    pub fn program(&self, store: Handle) -> UserPool {
        let builder = UserPool::builder(self.0.id(), self.0.client_id());
        let builder = builder.endpoint(self.0.endpoint()).http_client(self.0.http_client());
        builder.clock(self.0.clock()).token_store(store).build().unwrap()
    }

    /// Signs alice in, and stores the session under her name.
    pub async fn sign_in(&self, program: &UserPool) -> Session {
        let sign_in = program.sign_in("alice").password(PASSWORD).store_as("alice").await;
        match sign_in.unwrap() {
            SignIn::Done(session) => session,
            SignIn::Challenge(challenge) => panic!("{} was returned", challenge.name()),
        }
    }

    /// Advances the clock by an hour, so that tokens expire.
    pub fn advance_an_hour(&self) {
        self.0.clock().advance(Duration::from_secs(3600));
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self::new()
    }
}

/// Checks that another client restores a session, and that its sign-out applies to both.
pub async fn check_sessions(one: Handle, other: Handle) {
    let pool = Pool::new();
    let (one, other) = (pool.program(one), pool.program(other));
    let session = pool.sign_in(&one).await;
    let key = session.key().unwrap();
    let restored = other.restore(key).await.unwrap().unwrap();
    pool.advance_an_hour();
    // Both need new tokens; one of them refreshes.
    let (first, second) = tokio::join!(session.access_token(), restored.access_token());
    assert_eq!(first.unwrap().expose_secret(), second.unwrap().expose_secret());
    restored.sign_out().await.unwrap();
    assert!(one.restore(key).await.unwrap().is_none());
}
