//! Passwords: forgotten, reset by an administrator, and changed.

use crate::flows::step::Step;
use crate::operations::subject::check_secret_hash;
use crate::operations::subject::find_user;
use crate::state::sign_in_record::SignInRecord;
use serde::Deserialize;
use serde_json::json;

use crate::flows::alias::TakenAlias;
use crate::flows::auth_event::EventKind;
use crate::flows::delivery::{Address, SentCode, ended, simulated_details, wrong_code};
use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::subject::{ClientUserRequest, UserRequest};
use crate::state::limits::Limited;
use crate::state::outbox::MessageKind;
use crate::state::settings::PoolSettings;
use crate::state::user::{User, UserStatus};

/// Seconds for which a code replaces a forgotten password.
const CODE_SECONDS: u64 = 3600;

pub(super) fn forgot_password(step: &mut Step<'_>, request: ClientUserRequest) -> Output {
    check_secret_hash(step, &request)?;
    let ClientUserRequest { client_id, username: given_name, .. } = request;
    let client = step.pool.client(&client_id)?;
    let (hides_users, now) = (client.settings.hides_users(), step.since_epoch());
    // Does not depend on the user, so it reveals nothing where users are hidden.
    step.pool.settings.check_recovery()?;
    step.migrate(&client_id, &given_name, None)?;
    let username = step.pool.known_or_flattened(&given_name);
    let address = match step.pool.users.get(&username) {
        Some(_) => step.recovery_address(&username),
        None => Err(ServiceError::unknown_to_client()),
    };
    let address = match address {
        Ok(address) => address,
        // Nor is told that there is no address for the code.
        Err(_) if hides_users => {
            step.pool.hourly_limits.take(Limited::ForgotPassword, &username, now)?;
            return Ok(json!({ "CodeDeliveryDetails": simulated_details(&username) }));
        }
        Err(refused) => return Err(refused),
    };
    step.pool.hourly_limits.take(Limited::ForgotPassword, &username, now)?;
    step.send_recovery(&username, &address)?;
    step.record(&username, EventKind::ForgotPassword);
    Ok(json!({ "CodeDeliveryDetails": address.details() }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfirmForgotRequest {
    #[serde(flatten)]
    user: ClientUserRequest,
    confirmation_code: String,
    password: String,
}

pub(super) fn confirm_forgot_password(
    step: &mut Step<'_>,
    request: ConfirmForgotRequest,
) -> Output {
    let ConfirmForgotRequest { user, confirmation_code: code, password } = request;
    check_secret_hash(step, &user)?;
    let ClientUserRequest { client_id, username: given_name, .. } = user;
    let client = step.pool.client(&client_id)?;
    let hides_users = client.settings.hides_users();
    step.pool.settings.password_policy().check(&password)?;
    let username = step.pool.known_or_flattened(&given_name);
    let user = step.pool.users.get(&username);
    // The developer guide hides disabled users here as well.
    if hides_users && user.is_none_or(|user| !user.enabled) {
        return Err(step.simulated_recovery(&username));
    }
    if user.is_none() {
        return Err(ServiceError::unknown_to_client());
    }
    step.recover(&username, &code, &password)?;
    step.tell_of_confirmation(&username, true);
    Ok(json!({}))
}

pub(super) fn admin_reset_user_password(step: &mut Step<'_>, request: UserRequest) -> Output {
    let username = find_user(step, &request)?;
    step.pool.settings.check_recovery()?;
    let address = step.recovery_address(&username)?;
    let date = step.date();
    let user = step.pool.user_mut(&username)?;
    (user.status, user.modified) = (UserStatus::ResetRequired, date);
    step.send_recovery(&username, &address)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeRequest {
    previous_password: Option<String>,
    proposed_password: String,
}

pub(super) fn change_password(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: ChangeRequest,
) -> Output {
    let proposed = request.proposed_password;
    step.check_previous(&record.username, request.previous_password.as_deref())?;
    step.pool.settings.password_policy().check(&proposed)?;
    let status = step.pool.user_mut(&record.username)?.status;
    step.set_password(&record.username, &proposed, status)?;
    step.record(&record.username, EventKind::PasswordChange);
    Ok(json!({}))
}

impl Step<'_> {
    /// Where a code for a forgotten password goes.
    fn recovery_address(&self, username: &str) -> Result<Address, ServiceError> {
        let user = self.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        user.check_enabled()?;
        if matches!(user.status, UserStatus::ForceChangePassword | UserStatus::ExternalProvider) {
            const MESSAGE: &str = "User password cannot be reset in the current state.";
            return Err(ServiceError::not_authorized(MESSAGE));
        }
        let attributes = self.pool.settings.recovery_attributes();
        let verified = |attribute| User::verified_address(user, attribute);
        attributes.into_iter().find_map(verified).ok_or_else(|| {
            ServiceError::invalid_parameter(
                "Cannot reset password for the user as there is no registered/verified email or \
                 phone_number",
            )
        })
    }

    fn send_recovery(&mut self, username: &str, address: &Address) -> Result<(), ServiceError> {
        let sent = self.send_code(username, address, MessageKind::ForgotPassword, CODE_SECONDS);
        self.pool.user_mut(username)?.recovery = Some(sent);
        Ok(())
    }

    fn recover(&mut self, username: &str, code: &str, password: &str) -> Result<(), ServiceError> {
        let (now, moment) = (self.now(), self.since_epoch());
        let pool = &mut *self.pool;
        let user = pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        user.check_enabled()?;
        pool.hourly_limits.check(Limited::ConfirmForgotPassword, username, moment)?;
        let address = match SentCode::check(user.recovery.as_ref(), code, now) {
            Ok(address) => address.clone(),
            Err(refused) => {
                pool.hourly_limits.count(Limited::ConfirmForgotPassword, username, moment);
                return Err(refused);
            }
        };
        self.set_password(username, password, UserStatus::Confirmed)?;
        // The operation has no AliasExistsException: an alias that moved meanwhile stays there.
        let _moved = self.verify_address(username, &address, TakenAlias::Refuse);
        self.pool.user_mut(username)?.recovery = None;
        Ok(())
    }

    /// The refusal that a user would get who exists and gave a wrong code.
    fn simulated_recovery(&mut self, username: &str) -> ServiceError {
        let now = self.since_epoch();
        let limits = &mut self.pool.hourly_limits;
        match limits.take(Limited::ConfirmForgotPassword, username, now) {
            Err(refused) => refused,
            Ok(()) if limits.any(Limited::ForgotPassword, username, now) => wrong_code(),
            Ok(()) => ended(),
        }
    }

    /// Checks the password that is to be replaced, which only a user without one can leave out.
    fn check_previous(
        &mut self,
        username: &str,
        previous: Option<&str>,
    ) -> Result<(), ServiceError> {
        let now = self.since_epoch();
        let pool = &mut *self.pool;
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
}

impl PoolSettings {
    /// Refuses to recover passwords where only an administrator may.
    fn check_recovery(&self) -> Result<(), ServiceError> {
        match self.recovery_attributes().is_empty() {
            true => Err(ServiceError::not_authorized("Contact administrator to reset password.")),
            false => Ok(()),
        }
    }
}
