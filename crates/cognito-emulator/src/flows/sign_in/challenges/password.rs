//! PASSWORD: the password in the clear.

use super::Respond;
use crate::flows::sign_in::respond::{Rejection, Turn};
use crate::flows::sign_in::{Progress, first_factor};
use crate::state::challenge::Password;
use crate::state::user::FirstFactor;

impl Respond for Password {
    fn name(&self) -> &'static str {
        FirstFactor::Password.challenge_name()
    }

    async fn respond(self, turn: Turn<'_>) -> Result<Progress, Rejection> {
        turn.responses.required("PASSWORD")?;
        Ok(first_factor::respond(FirstFactor::Password, turn).await?)
    }
}
