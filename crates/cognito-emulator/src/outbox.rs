//! The messages that the service would have sent.

use std::fmt;

use serde::Serialize;

/// A message with a code or a temporary password that was not sent but kept.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct Message {
    /// The pool that would have sent it.
    pub pool_id: String,
    /// The user it is meant for.
    pub username: String,
    /// The whole e-mail address or telephone number.
    pub destination: String,
    /// `EMAIL` or `SMS`.
    pub medium: Medium,
    /// What the code is for.
    pub kind: MessageKind,
    /// The code, or the temporary password of an invitation.
    pub code: String,
    /// The subject of an e-mail.
    pub subject: Option<String>,
    /// The whole text, as the pool's settings or CustomMessage have it.
    pub text: String,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("username", &self.username)
            .field("medium", &self.medium)
            .field("kind", &self.kind)
            .field("code", &format_args!("[redacted]"))
            .finish_non_exhaustive()
    }
}

/// How a message would have been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Medium {
    /// By e-mail.
    Email,
    /// As a text message.
    Sms,
}

impl Medium {
    /// The name that the service gives it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Sms => "SMS",
        }
    }

    /// The attribute that holds the address.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "phone_number",
        }
    }
}

/// What a message is for, by the names of the trigger that customises it (CustomMessage).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum MessageKind {
    /// Confirms a sign-up.
    SignUp,
    /// The same, sent again.
    ResendCode,
    /// Answers an SMS_MFA, EMAIL_OTP or SMS_OTP challenge.
    Authentication,
    /// Sets a new password in place of a forgotten one, or of one that an administrator reset.
    ForgotPassword,
    /// Verifies an address that was changed.
    UpdateUserAttribute,
    /// Verifies an address, on request.
    VerifyUserAttribute,
    /// Invites a user whom an administrator made; holds the temporary password.
    AdminCreateUser,
}
