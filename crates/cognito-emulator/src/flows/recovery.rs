//! Forgotten passwords: sending a code to a verified address, and setting a new password.

use crate::flows::auth_event;
use crate::flows::context::Context;
use crate::flows::delivery::{self, Outgoing};
use crate::flows::sign_in::factors::second_factors;
use crate::flows::step::Step;
use crate::flows::triggers::{Confirmation, PostConfirmation};
use crate::flows::{migration, password, registration};
use crate::model::ServiceError;
use crate::state::address::Address;
use crate::state::alias::TakenAlias;
use crate::state::auth_event::EventKind;
use crate::state::code::{SentCode, ended, wrong_code};
use crate::state::limits::Limited;
use crate::state::outbox::MessageKind;
use crate::state::pool::Pool;
use crate::state::settings::PoolSettings;
use crate::state::user::{User, UserStatus};

/// The validity of a code in seconds.
const CODE_SECONDS: u64 = 3600;

/// Sends a code for a forgotten password, and returns its destination.
pub(crate) async fn begin(
    context: &Context,
    client_id: &str,
    given_name: &str,
) -> Result<Address, ServiceError> {
    // The result does not depend on the user, so that it reveals nothing if users are hidden.
    context.step(|step| check_recovery(&step.pool.settings))?;
    migration::bring_in(context, client_id, given_name, None).await?;
    let (address, message) = context.step(|step| code_for(step, client_id, given_name))?;
    delivery::send_all(context, message).await?;
    Ok(address)
}

/// A request to replace a forgotten password.
pub(crate) struct NewPassword {
    pub(crate) client_id: String,
    pub(crate) given_name: String,
    pub(crate) code: String,
    pub(crate) password: String,
}

/// Sets a new password after verifying the code.
pub(crate) async fn complete(context: &Context, new: NewPassword) -> Result<(), ServiceError> {
    let event = context.step(|step| replace(step, &new))?;
    context.call_trigger::<PostConfirmation>(event).await?;
    Ok(())
}

/// Requires a user to reset the password, and sends a code.
pub(crate) async fn reset(context: &Context, given_name: &str) -> Result<(), ServiceError> {
    let message = context.step(|step| {
        let username = step.pool.username_or_sub_for(given_name);
        let username = username.ok_or_else(ServiceError::user_unknown)?.to_owned();
        check_recovery(&step.pool.settings)?;
        let address = address(step.pool, &username)?;
        let date = step.date();
        let user = step.pool.user_mut(&username)?;
        (user.status, user.modified) = (UserStatus::ResetRequired, date);
        new_code(step, &username, address)
    })?;
    delivery::send(context, message).await
}

/// Replaces the password of a user who is signed in.
pub(crate) fn change(
    step: &mut Step<'_>,
    username: &str,
    previous: Option<&str>,
    proposed: &str,
) -> Result<(), ServiceError> {
    check_previous(step, username, previous)?;
    step.pool.settings.password_policy().check(proposed)?;
    let status = step.pool.user_mut(username)?.status;
    password::set(step, username, proposed, status)?;
    auth_event::record(step, username, EventKind::PasswordChange);
    Ok(())
}

fn code_for(
    step: &mut Step<'_>,
    client_id: &str,
    given_name: &str,
) -> Result<(Address, Option<Outgoing>), ServiceError> {
    let hides_users = step.pool.client(client_id)?.settings.hides_users();
    let now = step.since_epoch();
    let username = step.pool.known_or_flattened(given_name);
    let address = match step.pool.users.get(&username) {
        Some(_) => address(step.pool, &username),
        None => Err(ServiceError::unknown_to_client()),
    };
    let address = match address {
        Ok(address) => address,
        // A missing address is hidden as well.
        Err(_) if hides_users => {
            step.pool.hourly_limits.take(Limited::ForgotPassword, &username, now)?;
            return Ok((Address::simulated(&username), None));
        }
        Err(refused) => return Err(refused),
    };
    step.pool.hourly_limits.take(Limited::ForgotPassword, &username, now)?;
    let message = new_code(step, &username, address.clone())?;
    auth_event::record(step, &username, EventKind::ForgotPassword);
    Ok((address, Some(message)))
}

fn new_code(
    step: &mut Step<'_>,
    username: &str,
    address: Address,
) -> Result<Outgoing, ServiceError> {
    let kind = MessageKind::ForgotPassword;
    let (sent, message) = delivery::new_code(step, username, address, kind, CODE_SECONDS)?;
    step.pool.user_mut(username)?.change_extras(|extras| extras.recovery = Some(sent));
    Ok(message)
}

/// Returns the destination of a code for a forgotten password.
fn address(pool: &Pool, username: &str) -> Result<Address, ServiceError> {
    let user = pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    user.check_enabled()?;
    if matches!(user.status, UserStatus::ForceChangePassword | UserStatus::ExternalProvider) {
        const MESSAGE: &str = "User password cannot be reset in the current state.";
        return Err(ServiceError::not_authorized(MESSAGE));
    }
    let attributes = pool.settings.recovery_attributes();
    // With AccountRecoverySetting, an address that receives the user's codes of MFA cannot also
    // recover the password (API reference).
    let factors = match pool.settings.has_legacy_recovery() {
        true => Vec::new(),
        false => second_factors(pool, username)?,
    };
    let of_factors: Vec<_> = factors.iter().filter_map(|factor| factor.attribute()).collect();
    let mut usable = attributes.into_iter().filter(|attribute| !of_factors.contains(attribute));
    let verified = |attribute| User::verified_address(user, attribute);
    usable.find_map(verified).ok_or_else(|| {
        ServiceError::invalid_parameter(
            "Cannot reset password for the user as there is no registered/verified email or \
             phone_number",
        )
    })
}

fn replace(step: &mut Step<'_>, new: &NewPassword) -> Result<Confirmation, ServiceError> {
    let NewPassword { client_id, given_name, code, password } = new;
    let hides_users = step.pool.client(client_id)?.settings.hides_users();
    step.pool.settings.password_policy().check(password)?;
    let username = step.pool.known_or_flattened(given_name);
    let user = step.pool.users.get(&username);
    // Disabled users are hidden here as well (developer guide).
    if hides_users && user.is_none_or(|user| !user.enabled) {
        return Err(simulated_refusal(step, &username));
    }
    if user.is_none() {
        return Err(ServiceError::unknown_to_client());
    }
    let address = check_code(step, &username, code)?;
    password::set(step, &username, password, UserStatus::Confirmed)?;
    // The operation has no AliasExistsException. If another user has the alias by now, the address
    // is not verified.
    let _moved = step.pool.verify_address(&username, &address, TakenAlias::Refuse);
    step.pool.user_mut(&username)?.change_extras(|extras| extras.recovery = None);
    Ok(registration::confirmation(step, &username, true))
}

fn check_code(step: &mut Step<'_>, username: &str, code: &str) -> Result<Address, ServiceError> {
    let (now, moment) = (step.now(), step.since_epoch());
    let pool = &mut *step.pool;
    let user = pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    user.check_enabled()?;
    pool.hourly_limits.check(Limited::ConfirmForgotPassword, username, moment)?;
    SentCode::check(user.extras().recovery.as_ref(), code, now).cloned().inspect_err(|_| {
        pool.hourly_limits.count(Limited::ConfirmForgotPassword, username, moment);
    })
}

/// Returns the rejection that an existing user would receive for a wrong code.
fn simulated_refusal(step: &mut Step<'_>, username: &str) -> ServiceError {
    let now = step.since_epoch();
    let limits = &mut step.pool.hourly_limits;
    match limits.take(Limited::ConfirmForgotPassword, username, now) {
        Err(refused) => refused,
        Ok(()) if limits.any(Limited::ForgotPassword, username, now) => wrong_code(),
        Ok(()) => ended(),
    }
}

/// Verifies the previous password, which only a user without a password can omit.
fn check_previous(
    step: &mut Step<'_>,
    username: &str,
    previous: Option<&str>,
) -> Result<(), ServiceError> {
    let now = step.since_epoch();
    let pool = &mut *step.pool;
    let user = pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    pool.hourly_limits.check(Limited::ChangePassword, username, now)?;
    match previous {
        None if user.password.is_none() => Ok(()),
        None => Err(ServiceError::missing_parameter("OldPassword")),
        Some(previous) if user.has_password(pool.id.pool_name(), previous) => Ok(()),
        Some(_) => {
            pool.hourly_limits.count(Limited::ChangePassword, username, now);
            Err(ServiceError::bad_credentials())
        }
    }
}

/// Rejects the request if only administrators can reset passwords.
fn check_recovery(settings: &PoolSettings) -> Result<(), ServiceError> {
    match settings.recovery_attributes().is_empty() {
        true => Err(ServiceError::not_authorized("Contact administrator to reset password.")),
        false => Ok(()),
    }
}
