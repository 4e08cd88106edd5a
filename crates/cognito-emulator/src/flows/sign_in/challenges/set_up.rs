//! MFA_SETUP: the set-up of an MFA factor. For an authenticator app, two operations precede the
//! response.

use serde_json::json;

use crate::flows::attribute_change::check_changes;
use crate::flows::sign_in::challenge;
use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::next;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::flows::step::Step;
use crate::flows::triggers::Strings;
use crate::model::ServiceError;
use crate::state::address::Address;
use crate::state::alias::TakenAlias;
use crate::state::attempt::Attempt;
use crate::state::attributes::{self, Attributes, Writer};
use crate::state::challenge::{ChallengeKind, SetUp, invalid_session};
use crate::state::pool::Pool;
use crate::state::totp::{SoftwareToken, set_up_mismatch};
use crate::state::user::Factor;

impl Respond for SetUp {
    const USERNAME: &'static str = "USER_ID_FOR_SRP";

    fn name(&self) -> &'static str {
        "MFA_SETUP"
    }

    fn parameters(&self, step: &Step<'_>, _: &Attempt) -> Strings {
        let offered = Factor::ALL.into_iter().filter(|factor| step.pool.settings.offers(*factor));
        let names: Vec<_> = offered.map(Factor::challenge_name).collect();
        Strings::from([("MFAS_CAN_SETUP".to_owned(), json!(names).to_string())])
    }

    async fn respond(self, turn: Turn<'_>) -> Result<Progress, Rejection> {
        let context = turn.context;
        match (turn.responses.get("EMAIL"), self) {
            (Some(address), _) => {
                context.step(|step| set_email(step, &turn.attempt.username, address))?;
                Ok(next::with_second_factor(context, turn.passed(), Factor::Email).await?)
            }
            (None, Self::Verified) => Ok(next::after_last_factor(context, turn.passed()).await?),
            (None, Self::Open | Self::Associated(_)) => {
                Err(ServiceError::invalid_parameter("Software token MFA has not been verified.")
                    .into())
            }
        }
    }
}

/// Creates a key for an authenticator app, and the Session of the next step.
pub(crate) fn associate(
    step: &mut Step<'_>,
    session: &str,
) -> Result<(String, String), ServiceError> {
    check_offers_software_tokens(step.pool)?;
    let token = SoftwareToken::new(step.random.bytes());
    let secret = token.secret_code();
    let session = advance(step, session, SetUp::Associated(Box::new(token)))?;
    Ok((secret, session))
}

/// Verifies a code of the app, names the app, and returns the Session of the next step.
pub(crate) fn verify(
    step: &mut Step<'_>,
    session: &str,
    code: &str,
    name: Option<String>,
) -> Result<String, ServiceError> {
    let now = step.now();
    let challenge = step.pool.challenge(session, now)?;
    let ChallengeKind::SetUp(set_up) = &mut challenge.kind else {
        return Err(invalid_session());
    };
    let SetUp::Associated(token) = set_up else {
        return Err(set_up_mismatch());
    };
    token.check(code, now).accepted_or(set_up_mismatch())?;
    token.name = name;
    let token = SoftwareToken::clone(token);
    let username = challenge.attempt.username.clone();
    let session = advance(step, session, SetUp::Verified)?;
    // The app is registered from now on, even without a response to MFA_SETUP (moto#8049).
    let user = step.pool.user_mut(&username)?;
    user.change_extras(|extras| extras.software_token = Some(token));
    user.factors.set(Factor::SoftwareToken, true, true);
    Ok(session)
}

/// Checks that users of the pool can set up an authenticator app.
pub(crate) fn check_offers_software_tokens(pool: &Pool) -> Result<(), ServiceError> {
    const MESSAGE: &str = "Software Token MFA has not been enabled by the userPool";
    match pool.settings.offers(Factor::SoftwareToken) {
        true => Ok(()),
        false => Err(ServiceError::software_token_mfa_not_found(MESSAGE)),
    }
}

/// Replaces the Session of a set-up by one for the next step.
fn advance(step: &mut Step<'_>, session: &str, set_up: SetUp) -> Result<String, ServiceError> {
    let now = step.now();
    if !matches!(step.pool.challenge(session, now)?.kind, ChallengeKind::SetUp(_)) {
        return Err(invalid_session());
    }
    let attempt = step.pool.take_challenge(session, now)?.attempt;
    challenge::open(step, attempt, set_up)
}

/// Sets the address for e-mail MFA, which the code must verify.
fn set_email(step: &mut Step<'_>, username: &str, address: &str) -> Result<(), ServiceError> {
    if !step.pool.settings.offers(Factor::Email) {
        return Err(ServiceError::invalid_parameter("Email MFA not enabled for the userPool."));
    }
    let mut given = Attributes::default();
    given.insert("email", address);
    attributes::check_update(&given, &step.pool.settings.schema, Writer::User)?;
    check_changes(step.pool, username, &given)?;
    let user = step.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    if let Some(address) = Address::new("email", address) {
        step.pool.check_alias_free(&address, username)?;
    }
    let mut attributes = user.attributes().clone();
    attributes.extend(given);
    attributes.insert("email_verified".to_owned(), "false".to_owned());
    step.pool.write_attributes(username, attributes, TakenAlias::Refuse)
}
