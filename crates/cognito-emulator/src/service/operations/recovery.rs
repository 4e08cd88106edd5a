//! Passwords: forgotten, reset by an administrator, and changed.

use serde::Deserialize;
use serde_json::json;

use super::Output;
use super::subject::{ClientUserRequest, UserRequest};
use crate::model::ServiceError;
use crate::outbox::MessageKind;
use crate::service::Service;
use crate::service::alias::TakenAlias;
use crate::service::auth_event::EventKind;
use crate::service::delivery::{Address, SentCode, ended, simulated_details, wrong_code};
use crate::service::limits::Limited;
use crate::service::scope::Scope;
use crate::service::settings::PoolSettings;
use crate::service::user::{User, UserStatus};

/// Seconds for which a code replaces a forgotten password.
const CODE_SECONDS: u64 = 3600;

pub(super) fn forgot_password(service: &mut Service, request: ClientUserRequest) -> Output {
    let mut scope = service.pool_of_client_user(&request)?;
    let ClientUserRequest { client_id, username: given_name, .. } = request;
    let client = scope.pool.client(&client_id)?;
    let (hides_users, now) = (client.settings.hides_users(), scope.since_epoch());
    // Does not depend on the user, so it reveals nothing where users are hidden.
    scope.pool.settings.check_recovery()?;
    scope.migrate(&client_id, &given_name, None)?;
    let username = scope.pool.known_or_flattened(&given_name);
    let address = match scope.pool.users.get(&username) {
        Some(_) => scope.recovery_address(&username),
        None => Err(ServiceError::unknown_to_client()),
    };
    let address = match address {
        Ok(address) => address,
        // Nor is told that there is no address for the code.
        Err(_) if hides_users => {
            scope.pool.hourly_limits.take(Limited::ForgotPassword, &username, now)?;
            return Ok(json!({ "CodeDeliveryDetails": simulated_details(&username) }));
        }
        Err(refused) => return Err(refused),
    };
    scope.pool.hourly_limits.take(Limited::ForgotPassword, &username, now)?;
    scope.send_recovery(&username, &address)?;
    scope.record(&username, EventKind::ForgotPassword);
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
    service: &mut Service,
    request: ConfirmForgotRequest,
) -> Output {
    let ConfirmForgotRequest { user, confirmation_code: code, password } = request;
    let mut scope = service.pool_of_client_user(&user)?;
    let ClientUserRequest { client_id, username: given_name, .. } = user;
    let client = scope.pool.client(&client_id)?;
    let hides_users = client.settings.hides_users();
    scope.pool.settings.password_policy().check(&password)?;
    let username = scope.pool.known_or_flattened(&given_name);
    let user = scope.pool.users.get(&username);
    // The developer guide hides disabled users here as well.
    if hides_users && user.is_none_or(|user| !user.enabled) {
        return Err(scope.simulated_recovery(&username));
    }
    if user.is_none() {
        return Err(ServiceError::unknown_to_client());
    }
    scope.recover(&username, &code, &password)?;
    scope.tell_of_confirmation(&username, true);
    Ok(json!({}))
}

pub(super) fn admin_reset_user_password(service: &mut Service, request: UserRequest) -> Output {
    let (mut scope, username) = service.find_user(&request)?;
    scope.pool.settings.check_recovery()?;
    let address = scope.recovery_address(&username)?;
    let date = scope.date();
    let user = scope.pool.user_mut(&username)?;
    (user.status, user.modified) = (UserStatus::ResetRequired, date);
    scope.send_recovery(&username, &address)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeRequest {
    access_token: String,
    previous_password: Option<String>,
    proposed_password: String,
}

pub(super) fn change_password(service: &mut Service, request: ChangeRequest) -> Output {
    let (mut scope, record) = service.authorize(&request.access_token)?;
    let proposed = request.proposed_password;
    scope.check_previous(&record.username, request.previous_password.as_deref())?;
    scope.pool.settings.password_policy().check(&proposed)?;
    let status = scope.pool.user_mut(&record.username)?.status;
    scope.set_password(&record.username, &proposed, status)?;
    scope.record(&record.username, EventKind::PasswordChange);
    Ok(json!({}))
}

impl Scope<'_> {
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
