//! Challenges: the steps that the service may require before the user is signed in.

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
use crate::sign_in::attempt::{Attempt, Outcome};

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
    pub(crate) fn new(attempt: &Attempt, outcome: Outcome) -> Self {
        match outcome {
            Outcome::SignedIn(session) => Self::Done(session),
            Outcome::Challenged(question) => {
                Self::Challenge(Challenge::new(Open::new(attempt.clone(), question)))
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
    /// Resumes a sign-in from a saved challenge, as an administrator if `admin` is given.
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

    /// Returns the user name of the service, which may differ from the typed one.
    pub fn username(&self) -> &str {
        &self.open().username
    }

    /// Returns a prompt for the user, in English: see [`ChallengeKind::question`].
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
        /// A challenge that the application must respond to before the user is signed in.
        ///
        /// Each variant has its own data and its own responses. A response consumes the challenge;
        /// [`Refused`] returns it while it is still open. Challenges that this library does not
        /// know are [`Other`](Self::Other), with all their data.
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
            /// option, or the JSON of a passkey's assertion. A password is proven over SRP for
            /// PASSWORD_SRP. For PASSWORD it is sent; only applications that enabled that flow get
            /// this challenge.
            ///
            /// # Errors
            ///
            /// The errors of the challenge's own method. [`Unsupported`](ErrorKind::Unsupported)
            /// for a challenge without a text response, [`MfaSetup`] and [`Other`](Self::Other):
            /// nothing is sent, and the challenge is returned.
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
            /// It holds the Session and the device's password, with which anyone can continue the
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

/// Refuses a text for a challenge that has no text response.
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
            open.attempt.context.extend(context);
            match open.send(contents).await {
                Ok(outcome) => Ok(SignIn::new(&open.attempt, outcome)),
                Err(failure) => Err(failure.refuse(challenge)),
            }
        })
    }
}
