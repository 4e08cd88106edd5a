//! The challenge for a passkey.

use super::open::Open;
use super::respond::Respond;
use crate::error::{Error, ErrorKind};
use crate::passkey::{InvalidPasskey, PasskeyAssertion, PasskeyRequestOptions};
use crate::sign_in::wire::Parameters;

/// A challenge for a passkey (WEB_AUTHN).
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is responded to"]
pub struct PasskeyChallenge {
    pub(super) open: Open,
}

impl PasskeyChallenge {
    /// Returns the options to pass to the authenticator.
    ///
    /// # Errors
    ///
    /// [`InvalidPasskey`] when the service sent no options or malformed ones.
    pub fn options(&self) -> Result<PasskeyRequestOptions, InvalidPasskey> {
        let json = self.open.challenge.parameter("CREDENTIAL_REQUEST_OPTIONS").unwrap_or_default();
        PasskeyRequestOptions::from_json(json)
    }

    /// Responds with the assertion that the authenticator returned.
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](crate::ErrorKind::BadCredentials) for an assertion of another user's
    /// passkey.
    pub fn respond(self, assertion: &PasskeyAssertion) -> Respond<Self> {
        Respond::with(self, Parameters::default().with("CREDENTIAL", assertion.to_json()))
    }

    /// Responds with an assertion in the JSON form of browsers.
    pub(super) fn respond_json(self, json: String) -> Respond<Self> {
        match PasskeyAssertion::from_json(&json) {
            Ok(assertion) => self.respond(&assertion),
            Err(error) => {
                let error = Error::new(ErrorKind::InvalidParameter).with_source(error);
                Respond::refused(self, error.of_user())
            }
        }
    }
}
