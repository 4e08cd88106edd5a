//! The first factor of USER_AUTH, whose proof may be sent with the choice.

use crate::flows::context::Context;
use crate::flows::password;
use crate::flows::sign_in::challenge;
use crate::flows::sign_in::challenges::{one_time_code, passkey};
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::Turn;
use crate::flows::sign_in::{next, srp};
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::challenge::{Password, PasswordSrp};
use crate::state::user::FirstFactor;

/// Starts with a factor, whose proof may be among the parameters.
pub(crate) async fn begin(
    context: &Context,
    factor: FirstFactor,
    attempt: Attempt,
    parameters: &Parameters,
) -> Result<Progress, ServiceError> {
    match factor {
        FirstFactor::Password => with_password(context, attempt, parameters).await,
        FirstFactor::PasswordSrp => context.step(|step| match parameters.srp_a()? {
            None => challenge::send(step, attempt, PasswordSrp),
            Some(srp_a) => srp::challenge_user(step, srp_a, attempt, true),
        }),
        FirstFactor::WebAuthn => context.step(|step| passkey::send(step, attempt)),
        FirstFactor::EmailOtp | FirstFactor::SmsOtp => {
            one_time_code::send(context, attempt, factor).await
        }
    }
}

/// Continues with the factor of a response, which may contain the proof.
pub(super) async fn respond(factor: FirstFactor, turn: Turn<'_>) -> Result<Progress, ServiceError> {
    let (context, responses) = (turn.context, turn.responses);
    begin(context, factor, turn.passed(), responses).await
}

async fn with_password(
    context: &Context,
    attempt: Attempt,
    parameters: &Parameters,
) -> Result<Progress, ServiceError> {
    let Some(password) = parameters.get("PASSWORD") else {
        return context.step(|step| challenge::send(step, attempt, Password));
    };
    context.step(|step| password::check(step, &attempt, password))?;
    next::after_password(context, attempt).await
}
