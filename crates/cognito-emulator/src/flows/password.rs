//! Passwords of users, kept as SRP verifiers and in no other form.

use cognito_srp::{Identity, PasswordVerifier};

use crate::flows::auth_event::AskedFor;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::user::{User, UserStatus};

impl Step<'_> {
    /// The verifier of a password with a fresh salt.
    pub(crate) fn verifier_of(
        &mut self,
        username: &str,
        password: &str,
    ) -> Result<PasswordVerifier, ServiceError> {
        let pool_name = self.pool.id.pool_name().to_owned();
        let identity = Identity::user(&pool_name, username);
        PasswordVerifier::generate(identity, password, &mut self.random)
            .map_err(|error| ServiceError::invalid_parameter(error.to_string()))
    }

    /// Gives a user a password that does not end, and a status with it.
    pub(crate) fn set_password(
        &mut self,
        username: &str,
        password: &str,
        status: UserStatus,
    ) -> Result<(), ServiceError> {
        if status != UserStatus::ForceChangePassword {
            self.check_new(username, password)?;
        }
        let verifier = self.verifier_of(username, password)?;
        let (date, kept) =
            (self.date(), self.pool.settings.password_policy().password_history_size);
        let user = self.pool.user_mut(username)?;
        let past = user.password.replace(verifier).filter(|_| user.has_lasting_password());
        user.past_passwords.splice(..0, past);
        user.past_passwords.truncate(kept);
        user.password_ends = None;
        (user.status, user.modified) = (status, date);
        self.pool.lockouts.forget(username);
        Ok(())
    }

    /// Refuses a password that is among the user's last, of which the pool says how many count.
    fn check_new(&self, username: &str, password: &str) -> Result<(), ServiceError> {
        const USED: &str = "Password has previously been used.";
        let counted = self.pool.settings.password_policy().password_history_size;
        let user = self.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let current = user.password.as_ref().filter(|_| user.has_lasting_password());
        let last = current.into_iter().chain(&user.past_passwords).take(counted);
        let identity = || Identity::user(self.pool.id.pool_name(), &user.username);
        match last.into_iter().any(|verifier| verifier.matches(identity(), password)) {
            true => Err(ServiceError::password_history_policy_violation(USED)),
            false => Ok(()),
        }
    }

    /// Checks a password that came in the clear; wrong ones count towards the lockout.
    ///
    /// A user who does not exist is refused in the same way.
    pub(crate) fn check_password(
        &mut self,
        username: &str,
        password: &str,
    ) -> Result<(), ServiceError> {
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
        Err(ServiceError::bad_credentials())
    }
}

impl User {
    /// Whether the password is not one that an administrator gave for the first sign-in.
    fn has_lasting_password(&self) -> bool {
        self.status != UserStatus::ForceChangePassword
    }

    /// Whether that is the user's password.
    pub(crate) fn has_password(&self, pool_name: &str, password: &str) -> bool {
        let identity = Identity::user(pool_name, &self.username);
        self.password.as_ref().is_some_and(|verifier| verifier.matches(identity, password))
    }
}
