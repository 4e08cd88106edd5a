//! SELECT_MFA_TYPE: the choice of an MFA factor.

use serde_json::json;

use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::next;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::flows::step::Step;
use crate::flows::triggers::Strings;
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::challenge::SelectSecondFactor;

impl Respond for SelectSecondFactor {
    const USERNAME: &'static str = "USER_ID_FOR_SRP";

    fn name(&self) -> &'static str {
        "SELECT_MFA_TYPE"
    }

    fn parameters(&self, _: &Step<'_>, _: &Attempt) -> Strings {
        let names: Vec<_> = self.0.iter().map(|factor| factor.challenge_name()).collect();
        Strings::from([("MFAS_CAN_CHOOSE".to_owned(), json!(names).to_string())])
    }

    async fn respond(self, turn: Turn<'_>) -> Result<Progress, Rejection> {
        let chosen = turn.responses.required("ANSWER")?;
        let factor = self.0.into_iter().find(|factor| factor.challenge_name() == chosen);
        let unlisted = || ServiceError::invalid_parameter("Invalid MFA type was selected.");
        let factor = factor.ok_or_else(unlisted)?;
        Ok(next::with_second_factor(turn.context, turn.passed(), factor).await?)
    }
}
