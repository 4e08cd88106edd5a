//! What administrators do with users.

use crate::flows::step::Step;
use crate::operations::subject::find_user;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::subject::UserRequest;
use crate::state::user::{User, UserStatus};

pub(super) fn get_user(step: &mut Step<'_>, request: UserRequest) -> Output {
    let username = find_user(step, &request)?;
    let user = step.pool.users.get(&username).ok_or_else(ServiceError::user_unknown)?;
    let (mut known, list) = (user.to_json(), user.to_user_type());
    if let (Some(known), Value::Object(mut list)) = (known.as_object_mut(), list) {
        list.remove("Attributes");
        known.extend(list);
    }
    Ok(known)
}

pub(super) fn confirm_sign_up(step: &mut Step<'_>, request: UserRequest) -> Output {
    with_user(step, &request, |user| {
        user.check_unconfirmed()?;
        user.status = UserStatus::Confirmed;
        Ok(json!({}))
    })?;
    let username = find_user(step, &request)?;
    step.tell_of_confirmation(&username, false);
    Ok(json!({}))
}

/// Disables a user and ends all that the user's tokens are good for.
pub(super) fn disable_user(step: &mut Step<'_>, request: UserRequest) -> Output {
    with_user(step, &request, |user| {
        user.enabled = false;
        Ok(json!({}))
    })?;
    let username = find_user(step, &request)?;
    step.pool.sign_ins.revoke_user(&username);
    Ok(json!({}))
}

pub(super) fn enable_user(step: &mut Step<'_>, request: UserRequest) -> Output {
    with_user(step, &request, |user| {
        user.enabled = true;
        Ok(json!({}))
    })
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

pub(super) fn set_user_password(step: &mut Step<'_>, request: SetPasswordRequest) -> Output {
    let SetPasswordRequest { password, permanent, user } = request;
    let username = find_user(step, &user)?;
    step.pool.settings.password_policy().check(&password)?;
    if permanent {
        step.set_password(&username, &password, UserStatus::Confirmed)?;
    } else {
        step.set_temporary_password(&username, &password)?;
    }
    Ok(json!({}))
}

fn with_user(
    step: &mut Step<'_>,
    request: &UserRequest,
    change: impl FnOnce(&mut User) -> Output,
) -> Output {
    let username = find_user(step, request)?;
    let date = step.date();
    let user = step.pool.user_mut(&username)?;
    let output = change(user)?;
    user.modified = date;
    Ok(output)
}
