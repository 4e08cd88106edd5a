//! The set-up of a second factor in the middle of a sign-in.

use std::time::SystemTime;

use cognito_types::{ChallengeSession, Code, SoftwareTokenSecret};

use super::{Open, Wraps};
use crate::enrolment::OtpAuthUri;
use crate::error::{Error, ErrorKind};
use crate::refused::Refused;
use crate::saved::SavedChallenge;
use crate::sign_in::SignIn;
use crate::sign_in::wire::Parameters;

/// MFA_SETUP: a second factor must be set up before the user is signed in.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is answered"]
pub struct MfaSetup {
    pub(super) open: Open,
}

impl MfaSetup {
    /// The factors that can be set up, by names such as `SOFTWARE_TOKEN_MFA`.
    pub fn options(&self) -> Vec<String> {
        self.open.names("MFAS_CAN_SETUP")
    }

    /// Sets up codes by e-mail to this address; a challenge for the first code follows.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) where the pool does not offer that.
    pub async fn email(self, address: impl Into<String>) -> Result<SignIn, Refused<Self>> {
        let address: String = address.into();
        if address.trim().is_empty() {
            return Err(self.open.unsent(ErrorKind::InvalidParameter, "the address is empty"));
        }
        self.open.respond(Parameters::default().with("EMAIL", address.trim())).await
    }

    /// Gets the key of an authenticator app (AssociateSoftwareToken).
    ///
    /// # Errors
    ///
    /// [`ChallengeExpired`](ErrorKind::ChallengeExpired) when it took too long.
    pub async fn associate_software_token(self) -> Result<SoftwareTokenSetup, Refused<Self>> {
        let Some(session) = self.open.challenge.session.clone() else {
            return Err(Refused::unsent(ErrorKind::Service.into(), self));
        };
        let carrier = self.open.journey.pool.carrier();
        match carrier.associate_software_token(&session).await {
            Ok((secret, Some(session))) => {
                let mut open = self.open;
                open.set_session(session);
                Ok(SoftwareTokenSetup { open, secret, verified: false })
            }
            Ok((_, None)) => Err(Refused::taken(ErrorKind::Service.into())),
            Err(error) => Err(Refused::sent(error, self)),
        }
    }
}

/// An authenticator app whose key was handed out and has to be proven.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the app is proven"]
pub struct SoftwareTokenSetup {
    open: Open,
    secret: SoftwareTokenSecret,
    /// Whether the key was proven and only the last answer is missing.
    verified: bool,
}

impl SoftwareTokenSetup {
    pub(crate) fn resumed(open: Open, secret: SoftwareTokenSecret, verified: bool) -> Self {
        Self { open, secret, verified }
    }

    pub(super) fn open(&self) -> &Open {
        &self.open
    }

    /// When the service stops taking answers, by the pool's clock.
    pub fn deadline(&self) -> SystemTime {
        self.open.deadline
    }

    /// Everything that is needed to go on later, the key included: see
    /// [`Challenge::save`](crate::Challenge::save).
    pub fn save(&self) -> SavedChallenge {
        SavedChallenge::new(&self.open).with_set_up(&self.secret, self.verified)
    }

    /// The key, in base32, to be typed or scanned into the app.
    pub fn secret(&self) -> &SoftwareTokenSecret {
        &self.secret
    }

    /// The key as an address that apps understand, for the user's device to open or scan.
    ///
    /// `issuer` and `account` are what the app shows, such as a product and a user name.
    pub fn otp_auth_uri(&self, issuer: &str, account: &str) -> OtpAuthUri {
        OtpAuthUri::new(&self.secret, issuer, account)
    }

    /// Proves that the app has the key (VerifySoftwareToken) and goes on with the sign-in.
    ///
    /// `device_name` is the name that later challenges show the user for the app, if any.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](ErrorKind::CodeMismatch) for a wrong code,
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for one that is not of six digits. The
    /// set-up comes back with both, so the key that the user scanned stays good.
    pub async fn verify(
        mut self,
        code: impl Into<Code>,
        device_name: Option<&str>,
    ) -> Result<SignIn, Refused<Self>> {
        if !self.verified {
            match self.prove(&code.into(), device_name).await {
                Ok(session) => self.open.set_session(session),
                Err(error) => return Err(Refused::sent(error, self)),
            }
            self.verified = true;
        }
        // The Session that proves the key is what answers the challenge.
        let secret = self.secret;
        let answered = self.open.respond::<Proven>(Parameters::default()).await;
        answered.map_err(|refused| match refused.into_parts() {
            (error, Some(Proven(open))) => {
                Refused::sent(error, Self { open, secret, verified: true })
            }
            (error, None) => Refused::taken(error),
        })
    }

    async fn prove(
        &self,
        code: &Code,
        device_name: Option<&str>,
    ) -> Result<ChallengeSession, Error> {
        let session = self.open.challenge.session.as_ref().ok_or(ErrorKind::Service)?;
        let carrier = self.open.journey.pool.carrier();
        let next = carrier.verify_software_token(session, code, device_name).await?;
        next.ok_or_else(|| ErrorKind::Service.into())
    }
}

/// A set-up whose last answer was refused.
struct Proven(Open);

impl Wraps for Proven {
    fn wrap(open: Open) -> Self {
        Self(open)
    }

    fn open(&self) -> &Open {
        &self.0
    }
}
