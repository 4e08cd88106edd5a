//! SOFTWARE_TOKEN_MFA: a code of the user's authenticator app.

use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::next;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::challenge::SoftwareTokenCode;

impl Respond for SoftwareTokenCode {
    const USERNAME: &'static str = "USER_ID_FOR_SRP";

    fn name(&self) -> &'static str {
        "SOFTWARE_TOKEN_MFA"
    }

    async fn respond(self, mut turn: Turn<'_>) -> Result<Progress, Rejection> {
        turn.check_second_factor(check)?;
        next::after_last_factor(turn.context, turn.passed()).await.map_err(Rejection::Final)
    }
}

fn check(step: &mut Step<'_>, username: &str, responses: &Parameters) -> Result<(), ServiceError> {
    let code = responses.required("SOFTWARE_TOKEN_MFA_CODE")?;
    let now = step.now();
    let wrong = || ServiceError::code_mismatch("Invalid code received for user");
    let token = step.pool.user_mut(username)?.software_token_mut().ok_or_else(wrong)?;
    token.check(code, now).accepted_or(wrong())
}
