//! Second factors of a signed-in user.

use cognito_types::{Code, SoftwareTokenSecret};

use crate::enrolment::OtpAuthUri;
use crate::session::{Session, VerifySoftwareToken};

/// An authenticator app that has its key but is not verified yet.
///
/// Once it is verified, [`Session::set_mfa_preference`] enables it.
#[derive(Debug)]
#[must_use = "the app is not set up until it is verified"]
pub struct SoftwareTokenAssociation {
    session: Session,
    secret: SoftwareTokenSecret,
}

impl SoftwareTokenAssociation {
    pub(crate) fn new(session: Session, secret: SoftwareTokenSecret) -> Self {
        Self { session, secret }
    }

    /// Resumes the association with a saved key, for example in a web server that shows the key
    /// again after a wrong code.
    ///
    /// Save the [`secret`](Self::secret) where only the server can read it. A server that does not
    /// show the key again only needs [`Session::verify_software_token`].
    pub fn resume(session: Session, secret: impl Into<SoftwareTokenSecret>) -> Self {
        Self::new(session, secret.into())
    }

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

    /// Verifies the first code of the app (VerifySoftwareToken), when it is awaited. A wrong code
    /// can be retried.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) for a wrong code.
    pub fn verify(&self, code: impl Into<Code>) -> VerifySoftwareToken {
        self.session.verify_software_token(code)
    }
}

/// The second factors that a user enables and prefers; factors that are not named stay unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct MfaPreference {
    pub(crate) software_token: Option<Factor>,
    pub(crate) sms: Option<Factor>,
    pub(crate) email: Option<Factor>,
    pub(crate) passkey: Option<bool>,
}

/// The destination of codes in the older form of MFA settings (MFAOptionType).
///
/// The service returns it only for users who were set up in that form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaOption {
    pub(crate) medium: Option<String>,
    pub(crate) attribute: Option<String>,
}

impl MfaOption {
    /// Returns the medium of the codes (DeliveryMedium), which is `SMS`.
    pub fn medium(&self) -> Option<&str> {
        self.medium.as_deref()
    }

    /// Returns the attribute that holds the number (AttributeName), which is `phone_number`.
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
    /// Sets the preference for authenticator apps.
    pub fn software_token(self, factor: Factor) -> Self {
        Self { software_token: Some(factor), ..self }
    }

    /// Sets the preference for codes by text message.
    pub fn sms(self, factor: Factor) -> Self {
        Self { sms: Some(factor), ..self }
    }

    /// Sets the preference for codes by e-mail.
    pub fn email(self, factor: Factor) -> Self {
        Self { email: Some(factor), ..self }
    }

    /// Sets whether a sign-in with a passkey whose authenticator verifies the user needs no second
    /// factor.
    ///
    /// The service requires another factor to be enabled too.
    pub fn passkey(self, on: bool) -> Self {
        Self { passkey: Some(on), ..self }
    }
}
