//! SignUp, ConfirmSignUp and ResendConfirmationCode.

use serde::{Deserialize, Serialize};

use crate::flows::context::Context;
use crate::flows::new_user;
use crate::flows::registration::{self, CodeOfSignUp, SignUp, SignedUp};
use crate::flows::step::Step;
use crate::flows::triggers::{self, Strings};
use crate::model::{self, ServiceError, shapes};
use crate::operations::attribute_list::{self, Attribute};
use crate::operations::delivery_details::{CodeDeliveryDetails, CodeSent};
use crate::operations::subject::ClientUserRequest;
use crate::state::attributes::{self, Writer};
use crate::state::settings::PoolSettings;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SignUpRequest {
    #[serde(flatten)]
    user: ClientUserRequest,
    password: Option<String>,
    #[serde(default)]
    user_attributes: Vec<Attribute>,
    #[serde(default)]
    validation_data: Vec<Attribute>,
    #[serde(default)]
    client_metadata: Strings,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SignUpResponse {
    user_confirmed: bool,
    user_sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_delivery_details: Option<CodeDeliveryDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
}

pub(super) async fn sign_up(
    context: &Context,
    request: SignUpRequest,
) -> Result<SignUpResponse, ServiceError> {
    let sign_up = context.step(|step| check_sign_up(step, request))?;
    let SignedUp { sub, confirmed, code_address, session } =
        registration::sign_up(context, sign_up).await?;
    Ok(SignUpResponse {
        user_confirmed: confirmed,
        user_sub: sub,
        code_delivery_details: code_address.as_ref().map(Into::into),
        session,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfirmSignUpRequest {
    #[serde(flatten)]
    user: ClientUserRequest,
    confirmation_code: String,
    #[serde(default)]
    force_alias_creation: bool,
    session: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfirmSignUpResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
}

pub(super) async fn confirm_sign_up(
    context: &Context,
    request: ConfirmSignUpRequest,
) -> Result<ConfirmSignUpResponse, ServiceError> {
    let ConfirmSignUpRequest { user, confirmation_code: code, force_alias_creation, session } =
        request;
    context.step(|step| user.check_secret_hash(step))?;
    let ClientUserRequest { client_id, username: given_name, .. } = user;
    let given = CodeOfSignUp { client_id, given_name, code, force_alias_creation, session };
    let session = registration::confirm(context, given).await?;
    Ok(ConfirmSignUpResponse { session })
}

pub(super) async fn resend_confirmation_code(
    context: &Context,
    request: ClientUserRequest,
) -> Result<CodeSent, ServiceError> {
    context.step(|step| request.check_secret_hash(step))?;
    let ClientUserRequest { client_id, username, .. } = request;
    let address = registration::resend_code(context, &client_id, &username).await?;
    Ok(CodeSent::to(&address))
}

fn check_sign_up(step: &mut Step<'_>, request: SignUpRequest) -> Result<SignUp, ServiceError> {
    request.user.check_secret_hash(step)?;
    let ClientUserRequest { client_id, username: given_name, .. } = request.user;
    let client = step.pool.client(&client_id)?;
    if step.pool.settings.only_admins_create_users() {
        return Err(ServiceError::not_authorized("SignUp is not permitted for this user pool"));
    }
    let password = password_of_sign_up(&step.pool.settings, request.password)?;
    let schema = &step.pool.settings.schema;
    let attributes = attribute_list::read_new(request.user_attributes, schema, Writer::User)?;
    client.check_writes(attributes.keys())?;
    step.pool.check_preferred_name_allowed(&attributes)?;
    let (username, attributes) =
        new_user::name(step, &given_name, attributes, registration::TAKEN)?;
    attributes::check_required(&attributes, &step.pool.settings.schema)?;
    if let Some(password) = &password {
        step.pool.settings.password_policy().check(password)?;
    }
    let event = triggers::SignUpRequest {
        username,
        client_id,
        by_administrator: false,
        by_identity_provider: false,
        attributes: attributes.to_strings(),
        validation_data: attribute_list::unchecked(request.validation_data),
        client_metadata: request.client_metadata,
    };
    Ok(SignUp { given_name, password, event })
}

/// Returns the password of a sign-up, which is optional only in pools with other first factors.
fn password_of_sign_up(
    settings: &PoolSettings,
    given: Option<String>,
) -> Result<Option<String>, ServiceError> {
    if !settings.allows_passwordless() {
        model::check_text("Password", &shapes::PASSWORD_TYPE, given.as_deref())?;
    }
    Ok(given.filter(|password| !password.is_empty()))
}
