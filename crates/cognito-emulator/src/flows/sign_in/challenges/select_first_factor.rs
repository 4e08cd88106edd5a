//! SELECT_CHALLENGE: the choice of a first factor.

use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::first_factor;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::model::ServiceError;
use crate::state::challenge::SelectFirstFactor;

impl Respond for SelectFirstFactor {
    fn name(&self) -> &'static str {
        "SELECT_CHALLENGE"
    }

    fn available(&self) -> Option<Vec<&'static str>> {
        Some(self.0.iter().map(|factor| factor.challenge_name()).collect())
    }

    async fn respond(self, turn: Turn<'_>) -> Result<Progress, Rejection> {
        let chosen = turn.responses.required("ANSWER")?;
        let factor = self.0.into_iter().find(|factor| factor.challenge_name() == chosen);
        let unlisted = || ServiceError::invalid_parameter("Invalid challenge was selected.");
        Ok(first_factor::respond(factor.ok_or_else(unlisted)?, turn).await?)
    }
}
