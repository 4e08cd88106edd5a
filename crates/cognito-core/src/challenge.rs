//! The steps of a sign-in: the challenges that the service may send before the user is signed in.

mod codes;
mod custom;
mod kind;
mod new_password;
mod open;
mod other;
mod passkey;
mod passwords;
mod respond;
mod select;
mod send;
mod set_up;
mod table;

use std::future::IntoFuture;
use std::time::SystemTime;

use cognito_types::BoxFuture;

pub use self::codes::CodeChallenge;
pub use self::custom::CustomChallenge;
pub use self::kind::ChallengeKind;
pub use self::new_password::NewPassword;
use self::open::HasOpen;
pub(crate) use self::open::Open;
pub use self::other::OtherChallenge;
pub use self::passkey::PasskeyChallenge;
pub use self::passwords::{PasswordChallenge, PasswordSrp};
pub use self::respond::Respond;
pub use self::select::{SelectChallenge, SelectMfa};
pub use self::set_up::{MfaSetup, SoftwareTokenSetup};
use self::table::challenge_table;
use crate::admin_access::AdminAccess;
use crate::error::{Error, ErrorKind};
use crate::pool::UserPool;
use crate::refused::Refused;
use crate::saved::SavedChallenge;
use crate::session::Session;
use crate::sign_in::journey::{Journey, Outcome};

/// A step of a sign-in: the user is signed in, or the service sent a challenge.
#[derive(Debug)]
#[must_use = "a challenge must be responded to before the user is signed in"]
#[allow(clippy::exhaustive_enums)] // There is no third outcome.
pub enum SignIn {
    /// The user is signed in.
    Done(Session),
    /// The service sent a challenge.
    Challenge(Challenge),
}

impl SignIn {
    pub(crate) fn new(journey: &Journey, outcome: Outcome) -> Self {
        match outcome {
            Outcome::SignedIn(session) => Self::Done(session),
            Outcome::Challenged(question) => {
                Self::Challenge(Challenge::new(Open::new(journey.clone(), question)))
            }
        }
    }
}

impl From<Challenge> for SignIn {
    fn from(challenge: Challenge) -> Self {
        Self::Challenge(challenge)
    }
}

impl Challenge {
    /// Takes a sign-in up from a saved challenge, as an administrator if there is `admin`.
    pub(crate) fn resume(
        saved: SavedChallenge,
        pool: UserPool,
        admin: Option<AdminAccess>,
    ) -> Result<Self, Error> {
        Ok(match saved.open(pool, admin)? {
            (open, Some(secret)) => SoftwareTokenSetup { open, secret }.into(),
            (open, None) => Self::new(open),
        })
    }

    /// Returns the service's name of the challenge, such as `SOFTWARE_TOKEN_MFA`.
    pub fn name(&self) -> &str {
        &self.open().challenge.name
    }

    /// Returns when the challenge expires, by the pool's clock.
    pub fn deadline(&self) -> SystemTime {
        self.open().deadline
    }

    /// Returns the name that the service knows the user by, which may differ from the typed one.
    pub fn username(&self) -> &str {
        &self.open().username
    }

    /// Returns a question to ask the user, in English: see [`ChallengeKind::question`].
    pub fn question(&self) -> &'static str {
        self.kind().question()
    }
}

macro_rules! challenges {
    ($(
        $type:ident $(+ $secret:ident)?: $respond:ident {
            $($(#[$doc:meta])+ $variant:ident[$($name:literal),*] $question:literal;)+
        }
    )+) => {
        /// A challenge: a question of the service that must be responded to before the user is
        /// signed in.
        ///
        /// Each has its own facts and its own responses. A response consumes it; a [`Refused`] one
        /// hands it back while it is open. New challenges appear over time: those that this library
        /// does not know are [`Other`](Self::Other), with nothing lost.
        #[derive(Debug)]
        #[non_exhaustive]
        #[must_use = "the sign-in ends unless the challenge is responded to"]
        pub enum Challenge {
            $($($(#[$doc])+ $variant($type),)+)+
        }

        impl Challenge {
            pub(crate) fn new(open: Open) -> Self {
                match open.challenge.name.as_str() {
                    $($($($name => Self::$variant($type { open }),)*)+)+
                    _ => Self::Other(OtherChallenge { open }),
                }
            }

            /// Returns the kind of the challenge.
            pub fn kind(&self) -> ChallengeKind {
                match self {
                    $($(Self::$variant(_) => ChallengeKind::$variant,)+)+
                }
            }

            /// Responds with a text that the user typed or chose.
            ///
            /// The text is a code, a password, the response to a custom challenge, the name of an
            /// option, or the JSON of a passkey's assertion. A password is proven where the
            /// challenge is PASSWORD_SRP, and sent where it is PASSWORD, which only an application
            /// that chose so gets.
            ///
            /// # Errors
            ///
            /// Those of the challenge's own method. The challenge comes back, and nothing is sent,
            /// with [`Unsupported`](ErrorKind::Unsupported) for a challenge that no text can
            /// respond to: [`MfaSetup`] and [`Other`](Self::Other).
            #[doc(alias = "respond_to_auth_challenge")]
            pub fn respond(self, text: impl Into<String>) -> Respond<Self> {
                let text: String = text.into();
                match self {
                    $($(Self::$variant(challenge) => {
                        challenges!(@respond challenge, text, $respond)
                    })+)+
                }
            }

            /// Returns everything that is needed to respond later, in this process or another.
            ///
            /// # Security
            ///
            /// It holds the Session and the device's password, with which anyone can go on with the
            /// sign-in. Encrypt it before it leaves the program.
            pub fn save(&self) -> SavedChallenge {
                match self {
                    $($(Self::$variant(challenge) => challenge.save(),)+)+
                }
            }

            fn open(&self) -> &Open {
                match self {
                    $($(Self::$variant(challenge) => &challenge.open,)+)+
                }
            }
        }

        impl HasOpen for Challenge {
            fn open_mut(&mut self) -> &mut Open {
                match self {
                    $($(Self::$variant(challenge) => &mut challenge.open,)+)+
                }
            }
        }

        $(
            impl $type {
                /// Returns when the challenge expires, by the pool's clock.
                pub fn deadline(&self) -> SystemTime {
                    self.open.deadline
                }

                /// Returns everything that is needed to respond later: see [`Challenge::save`].
                pub fn save(&self) -> SavedChallenge {
                    SavedChallenge::new(&self.open)$(.with_app(&self.open, &self.$secret))?
                }
            }

            impl HasOpen for $type {
                fn open_mut(&mut self) -> &mut Open {
                    &mut self.open
                }
            }

            impl From<$type> for Challenge {
                fn from(challenge: $type) -> Self {
                    challenges!(@convert challenge, $type $(+ $secret)?)
                }
            }

            impl From<$type> for SignIn {
                fn from(challenge: $type) -> Self {
                    Self::Challenge(challenge.into())
                }
            }
        )+
    };
    (@respond $challenge:ident, $text:ident, no_text) => {
        without_text($challenge.into())
    };
    (@respond $challenge:ident, $text:ident, $respond:ident) => {
        $challenge.$respond($text).into_respond()
    };
    (@convert $challenge:ident, $type:ident + $secret:ident) => { Self::$type($challenge) };
    (@convert $challenge:ident, $type:ident) => { Self::new($challenge.open) };
}

challenge_table!(challenges);

/// A response that no text can be.
fn without_text(challenge: Challenge) -> Respond<Challenge> {
    let detail = format!("no text responds to {}; match on the challenge", challenge.name());
    let error = Error::new(ErrorKind::Unsupported).with_detail(detail);
    Respond::refused(challenge, error)
}

impl<C: HasOpen> IntoFuture for Respond<C> {
    type Output = Result<SignIn, Refused<C>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { mut challenge, contents, refusal, context } = self;
        Box::pin(async move {
            if let Some(error) = refusal {
                return Err(Refused::unsent(error, challenge));
            }
            let open = challenge.open_mut();
            open.journey.context.extend(context);
            match open.send(contents).await {
                Ok(outcome) => Ok(SignIn::new(&open.journey, outcome)),
                Err(failure) => Err(failure.refuse(challenge)),
            }
        })
    }
}
