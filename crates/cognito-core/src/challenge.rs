//! What the service may ask before the user is signed in.

mod codes;
mod new_password;
mod other;
mod select_mfa;
mod set_up;

use std::fmt;
use std::time::SystemTime;

pub use self::codes::{EmailOtp, SmsMfa, SoftwareToken};
pub use self::new_password::NewPassword;
pub use self::other::OtherChallenge;
pub use self::select_mfa::SelectMfa;
pub use self::set_up::{MfaSetup, SoftwareTokenSetup};
use crate::refused::Refused;
use crate::sign_in::machine::{Machine, Question};
use crate::sign_in::wire::{ChallengeAnswer, Parameters, Request};
use crate::sign_in::{Journey, SignIn};

/// A challenge: a question of the service that must be answered to go on.
///
/// Each has its own facts and its own answers. An answer consumes it; see [`Refused`] for what
/// hands it back. New challenges appear over time: those this library does not know are
/// [`Other`](Self::Other), with nothing lost.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "the sign-in ends unless the challenge is answered"]
pub enum Challenge {
    /// SOFTWARE_TOKEN_MFA: a code of the user's authenticator app.
    SoftwareToken(SoftwareToken),
    /// SMS_MFA: a code that was sent as a text message.
    SmsMfa(SmsMfa),
    /// EMAIL_OTP: a code that was sent by e-mail.
    EmailOtp(EmailOtp),
    /// NEW_PASSWORD_REQUIRED: a new password in place of a temporary one.
    NewPassword(NewPassword),
    /// MFA_SETUP: a second factor must be set up first.
    MfaSetup(MfaSetup),
    /// SELECT_MFA_TYPE: a choice among second factors.
    SelectMfa(SelectMfa),
    /// Any other, to be answered by hand.
    Other(OtherChallenge),
}

impl Challenge {
    /// The name that the service gives it, such as `SOFTWARE_TOKEN_MFA`.
    pub fn name(&self) -> &str {
        &self.open().challenge.name
    }

    /// When the service stops taking answers, by the pool's clock.
    pub fn deadline(&self) -> SystemTime {
        self.open().deadline
    }

    /// The name that the service knows the user by, which may not be the one that was typed.
    pub fn username(&self) -> &str {
        &self.open().username
    }

    fn open(&self) -> &Open {
        match self {
            Self::SoftwareToken(challenge) => challenge.open(),
            Self::SmsMfa(challenge) => challenge.open(),
            Self::EmailOtp(challenge) => challenge.open(),
            Self::NewPassword(challenge) => challenge.open(),
            Self::MfaSetup(challenge) => challenge.open(),
            Self::SelectMfa(challenge) => challenge.open(),
            Self::Other(challenge) => challenge.open(),
        }
    }
}

impl Challenge {
    pub(crate) fn new(open: Open) -> Self {
        match open.challenge.name.as_str() {
            "SOFTWARE_TOKEN_MFA" => Self::SoftwareToken(SoftwareToken::wrap(open)),
            "SMS_MFA" => Self::SmsMfa(SmsMfa::wrap(open)),
            "EMAIL_OTP" => Self::EmailOtp(EmailOtp::wrap(open)),
            "NEW_PASSWORD_REQUIRED" => Self::NewPassword(NewPassword::wrap(open)),
            "MFA_SETUP" => Self::MfaSetup(MfaSetup::wrap(open)),
            "SELECT_MFA_TYPE" => Self::SelectMfa(SelectMfa::wrap(open)),
            _ => Self::Other(OtherChallenge::wrap(open)),
        }
    }
}

/// What every challenge consists of.
#[derive(Clone)]
pub(crate) struct Open {
    pub(crate) journey: Journey,
    pub(crate) username: String,
    pub(crate) challenge: ChallengeAnswer,
    deadline: SystemTime,
}

impl Open {
    pub(crate) fn new(journey: Journey, question: Question) -> Self {
        let now = journey.pool.clock().now();
        let deadline = now.checked_add(journey.pool.session_validity()).unwrap_or(now);
        let Question { username, challenge } = question;
        Self { journey, username, challenge, deadline }
    }

    /// Sends an answer and goes on with whatever follows it.
    pub(crate) async fn respond<C: Wraps>(
        self,
        responses: Parameters,
    ) -> Result<SignIn, Refused<C>> {
        let request = Request::Respond {
            challenge: self.challenge.name.clone(),
            session: self.challenge.session.clone(),
            responses: responses.with("USERNAME", &self.username),
        };
        let machine = Machine::answered(&self.username);
        match self.journey.exchange(machine, &request).await {
            Ok(next) => self.journey.go_on(next).await.map_err(Refused::taken),
            Err(error) => Err(Refused::sent(error, C::wrap(self))),
        }
    }

    /// A parameter that holds a list of names as JSON.
    pub(crate) fn names(&self, parameter: &str) -> Vec<String> {
        let list = self.challenge.parameter(parameter).unwrap_or("[]");
        serde_json::from_str(list).unwrap_or_default()
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open")
            .field("name", &self.challenge.name)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// A type that makes a challenge of its own of what all consist of.
pub(crate) trait Wraps {
    fn wrap(open: Open) -> Self;

    fn open(&self) -> &Open;
}

macro_rules! challenges {
    ($($name:ident)+) => {$(
        impl $name {
            /// When the service stops taking answers, by the pool's clock.
            pub fn deadline(&self) -> SystemTime {
                self.open.deadline
            }
        }

        impl Wraps for $name {
            fn wrap(open: Open) -> Self {
                Self { open }
            }

            fn open(&self) -> &Open {
                &self.open
            }
        }
    )+};
}

challenges!(SoftwareToken SmsMfa EmailOtp NewPassword MfaSetup SelectMfa OtherChallenge);
