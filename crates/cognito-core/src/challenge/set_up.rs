//! Challenges to set up a second factor during a sign-in.

use cognito_types::{Code, SoftwareTokenSecret};

use super::open::Open;
use super::respond::{Contents, Respond};
use crate::enrolment::OtpAuthUri;
use crate::error::ErrorKind;
use crate::refused::Refused;
use crate::sign_in::wire::Parameters;

/// A challenge to set up a second factor before the user is signed in (MFA_SETUP).
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is responded to"]
pub struct MfaSetup {
    pub(super) open: Open,
}

impl MfaSetup {
    /// Returns the names of the factors that can be set up, such as `SOFTWARE_TOKEN_MFA`.
    pub fn options(&self) -> Vec<String> {
        self.open.names("MFAS_CAN_SETUP")
    }

    /// Sets up codes by e-mail to this address; a challenge for the first code follows.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for a pool without codes by e-mail.
    pub fn email(self, address: impl Into<String>) -> Respond<Self> {
        let address: String = address.into();
        if address.trim().is_empty() {
            return Respond::invalid(self, ErrorKind::InvalidParameter, "the address is empty");
        }
        Respond::with(self, Parameters::default().with("EMAIL", address.trim()))
    }

    /// Requests the key of an authenticator app (AssociateSoftwareToken).
    ///
    /// # Errors
    ///
    /// [`ChallengeExpired`](ErrorKind::ChallengeExpired) after the deadline.
    pub async fn associate_software_token(self) -> Result<SoftwareTokenSetup, Refused<Self>> {
        let Some(session) = self.open.challenge.session.clone() else {
            return Err(Refused::unsent(ErrorKind::Service.into(), self));
        };
        let client = self.open.attempt.pool.app_client();
        match client.associate_software_token(&session).await {
            Ok((secret, Some(session))) => {
                let mut open = self.open;
                open.set_session(session);
                Ok(SoftwareTokenSetup { open, secret })
            }
            Ok((_, None)) => Err(Refused::accepted(ErrorKind::Service.into())),
            Err(error) => Err(Refused::sent(error, self)),
        }
    }
}

/// A challenge to prove with a code that an authenticator app has the requested key.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the app is verified"]
pub struct SoftwareTokenSetup {
    pub(super) open: Open,
    pub(super) secret: SoftwareTokenSecret,
}

impl SoftwareTokenSetup {
    /// Returns the key, in base32, which the user types or scans into the app.
    pub fn secret(&self) -> &SoftwareTokenSecret {
        &self.secret
    }

    /// Returns the URI that adds the key to an app when the user's device opens or scans it.
    ///
    /// The app shows `issuer` and `account`, such as the names of a product and of the user.
    pub fn otp_auth_uri(&self, issuer: &str, account: &str) -> OtpAuthUri {
        OtpAuthUri::new(&self.secret, issuer, account)
    }

    /// Responds with the first code of the app (VerifySoftwareToken, then RespondToAuthChallenge).
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](ErrorKind::CodeMismatch) for a wrong code,
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for a code that does not have six digits.
    /// Both return the challenge, so the key that the user scanned stays valid.
    #[doc(alias = "verify_software_token")]
    pub fn respond(self, code: impl Into<Code>) -> Respond<Self> {
        Respond::new(self, Contents::FirstCode(code.into(), None))
    }
}

impl Respond<SoftwareTokenSetup> {
    /// Sets the name of the app, which later challenges show to the user.
    pub fn device_name(mut self, name: impl Into<String>) -> Self {
        if let Contents::FirstCode(_, device_name) = &mut self.contents {
            *device_name = Some(name.into());
        }
        self
    }
}
