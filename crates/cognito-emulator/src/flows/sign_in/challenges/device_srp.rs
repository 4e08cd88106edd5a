//! DEVICE_SRP_AUTH: SRP_A of a device.

use crate::flows::sign_in::challenge;
use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::progress::{Progress, SentChallenge};
use crate::flows::sign_in::srp;
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::flows::step::Step;
use crate::flows::triggers::Strings;
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::challenge::DeviceSrp;

/// Creates the challenge, and stores its Session with the device, because clients may omit it.
pub(crate) fn send(step: &mut Step<'_>, attempt: Attempt) -> Result<Progress, ServiceError> {
    let (username, key) = (attempt.username.clone(), attempt.device_key.clone());
    let progress = challenge::send(step, attempt, DeviceSrp)?;
    if let (Progress::Challenged(SentChallenge { session, .. }), Some(key)) = (&progress, key) {
        step.pool.user_mut(&username)?.device_mut(&key)?.session.clone_from(session);
    }
    Ok(progress)
}

impl Respond for DeviceSrp {
    fn name(&self) -> &'static str {
        "DEVICE_SRP_AUTH"
    }

    fn parameters(&self, _: &Step<'_>, attempt: &Attempt) -> Strings {
        let key = attempt.device_key.clone();
        key.map(|key| ("DEVICE_KEY".to_owned(), key)).into_iter().collect()
    }

    async fn respond(self, turn: Turn<'_>) -> Result<Progress, Rejection> {
        let srp_a = turn.responses.required_srp_a()?;
        let context = turn.context;
        let attempt = turn.passed();
        Ok(context.step(|step| srp::challenge_device(step, srp_a, attempt))?)
    }
}
