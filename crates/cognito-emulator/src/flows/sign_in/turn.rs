//! Responses to challenges, and their rejection.

use crate::flows::auth_event;
use crate::flows::context::Context;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::auth_event::EventChallenge;

/// A response to a challenge.
pub(crate) struct Response {
    pub(crate) client_id: String,
    /// The name of the challenge.
    pub(crate) challenge: String,
    pub(crate) session: Option<String>,
    pub(crate) responses: Parameters,
}

/// A response to a challenge that was removed from the pool.
pub(super) struct Turn<'a> {
    pub(super) context: &'a Context,
    pub(super) attempt: Attempt,
    pub(super) responses: &'a Parameters,
    /// The name of the challenge.
    pub(super) name: &'a str,
}

/// The rejection of a response.
pub(super) enum Rejection {
    /// Another response to the challenge is possible.
    Again(ServiceError),
    /// The Session is used up: the response was valid and cannot be repeated, because the new
    /// password is set or the code of the app is used.
    Final(ServiceError),
}

impl From<ServiceError> for Rejection {
    fn from(error: ServiceError) -> Self {
        Self::Again(error)
    }
}

impl Turn<'_> {
    /// Verifies a second factor. A failure is recorded in the user's history.
    pub(super) fn check_second_factor(
        &mut self,
        check: impl FnOnce(&mut Step<'_>, &str, &Parameters) -> Result<(), ServiceError>,
    ) -> Result<(), ServiceError> {
        let Self { context, attempt, responses, .. } = self;
        context.step(|step| {
            let checked = check(step, &attempt.username, responses);
            if checked.is_err() {
                auth_event::record_failure(step, &attempt.username, EventChallenge::Mfa);
            }
            checked
        })?;
        attempt.by_second_factor = true;
        Ok(())
    }

    /// Returns the sign-in after a valid response.
    pub(super) fn passed(self) -> Attempt {
        let mut attempt = self.attempt;
        attempt.note(self.name, true, None);
        attempt
    }
}
