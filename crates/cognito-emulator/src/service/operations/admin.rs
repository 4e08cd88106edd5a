//! What administrators do with users.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Output;
use super::subject::UserRequest;
use crate::model::ServiceError;
use crate::service::Service;
use crate::service::user::{User, UserStatus};

pub(super) fn get_user(service: &mut Service, request: UserRequest) -> Output {
    let (scope, username) = service.find_user(&request)?;
    let user = scope.pool.users.get(&username).ok_or_else(ServiceError::user_unknown)?;
    let (mut known, list) = (user.to_json(), user.to_user_type());
    if let (Some(known), Value::Object(mut list)) = (known.as_object_mut(), list) {
        list.remove("Attributes");
        known.extend(list);
    }
    Ok(known)
}

pub(super) fn confirm_sign_up(service: &mut Service, request: UserRequest) -> Output {
    with_user(service, &request, |user| {
        user.check_unconfirmed()?;
        user.status = UserStatus::Confirmed;
        Ok(json!({}))
    })?;
    let (mut scope, username) = service.find_user(&request)?;
    scope.tell_of_confirmation(&username, false);
    Ok(json!({}))
}

/// Disables a user and ends all that the user's tokens are good for.
pub(super) fn disable_user(service: &mut Service, request: UserRequest) -> Output {
    with_user(service, &request, |user| {
        user.enabled = false;
        Ok(json!({}))
    })?;
    let (scope, username) = service.find_user(&request)?;
    scope.pool.sign_ins.revoke_user(&username);
    Ok(json!({}))
}

pub(super) fn enable_user(service: &mut Service, request: UserRequest) -> Output {
    with_user(service, &request, |user| {
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

pub(super) fn set_user_password(service: &mut Service, request: SetPasswordRequest) -> Output {
    let SetPasswordRequest { password, permanent, user } = request;
    let (mut scope, username) = service.find_user(&user)?;
    scope.pool.settings.password_policy().check(&password)?;
    if permanent {
        scope.set_password(&username, &password, UserStatus::Confirmed)?;
    } else {
        scope.set_temporary_password(&username, &password)?;
    }
    Ok(json!({}))
}

fn with_user(
    service: &mut Service,
    request: &UserRequest,
    change: impl FnOnce(&mut User) -> Output,
) -> Output {
    let (scope, username) = service.find_user(request)?;
    let date = scope.date();
    let user = scope.pool.user_mut(&username)?;
    let output = change(user)?;
    user.modified = date;
    Ok(output)
}
