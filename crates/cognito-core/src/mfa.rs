//! Second factors of a signed-in user.

use cognito_types::{Code, SoftwareTokenSecret};

use crate::enrolment::OtpAuthUri;
use crate::session::{Session, VerifySoftwareToken};

/// An authenticator app whose key was handed out and has to be proven.
///
/// Once proven, [`Session::set_mfa_preference`] makes the service ask for it.
#[derive(Debug)]
#[must_use = "the app is not set up until it is proven"]
pub struct SoftwareTokenAssociation {
    session: Session,
    secret: SoftwareTokenSecret,
}

impl SoftwareTokenAssociation {
    pub(crate) fn new(session: Session, secret: SoftwareTokenSecret) -> Self {
        Self { session, secret }
    }

    /// Creates the association again from a key that was saved, such as between two requests of a
    /// web server that shows the key again after a wrong code.
    ///
    /// To save it, keep [`secret`](Self::secret) where only the server reads it. A server that
    /// does not show the key again needs no more than [`Session::verify_software_token`].
    pub fn resume(session: Session, secret: impl Into<SoftwareTokenSecret>) -> Self {
        Self::new(session, secret.into())
    }

    /// The key, in base32, to be typed or scanned into the app.
    pub fn secret(&self) -> &SoftwareTokenSecret {
        &self.secret
    }

    /// The key as an address that apps understand, for the user's device to open or scan.
    ///
    /// `issuer` and `account` are shown by the app, such as a product and a user name.
    pub fn otp_auth_uri(&self, issuer: &str, account: &str) -> OtpAuthUri {
        OtpAuthUri::new(&self.secret, issuer, account)
    }

    /// Verifies the first code of the app (VerifySoftwareToken), when it is awaited; a wrong code can
    /// be tried again.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) for a wrong code.
    pub fn verify(&self, code: impl Into<Code>) -> VerifySoftwareToken {
        self.session.verify_software_token(code)
    }
}

/// Which second factors a user has and prefers; what is not named stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct MfaPreference {
    pub(crate) software_token: Option<Factor>,
    pub(crate) sms: Option<Factor>,
    pub(crate) email: Option<Factor>,
    pub(crate) passkey: Option<bool>,
}

/// The destination of codes from before there were preferences (MFAOptionType).
///
/// The service still tells it of users who were set up so, and of them alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaOption {
    pub(crate) medium: Option<String>,
    pub(crate) attribute: Option<String>,
}

impl MfaOption {
    /// Returns the medium of codes (DeliveryMedium), which is `SMS`.
    pub fn medium(&self) -> Option<&str> {
        self.medium.as_deref()
    }

    /// The attribute that has the address (AttributeName), which is `phone_number`.
    pub fn attribute(&self) -> Option<&str> {
        self.attribute.as_deref()
    }
}

/// The preference for a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Factor {
    /// Disabled.
    Off,
    /// Enabled.
    On,
    /// Enabled and preferred.
    Preferred,
}

impl Factor {
    pub(crate) fn is_on(self) -> bool {
        self != Self::Off
    }

    pub(crate) fn is_preferred(self) -> bool {
        self == Self::Preferred
    }
}

impl MfaPreference {
    /// Authenticator apps.
    pub fn software_token(self, factor: Factor) -> Self {
        Self { software_token: Some(factor), ..self }
    }

    /// Codes by text message.
    pub fn sms(self, factor: Factor) -> Self {
        Self { sms: Some(factor), ..self }
    }

    /// Codes by e-mail.
    pub fn email(self, factor: Factor) -> Self {
        Self { email: Some(factor), ..self }
    }

    /// Passkeys of which the authenticator verifies the user, as a sign-in that needs no second
    /// factor.
    ///
    /// The service wants another factor to be on beside them.
    pub fn passkey(self, on: bool) -> Self {
        Self { passkey: Some(on), ..self }
    }
}
