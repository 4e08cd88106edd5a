//! A passkey.

use super::Open;
use crate::passkey::{InvalidPasskey, PasskeyAssertion, PasskeyRequestOptions};
use crate::refused::Refused;
use crate::sign_in::SignIn;
use crate::sign_in::wire::Parameters;

/// WEB_AUTHN: a passkey.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is answered"]
pub struct WebAuthn {
    pub(super) open: Open,
}

impl WebAuthn {
    /// What the authenticator needs.
    ///
    /// # Errors
    ///
    /// [`InvalidPasskey`] when the service sent no such thing.
    pub fn options(&self) -> Result<PasskeyRequestOptions, InvalidPasskey> {
        let json = self.open.challenge.parameter("CREDENTIAL_REQUEST_OPTIONS").unwrap_or_default();
        PasskeyRequestOptions::from_json(json)
    }

    /// Answers with what the authenticator made.
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](crate::ErrorKind::BadCredentials) for an answer that is not the user's.
    pub async fn respond(self, assertion: &PasskeyAssertion) -> Result<SignIn, Refused<Self>> {
        self.open.respond(Parameters::default().with("CREDENTIAL", assertion.to_json())).await
    }
}
