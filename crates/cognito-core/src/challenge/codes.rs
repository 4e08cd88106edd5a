//! Challenges for a code.

use cognito_types::Code;

use super::kind::ChallengeKind;
use super::open::Open;
use super::respond::Respond;
use crate::app_client::given_code;
use crate::sign_in::wire::Parameters;

/// A challenge for a code of an authenticator app, or for a code that was sent: SOFTWARE_TOKEN_MFA,
/// SMS_MFA, EMAIL_OTP or SMS_OTP. [`kind`](Self::kind) returns which.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is responded to"]
pub struct CodeChallenge {
    pub(super) open: Open,
}

impl CodeChallenge {
    /// Returns the kind of the challenge, such as [`ChallengeKind::SmsMfa`].
    pub fn kind(&self) -> ChallengeKind {
        ChallengeKind::of(&self.open.challenge.name)
    }

    /// Returns the address or number that the code was sent to, with most characters hidden; none
    /// for an authenticator app.
    pub fn destination(&self) -> Option<&str> {
        self.open.challenge.parameter("CODE_DELIVERY_DESTINATION")
    }

    /// Returns the name that the user gave the authenticator app.
    pub fn device_name(&self) -> Option<&str> {
        self.open.challenge.parameter("FRIENDLY_DEVICE_NAME")
    }

    /// Responds with the code; white space in it is ignored.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) for a wrong code,
    /// [`CodeExpired`](crate::ErrorKind::CodeExpired) for a code that has expired or was used
    /// before.
    pub fn respond(self, code: impl Into<Code>) -> Respond<Self> {
        match given_code(&code.into()) {
            Ok(code) => {
                let name = format!("{}_CODE", self.open.challenge.name);
                Respond::with(self, Parameters::default().with(name, code))
            }
            Err(error) => Respond::refused(self, error),
        }
    }
}
