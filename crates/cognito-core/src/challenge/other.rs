//! Challenges that this library does not know.

use std::collections::BTreeMap;

use cognito_types::ChallengeSession;

use super::Open;
use crate::refused::Refused;
use crate::sign_in::SignIn;
use crate::sign_in::wire::Parameters;

/// A challenge without a type of its own, with everything that the service sent.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is answered"]
pub struct OtherChallenge {
    pub(super) open: Open,
}

impl OtherChallenge {
    /// Its name, such as `CUSTOM_CHALLENGE`.
    pub fn name(&self) -> &str {
        &self.open.challenge.name
    }

    /// Its parameters (ChallengeParameters), which may hold personal data.
    pub fn parameters(&self) -> &BTreeMap<String, String> {
        &self.open.challenge.parameters
    }

    /// Its Session.
    pub fn session(&self) -> Option<&ChallengeSession> {
        self.open.challenge.session.as_ref()
    }

    /// Answers with the given ChallengeResponses; USERNAME and SECRET_HASH are added.
    ///
    /// Dropping the future may lose the sign-in: the service may have taken the answer.
    ///
    /// # Errors
    ///
    /// Whatever the service makes of the answer.
    pub async fn respond(
        self,
        responses: BTreeMap<String, String>,
    ) -> Result<SignIn, Refused<Self>> {
        let answer = responses
            .into_iter()
            .fold(Parameters::default(), |answer, (name, value)| answer.with(name, value));
        self.open.respond(answer).await
    }
}
