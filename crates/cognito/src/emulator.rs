//! A local emulator of user pools, in this process or a separate one, for tests without AWS.
//!
//! Start at [`Emulator`].

#[cfg(feature = "wiremock")]
pub use cognito_emulator::Responder;
pub use cognito_emulator::{
    ChallengeResult, ClientSummary, Confirmation, CredentialsRecord, CustomAuth,
    CustomChallengeParameters, CustomChallengeResponse, Emulator, EmulatorBuilder, EmulatorError,
    FederatedUser, IdentityPoolSettings, ImportError, ImportedSeed, InProcessClient, InjectedFault,
    InvalidQuotas, IssuerStyle, LocalIdentityPool, LocalPool, Medium, Message, MessageKind,
    MessageRequest, MessageText, Mfa, MigratedUser, MigrationRequest, NextStep, PoolSettings,
    PoolSummary, QuotaUsage, Quotas, RequestRecord, SeedImport, SignInAttempt, SignInDone,
    SignUpDecision, SignUpRequest, SigningKeys, StateDurability, StateFileError, Support,
    TestClock, TokenChanges, TokenOccasion, TokensToIssue, identity_pool_operations, operations,
};

#[doc(no_inline)]
pub use crate::types::QuotaCategory;
use crate::{Error, UserPool};

/// Creates clients of a [`LocalPool`].
pub trait LocalPoolClients {
    /// Creates a client of the pool's app client, with the pool's endpoint, clock and issuer.
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
    /// The errors of [`UserPoolBuilder::build`](crate::sign_in::UserPoolBuilder::build).
    fn user_pool(&self) -> Result<UserPool, Error>;
}

impl LocalPoolClients for LocalPool {
    fn user_pool(&self) -> Result<UserPool, Error> {
        let builder = UserPool::builder(self.id(), self.client_id());
        let builder = builder.endpoint(self.endpoint()).clock(self.clock());
        // With TLS the issuer does not start with the endpoint, which is plain HTTP.
        let builder = match self.emulator().tls_endpoint() {
            Some(_) => builder.issuer(self.issuer()),
            None => builder,
        };
        match self.client_secret() {
            Some(secret) => builder.client_secret(secret).build(),
            None => builder.build(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tokens_of_a_pool_with_tls_are_accepted() {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).tls();
        let local = emulator.start().await.unwrap().create_pool(PoolSettings::default()).unwrap();
        local.add_user("alice", "Correct-horse1").unwrap();
        let pool = local.user_pool().unwrap();
        assert!(pool.sign_in("alice").password("Correct-horse1").await.is_ok());
    }
}
