//! The state of an open challenge, which all types of challenges hold.

use std::fmt;
use std::time::SystemTime;

use cognito_types::ChallengeSession;

use crate::sign_in::attempt::Attempt;
use crate::sign_in::machine::Question;
use crate::sign_in::wire::ReceivedChallenge;

/// An open challenge, with the sign-in that it belongs to.
#[derive(Clone)]
pub(crate) struct Open {
    pub(crate) attempt: Box<Attempt>,
    pub(crate) username: String,
    pub(crate) challenge: ReceivedChallenge,
    pub(crate) deadline: SystemTime,
    /// True if the authenticator app was verified already and only the response to the challenge is
    /// missing.
    pub(crate) app_is_verified: bool,
}

/// A type that has an open challenge.
pub(crate) trait HasOpen: Send + 'static {
    fn open_mut(&mut self) -> &mut Open;
}

impl Open {
    pub(crate) fn new(attempt: Attempt, question: Question) -> Self {
        let deadline = deadline(&attempt);
        let Question { username, challenge } = question;
        let attempt = Box::new(attempt);
        Self { attempt, username, challenge, deadline, app_is_verified: false }
    }

    /// Continues with the next Session, which is valid as long as the first one was.
    pub(super) fn set_session(&mut self, session: ChallengeSession) {
        self.challenge.session = Some(session);
        self.deadline = deadline(&self.attempt);
    }

    /// Parses a parameter that holds a JSON list of names.
    pub(super) fn names(&self, parameter: &str) -> Vec<String> {
        let list = self.challenge.parameter(parameter).unwrap_or("[]");
        serde_json::from_str(list).unwrap_or_default()
    }
}

fn deadline(attempt: &Attempt) -> SystemTime {
    let now = attempt.pool.clock().now();
    now.checked_add(attempt.pool.session_validity()).unwrap_or(now)
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open")
            .field("name", &self.challenge.name)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
