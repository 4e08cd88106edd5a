//! Passwords of users, which are stored only as SRP verifiers.

use cognito_srp::{Identity, PasswordVerifier};

use crate::flows::auth_event;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::auth_event::EventChallenge;
use crate::state::pool::Pool;
use crate::state::user::UserStatus;

/// Returns the verifier of a password, with a new salt.
pub(crate) fn verifier(
    step: &mut Step<'_>,
    username: &str,
    password: &str,
) -> Result<PasswordVerifier, ServiceError> {
    let identity = Identity::user(step.pool.id.pool_name(), username);
    PasswordVerifier::generate(identity, password, &mut step.random)
        .map_err(|error| ServiceError::invalid_parameter(error.to_string()))
}

/// Sets a permanent password and a status.
pub(crate) fn set(
    step: &mut Step<'_>,
    username: &str,
    password: &str,
    status: UserStatus,
) -> Result<(), ServiceError> {
    if status != UserStatus::ForceChangePassword {
        check_new(step.pool, username, password)?;
    }
    let verifier = verifier(step, username, password)?;
    let (date, kept) = (step.date(), step.pool.settings.password_policy().password_history_size());
    let user = step.pool.user_mut(username)?;
    let past = user.password.replace(Box::new(verifier));
    let past = past.filter(|_| user.has_lasting_password()).map(|verifier| *verifier);
    user.change_extras(|extras| {
        extras.past_passwords.splice(..0, past);
        extras.past_passwords.truncate(kept);
    });
    user.password_ends = None;
    (user.status, user.modified) = (status, date);
    step.pool.lockouts.forget(username);
    Ok(())
}

/// Sets a temporary password, which expires and must be changed at the next sign-in.
pub(crate) fn set_temporary(
    step: &mut Step<'_>,
    username: &str,
    password: &str,
) -> Result<(), ServiceError> {
    set(step, username, password, UserStatus::ForceChangePassword)?;
    let ends = temporary_ends(step);
    step.pool.user_mut(username)?.password_ends = Some(ends);
    Ok(())
}

/// Returns the expiration of a temporary password that is set now, in seconds since 1970.
pub(crate) fn temporary_ends(step: &Step<'_>) -> u64 {
    let days = step.pool.settings.temporary_password_days();
    step.now().saturating_add(days.saturating_mul(86_400))
}

/// Verifies a plain password. A wrong password counts towards the lockout.
///
/// A user who does not exist is rejected in the same way.
pub(crate) fn check(
    step: &mut Step<'_>,
    attempt: &Attempt,
    password: &str,
) -> Result<(), ServiceError> {
    let (username, now) = (&*attempt.username, step.since_epoch());
    step.pool.lockouts.check(username, now)?;
    let pool_name = step.pool.id.pool_name();
    let user = step.pool.users.get(username);
    if user.is_some_and(|user| user.has_password(pool_name, password)) {
        step.pool.lockouts.forget(username);
        return Ok(());
    }
    step.pool.lockouts.failed(username, now);
    auth_event::record_failure(step, username, EventChallenge::Password);
    Err(rejection(step.pool, attempt))
}

/// Returns the rejection of a wrong password. An imported user has no password and must reset it,
/// which any password reports, unless the app client hides users (developer guide, "Requiring
/// imported users to reset their passwords").
pub(crate) fn rejection(pool: &Pool, attempt: &Attempt) -> ServiceError {
    let user = pool.users.get(&attempt.username);
    let is_imported = user
        .is_some_and(|user| user.status == UserStatus::ResetRequired && user.password.is_none());
    let client = pool.client(&attempt.client_id);
    let is_hidden = client.is_ok_and(|client| client.settings.hides_users());
    match is_imported && !is_hidden {
        true => ServiceError::reset_required(),
        false => ServiceError::bad_credentials(),
    }
}

/// Rejects a password that the user had recently, by the password history of the pool.
fn check_new(pool: &Pool, username: &str, password: &str) -> Result<(), ServiceError> {
    let counted = pool.settings.password_policy().password_history_size();
    let user = pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    let current = user.password.as_deref().filter(|_| user.has_lasting_password());
    let mut last = current.into_iter().chain(&user.extras().past_passwords).take(counted);
    let identity = || Identity::user(pool.id.pool_name(), &user.username);
    match last.any(|verifier| verifier.matches(identity(), password)) {
        true => Err(ServiceError::password_history_policy_violation(
            "Password has previously been used.",
        )),
        false => Ok(()),
    }
}
