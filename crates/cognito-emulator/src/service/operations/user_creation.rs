//! Users whom administrators make, and their invitations.

use serde::Deserialize;
use serde_json::json;

use super::Output;
use crate::outbox::{Medium, MessageKind};
use crate::service::Service;
use crate::service::alias::TakenAlias;
use crate::service::attributes::{self, Attribute, Attributes, Writer};
use crate::service::constraint::{
    DELIVERY_MEDIUMS, MESSAGE_ACTION, PASSWORD, USER_POOL_ID, USERNAME,
};
use crate::service::delivery::ATTRIBUTES;
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
    #[serde(default)]
    force_alias_creation: bool,
    validation_data: Option<Vec<Attribute>>,
    client_metadata: Option<Attributes>,
}

pub(super) fn create_user(service: &mut Service, input: CreateUserInput) -> Output {
    let mut scope = service.pool(&USER_POOL_ID.required(input.user_pool_id)?)?;
    let given_name = USERNAME.required(input.username)?;
    let given = input.temporary_password.filter(|password| !password.is_empty());
    let password = PASSWORD.optional(given)?;
    let mediums = mediums(&input.desired_delivery_mediums.unwrap_or_default())?;
    let invites = match input.message_action.as_deref() {
        Some("RESEND") => return scope.invite_again(&given_name, password, &mediums),
        Some("SUPPRESS") => false,
        None => true,
        Some(other) => return Err(MESSAGE_ACTION.outside(other, "[RESEND, SUPPRESS]")),
    };
    let schema = &scope.pool.settings.schema;
    let attributes = attributes::read_new(input.user_attributes, schema, Writer::Admin)?;
    let taken = "User account already exists";
    let (username, attributes) = scope.name_new_user(&given_name, attributes, taken)?;
    check_addresses(&attributes, &mediums)?;
    let password = scope.temporary_password(password)?;
    let mut request = SignUpRequest {
        username,
        client_id: scope.caller.client_id(),
        by_administrator: true,
        attributes,
        validation_data: attributes::unchecked(input.validation_data),
        client_metadata: input.client_metadata.unwrap_or_default(),
    };
    let _ignored = scope.pre_sign_up(&mut request)?;
    let user = scope.user_with_temporary_password(request, password.as_deref())?;
    let (username, description) = (user.username.clone(), user.to_user_type());
    scope.add_user(user, TakenAlias::forced(input.force_alias_creation))?;
    if let Some(password) = password.filter(|_| invites) {
        scope.invite(&username, &password, &mediums);
    }
    Ok(json!({ "User": description }))
}

/// How invitations are wanted; none if the request does not say.
fn mediums(names: &[String]) -> Result<Vec<Medium>, ApiError> {
    let medium = |name: &String| match name.as_str() {
        "EMAIL" => Ok(Medium::Email),
        "SMS" => Ok(Medium::Sms),
        other => Err(DELIVERY_MEDIUMS.outside(other, "[EMAIL, SMS]")),
    };
    names.iter().map(medium).collect()
}

/// Refuses an invitation to an address that is not there, and one that is verified though it is
/// not there.
fn check_addresses(attributes: &Attributes, mediums: &[Medium]) -> Result<(), ApiError> {
    for attribute in ATTRIBUTES {
        let flag = attributes.get(&format!("{attribute}_verified"));
        let wanted = mediums.iter().any(|medium| medium.attribute() == attribute);
        let needed = wanted || flag.is_some_and(|flag| attributes::is_true(flag));
        if needed && !attributes.contains_key(attribute) {
            return Err(ApiError::invalid_parameter(format!("The user has no {attribute}.")));
        }
    }
    Ok(())
}

impl Scope<'_> {
    /// Gives a user who never used the last one a new temporary password, and sends it.
    fn invite_again(
        &mut self,
        given_name: &str,
        password: Option<String>,
        mediums: &[Medium],
    ) -> Output {
        let username = self.pool.username_or_sub_for(given_name);
        let username = username.ok_or_else(ApiError::user_unknown)?.to_owned();
        let user = self.pool.user_mut(&username)?;
        if user.status != UserStatus::ForceChangePassword {
            return Err(ApiError::unsupported_user_state(format!(
                "Resend not possible. {username} status is not FORCE_CHANGE_PASSWORD"
            )));
        }
        check_addresses(&user.attributes().clone(), mediums)?;
        let password = self.new_password(password)?;
        self.set_temporary_password(&username, &password)?;
        self.invite(&username, &password, mediums);
        Ok(json!({ "User": self.pool.user_mut(&username)?.to_user_type() }))
    }

    /// The password of a new user: the given one, one made up, or none where users need none.
    fn temporary_password(&mut self, given: Option<String>) -> Result<Option<String>, ApiError> {
        if given.is_none() && self.pool.settings.allows_passwordless() {
            return Ok(None);
        }
        self.new_password(given).map(Some)
    }

    /// The given password, or one made up, within the pool's policy.
    fn new_password(&mut self, given: Option<String>) -> Result<String, ApiError> {
        let policy = *self.pool.settings.password_policy();
        let length = policy.minimum_length.saturating_sub(4).max(8);
        let password = given.unwrap_or_else(|| format!("Aa1!{}", self.random.opaque(length)));
        policy.check(&password)?;
        Ok(password)
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

    pub(super) fn set_temporary_password(
        &mut self,
        username: &str,
        password: &str,
    ) -> Result<(), ApiError> {
        self.set_password(username, password, UserStatus::ForceChangePassword)?;
        let ends = self.temporary_password_ends();
        self.pool.user_mut(username)?.password_ends = Some(ends);
        Ok(())
    }

    fn temporary_password_ends(&self) -> u64 {
        let days = self.pool.settings.temporary_password_days();
        self.now().saturating_add(days.saturating_mul(86_400))
    }

    /// Sends the temporary password, by text message unless the request says otherwise.
    ///
    /// As at the service, a text without a place for the password is not sent.
    fn invite(&mut self, username: &str, password: &str, mediums: &[Medium]) {
        let mediums = if mediums.is_empty() { &[Medium::Sms] } else { mediums };
        for medium in mediums {
            let template = self.pool.settings.invitation(*medium);
            let sends = template.is_none_or(|text| text.contains("{####}"));
            let user = self.pool.users.get(username).filter(|_| sends);
            if let Some(address) = user.and_then(|user| user.address(medium.attribute())) {
                self.send(username, &address, MessageKind::AdminCreateUser, password.to_owned());
            }
        }
    }
}
