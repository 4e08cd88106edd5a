//! ForgotPassword, ConfirmForgotPassword, AdminResetUserPassword and ChangePassword.

use serde::Deserialize;

use crate::flows::context::Context;
use crate::flows::recovery::{self, NewPassword};
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::delivery_details::CodeSent;
use crate::operations::subject::{ClientUserRequest, Empty, UserRequest};
use crate::state::sign_in_record::SignInRecord;

pub(super) async fn forgot_password(
    context: &Context,
    request: ClientUserRequest,
) -> Result<CodeSent, ServiceError> {
    context.step(|step| request.check_secret_hash(step))?;
    let ClientUserRequest { client_id, username, .. } = request;
    let address = recovery::begin(context, &client_id, &username).await?;
    Ok(CodeSent::to(&address))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfirmForgotRequest {
    #[serde(flatten)]
    user: ClientUserRequest,
    confirmation_code: String,
    password: String,
}

pub(super) async fn confirm_forgot_password(
    context: &Context,
    request: ConfirmForgotRequest,
) -> Result<Empty, ServiceError> {
    let ConfirmForgotRequest { user, confirmation_code: code, password } = request;
    context.step(|step| user.check_secret_hash(step))?;
    let ClientUserRequest { client_id, username: given_name, .. } = user;
    recovery::complete(context, NewPassword { client_id, given_name, code, password }).await?;
    Ok(Empty {})
}

pub(super) async fn admin_reset_user_password(
    context: &Context,
    request: UserRequest,
) -> Result<Empty, ServiceError> {
    recovery::reset(context, &request.username).await?;
    Ok(Empty {})
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
) -> Result<Empty, ServiceError> {
    let ChangeRequest { previous_password: previous, proposed_password: proposed } = request;
    recovery::change(step, &record.username, previous.as_deref(), &proposed)?;
    Ok(Empty {})
}
