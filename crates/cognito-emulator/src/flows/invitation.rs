//! Users created by administrators, and their invitations with temporary passwords.

use crate::flows::context::Context;
use crate::flows::delivery::{self, Outgoing};
use crate::flows::step::Step;
use crate::flows::triggers::{PreSignUp, SignUpRequest, Strings};
use crate::flows::{new_user, password};
use crate::model::ServiceError;
use crate::state::address::ATTRIBUTES;
use crate::state::alias::TakenAlias;
use crate::state::attributes::{self, Attributes};
use crate::state::outbox::{Medium, MessageKind};
use crate::state::pool::Pool;
use crate::state::user::{User, UserStatus};

/// The rejection of a name that another user has.
const TAKEN: &str = "User account already exists";

/// A user whom an administrator creates.
pub(crate) struct NewUser {
    /// The user name in the request.
    pub(crate) given_name: String,
    pub(crate) attributes: Attributes,
    pub(crate) temporary_password: Option<String>,
    pub(crate) force_alias_creation: bool,
    /// ValidationData and ClientMetadata of the request.
    pub(crate) for_trigger: [Strings; 2],
    /// True if an invitation is sent.
    pub(crate) is_invited: bool,
    /// The media of an invitation; by default a text message.
    pub(crate) mediums: Vec<Medium>,
}

/// Creates a user, and sends an invitation.
pub(crate) async fn create(context: &Context, new: NewUser) -> Result<User, ServiceError> {
    let (event, password) = context.step(|step| check(step, &new))?;
    // Here only a rejection has an effect; the decision applies to sign-ups (developer guide).
    context.call_trigger::<PreSignUp>(event.clone()).await?;
    let (user, messages) = context.step(|step| {
        let attributes = event.attributes.into_iter().collect();
        new_user::check_free(step.pool, &new.given_name, &attributes, TAKEN)?;
        let user = with_temporary_password(step, event.username, attributes, password.as_deref())?;
        step.pool.add_user(user.clone(), TakenAlias::forced(new.force_alias_creation))?;
        let password = password.filter(|_| new.is_invited);
        let messages =
            password.map(|password| invitations(step.pool, &user, &password, &new.mediums));
        Ok((user, messages))
    })?;
    delivery::send_all(context, messages.into_iter().flatten()).await?;
    Ok(user)
}

/// Sends a new temporary password to a user who never used the first one.
pub(crate) async fn repeat(
    context: &Context,
    given_name: &str,
    password: Option<String>,
    mediums: &[Medium],
) -> Result<User, ServiceError> {
    let (user, messages) = context.step(|step| {
        let username = step.pool.username_or_sub_for(given_name);
        let username = username.ok_or_else(ServiceError::user_unknown)?.to_owned();
        let user = step.pool.user_mut(&username)?;
        if user.status != UserStatus::ForceChangePassword {
            return Err(ServiceError::unsupported_user_state(format!(
                "Resend not possible. {username} status is not FORCE_CHANGE_PASSWORD"
            )));
        }
        check_addresses(user.attributes(), mediums)?;
        let password = new_password(step, password)?;
        password::set_temporary(step, &username, &password)?;
        let user = step.pool.user_mut(&username)?.clone();
        let messages = invitations(step.pool, &user, &password, mediums);
        Ok((user, messages))
    })?;
    delivery::send_all(context, messages).await?;
    Ok(user)
}

/// Checks a new user, and returns the event of PreSignUp and the temporary password.
fn check(
    step: &mut Step<'_>,
    new: &NewUser,
) -> Result<(SignUpRequest, Option<String>), ServiceError> {
    let (username, attributes) =
        new_user::name(step, &new.given_name, new.attributes.clone(), TAKEN)?;
    check_addresses(&attributes, &new.mediums)?;
    let password = temporary_password(step, new.temporary_password.clone())?;
    let [validation_data, client_metadata] = new.for_trigger.clone();
    let event = SignUpRequest {
        username,
        client_id: step.caller.client_id(),
        by_administrator: true,
        by_identity_provider: false,
        attributes: attributes.to_strings(),
        validation_data,
        client_metadata,
    };
    Ok((event, password))
}

/// Rejects an invitation to a missing address, and a verified flag without an address.
fn check_addresses(attributes: &Attributes, mediums: &[Medium]) -> Result<(), ServiceError> {
    for attribute in ATTRIBUTES {
        let flag = attributes.get(&format!("{attribute}_verified"));
        let wanted = mediums.iter().any(|medium| medium.attribute() == attribute);
        let needed = wanted || flag.is_some_and(attributes::is_true);
        if needed && !attributes.contains_key(attribute) {
            return Err(ServiceError::invalid_parameter(format!("The user has no {attribute}.")));
        }
    }
    Ok(())
}

/// Returns the password of a new user: the given one, a random one, or `None` if the pool allows
/// users without a password.
fn temporary_password(
    step: &mut Step<'_>,
    given: Option<String>,
) -> Result<Option<String>, ServiceError> {
    if given.is_none() && step.pool.settings.allows_passwordless() {
        return Ok(None);
    }
    new_password(step, given).map(Some)
}

/// Returns the given password, or a random one that satisfies the pool's policy.
fn new_password(step: &mut Step<'_>, given: Option<String>) -> Result<String, ServiceError> {
    let policy = *step.pool.settings.password_policy();
    let length = policy.minimum_length.saturating_sub(4).max(8);
    let password = given.unwrap_or_else(|| format!("Aa1!{}", step.random.opaque(length)));
    policy.check(&password)?;
    Ok(password)
}

fn with_temporary_password(
    step: &mut Step<'_>,
    username: String,
    attributes: Attributes,
    password: Option<&str>,
) -> Result<User, ServiceError> {
    let status = match password {
        Some(_) => UserStatus::ForceChangePassword,
        None => UserStatus::Confirmed,
    };
    let mut user = new_user::with_password(step, username, attributes, password, status)?;
    user.password_ends = password.map(|_| password::temporary_ends(step));
    Ok(user)
}

/// Returns the messages with a temporary password, by default text messages.
///
/// As in the service, a text without a placeholder for the password is not sent.
fn invitations(pool: &Pool, user: &User, password: &str, mediums: &[Medium]) -> Vec<Outgoing> {
    let mediums = if mediums.is_empty() { &[Medium::Sms] } else { mediums };
    let message = |medium: &Medium| {
        let template = pool.settings.invitation(*medium);
        let address = user.address(medium.attribute())?;
        let sends = template.is_none_or(|text| text.contains("{####}"));
        let kind = MessageKind::AdminCreateUser;
        sends.then(|| Outgoing::new(user, address, kind, password.to_owned()))
    };
    mediums.iter().filter_map(message).collect()
}
