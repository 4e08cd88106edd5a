//! Changes, deletion and verification of user attributes.

use serde::{Deserialize, Serialize};

use crate::flows::attribute_change;
use crate::flows::context::Context;
use crate::flows::delivery;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::attribute_list::{self, Attribute};
use crate::operations::delivery_details::{CodeDeliveryDetails, CodeSent};
use crate::operations::subject::{Empty, UserRequest, find_user};
use crate::state::attributes::Writer;
use crate::state::sign_in_record::SignInRecord;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateRequest {
    user_attributes: Vec<Attribute>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateResponse {
    code_delivery_details_list: Vec<CodeDeliveryDetails>,
}

pub(super) async fn update_user_attributes(
    context: &Context,
    record: &SignInRecord,
    request: UpdateRequest,
) -> Result<UpdateResponse, ServiceError> {
    let messages = context.step(|step| {
        step.pool.user_of(record).ok_or_else(ServiceError::user_unknown)?;
        let schema = &step.pool.settings.schema;
        let changes = attribute_list::read_update(request.user_attributes, schema, Writer::User)?;
        step.pool.client(&record.client_id)?.check_writes(changes.keys())?;
        attribute_change::update(step, &record.username, changes)
    })?;
    let code_delivery_details_list =
        messages.iter().map(|message| message.address().into()).collect();
    delivery::send_all(context, messages).await?;
    Ok(UpdateResponse { code_delivery_details_list })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminUpdateRequest {
    user_attributes: Vec<Attribute>,
    #[serde(flatten)]
    user: UserRequest,
}

pub(super) async fn admin_update_user_attributes(
    context: &Context,
    request: AdminUpdateRequest,
) -> Result<Empty, ServiceError> {
    let messages = context.step(|step| {
        let username = find_user(step, &request.user)?;
        let schema = &step.pool.settings.schema;
        let changes = attribute_list::read_update(request.user_attributes, schema, Writer::Admin)?;
        attribute_change::update(step, &username, changes)
    })?;
    delivery::send_all(context, messages).await?;
    Ok(Empty {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteRequest {
    user_attribute_names: Vec<String>,
}

pub(super) fn delete_user_attributes(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: DeleteRequest,
) -> Result<Empty, ServiceError> {
    let names = request.user_attribute_names;
    step.pool.client(&record.client_id)?.check_writes(names.iter())?;
    attribute_change::delete(step, &record.username, &names, Writer::User)?;
    Ok(Empty {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminDeleteRequest {
    user_attribute_names: Vec<String>,
    #[serde(flatten)]
    user: UserRequest,
}

pub(super) fn admin_delete_user_attributes(
    step: &mut Step<'_>,
    request: AdminDeleteRequest,
) -> Result<Empty, ServiceError> {
    let username = find_user(step, &request.user)?;
    attribute_change::delete(step, &username, &request.user_attribute_names, Writer::Admin)?;
    Ok(Empty {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetCodeRequest {
    attribute_name: String,
}

pub(super) async fn get_verification_code(
    context: &Context,
    record: &SignInRecord,
    request: GetCodeRequest,
) -> Result<CodeSent, ServiceError> {
    let message = context.step(|step| {
        step.pool.user_of(record).ok_or_else(ServiceError::user_unknown)?;
        attribute_change::request_code(step, &record.username, &request.attribute_name)
    })?;
    let response = CodeSent::to(message.address());
    delivery::send(context, message).await?;
    Ok(response)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VerifyRequest {
    attribute_name: String,
    code: String,
}

pub(super) fn verify_user_attribute(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: VerifyRequest,
) -> Result<Empty, ServiceError> {
    let VerifyRequest { attribute_name: name, code } = request;
    attribute_change::verify(step, &record.username, &name, &code)?;
    Ok(Empty {})
}
