//! EMAIL_OTP and SMS_OTP: a code as the first factor.

use crate::flows::context::Context;
use crate::flows::sign_in::challenge;
use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::flows::sign_in::{code, next};
use crate::flows::step::Step;
use crate::flows::triggers::Strings;
use crate::model::ServiceError;
use crate::state::address::Address;
use crate::state::attempt::Attempt;
use crate::state::challenge::{ChallengeCode, OneTimeCode};
use crate::state::user::FirstFactor;

/// The number of digits of a code in place of a password.
const DIGITS: usize = 8;

/// Sends a code and its challenge.
pub(crate) async fn send(
    context: &Context,
    attempt: Attempt,
    factor: FirstFactor,
) -> Result<Progress, ServiceError> {
    let sent = match (&attempt.sub, factor.attribute()) {
        (Some(_), Some(attribute)) => code::send(context, &attempt, attribute, DIGITS).await?,
        _ => simulated(context, &attempt)?,
    };
    context.step(|step| challenge::send(step, attempt, OneTimeCode { factor, sent }))
}

/// Returns a code that is not sent, with a simulated address for the user name.
fn simulated(context: &Context, attempt: &Attempt) -> Result<ChallengeCode, ServiceError> {
    let code = context.step(|step| Ok(step.random.digits(DIGITS)))?;
    Ok(ChallengeCode { code, address: Some(Address::simulated(&attempt.username)) })
}

impl Respond for OneTimeCode {
    fn name(&self) -> &'static str {
        self.factor.challenge_name()
    }

    fn parameters(&self, _: &Step<'_>, _: &Attempt) -> Strings {
        code::parameters(&self.sent)
    }

    async fn respond(self, turn: Turn<'_>) -> Result<Progress, Rejection> {
        let Turn { context, attempt, responses, .. } = &turn;
        let (context, name) = (*context, self.factor.challenge_name());
        context.step(|step| code::check(step, &attempt.username, name, &self.sent, responses))?;
        Ok(next::after_last_factor(context, turn.passed()).await?)
    }
}
