//! PASSWORD: the plain password.

use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::first_factor;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::{Rejection, Turn};
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
