//! Kinds of challenges, for programs that keep one between two requests.

/// A kind of challenge: a variant of [`Challenge`](crate::Challenge) without its data.
///
/// A web server chooses the page by it and sends the text that the user types to
/// [`Challenge::respond`](crate::Challenge::respond).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChallengeKind {
    /// SOFTWARE_TOKEN_MFA: a code of an authenticator app.
    SoftwareToken,
    /// SMS_MFA: a code by text message as the second factor.
    SmsMfa,
    /// EMAIL_OTP: a code by e-mail.
    EmailOtp,
    /// SMS_OTP: a code by text message as the first factor.
    SmsOtp,
    /// PASSWORD_SRP: a password, which is proven and not sent.
    PasswordSrp,
    /// PASSWORD, or ADMIN_NO_SRP_AUTH: a password, which is sent.
    Password,
    /// WEB_AUTHN: a passkey.
    WebAuthn,
    /// SELECT_CHALLENGE: a choice among first factors.
    SelectChallenge,
    /// SELECT_MFA_TYPE: a choice among second factors.
    SelectMfa,
    /// NEW_PASSWORD_REQUIRED: a new password in place of a temporary one.
    NewPassword,
    /// MFA_SETUP: a second factor must be set up first.
    MfaSetup,
    /// MFA_SETUP, with an app whose key was already handed out.
    SoftwareTokenSetup,
    /// CUSTOM_CHALLENGE: defined by the pool's triggers.
    Custom,
    /// A challenge without a type of its own.
    Other,
}

impl ChallengeKind {
    /// Returns the kind of a challenge by the service's name of it.
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "SOFTWARE_TOKEN_MFA" => Self::SoftwareToken,
            "SMS_MFA" => Self::SmsMfa,
            "EMAIL_OTP" => Self::EmailOtp,
            "SMS_OTP" => Self::SmsOtp,
            "PASSWORD_SRP" => Self::PasswordSrp,
            "PASSWORD" | "ADMIN_NO_SRP_AUTH" => Self::Password,
            "WEB_AUTHN" => Self::WebAuthn,
            "SELECT_CHALLENGE" => Self::SelectChallenge,
            "SELECT_MFA_TYPE" => Self::SelectMfa,
            "NEW_PASSWORD_REQUIRED" => Self::NewPassword,
            "MFA_SETUP" => Self::MfaSetup,
            "CUSTOM_CHALLENGE" => Self::Custom,
            _ => Self::Other,
        }
    }

    /// Returns a question to ask the user, in English.
    pub fn question(self) -> &'static str {
        match self {
            Self::SoftwareToken => "code of your authenticator app",
            Self::SmsMfa | Self::SmsOtp => "code that was sent to your phone",
            Self::EmailOtp => "code that was sent to your e-mail address",
            Self::PasswordSrp | Self::Password => "password",
            Self::WebAuthn => "passkey",
            Self::SelectChallenge => "how to sign in",
            Self::SelectMfa => "which second factor to use",
            Self::NewPassword => "new password",
            Self::MfaSetup => "which second factor to set up",
            Self::SoftwareTokenSetup => "first code of your authenticator app",
            Self::Custom | Self::Other => "response",
        }
    }

    /// Returns whether [`Challenge::respond`](crate::Challenge::respond) can answer it.
    pub fn takes_text(self) -> bool {
        !matches!(self, Self::MfaSetup | Self::Other)
    }
}
