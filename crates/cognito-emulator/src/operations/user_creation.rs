//! AdminCreateUser.

use serde::{Deserialize, Serialize};

use crate::flows::context::Context;
use crate::flows::invitation::{self, NewUser};
use crate::flows::triggers::Strings;
use crate::model::ServiceError;
use crate::operations::attribute_list::{self, Attribute};
use crate::operations::subject::UserRequest;
use crate::operations::user_type::UserType;
use crate::state::attributes::Writer;
use crate::state::outbox::Medium;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateUserRequest {
    #[serde(flatten)]
    user: UserRequest,
    #[serde(default)]
    user_attributes: Vec<Attribute>,
    temporary_password: Option<String>,
    message_action: Option<MessageAction>,
    /// The media of invitations; by default text messages.
    #[serde(default)]
    desired_delivery_mediums: Vec<Medium>,
    #[serde(default)]
    force_alias_creation: bool,
    #[serde(default)]
    validation_data: Vec<Attribute>,
    #[serde(default)]
    client_metadata: Strings,
}

/// MessageActionType.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum MessageAction {
    Resend,
    Suppress,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateUserResponse {
    user: UserType,
}

pub(super) async fn create_user(
    context: &Context,
    request: CreateUserRequest,
) -> Result<CreateUserResponse, ServiceError> {
    let given_name = request.user.username;
    let temporary_password = request.temporary_password.filter(|password| !password.is_empty());
    let mediums = request.desired_delivery_mediums;
    if request.message_action == Some(MessageAction::Resend) {
        let user = invitation::repeat(context, &given_name, temporary_password, &mediums).await?;
        return Ok(CreateUserResponse { user: (&user).into() });
    }
    let attributes = context.step(|step| {
        let schema = &step.pool.settings.schema;
        attribute_list::read_new(request.user_attributes, schema, Writer::Admin)
    })?;
    let new = NewUser {
        given_name,
        attributes,
        temporary_password,
        force_alias_creation: request.force_alias_creation,
        for_trigger: [attribute_list::unchecked(request.validation_data), request.client_metadata],
        is_invited: request.message_action.is_none(),
        mediums,
    };
    let user = invitation::create(context, new).await?;
    Ok(CreateUserResponse { user: (&user).into() })
}
