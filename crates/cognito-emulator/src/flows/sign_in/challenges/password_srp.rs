//! PASSWORD_SRP: SRP_A, the start of an SRP exchange.

use super::Respond;
use crate::flows::sign_in::respond::{Rejection, Turn};
use crate::flows::sign_in::{Progress, first_factor};
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
