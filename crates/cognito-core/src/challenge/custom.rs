//! Challenges that the pool's triggers define.

use std::collections::BTreeMap;

use super::open::Open;
use super::respond::Respond;
use crate::error::ErrorKind;
use crate::sign_in::wire::Parameters;

/// A challenge that the pool's triggers define (CUSTOM_CHALLENGE).
///
/// After a wrong response, the triggers either send another challenge or end the sign-in.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is responded to"]
pub struct CustomChallenge {
    pub(super) open: Open,
}

impl CustomChallenge {
    /// Returns the parameters that the trigger sent (publicChallengeParameters).
    pub fn parameters(&self) -> &BTreeMap<String, String> {
        &self.open.challenge.parameters
    }

    /// Responds with the text that the triggers check;
    /// [`client_metadata`](Respond::client_metadata) sends them additional data.
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](ErrorKind::BadCredentials) when the triggers end the sign-in. An empty
    /// response is not sent, and the challenge is returned.
    pub fn respond(self, text: impl Into<String>) -> Respond<Self> {
        let text: String = text.into();
        if text.is_empty() {
            return Respond::invalid(self, ErrorKind::InvalidParameter, "the response is empty");
        }
        Respond::with(self, Parameters::default().with("ANSWER", text))
    }
}
