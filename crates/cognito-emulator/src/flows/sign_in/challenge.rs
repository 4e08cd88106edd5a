//! A kind of challenge: its name and parameters, and the handling of a response.

use crate::flows::sign_in::progress::{Progress, SentChallenge};
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::flows::step::Step;
use crate::flows::triggers::Strings;
use crate::model::ServiceError;
use crate::state::attempt::{Attempt, Channel};
use crate::state::challenge::{Challenge, ChallengeKind};

/// A kind of challenge: its name and parameters, and the handling of a response.
pub(super) trait Respond: Into<ChallengeKind> {
    /// The parameter with the user name.
    const USERNAME: &'static str = "USERNAME";

    fn name(&self) -> &'static str;

    /// Returns ChallengeParameters, without the user's name.
    fn parameters(&self, _step: &Step<'_>, _attempt: &Attempt) -> Strings {
        Strings::new()
    }

    /// Returns the challenges to choose from.
    fn available(&self) -> Option<Vec<&'static str>> {
        None
    }

    /// Verifies a response and continues the sign-in.
    fn respond(self, turn: Turn<'_>) -> impl Future<Output = Result<Progress, Rejection>> + Send;
}

/// The length of a Session in characters, as in the service.
const SESSION_LENGTH: usize = 1543;

/// The time limit for submitting a page of managed login in seconds, for every app client (AWS
/// guide, managed login).
const PAGE_SECONDS: u64 = 300;

/// Stores a challenge and returns it for the response.
pub(super) fn send<C: Respond>(
    step: &mut Step<'_>,
    attempt: Attempt,
    challenge: C,
) -> Result<Progress, ServiceError> {
    let mut parameters = challenge.parameters(step, &attempt);
    parameters.insert(C::USERNAME.to_owned(), attempt.username.clone());
    let (name, available) = (challenge.name(), challenge.available());
    let session = Some(open(step, attempt, challenge)?);
    Ok(Progress::Challenged(SentChallenge { name, parameters, session, available }))
}

/// Stores a challenge and returns its Session.
pub(crate) fn open(
    step: &mut Step<'_>,
    attempt: Attempt,
    kind: impl Into<ChallengeKind>,
) -> Result<String, ServiceError> {
    let kind = kind.into();
    let now = step.now();
    let seconds = match attempt.channel {
        Channel::Api => step.pool.client(&attempt.client_id)?.settings.session_seconds(),
        Channel::ManagedLogin => PAGE_SECONDS,
    };
    let ends = now.saturating_add(seconds);
    let session = format!("AYABe{}", step.random.opaque(SESSION_LENGTH.saturating_sub(5)));
    step.pool.challenges.insert(session.clone(), Challenge { attempt, kind }, ends, now);
    Ok(session)
}
