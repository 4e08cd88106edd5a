//! DEVICE_PASSWORD_VERIFIER: the proof of a device's password.

use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::next;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::srp::{self, Claim};
use crate::flows::sign_in::turn::{Rejection, Response, Turn};
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::attempt::TokenOccasion;
use crate::state::challenge::{Challenge, DeviceVerifier};
use crate::state::device::device_unknown;

/// Removes and returns the exchange that a response proves.
pub(crate) fn take(
    step: &mut Step<'_>,
    response: &Response,
) -> Result<(Challenge, Option<String>), ServiceError> {
    let device_key = response.responses.required("DEVICE_KEY")?;
    let claim = Claim::of(response, Some(device_key))?;
    let (attempt, session) = srp::take_proven(step, &claim)?;
    Ok((Challenge { attempt, kind: DeviceVerifier.into() }, session))
}

impl Respond for DeviceVerifier {
    fn name(&self) -> &'static str {
        srp::DEVICE_PASSWORD_VERIFIER
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
