//! Users whom administrators make, and their invitations.

use crate::flows::step::Step;
use serde::Deserialize;
use serde_json::json;

use crate::flows::alias::TakenAlias;
use crate::flows::delivery::ATTRIBUTES;
use crate::flows::triggers::SignUpRequest;
use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::subject::UserRequest;
use crate::state::attributes::{self, Attribute, Attributes, Writer};
use crate::state::outbox::{Medium, MessageKind};
use crate::state::user::{User, UserStatus};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateUserRequest {
    #[serde(flatten)]
    user: UserRequest,
    #[serde(default)]
    user_attributes: Vec<Attribute>,
    temporary_password: Option<String>,
    message_action: Option<MessageAction>,
    /// How invitations are sent; by default as text messages.
    #[serde(default)]
    desired_delivery_mediums: Vec<Medium>,
    #[serde(default)]
    force_alias_creation: bool,
    #[serde(default)]
    validation_data: Vec<Attribute>,
    #[serde(default)]
    client_metadata: Attributes,
}

/// MessageActionType.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum MessageAction {
    Resend,
    Suppress,
}

pub(super) fn create_user(step: &mut Step<'_>, request: CreateUserRequest) -> Output {
    let UserRequest { username: given_name } = request.user;
    let password = request.temporary_password.filter(|password| !password.is_empty());
    let mediums = request.desired_delivery_mediums;
    if request.message_action == Some(MessageAction::Resend) {
        return step.invite_again(&given_name, password, &mediums);
    }
    let schema = &step.pool.settings.schema;
    let attributes = attributes::read_new(request.user_attributes, schema, Writer::Admin)?;
    let taken = "User account already exists";
    let (username, attributes) = step.name_new_user(&given_name, attributes, taken)?;
    check_addresses(&attributes, &mediums)?;
    let password = step.temporary_password(password)?;
    let mut event = SignUpRequest {
        username,
        client_id: step.caller.client_id(),
        by_administrator: true,
        attributes,
        validation_data: attributes::unchecked(request.validation_data),
        client_metadata: request.client_metadata,
    };
    let _ignored = step.pre_sign_up(&mut event)?;
    let user = step.user_with_temporary_password(event, password.as_deref())?;
    let (username, description) = (user.username.clone(), user.to_user_type());
    step.add_user(user, TakenAlias::forced(request.force_alias_creation))?;
    if let Some(password) = password.filter(|_| request.message_action.is_none()) {
        step.invite(&username, &password, &mediums);
    }
    Ok(json!({ "User": description }))
}

/// Refuses an invitation to an address that is not there, and one that is verified though it is
/// not there.
fn check_addresses(attributes: &Attributes, mediums: &[Medium]) -> Result<(), ServiceError> {
    for attribute in ATTRIBUTES {
        let flag = attributes.get(&format!("{attribute}_verified"));
        let wanted = mediums.iter().any(|medium| medium.attribute() == attribute);
        let needed = wanted || flag.is_some_and(|flag| attributes::is_true(flag));
        if needed && !attributes.contains_key(attribute) {
            return Err(ServiceError::invalid_parameter(format!("The user has no {attribute}.")));
        }
    }
    Ok(())
}

impl Step<'_> {
    /// Gives a user who never used the last one a new temporary password, and sends it.
    fn invite_again(
        &mut self,
        given_name: &str,
        password: Option<String>,
        mediums: &[Medium],
    ) -> Output {
        let username = self.pool.username_or_sub_for(given_name);
        let username = username.ok_or_else(ServiceError::user_unknown)?.to_owned();
        let user = self.pool.user_mut(&username)?;
        if user.status != UserStatus::ForceChangePassword {
            return Err(ServiceError::unsupported_user_state(format!(
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
    fn temporary_password(
        &mut self,
        given: Option<String>,
    ) -> Result<Option<String>, ServiceError> {
        if given.is_none() && self.pool.settings.allows_passwordless() {
            return Ok(None);
        }
        self.new_password(given).map(Some)
    }

    /// The given password, or one made up, within the pool's policy.
    fn new_password(&mut self, given: Option<String>) -> Result<String, ServiceError> {
        let policy = *self.pool.settings.password_policy();
        let length = policy.minimum_length.saturating_sub(4).max(8);
        let password = given.unwrap_or_else(|| format!("Aa1!{}", self.random.opaque(length)));
        policy.check(&password)?;
        Ok(password)
    }

    fn user_with_temporary_password(
        &mut self,
        event: SignUpRequest,
        password: Option<&str>,
    ) -> Result<User, ServiceError> {
        let SignUpRequest { username, attributes, .. } = event;
        if password.is_none() {
            return self.new_user(username, attributes, None, UserStatus::Confirmed);
        }
        let status = UserStatus::ForceChangePassword;
        let mut user = self.new_user(username, attributes, password, status)?;
        user.password_ends = Some(self.temporary_password_ends());
        Ok(user)
    }

    pub(crate) fn set_temporary_password(
        &mut self,
        username: &str,
        password: &str,
    ) -> Result<(), ServiceError> {
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
