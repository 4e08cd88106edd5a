//! Responses to challenges. A challenge is removed from the pool during a response, and restored if
//! the response is rejected and may be repeated.

use crate::flows::context::Context;
use crate::flows::sign_in::challenges::{self, device_verifier, password_verifier};
use crate::flows::sign_in::progress::{Progress, conclude};
use crate::flows::sign_in::srp;
use crate::flows::sign_in::turn::{Rejection, Response, Turn};
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::challenge::{Challenge, invalid_session};
use crate::state::user::User;

/// A challenge that was removed from the pool, and its Session if it has one.
struct Taken {
    challenge: Challenge,
    session: Option<String>,
}

/// Responds to a challenge.
///
/// Meanwhile its Session counts as used, so that one of two concurrent responses is rejected. If
/// the future is dropped, the Session stays used.
pub(crate) async fn respond(
    context: &Context,
    response: &Response,
) -> Result<Progress, ServiceError> {
    let Taken { challenge, session } = context.step(|step| take(step, response))?;
    let mut attempt = challenge.attempt.clone();
    if let Some(key) = response.responses.get("DEVICE_KEY") {
        attempt.device_key = Some(key.to_owned());
    }
    let (responses, name) = (&response.responses, response.challenge.as_str());
    let turn = Turn { context, attempt, responses, name };
    match challenges::respond(challenge.kind.clone(), turn).await {
        Ok(progress) => conclude(context, progress).await,
        Err(Rejection::Final(error)) => Err(error),
        Err(Rejection::Again(error)) => context.step(|step| {
            if let Some(session) = session {
                step.pool.challenges.put_back(&session, challenge);
            }
            Err(error)
        }),
    }
}

/// Removes the challenge of a response from the pool: an SRP exchange by its proof, every other
/// challenge by its Session.
fn take(step: &mut Step<'_>, response: &Response) -> Result<Taken, ServiceError> {
    let username = response.responses.required("USERNAME")?;
    let secret_hash = response.responses.get("SECRET_HASH");
    step.check_secret_hash(&response.client_id, secret_hash, username)?;
    let proven = match response.challenge.as_str() {
        srp::PASSWORD_VERIFIER => password_verifier::take(step, response)?,
        srp::DEVICE_PASSWORD_VERIFIER => device_verifier::take(step, response)?,
        _ => return take_by_session(step, response),
    };
    Ok(Taken { challenge: proven.0, session: proven.1 })
}

fn take_by_session(step: &mut Step<'_>, response: &Response) -> Result<Taken, ServiceError> {
    let session = session_of(step, response)?;
    let now = step.now();
    let username = step.pool.users.flattened(response.responses.required("USERNAME")?);
    let challenge = step.pool.challenge(&session, now)?;
    let expected = challenges::name(&challenge.kind) == Some(&response.challenge);
    let is_foreign = challenge.attempt.channel != step.caller.channel
        || challenge.attempt.client_id != response.client_id;
    if is_foreign || !expected {
        return Err(invalid_session());
    }
    if challenge.attempt.username != username {
        return Err(ServiceError::user_unknown());
    }
    step.pool.users.get(&username).map_or(Ok(()), User::check_may_sign_in)?;
    let challenge = step.pool.take_challenge(&session, now)?;
    Ok(Taken { challenge, session: Some(session) })
}

/// Returns the Session of a response.
///
/// Clients may omit the Session of DEVICE_SRP_AUTH, and some send the previous one.
fn session_of(step: &mut Step<'_>, response: &Response) -> Result<String, ServiceError> {
    let now = step.now();
    let is_open = |session: &&String| step.pool.challenge(session, now).is_ok();
    if let Some(open) = response.session.as_ref().filter(is_open) {
        return Ok(open.clone());
    }
    let of_device = || {
        let key = response.responses.get("DEVICE_KEY");
        let key = key.filter(|_| response.challenge == "DEVICE_SRP_AUTH")?;
        let username = step.pool.username_for(response.responses.get("USERNAME")?)?;
        step.pool.users.get(username)?.extras().devices.get(key)?.session.clone()
    };
    let session = of_device().or_else(|| response.session.clone());
    session.ok_or_else(|| ServiceError::missing_parameter("Session"))
}
