//! A passkey.

use super::Open;
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
    /// What the authenticator needs, as JSON for `PublicKeyCredential.parseRequestOptionsFromJSON`
    /// of a browser.
    pub fn options(&self) -> Option<&str> {
        self.open.challenge.parameter("CREDENTIAL_REQUEST_OPTIONS")
    }

    /// Answers with what the authenticator made, as JSON of `PublicKeyCredential.toJSON`.
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](crate::ErrorKind::BadCredentials) for an answer that is not the user's.
    pub async fn respond(self, credential: impl Into<String>) -> Result<SignIn, Refused<Self>> {
        self.open.respond(Parameters::default().with("CREDENTIAL", credential)).await
    }
}
