//! NEW_PASSWORD_REQUIRED: a password in place of a temporary one, with missing attributes.

use serde_json::json;

use crate::flows::password;
use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::next;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::flows::step::Step;
use crate::flows::triggers::Strings;
use crate::model::{self, ServiceError, shapes};
use crate::state::alias::TakenAlias;
use crate::state::attempt::{Attempt, TokenOccasion};
use crate::state::attributes::{self, Attributes, Writer};
use crate::state::challenge::NewPassword;
use crate::state::pool::Pool;
use crate::state::user::UserStatus;

impl Respond for NewPassword {
    const USERNAME: &'static str = "USER_ID_FOR_SRP";

    fn name(&self) -> &'static str {
        "NEW_PASSWORD_REQUIRED"
    }

    /// Returns the required attributes that are missing, and the existing attributes.
    fn parameters(&self, step: &Step<'_>, attempt: &Attempt) -> Strings {
        let user = step.pool.users.get(&attempt.username);
        let present = user.map(|user| user.attributes().clone()).unwrap_or_default();
        let missing = attributes::missing(&present, &step.pool.settings.schema);
        let missing: Vec<_> = missing.iter().map(|name| format!("userAttributes.{name}")).collect();
        Strings::from([
            ("requiredAttributes".to_owned(), json!(missing).to_string()),
            ("userAttributes".to_owned(), json!(present).to_string()),
        ])
    }

    async fn respond(self, mut turn: Turn<'_>) -> Result<Progress, Rejection> {
        let Turn { context, attempt, responses, .. } = &mut turn;
        attempt.occasion = TokenOccasion::NewPasswordChallenge;
        let context = *context;
        context.step(|step| set_password(step, attempt, responses))?;
        next::after_first_factor(context, turn.passed()).await.map_err(Rejection::Final)
    }
}

fn set_password(
    step: &mut Step<'_>,
    attempt: &Attempt,
    responses: &Parameters,
) -> Result<(), ServiceError> {
    let Attempt { username, client_id, .. } = attempt;
    let password = responses.required("NEW_PASSWORD")?;
    model::check_text("Password", &shapes::PASSWORD_TYPE, Some(password))?;
    step.pool.settings.password_policy().check(password)?;
    let given = responses.with_prefix("userAttributes.");
    step.pool.client(client_id)?.check_writes(given.keys())?;
    let attributes = completed_attributes(step.pool, username, given)?;
    step.pool.claim_aliases(username, &attributes, TakenAlias::Refuse)?;
    password::set(step, username, password, UserStatus::Confirmed)?;
    step.pool.write_attributes(username, attributes, TakenAlias::Refuse)
}

/// Returns the attributes of a user, with those in the response.
fn completed_attributes(
    pool: &Pool,
    username: &str,
    mut given: Attributes,
) -> Result<Attributes, ServiceError> {
    let schema = &pool.settings.schema;
    attributes::check_new(&given, schema, Writer::User)?;
    given.retain(|_, value| !value.is_empty());
    let user = pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    let mut attributes = user.attributes().clone();
    if let Some(name) = given.keys().find(|name| attributes.contains_key(name)) {
        return Err(ServiceError::not_authorized(format!(
            "Cannot modify an already provided {name}"
        )));
    }
    attributes.extend(given);
    match attributes::missing(&attributes, schema).first() {
        None => Ok(attributes),
        Some(name) => Err(ServiceError::invalid_parameter(format!(
            "Invalid attributes given, {name} is missing"
        ))),
    }
}
