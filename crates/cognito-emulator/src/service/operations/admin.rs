//! What administrators do with users.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Output, UserInput};
use crate::service::Service;
use crate::service::constraint::PASSWORD;
use crate::service::error::ApiError;
use crate::service::user::{User, UserStatus};

pub(super) fn get_user(service: &mut Service, input: UserInput) -> Output {
    let (scope, username) = service.named_user(input)?;
    let user = scope.pool.users.get(&username).ok_or_else(ApiError::user_unknown)?;
    let (mut known, list) = (user.to_json(), user.to_user_type());
    if let (Some(known), Value::Object(mut list)) = (known.as_object_mut(), list) {
        list.remove("Attributes");
        known.extend(list);
    }
    Ok(known)
}

pub(super) fn confirm_sign_up(service: &mut Service, input: UserInput) -> Output {
    with_user(service, input.clone(), |user| {
        user.check_unconfirmed()?;
        user.status = UserStatus::Confirmed;
        Ok(json!({}))
    })?;
    let (mut scope, username) = service.named_user(input)?;
    scope.tell_of_confirmation(&username, false);
    Ok(json!({}))
}

/// Disables a user and ends all that the user's tokens are good for.
pub(super) fn disable_user(service: &mut Service, input: UserInput) -> Output {
    with_user(service, input.clone(), |user| {
        user.enabled = false;
        Ok(json!({}))
    })?;
    let (scope, username) = service.named_user(input)?;
    scope.pool.sign_ins.revoke_user(&username);
    Ok(json!({}))
}

pub(super) fn enable_user(service: &mut Service, input: UserInput) -> Output {
    with_user(service, input, |user| {
        user.enabled = true;
        Ok(json!({}))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetPasswordInput {
    password: Option<String>,
    #[serde(default)]
    permanent: bool,
    #[serde(flatten)]
    user: UserInput,
}

pub(super) fn set_user_password(service: &mut Service, input: SetPasswordInput) -> Output {
    let password = PASSWORD.required(input.password)?;
    let (mut scope, username) = service.named_user(input.user)?;
    scope.pool.settings.password_policy().check(&password)?;
    if input.permanent {
        scope.set_password(&username, &password, UserStatus::Confirmed)?;
    } else {
        scope.set_temporary_password(&username, &password)?;
    }
    Ok(json!({}))
}

fn with_user(
    service: &mut Service,
    input: UserInput,
    change: impl FnOnce(&mut User) -> Output,
) -> Output {
    let (scope, username) = service.named_user(input)?;
    let date = scope.date();
    let user = scope.pool.user_mut(&username)?;
    let output = change(user)?;
    user.modified = date;
    Ok(output)
}
