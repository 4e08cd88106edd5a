//! CUSTOM_CHALLENGE, which the pool's triggers create and verify.

use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::custom_auth;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::flows::step::Step;
use crate::flows::triggers::Strings;
use crate::state::attempt::Attempt;
use crate::state::challenge::CustomChallengeParameters;

impl Respond for CustomChallengeParameters {
    fn name(&self) -> &'static str {
        "CUSTOM_CHALLENGE"
    }

    fn parameters(&self, _: &Step<'_>, _: &Attempt) -> Strings {
        self.public.clone()
    }

    /// Verifies the response with the triggers. The Session is used up in any case.
    async fn respond(self, turn: Turn<'_>) -> Result<Progress, Rejection> {
        let Turn { context, attempt, responses, .. } = turn;
        let answer = responses.required("ANSWER")?;
        let attempt = custom_auth::verify(context, attempt, self, answer).await;
        let attempt = attempt.map_err(Rejection::Final)?;
        custom_auth::proceed(context, attempt, None).await.map_err(Rejection::Final)
    }
}
