//! What administrators do with users.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Output, UserInput};
use crate::outbox::{Medium, MessageKind};
use crate::service::Service;
use crate::service::attributes::{self, Attribute, Attributes, Writer};
use crate::service::constraint::{PASSWORD, USER_POOL_ID, USERNAME};
use crate::service::delivery::Address;
use crate::service::error::ApiError;
use crate::service::scope::Scope;
use crate::service::user::{User, UserStatus};
use crate::triggers::SignUpRequest;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateUserInput {
    user_pool_id: Option<String>,
    username: Option<String>,
    user_attributes: Option<Vec<Attribute>>,
    temporary_password: Option<String>,
    message_action: Option<String>,
    desired_delivery_mediums: Option<Vec<String>>,
    validation_data: Option<Vec<Attribute>>,
    client_metadata: Option<Attributes>,
}

pub(super) fn create_user(service: &mut Service, input: CreateUserInput) -> Output {
    let mut scope = service.pool(&USER_POOL_ID.required(input.user_pool_id)?)?;
    let given_name = USERNAME.required(input.username)?;
    let given = input.temporary_password.filter(|password| !password.is_empty());
    let password = PASSWORD.optional(given)?;
    if input.message_action.as_deref() == Some("RESEND") {
        const MESSAGE: &str = "The embedded pool does not implement MessageAction RESEND.";
        return Err(ApiError::unsupported_operation(MESSAGE));
    }
    let schema = &scope.pool.settings.schema;
    let attributes = attributes::read(input.user_attributes, schema, Writer::Admin)?;
    let (username, attributes) = scope.name_new_user(&given_name, attributes)?;
    let password = scope.temporary_password(password)?;
    let mut request = SignUpRequest {
        username,
        attributes,
        validation_data: attributes::unchecked(input.validation_data),
        client_metadata: input.client_metadata.unwrap_or_default(),
    };
    // Of what the trigger decides, only the refusal and the addresses count here.
    let _decision = scope.pre_sign_up(&mut request)?;
    let user = scope.user_with_temporary_password(request, password.as_deref())?;
    let description = user.to_user_type();
    if let (Some(password), true) = (password, input.message_action.as_deref() != Some("SUPPRESS"))
    {
        let mediums = input.desired_delivery_mediums.unwrap_or_default();
        scope.invite(&user, password, mediums.iter().any(|name| name == Medium::Email.as_str()));
    }
    scope.pool.users.insert(user);
    Ok(json!({ "User": description }))
}

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
    with_user(service, input, |user| {
        user.check_unconfirmed()?;
        user.status = UserStatus::Confirmed;
        Ok(json!({}))
    })
}

pub(super) fn disable_user(service: &mut Service, input: UserInput) -> Output {
    with_user(service, input, |user| {
        user.enabled = false;
        Ok(json!({}))
    })
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
        scope.set_password(&username, &password, UserStatus::ForceChangePassword)?;
        let ends = scope.temporary_password_ends();
        scope.pool.user_mut(&username)?.password_ends = Some(ends);
    }
    Ok(json!({}))
}

impl Scope<'_> {
    /// The password of a new user: the given one, one made up, or none where users need none.
    fn temporary_password(&mut self, given: Option<String>) -> Result<Option<String>, ApiError> {
        if given.is_none() && self.pool.settings.allows_passwordless() {
            return Ok(None);
        }
        let password = given.unwrap_or_else(|| format!("Aa1!{}", self.random.opaque(8)));
        self.pool.settings.password_policy().check(&password)?;
        Ok(Some(password))
    }

    fn user_with_temporary_password(
        &mut self,
        request: SignUpRequest,
        password: Option<&str>,
    ) -> Result<User, ApiError> {
        let SignUpRequest { username, attributes, .. } = request;
        if password.is_none() {
            return self.new_user(username, attributes, None, UserStatus::Confirmed);
        }
        let status = UserStatus::ForceChangePassword;
        let mut user = self.new_user(username, attributes, password, status)?;
        user.password_ends = Some(self.temporary_password_ends());
        Ok(user)
    }

    fn temporary_password_ends(&self) -> u64 {
        let days = self.pool.settings.password_policy().temporary_password_validity_days;
        self.now().saturating_add(days.saturating_mul(86_400))
    }

    /// Sends the temporary password, by text message unless e-mail is asked for.
    fn invite(&mut self, user: &User, password: String, by_mail: bool) {
        let attribute = if by_mail { "email" } else { "phone_number" };
        let destination = user.attributes().get(attribute).cloned().unwrap_or_default();
        if let Some(address) = Address::new(attribute, destination) {
            self.send(&user.username, &address, MessageKind::AdminCreateUser, password);
        }
    }
}

fn with_user(
    service: &mut Service,
    input: UserInput,
    change: impl FnOnce(&mut User) -> Output,
) -> Output {
    let (scope, username) = service.named_user(input)?;
    let date = scope.date();
    let user = scope.pool.user_mut(&username)?;
    user.modified = date;
    change(user)
}
