//! Challenges that are answered with a code.

use cognito_types::Code;

use super::{Open, Wraps};
use crate::carrier::given_code;
use crate::refused::Refused;
use crate::sign_in::SignIn;
use crate::sign_in::wire::Parameters;

/// SOFTWARE_TOKEN_MFA: a code of the user's authenticator app.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is answered"]
pub struct SoftwareToken {
    pub(super) open: Open,
}

impl SoftwareToken {
    /// The name that the user gave the app when setting it up.
    pub fn device_name(&self) -> Option<&str> {
        self.open.challenge.parameter("FRIENDLY_DEVICE_NAME")
    }

    /// Answers with the code that the app shows.
    ///
    /// White space in the code is ignored. Dropping the future may lose the sign-in: the service
    /// may have taken the code.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) for a wrong code,
    /// [`CodeExpired`](crate::ErrorKind::CodeExpired) for one that was used before.
    pub async fn respond(self, code: impl Into<Code>) -> Result<SignIn, Refused<Self>> {
        respond(self.open, "SOFTWARE_TOKEN_MFA_CODE", code.into()).await
    }
}

/// SMS_MFA: a code that was sent as a text message.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is answered"]
pub struct SmsMfa {
    pub(super) open: Open,
}

impl SmsMfa {
    /// The number that the code was sent to, with most digits hidden.
    pub fn destination(&self) -> Option<&str> {
        destination(&self.open)
    }

    /// Answers with the code that was sent.
    ///
    /// White space in the code is ignored. Dropping the future may lose the sign-in: the service
    /// may have taken the code.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) for a wrong code.
    pub async fn respond(self, code: impl Into<Code>) -> Result<SignIn, Refused<Self>> {
        respond(self.open, "SMS_MFA_CODE", code.into()).await
    }
}

/// SMS_OTP: a code that was sent as a text message, as the first factor.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is answered"]
pub struct SmsOtp {
    pub(super) open: Open,
}

impl SmsOtp {
    /// The number that the code was sent to, with most digits hidden.
    pub fn destination(&self) -> Option<&str> {
        destination(&self.open)
    }

    /// Answers with the code that was sent.
    ///
    /// White space in the code is ignored. Dropping the future may lose the sign-in: the service
    /// may have taken the code.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) for a wrong code.
    pub async fn respond(self, code: impl Into<Code>) -> Result<SignIn, Refused<Self>> {
        respond(self.open, "SMS_OTP_CODE", code.into()).await
    }
}

/// EMAIL_OTP: a code that was sent by e-mail.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is answered"]
pub struct EmailOtp {
    pub(super) open: Open,
}

impl EmailOtp {
    /// The address that the code was sent to, with most letters hidden.
    pub fn destination(&self) -> Option<&str> {
        destination(&self.open)
    }

    /// Answers with the code that was sent.
    ///
    /// White space in the code is ignored. Dropping the future may lose the sign-in: the service
    /// may have taken the code.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) for a wrong code.
    pub async fn respond(self, code: impl Into<Code>) -> Result<SignIn, Refused<Self>> {
        respond(self.open, "EMAIL_OTP_CODE", code.into()).await
    }
}

fn destination(open: &Open) -> Option<&str> {
    open.challenge.parameter("CODE_DELIVERY_DESTINATION")
}

async fn respond<C: Wraps>(
    open: Open,
    name: &'static str,
    code: Code,
) -> Result<SignIn, Refused<C>> {
    match given_code(&code) {
        Ok(code) => open.respond(Parameters::default().with(name, code)).await,
        Err(error) => Err(Refused::unsent(error, C::wrap(open))),
    }
}
