//! User pools in this process or in one of their own, for tests without AWS.
//!
//! Start at [`Emulator`].

pub use cognito_emulator::*;

use crate::{Error, UserPool};

/// Clients of a [`LocalPool`].
pub trait LocalPoolClients {
    /// Creates a client of the pool through its app client, with the pool's endpoint and clock.
    ///
    /// ```
    /// use cognito::emulator::{Emulator, LocalPoolClients, PoolSettings};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let local = Emulator::start().await?.create_pool(PoolSettings::default())?;
    /// local.add_user("alice", "Correct-horse1")?;
    /// let pool = local.user_pool()?;
    /// pool.sign_in("alice").password("Correct-horse1").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`UserPoolBuilder::build`](crate::sign_in::UserPoolBuilder::build).
    fn user_pool(&self) -> Result<UserPool, Error>;
}

impl LocalPoolClients for LocalPool {
    fn user_pool(&self) -> Result<UserPool, Error> {
        let builder = UserPool::builder(self.id(), self.client_id());
        let builder = builder.endpoint(self.endpoint()).clock(self.clock());
        match self.client_secret() {
            Some(secret) => builder.client_secret(secret).build(),
            None => builder.build(),
        }
    }
}
