//! DEVICE_PASSWORD_VERIFIER: the proof of a device's password.

use super::Respond;
use crate::flows::sign_in::respond::{Rejection, Response, Turn};
use crate::flows::sign_in::srp::{self, Claim};
use crate::flows::sign_in::{Progress, next};
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::attempt::TokenOccasion;
use crate::state::challenge::{Challenge, ChallengeKind, DeviceVerifier};
use crate::state::device::device_unknown;

pub(crate) const NAME: &str = "DEVICE_PASSWORD_VERIFIER";

/// Takes the exchange that a response proves out of the pool.
pub(crate) fn take(
    step: &mut Step<'_>,
    response: &Response,
) -> Result<(Challenge, Option<String>), ServiceError> {
    let device_key = response.responses.required("DEVICE_KEY")?;
    let claim = Claim::of(response, Some(device_key))?;
    let (attempt, session) = srp::take_proven(step, &claim)?;
    Ok((Challenge { attempt, kind: ChallengeKind::DeviceVerifier(DeviceVerifier) }, session))
}

impl Respond for DeviceVerifier {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn respond(self, turn: Turn<'_>) -> Result<Progress, Rejection> {
        let context = turn.context;
        let mut attempt = turn.passed();
        (attempt.device_proven, attempt.occasion) = (true, TokenOccasion::AuthenticateDevice);
        context.step(|step| {
            let date = step.date();
            let key = attempt.device_key.as_deref().ok_or_else(device_unknown)?;
            let device = step.pool.user_mut(&attempt.username)?.device_mut(key)?;
            (device.session, device.authenticated) = (None, date);
            Ok(())
        })?;
        Ok(next::after_last_factor(context, attempt).await?)
    }
}
