//! Codes that are sent for a challenge, as the first or second factor.

use crate::flows::context::Context;
use crate::flows::delivery::{self, Outgoing};
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::step::Step;
use crate::flows::triggers::Strings;
use crate::model::ServiceError;
use crate::state::alias::TakenAlias;
use crate::state::attempt::Attempt;
use crate::state::challenge::ChallengeCode;
use crate::state::outbox::MessageKind;

/// Sends a code to the address in an attribute of the user, if there is one.
pub(crate) async fn send(
    context: &Context,
    attempt: &Attempt,
    attribute: &str,
    digits: usize,
) -> Result<ChallengeCode, ServiceError> {
    let (sent, message) = context.step(|step| {
        let code = step.random.digits(digits);
        let user = step.pool.users.get(&attempt.username).ok_or_else(ServiceError::user_unknown)?;
        let address = user.address(attribute);
        let kind = MessageKind::Authentication;
        let message = address.clone().map(|to| Outgoing::new(user, to, kind, code.clone()));
        Ok((ChallengeCode { code, address }, message))
    })?;
    delivery::send_all(context, message).await?;
    context.step(|step| step.pool.check_may_sign_in(attempt))?;
    Ok(sent)
}

/// Returns the parameters with the destination of a code.
pub(crate) fn parameters(sent: &ChallengeCode) -> Strings {
    let parameters = sent.address.as_ref().map(|address| {
        [
            ("CODE_DELIVERY_DELIVERY_MEDIUM".to_owned(), address.medium().as_str().to_owned()),
            ("CODE_DELIVERY_DESTINATION".to_owned(), address.masked()),
        ]
    });
    parameters.into_iter().flatten().collect()
}

/// Verifies a code. Its address becomes verified, for SMS and e-mail alike (AWS guide).
pub(crate) fn check(
    step: &mut Step<'_>,
    username: &str,
    challenge: &str,
    sent: &ChallengeCode,
    responses: &Parameters,
) -> Result<(), ServiceError> {
    if responses.required(&format!("{challenge}_CODE"))? != sent.code {
        return Err(ServiceError::code_mismatch("Invalid code or auth state for the user."));
    }
    let address = sent.address.as_ref().ok_or_else(ServiceError::user_unknown)?;
    step.pool.verify_address(username, address, TakenAlias::Refuse)
}
