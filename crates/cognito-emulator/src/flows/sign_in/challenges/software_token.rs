//! SOFTWARE_TOKEN_MFA: a code of the user's authenticator app.

use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::next;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::flows::step::Step;
use crate::flows::triggers::Strings;
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::challenge::SoftwareTokenCode;

impl Respond for SoftwareTokenCode {
    const USERNAME: &'static str = "USER_ID_FOR_SRP";

    fn name(&self) -> &'static str {
        "SOFTWARE_TOKEN_MFA"
    }

    /// Returns the name of the app, if VerifySoftwareToken named it (AWS CLI, example of
    /// respond-to-auth-challenge). It is not measured whether an app without a name has one.
    fn parameters(&self, step: &Step<'_>, attempt: &Attempt) -> Strings {
        let user = step.pool.users.get(&attempt.username);
        let app = user.and_then(|user| user.extras().software_token.as_ref());
        let name = app.and_then(|app| app.name.clone());
        name.map(|name| ("FRIENDLY_DEVICE_NAME".to_owned(), name)).into_iter().collect()
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
