//! New users: their names, the PreSignUp trigger, and their stored form.

use crate::flows::context::Context;
use crate::flows::password;
use crate::flows::step::Step;
use crate::flows::triggers::{PreSignUp, SignUpRequest};
use crate::model::{self, ServiceError, shapes};
use crate::state::attributes::Attributes;
use crate::state::pool::Pool;
use crate::state::user::{User, UserStatus};

/// Returns the name under which a new user is stored, and the attributes that follow from it;
/// `taken` is the message for a name that another user has.
pub(crate) fn name(
    step: &mut Step<'_>,
    given_name: &str,
    mut attributes: Attributes,
    taken: &'static str,
) -> Result<(String, Attributes), ServiceError> {
    let naming = step.pool.naming_attribute(given_name)?;
    if let Some(attribute) = naming {
        attributes.insert(attribute.to_owned(), given_name.to_owned());
    } else {
        step.pool.check_no_address(given_name)?;
    }
    check_free(step.pool, given_name, &attributes, taken)?;
    let username = match naming {
        Some(_) => new_sub(step),
        None => flattened(step.pool, given_name)?,
    };
    Ok((username, attributes))
}

/// Returns the stored form of a new name. Some letters are longer in lower case; requests would
/// reject such a name. The result in the service is not known.
pub(crate) fn flattened(pool: &Pool, given_name: &str) -> Result<String, ServiceError> {
    let username = pool.users.flattened(given_name);
    model::check_text("username", &shapes::USERNAME_TYPE, Some(&username))?;
    Ok(username)
}

/// Rejects a name that another user has. Called before and after the trigger.
pub(crate) fn check_free(
    pool: &Pool,
    given_name: &str,
    attributes: &Attributes,
    taken: &'static str,
) -> Result<(), ServiceError> {
    if pool.settings.named_by_attributes() {
        return pool.check_free(attributes);
    }
    match pool.username_for(given_name) {
        None => Ok(()),
        Some(_) => Err(ServiceError::username_exists(taken)),
    }
}

/// Calls PreSignUp, which may reject the sign-up, confirm the user and verify addresses. Returns
/// the user's attributes, and whether the user is confirmed.
pub(crate) async fn judge(
    context: &Context,
    event: &SignUpRequest,
) -> Result<(Attributes, bool), ServiceError> {
    let mut attributes: Attributes = event.attributes.clone().into_iter().collect();
    let decision = context.call_trigger::<PreSignUp>(event.clone()).await?.unwrap_or_default();
    let verified =
        [("email", decision.verify_email), ("phone_number", decision.verify_phone_number)];
    for (attribute, _) in verified.into_iter().filter(|(_, verified)| *verified) {
        if !attributes.contains_key(attribute) {
            // The guide documents the failure; the message is not known.
            return Err(ServiceError::invalid_lambda_response(format!(
                "The user has no {attribute} that can be verified."
            )));
        }
        attributes.insert(format!("{attribute}_verified"), "true");
    }
    Ok((attributes, decision.confirm))
}

/// Returns a user with the password. If the user name is a UUID, it is also the `sub`.
pub(crate) fn with_password(
    step: &mut Step<'_>,
    username: String,
    attributes: Attributes,
    password: Option<&str>,
    status: UserStatus,
) -> Result<User, ServiceError> {
    let named = step.pool.settings.named_by_attributes();
    let sub = if named { username.clone() } else { new_sub(step) };
    let verifier = password.map(|password| password::verifier(step, &username, password));
    Ok(User::new([username, sub], status, attributes, verifier.transpose()?, step.date()))
}

/// Returns the `sub` of a new user: from a seed file, or random.
fn new_sub(step: &mut Step<'_>) -> String {
    step.caller.sub.take().unwrap_or_else(|| step.random.uuid())
}
