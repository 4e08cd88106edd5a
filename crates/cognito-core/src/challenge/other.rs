//! Challenges that this library does not know.

use std::collections::BTreeMap;

use cognito_types::ChallengeSession;

use super::open::Open;
use super::respond::Respond;
use crate::sign_in::wire::Parameters;

/// A challenge that this library does not know, with all data that the service sent.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is responded to"]
pub struct OtherChallenge {
    pub(super) open: Open,
}

impl OtherChallenge {
    /// Returns the name of the challenge (ChallengeName).
    pub fn name(&self) -> &str {
        &self.open.challenge.name
    }

    /// Returns the parameters (ChallengeParameters), which may hold personal data.
    pub fn parameters(&self) -> &BTreeMap<String, String> {
        &self.open.challenge.parameters
    }

    /// Returns the Session.
    pub fn session(&self) -> Option<&ChallengeSession> {
        self.open.challenge.session.as_ref()
    }

    /// Responds with the given ChallengeResponses; USERNAME and SECRET_HASH are added.
    ///
    /// # Errors
    ///
    /// The errors of the service.
    pub fn respond(self, responses: BTreeMap<String, String>) -> Respond<Self> {
        let responses = responses
            .into_iter()
            .fold(Parameters::default(), |all, (name, value)| all.with(name, value));
        Respond::with(self, responses)
    }
}
