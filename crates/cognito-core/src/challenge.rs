//! What the service may ask before the user is signed in.

mod codes;
mod custom;
mod kind;
mod new_password;
mod other;
mod passwords;
mod select;
mod set_up;
mod text;
mod web_authn;

use std::fmt;
use std::time::SystemTime;

use cognito_types::{ChallengeSession, Password};

pub use self::codes::{EmailOtp, SmsMfa, SmsOtp, SoftwareToken};
pub use self::custom::CustomChallenge;
pub use self::kind::ChallengeKind;
pub use self::new_password::NewPassword;
pub use self::other::OtherChallenge;
pub use self::passwords::{PasswordChallenge, PasswordSrp};
pub use self::select::{SelectChallenge, SelectMfa};
pub use self::set_up::{MfaSetup, SoftwareTokenSetup};
pub use self::web_authn::WebAuthn;
use crate::error::ErrorKind;
use crate::refused::Refused;
use crate::saved::SavedChallenge;
use crate::sign_in::SignIn;
use crate::sign_in::journey::Journey;
use crate::sign_in::machine::{Machine, Question, with_device};
use crate::sign_in::wire::{ChallengeAnswer, Parameters, Request, Respond};

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
    /// SMS_MFA: a code by text message as the second factor.
    SmsMfa(SmsMfa),
    /// EMAIL_OTP: a code by e-mail, as the first factor or the second.
    EmailOtp(EmailOtp),
    /// SMS_OTP: a code by text message as the first factor.
    SmsOtp(SmsOtp),
    /// PASSWORD_SRP: a password, which is proven and not sent.
    PasswordSrp(PasswordSrp),
    /// PASSWORD, or ADMIN_NO_SRP_AUTH: a password, which is sent.
    Password(PasswordChallenge),
    /// WEB_AUTHN: a passkey.
    WebAuthn(WebAuthn),
    /// SELECT_CHALLENGE: a choice among first factors.
    SelectChallenge(SelectChallenge),
    /// SELECT_MFA_TYPE: a choice among second factors.
    SelectMfa(SelectMfa),
    /// NEW_PASSWORD_REQUIRED: a new password in place of a temporary one.
    NewPassword(NewPassword),
    /// MFA_SETUP: a second factor must be set up first.
    MfaSetup(MfaSetup),
    /// MFA_SETUP, with an app whose key was handed out: only a resumed sign-in starts here.
    SoftwareTokenSetup(SoftwareTokenSetup),
    /// CUSTOM_CHALLENGE: whatever the pool's triggers ask.
    Custom(CustomChallenge),
    /// Any other, to be answered by hand.
    Other(OtherChallenge),
}

impl Challenge {
    /// Returns the service's name of the challenge, such as `SOFTWARE_TOKEN_MFA`.
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

    /// Everything that is needed to answer it later, in this process or another.
    ///
    /// # Security
    ///
    /// It holds the Session and the device's password: whoever has it can go on with the sign-in.
    /// Encrypt it before it leaves the program.
    pub fn save(&self) -> SavedChallenge {
        match self {
            Self::SoftwareTokenSetup(set_up) => set_up.save(),
            _ => SavedChallenge::new(self.open()),
        }
    }

    fn open(&self) -> &Open {
        match self {
            Self::SoftwareToken(challenge) => challenge.open(),
            Self::SmsMfa(challenge) => challenge.open(),
            Self::EmailOtp(challenge) => challenge.open(),
            Self::SmsOtp(challenge) => challenge.open(),
            Self::PasswordSrp(challenge) => challenge.open(),
            Self::Password(challenge) => challenge.open(),
            Self::WebAuthn(challenge) => challenge.open(),
            Self::SelectChallenge(challenge) => challenge.open(),
            Self::SelectMfa(challenge) => challenge.open(),
            Self::NewPassword(challenge) => challenge.open(),
            Self::MfaSetup(challenge) => challenge.open(),
            Self::SoftwareTokenSetup(set_up) => set_up.open(),
            Self::Custom(challenge) => challenge.open(),
            Self::Other(challenge) => challenge.open(),
        }
    }
}

impl Challenge {
    pub(crate) fn new(open: Open) -> Self {
        match ChallengeKind::of(&open.challenge.name) {
            ChallengeKind::SoftwareToken => SoftwareToken::wrap(open).into(),
            ChallengeKind::SmsMfa => SmsMfa::wrap(open).into(),
            ChallengeKind::EmailOtp => EmailOtp::wrap(open).into(),
            ChallengeKind::SmsOtp => SmsOtp::wrap(open).into(),
            ChallengeKind::PasswordSrp => PasswordSrp::wrap(open).into(),
            ChallengeKind::Password => PasswordChallenge::wrap(open).into(),
            ChallengeKind::WebAuthn => WebAuthn::wrap(open).into(),
            ChallengeKind::SelectChallenge => SelectChallenge::wrap(open).into(),
            ChallengeKind::SelectMfa => SelectMfa::wrap(open).into(),
            ChallengeKind::NewPassword => NewPassword::wrap(open).into(),
            ChallengeKind::MfaSetup | ChallengeKind::SoftwareTokenSetup => {
                MfaSetup::wrap(open).into()
            }
            ChallengeKind::Custom => CustomChallenge::wrap(open).into(),
            ChallengeKind::Other => OtherChallenge::wrap(open).into(),
        }
    }
}

/// What every challenge consists of.
#[derive(Clone)]
pub(crate) struct Open {
    pub(crate) journey: Box<Journey>,
    pub(crate) username: String,
    pub(crate) challenge: ChallengeAnswer,
    pub(crate) deadline: SystemTime,
}

impl Open {
    pub(crate) fn new(journey: Journey, question: Question) -> Self {
        let deadline = deadline(&journey);
        let Question { username, challenge } = question;
        Self { journey: Box::new(journey), username, challenge, deadline }
    }

    /// Continues with another Session, which is valid as long as the first was.
    fn set_session(&mut self, session: ChallengeSession) {
        self.challenge.session = Some(session);
        self.deadline = deadline(&self.journey);
    }

    /// Sends an answer and goes on with whatever follows it.
    pub(crate) async fn respond<C: Wraps>(
        self,
        responses: Parameters,
    ) -> Result<SignIn, Refused<C>> {
        let machine = Machine::answered(&self.username);
        self.send(machine, responses).await
    }

    /// Answers with SRP_A, and proves the password when the service asks for that.
    pub(crate) async fn prove<C: Wraps>(
        self,
        password: Password,
        responses: Parameters,
    ) -> Result<SignIn, Refused<C>> {
        let prepared = self.journey.pool.timestamp().and_then(|timestamp| {
            Machine::proving(&self.username, password, &self.journey.means(&timestamp))
        });
        match prepared {
            Ok((machine, srp_a)) => self.send(machine, responses.and(srp_a)).await,
            Err(error) => Err(Refused::unsent(error, C::wrap(self))),
        }
    }

    async fn send<C: Wraps>(
        mut self,
        machine: Machine,
        responses: Parameters,
    ) -> Result<SignIn, Refused<C>> {
        let responses = responses.with("USERNAME", &self.username);
        let request = Request::Respond(Respond {
            challenge: self.challenge.name.clone(),
            session: self.challenge.session.clone(),
            responses: with_device(responses, self.journey.device.as_ref()),
        });
        let error = match self.journey.exchange(machine, &request).await {
            Ok(next) => match self.journey.go_on(next).await {
                Ok(next) => return Ok(next),
                Err(error) => Refused::taken(error),
            },
            Err(error) => Refused::sent(error, ()),
        };
        if error.error().kind() == ErrorKind::DeviceForgotten {
            // The next sign-in, or the next answer, goes without it.
            let _ = self.journey.drop_device().await;
        }
        Err(error.with_challenge(|()| C::wrap(self)))
    }

    /// A parameter that holds a list of names as JSON.
    pub(crate) fn names(&self, parameter: &str) -> Vec<String> {
        let list = self.challenge.parameter(parameter).unwrap_or("[]");
        serde_json::from_str(list).unwrap_or_default()
    }
}

fn deadline(journey: &Journey) -> SystemTime {
    let now = journey.pool.clock().now();
    now.checked_add(journey.pool.session_validity()).unwrap_or(now)
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

macro_rules! conversions {
    ($name:ident $variant:ident) => {
        impl From<$name> for Challenge {
            fn from(challenge: $name) -> Self {
                Self::$variant(challenge)
            }
        }

        impl From<$name> for SignIn {
            fn from(challenge: $name) -> Self {
                Self::Challenge(challenge.into())
            }
        }
    };
}

conversions!(SoftwareTokenSetup SoftwareTokenSetup);

macro_rules! challenges {
    ($($name:ident $variant:ident,)+) => {$(
        conversions!($name $variant);

        impl $name {
            /// When the service stops taking answers, by the pool's clock.
            pub fn deadline(&self) -> SystemTime {
                self.open.deadline
            }

            /// Everything that is needed to answer it later: see
            /// [`Challenge::save`](crate::Challenge::save).
            pub fn save(&self) -> SavedChallenge {
                SavedChallenge::new(&self.open)
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

challenges!(
    SoftwareToken SoftwareToken,
    SmsMfa SmsMfa,
    EmailOtp EmailOtp,
    SmsOtp SmsOtp,
    PasswordSrp PasswordSrp,
    PasswordChallenge Password,
    WebAuthn WebAuthn,
    SelectChallenge SelectChallenge,
    SelectMfa SelectMfa,
    NewPassword NewPassword,
    MfaSetup MfaSetup,
    CustomChallenge Custom,
    OtherChallenge Other,
);
