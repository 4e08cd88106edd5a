//! Any challenge answered with a text.

use super::{Challenge, ChallengeKind, Open, Wraps};
use crate::error::{Error, ErrorKind};
use crate::passkey::PasskeyAssertion;
use crate::refused::Refused;
use crate::sign_in::SignIn;

impl Challenge {
    /// Returns the kind of the challenge.
    pub fn kind(&self) -> ChallengeKind {
        match self {
            Self::SoftwareTokenSetup(_) => ChallengeKind::SoftwareTokenSetup,
            _ => ChallengeKind::of(self.name()),
        }
    }

    /// Returns a question to ask the user, in English: see [`ChallengeKind::question`].
    pub fn question(&self) -> &'static str {
        self.kind().question()
    }

    /// Responds with a text that the user typed or chose.
    ///
    /// The text is a code, a password, the response to a custom challenge, the name of an option,
    /// or the JSON of a passkey's assertion. A password is proven where the challenge is
    /// PASSWORD_SRP, and sent where it is PASSWORD, which only an application that chose so gets.
    ///
    /// # Errors
    ///
    /// Those of the challenge's own method. The challenge comes back, and nothing is sent, with
    /// [`Unsupported`](ErrorKind::Unsupported) for a challenge that no text can answer:
    /// [`MfaSetup`](crate::MfaSetup) and [`Other`](Self::Other).
    pub async fn respond(self, text: impl Into<String>) -> Result<SignIn, Refused<Self>> {
        let text: String = text.into();
        match self {
            Self::SoftwareToken(mfa) => any(mfa.respond(text)).await,
            Self::SmsMfa(mfa) => any(mfa.respond(text)).await,
            Self::EmailOtp(otp) => any(otp.respond(text)).await,
            Self::SmsOtp(otp) => any(otp.respond(text)).await,
            Self::PasswordSrp(asked) => any(asked.respond(text)).await,
            Self::Password(asked) => any(asked.respond_over_the_wire(text)).await,
            Self::SelectChallenge(select) => any(select.respond(&text)).await,
            Self::SelectMfa(select) => any(select.respond(&text)).await,
            Self::NewPassword(asked) => any(asked.respond(text)).await,
            Self::SoftwareTokenSetup(set_up) => any(set_up.verify(text, None)).await,
            Self::Custom(custom) => any(custom.respond(text)).await,
            Self::WebAuthn(asked) => match PasskeyAssertion::from_json(&text) {
                Ok(assertion) => any(asked.respond(&assertion)).await,
                Err(error) => {
                    let error = Error::new(ErrorKind::InvalidParameter).with_source(error);
                    Err(Refused::unsent(error.of_user(), asked.into()))
                }
            },
            other @ (Self::MfaSetup(_) | Self::Other(_)) => {
                let detail = format!("no text can answer {}; match on the challenge", other.name());
                let error = Error::new(ErrorKind::Unsupported).with_detail(detail);
                Err(Refused::unsent(error, other))
            }
        }
    }
}

/// Awaits the response to one kind of challenge and hands it back as any.
fn any<C: Into<Challenge>>(
    response: impl Future<Output = Result<SignIn, Refused<C>>> + Send,
) -> impl Future<Output = Result<SignIn, Refused<Challenge>>> + Send {
    // One of many large futures, of which each would take its space in that of the caller.
    let response = Box::pin(response);
    async move { response.await.map_err(|refused| refused.with_challenge(Into::into)) }
}

impl Open {
    /// Hands the challenge back for a response that the client can see to be wrong.
    pub(super) fn unsent<C: Wraps>(self, kind: ErrorKind, detail: &'static str) -> Refused<C> {
        Refused::unsent(Error::new(kind).with_detail(detail).of_user(), C::wrap(self))
    }
}
