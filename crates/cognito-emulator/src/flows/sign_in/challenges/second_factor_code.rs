//! SMS_MFA and EMAIL_OTP: a code as the second factor.

use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::flows::sign_in::{code, next};
use crate::flows::step::Step;
use crate::flows::triggers::Strings;
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::challenge::SecondFactorCode;
use crate::state::user::Factor;

impl Respond for SecondFactorCode {
    const USERNAME: &'static str = "USER_ID_FOR_SRP";

    fn name(&self) -> &'static str {
        self.factor.challenge_name()
    }

    fn parameters(&self, _: &Step<'_>, _: &Attempt) -> Strings {
        code::parameters(&self.sent)
    }

    async fn respond(self, mut turn: Turn<'_>) -> Result<Progress, Rejection> {
        turn.check_second_factor(|step, username, responses| {
            code::check(step, username, self.factor.challenge_name(), &self.sent, responses)?;
            finish_set_up(step, username, self.factor)
        })?;
        Ok(next::after_last_factor(turn.context, turn.passed()).await?)
    }
}

/// Enables e-mail MFA, if it is being set up, after its code was verified.
fn finish_set_up(step: &mut Step<'_>, username: &str, factor: Factor) -> Result<(), ServiceError> {
    let user = step.pool.user_mut(username)?;
    if factor == Factor::Email && !user.factors.enabled().contains(&factor) {
        user.factors.set(factor, true, true);
    }
    Ok(())
}
