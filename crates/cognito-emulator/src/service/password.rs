//! Passwords of users, kept as SRP verifiers and in no other form.

use cognito_srp::{Identity, PasswordVerifier};

use super::auth_event::AskedFor;
use super::error::ApiError;
use super::scope::Scope;
use super::user::{User, UserStatus};

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

    /// Gives a user a password that does not end, and a status with it.
    pub(crate) fn set_password(
        &mut self,
        username: &str,
        password: &str,
        status: UserStatus,
    ) -> Result<(), ApiError> {
        let verifier = self.verifier_of(username, password)?;
        let date = self.date();
        let user = self.pool.user_mut(username)?;
        (user.password, user.password_ends) = (Some(verifier), None);
        (user.status, user.modified) = (status, date);
        self.pool.lockouts.forget(username);
        Ok(())
    }

    /// Checks a password that came in the clear; wrong ones count towards the lockout.
    ///
    /// A user who does not exist is refused in the same way.
    pub(crate) fn check_password(
        &mut self,
        username: &str,
        password: &str,
    ) -> Result<(), ApiError> {
        let now = self.since_epoch();
        self.pool.lockouts.check(username, now)?;
        let pool_name = self.pool.id.pool_name();
        let user = self.pool.users.get(username);
        if user.is_some_and(|user| user.has_password(pool_name, password)) {
            self.pool.lockouts.forget(username);
            return Ok(());
        }
        self.pool.lockouts.failed(username, now);
        self.record_failure(username, AskedFor::Password);
        Err(ApiError::bad_credentials())
    }
}

impl User {
    /// Whether that is the user's password.
    pub(crate) fn has_password(&self, pool_name: &str, password: &str) -> bool {
        let identity = Identity::user(pool_name, &self.username);
        self.password.as_ref().is_some_and(|verifier| verifier.matches(identity, password))
    }
}
