//! Operations of users with an access token, and the corresponding ones of administrators.

use crate::flows::sign_in::factors::first_factors;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::subject::{Bare, Empty, UserRequest, find_user};
use crate::operations::user_type::{AuthFactorsResponse, GetUserResponse};
use crate::state::attributes::is_developer_only;
use crate::state::sign_in_record::SignInRecord;
use crate::state::user::FirstFactor;

pub(super) fn get_user(
    step: &mut Step<'_>,
    record: &SignInRecord,
    _: Bare,
) -> Result<GetUserResponse, ServiceError> {
    let user = step.pool.users.get(&record.username).ok_or_else(ServiceError::user_unknown)?;
    let mut response = GetUserResponse::from(user);
    let client = step.pool.client(&record.client_id)?;
    let readable = |name: &str| client.can_read(name) && !is_developer_only(name);
    response.user_attributes.retain(|attribute| readable(&attribute.name));
    Ok(response)
}

pub(super) fn global_sign_out(
    step: &mut Step<'_>,
    record: &SignInRecord,
    _: Bare,
) -> Result<Empty, ServiceError> {
    step.pool.sign_ins.revoke_user(&record.username);
    Ok(Empty {})
}

pub(super) fn admin_user_global_sign_out(
    step: &mut Step<'_>,
    request: UserRequest,
) -> Result<Empty, ServiceError> {
    let username = find_user(step, &request)?;
    step.pool.sign_ins.revoke_user(&username);
    Ok(Empty {})
}

pub(super) fn delete_user(
    step: &mut Step<'_>,
    record: &SignInRecord,
    _: Bare,
) -> Result<Empty, ServiceError> {
    step.pool.remove_user(&record.username);
    Ok(Empty {})
}

pub(super) fn admin_delete_user(
    step: &mut Step<'_>,
    request: UserRequest,
) -> Result<Empty, ServiceError> {
    let username = find_user(step, &request)?;
    step.note_activity(&username);
    step.pool.remove_user(&username);
    Ok(Empty {})
}

pub(super) fn get_user_auth_factors(
    step: &mut Step<'_>,
    record: &SignInRecord,
    _: Bare,
) -> Result<AuthFactorsResponse, ServiceError> {
    auth_factors(step, &record.username)
}

pub(super) fn admin_get_user_auth_factors(
    step: &mut Step<'_>,
    request: UserRequest,
) -> Result<AuthFactorsResponse, ServiceError> {
    let username = find_user(step, &request)?;
    auth_factors(step, &username)
}

/// Returns the MFA factors of a user, and the possible first factors of a sign-in.
fn auth_factors(step: &Step<'_>, username: &str) -> Result<AuthFactorsResponse, ServiceError> {
    let user = step.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    let first_factors = first_factors(step.pool, username)?.into_iter();
    let mut names: Vec<_> = first_factors.map(FirstFactor::setting).collect();
    names.dedup();
    Ok(AuthFactorsResponse::new(user, names))
}
