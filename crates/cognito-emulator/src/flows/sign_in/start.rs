//! The start of a sign-in, for each flow.

use crate::flows::context::Context;
use crate::flows::migration;
use crate::flows::password;
use crate::flows::sign_in::challenge;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::sign_in::progress::{Progress, conclude};
use crate::flows::sign_in::{custom_auth, factors, first_factor, next, srp};
use crate::flows::step::Step;
use crate::flows::trigger;
use crate::flows::triggers::{PreAuthentication, SignInAttempt};
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::challenge::{ChallengeKind, SelectFirstFactor, invalid_session};

/// A flow that starts a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start<'a> {
    Srp,
    Password,
    /// USER_AUTH, with the Session of a preceding sign-up, if any.
    Choice(Option<&'a str>),
    Custom,
}

/// Starts a sign-in of the user in the parameters.
pub(crate) async fn start(
    context: &Context,
    flow: Start<'_>,
    client_id: &str,
    parameters: &Parameters,
) -> Result<Progress, ServiceError> {
    let progress = match flow {
        Start::Srp => with_srp(context, client_id, parameters).await,
        Start::Password => with_password(context, client_id, parameters).await,
        Start::Choice(None) => by_choice(context, client_id, parameters).await,
        Start::Choice(Some(session)) => {
            after_sign_up(context, client_id, parameters, session).await
        }
        Start::Custom => with_custom_auth(context, client_id, parameters).await,
    };
    conclude(context, progress?).await
}

async fn with_srp(
    context: &Context,
    client_id: &str,
    parameters: &Parameters,
) -> Result<Progress, ServiceError> {
    parameters.required("USERNAME")?;
    let srp_a = parameters.required_srp_a()?;
    let attempt = begin(context, client_id, parameters).await?;
    context.step(|step| srp::challenge_user(step, srp_a, attempt, false))
}

async fn with_password(
    context: &Context,
    client_id: &str,
    parameters: &Parameters,
) -> Result<Progress, ServiceError> {
    let given_name = parameters.required("USERNAME")?;
    let password = parameters.required("PASSWORD")?;
    let secret_hash = parameters.get("SECRET_HASH");
    context.step(|step| step.check_secret_hash(client_id, secret_hash, given_name))?;
    migration::bring_in(context, client_id, given_name, Some(password)).await?;
    let attempt = begin(context, client_id, parameters).await?;
    context.step(|step| {
        step.pool.check_may_sign_in(&attempt)?;
        password::check(step, &attempt, password)
    })?;
    next::after_password(context, attempt).await
}

/// Starts with the preferred factor, or sends a choice.
async fn by_choice(
    context: &Context,
    client_id: &str,
    parameters: &Parameters,
) -> Result<Progress, ServiceError> {
    let attempt = begin(context, client_id, parameters).await?;
    let offered = context.step(|step| {
        step.pool.check_may_sign_in(&attempt)?;
        factors::first_factors(step.pool, &attempt.username)
    })?;
    let preferred = parameters.get("PREFERRED_CHALLENGE");
    match offered.iter().find(|factor| preferred == Some(factor.challenge_name())) {
        Some(factor) => first_factor::begin(context, *factor, attempt, parameters).await,
        None => context.step(|step| challenge::send(step, attempt, SelectFirstFactor(offered))),
    }
}

/// Continues after a confirmed sign-up, which counts as the first factor.
async fn after_sign_up(
    context: &Context,
    client_id: &str,
    parameters: &Parameters,
    session: &str,
) -> Result<Progress, ServiceError> {
    let attempt = begin(context, client_id, parameters).await?;
    let signed_up = context.step(|step| {
        step.pool.check_may_sign_in(&attempt)?;
        let now = step.now();
        let challenge = step.pool.challenge(session, now)?;
        let ours = challenge.attempt.username == attempt.username
            && challenge.attempt.client_id == client_id
            && matches!(challenge.kind, ChallengeKind::SignedUp);
        if ours { step.pool.take_challenge(session, now) } else { Err(invalid_session()) }
    })?;
    let progress = next::after_first_factor(context, attempt).await;
    if progress.is_err() {
        context.step(|step| {
            step.pool.challenges.put_back(session, signed_up);
            Ok(())
        })?;
    }
    progress
}

/// Starts with SRP if the client sends SRP_A, and otherwise with the decision of
/// DefineAuthChallenge.
async fn with_custom_auth(
    context: &Context,
    client_id: &str,
    parameters: &Parameters,
) -> Result<Progress, ServiceError> {
    let mut attempt = begin(context, client_id, parameters).await?;
    context.step(|step| step.pool.check_may_sign_in(&attempt))?;
    attempt.custom = Some(Vec::new());
    if parameters.get("CHALLENGE_NAME") != Some("SRP_A") {
        return custom_auth::proceed(context, attempt, None).await;
    }
    let srp_a = parameters.required_srp_a()?;
    attempt.note("SRP_A", true, None);
    custom_auth::proceed(context, attempt, Some(srp_a)).await
}

/// Starts a sign-in, which PreAuthentication may reject.
async fn begin(
    context: &Context,
    client_id: &str,
    parameters: &Parameters,
) -> Result<Attempt, ServiceError> {
    let (attempt, event) = context.step(|step| {
        let attempt = attempt_of(step, client_id, parameters)?;
        let event = SignInAttempt {
            username: attempt.username.clone(),
            client_id: client_id.to_owned(),
            user_not_found: attempt.sub.is_none(),
            attributes: trigger::attributes(step.pool, &attempt.username),
            validation_data: step.caller.validation_data(),
        };
        Ok((attempt, event))
    })?;
    context.call_trigger::<PreAuthentication>(event).await?;
    context.step(|step| step.pool.check_attempt(&attempt))?;
    Ok(attempt)
}

/// Returns the sign-in of the user in the parameters.
///
/// A user who does not exist is rejected or, if the client hides users, continues and fails later.
fn attempt_of(
    step: &Step<'_>,
    client_id: &str,
    parameters: &Parameters,
) -> Result<Attempt, ServiceError> {
    let given_name = parameters.required("USERNAME")?;
    step.check_secret_hash(client_id, parameters.get("SECRET_HASH"), given_name)?;
    let username = step.pool.known_or_flattened(given_name);
    let attempt = step.pool.attempt(username, client_id, parameters.get("DEVICE_KEY"));
    if attempt.sub.is_none() && !step.pool.client(client_id)?.settings.hides_users() {
        return Err(ServiceError::user_unknown());
    }
    Ok(Attempt { channel: step.caller.channel, ..attempt })
}
