//! Passwords of users, kept as SRP verifiers and in no other form.

use cognito_srp::{Identity, PasswordVerifier};

use super::error::ApiError;
use super::scope::Scope;
use super::user::User;

impl Scope<'_> {
    /// The verifier of a password with a fresh salt.
    pub(crate) fn verifier_of(
        &mut self,
        username: &str,
        password: &str,
    ) -> Result<PasswordVerifier, ApiError> {
        let pool_name = self.pool.id.pool_name().to_owned();
        let identity = Identity::user(&pool_name, username);
        PasswordVerifier::generate(identity, password, &mut self.random)
            .map_err(|error| ApiError::invalid_parameter(error.to_string()))
    }
}

impl User {
    /// Whether that is the user's password.
    pub(crate) fn has_password(&self, pool_name: &str, password: &str) -> bool {
        self.password.matches(Identity::user(pool_name, &self.username), password)
    }
}
