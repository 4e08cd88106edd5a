//! PASSWORD_SRP: SRP_A, the start of an SRP exchange.

use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::first_factor;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::state::challenge::PasswordSrp;
use crate::state::user::FirstFactor;

impl Respond for PasswordSrp {
    fn name(&self) -> &'static str {
        FirstFactor::PasswordSrp.challenge_name()
    }

    async fn respond(self, turn: Turn<'_>) -> Result<Progress, Rejection> {
        turn.responses.required_srp_a()?;
        Ok(first_factor::respond(FirstFactor::PasswordSrp, turn).await?)
    }
}
