//! Operations of administrators on users.

use serde::Deserialize;

use crate::flows::context::Context;
use crate::flows::step::Step;
use crate::flows::triggers::PostConfirmation;
use crate::flows::{password, registration};
use crate::model::ServiceError;
use crate::operations::subject::{Empty, UserRequest, find_user};
use crate::operations::user_type::AdminGetUserResponse;
use crate::state::user::{User, UserStatus};

pub(super) fn get_user(
    step: &mut Step<'_>,
    request: UserRequest,
) -> Result<AdminGetUserResponse, ServiceError> {
    let username = find_user(step, &request)?;
    let user = step.pool.users.get(&username).ok_or_else(ServiceError::user_unknown)?;
    Ok(user.into())
}

pub(super) async fn confirm_sign_up(
    context: &Context,
    request: UserRequest,
) -> Result<Empty, ServiceError> {
    let event = context.step(|step| {
        let username = change_user(step, &request, |user| {
            user.check_unconfirmed()?;
            user.status = UserStatus::Confirmed;
            Ok(())
        })?;
        Ok(registration::confirmation(step, &username, false))
    })?;
    context.call_trigger::<PostConfirmation>(event).await?;
    Ok(Empty {})
}

/// Disables a user and revokes the user's tokens.
pub(super) fn disable_user(
    step: &mut Step<'_>,
    request: UserRequest,
) -> Result<Empty, ServiceError> {
    let username = set_enabled(step, &request, false)?;
    step.pool.sign_ins.revoke_user(&username);
    Ok(Empty {})
}

pub(super) fn enable_user(
    step: &mut Step<'_>,
    request: UserRequest,
) -> Result<Empty, ServiceError> {
    set_enabled(step, &request, true)?;
    Ok(Empty {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetPasswordRequest {
    password: String,
    #[serde(default)]
    permanent: bool,
    #[serde(flatten)]
    user: UserRequest,
}

pub(super) fn set_user_password(
    step: &mut Step<'_>,
    request: SetPasswordRequest,
) -> Result<Empty, ServiceError> {
    let SetPasswordRequest { password, permanent, user } = request;
    let username = find_user(step, &user)?;
    step.pool.settings.password_policy().check(&password)?;
    if permanent {
        password::set(step, &username, &password, UserStatus::Confirmed)?;
    } else {
        password::set_temporary(step, &username, &password)?;
    }
    Ok(Empty {})
}

fn set_enabled(
    step: &mut Step<'_>,
    request: &UserRequest,
    enabled: bool,
) -> Result<String, ServiceError> {
    change_user(step, request, |user| {
        user.enabled = enabled;
        Ok(())
    })
}

/// Changes a user, and returns the user's name.
fn change_user(
    step: &mut Step<'_>,
    request: &UserRequest,
    change: impl FnOnce(&mut User) -> Result<(), ServiceError>,
) -> Result<String, ServiceError> {
    let username = find_user(step, request)?;
    let date = step.date();
    let user = step.pool.user_mut(&username)?;
    change(user)?;
    user.modified = date;
    Ok(username)
}
