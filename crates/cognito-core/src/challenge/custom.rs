//! Whatever the pool's triggers ask.

use std::collections::BTreeMap;

use super::Open;
use crate::context::ClientMetadata;
use crate::error::ErrorKind;
use crate::refused::Refused;
use crate::sign_in::SignIn;
use crate::sign_in::wire::Parameters;

/// CUSTOM_CHALLENGE: whatever the pool's triggers ask.
///
/// A wrong answer brings another challenge or ends the sign-in, as the triggers decide.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is answered"]
pub struct CustomChallenge {
    pub(super) open: Open,
}

impl CustomChallenge {
    /// What the trigger tells the client (publicChallengeParameters).
    pub fn parameters(&self) -> &BTreeMap<String, String> {
        &self.open.challenge.parameters
    }

    /// Answers.
    ///
    /// Dropping the future may lose the sign-in: the service may have taken the answer.
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](ErrorKind::BadCredentials) when the triggers end the sign-in. An empty
    /// response is not sent, and the challenge comes back.
    pub async fn respond(self, answer: impl Into<String>) -> Result<SignIn, Refused<Self>> {
        let answer: String = answer.into();
        if answer.is_empty() {
            return Err(self.open.unsent(ErrorKind::InvalidParameter, "the response is empty"));
        }
        self.open.respond(Parameters::default().with("ANSWER", answer)).await
    }

    /// Answers, with pairs that the triggers receive besides (ClientMetadata).
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub async fn respond_with(
        mut self,
        answer: impl Into<String>,
        metadata: ClientMetadata,
    ) -> Result<SignIn, Refused<Self>> {
        self.open.journey.context.metadata.extend(metadata);
        self.respond(answer).await
    }
}
