//! The set-up of an MFA factor on the pages: the choice of the factor, then its proof.

use crate::flows::context::Context;
use crate::flows::managed_login::sign_in::Outcome;
use crate::flows::sign_in::challenges::set_up;
use crate::flows::sign_in::parameters::Parameters;
use crate::model::ServiceError;
use crate::state::pool::Pool;
use crate::state::user::Factor;

/// The form field of the chosen factor.
const ANSWER: &str = "ANSWER";

/// The form field of the app's code, which is UserCode in VerifySoftwareToken.
const USER_CODE: &str = "USER_CODE";

/// Returns the factors that can be set up on the pages. SMS is not one of them, because MFA_SETUP
/// accepts no phone number.
pub(crate) fn choices(pool: &Pool) -> Vec<Factor> {
    let factors = [Factor::SoftwareToken, Factor::Email].into_iter();
    factors.filter(|factor| pool.settings.offers(*factor)).collect()
}

/// Starts with the only factor, or shows a choice.
pub(super) fn begin(context: &Context, session: String) -> Result<Outcome, ServiceError> {
    context.step(|step| match *choices(step.pool) {
        [Factor::SoftwareToken] => {
            let (_, session) = set_up::associate(step, &session)?;
            Ok(Outcome::Challenged(session))
        }
        _ => Ok(Outcome::Challenged(session)),
    })
}

/// Creates the key of an authenticator app if the form selects one.
pub(super) fn associate(
    context: &Context,
    session: &str,
    form: &Parameters,
) -> Result<Option<Outcome>, ServiceError> {
    if form.get(ANSWER) != Some(Factor::SoftwareToken.challenge_name()) {
        return Ok(None);
    }
    context.step(|step| {
        let (_, session) = set_up::associate(step, session)?;
        Ok(Some(Outcome::Challenged(session)))
    })
}

/// Verifies a code of the app if the form has one, and returns the Session for the response.
pub(super) fn verify(
    context: &Context,
    session: &str,
    form: &Parameters,
) -> Result<String, ServiceError> {
    match form.get(USER_CODE) {
        Some(code) => context.step(|step| set_up::verify(step, session, code, None)),
        None => Ok(session.to_owned()),
    }
}
