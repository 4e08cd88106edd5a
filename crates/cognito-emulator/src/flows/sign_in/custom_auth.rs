//! CUSTOM_AUTH: sign-ins controlled by the pool's triggers.

use crate::flows::context::Context;
use crate::flows::sign_in::challenge;
use crate::flows::sign_in::finish::finish;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::srp;
use crate::flows::step::Step;
use crate::flows::trigger;
use crate::flows::triggers::{
    CreateAuthChallenge, CustomAuth, CustomChallengeResponse, DefineAuthChallenge, NextStep,
    VerifyAuthChallengeResponse,
};
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::challenge::CustomChallengeParameters;

/// Continues with the decision of DefineAuthChallenge, which may request the password if the client
/// sent SRP_A.
pub(crate) async fn proceed(
    context: &Context,
    attempt: Attempt,
    srp_a: Option<&str>,
) -> Result<Progress, ServiceError> {
    match (define(context, &attempt).await?, srp_a) {
        (NextStep::IssueTokens, _) => finish(context, attempt).await,
        (NextStep::CustomChallenge, _) => create(context, attempt).await,
        (NextStep::PasswordVerifier, Some(srp_a)) => context.step(|step| {
            step.pool.check_may_sign_in(&attempt)?;
            srp::challenge_user(step, srp_a, attempt, true)
        }),
        (NextStep::PasswordVerifier, None) | (NextStep::Fail, _) => {
            Err(ServiceError::bad_credentials())
        }
    }
}

/// Verifies a response with VerifyAuthChallengeResponse, and records the result. A wrong response
/// is not an error, because DefineAuthChallenge decides.
pub(crate) async fn verify(
    context: &Context,
    mut attempt: Attempt,
    challenge: CustomChallengeParameters,
    answer: &str,
) -> Result<Attempt, ServiceError> {
    let CustomAuth { username, client_id, user_not_found, attributes, client_metadata, .. } =
        context.step(|step| event(step, &attempt))?;
    let event = CustomChallengeResponse {
        username,
        client_id,
        user_not_found,
        attributes,
        answer: answer.to_owned(),
        private: challenge.private,
        client_metadata,
    };
    let correct = context.call_trigger::<VerifyAuthChallengeResponse>(event).await?;
    let correct = correct.ok_or_else(not_configured)?;
    attempt.note("CUSTOM_CHALLENGE", correct, challenge.metadata);
    Ok(attempt)
}

async fn define(context: &Context, attempt: &Attempt) -> Result<NextStep, ServiceError> {
    let event = context.step(|step| event(step, attempt))?;
    context.call_trigger::<DefineAuthChallenge>(event).await?.ok_or_else(not_configured)
}

async fn create(context: &Context, attempt: Attempt) -> Result<Progress, ServiceError> {
    let event = context.step(|step| event(step, &attempt))?;
    let challenge = context.call_trigger::<CreateAuthChallenge>(event).await?;
    let challenge = challenge.ok_or_else(not_configured)?;
    context.step(|step| {
        step.pool.check_may_sign_in(&attempt)?;
        challenge::send(step, attempt, challenge)
    })
}

/// Returns the event for a sign-in that can continue.
fn event(step: &mut Step<'_>, attempt: &Attempt) -> Result<CustomAuth, ServiceError> {
    step.pool.check_may_sign_in(attempt)?;
    Ok(CustomAuth {
        username: attempt.username.clone(),
        client_id: attempt.client_id.clone(),
        user_not_found: attempt.sub.is_none(),
        attributes: trigger::attributes(step.pool, &attempt.username),
        session: attempt.custom.clone().unwrap_or_default(),
        client_metadata: step.caller.client_metadata(),
    })
}

fn not_configured() -> ServiceError {
    ServiceError::invalid_parameter(
        "Custom auth lambda trigger is not configured for the user pool.",
    )
}
