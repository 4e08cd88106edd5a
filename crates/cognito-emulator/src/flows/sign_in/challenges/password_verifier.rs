//! PASSWORD_VERIFIER: the proof of a user's password.

use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::next;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::srp::{self, Claim};
use crate::flows::sign_in::turn::{Rejection, Response, Turn};
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::challenge::{Challenge, PasswordVerifier};

/// Removes and returns the exchange that a response proves.
pub(crate) fn take(
    step: &mut Step<'_>,
    response: &Response,
) -> Result<(Challenge, Option<String>), ServiceError> {
    let (attempt, session) = srp::take_proven(step, &Claim::of(response, None)?)?;
    Ok((Challenge { attempt, kind: PasswordVerifier.into() }, session))
}

impl Respond for PasswordVerifier {
    fn name(&self) -> &'static str {
        srp::PASSWORD_VERIFIER
    }

    async fn respond(self, turn: Turn<'_>) -> Result<Progress, Rejection> {
        Ok(next::after_password(turn.context, turn.passed()).await?)
    }
}
