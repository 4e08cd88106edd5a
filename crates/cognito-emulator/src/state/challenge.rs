//! Challenges that wait for a response, each under a Session that can be used once.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::address::Address;
use crate::state::attempt::Attempt;
use crate::state::expiring::Expiring;
use crate::state::part::Part;
use crate::state::totp::SoftwareToken;
use crate::state::user::{Factor, FirstFactor};

/// A challenge that was sent.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Challenge {
    pub(crate) attempt: Attempt,
    pub(crate) kind: ChallengeKind,
}

/// Makes the kinds of challenges, each with the data that a response is checked against.
macro_rules! kinds {
    ($($kind:ident($data:ident),)+) => {
        /// The kind of a challenge, with the data that a response is checked against.
        #[derive(Clone, Serialize, Deserialize)]
        pub(crate) enum ChallengeKind {
            $($kind($data),)+
            /// No challenge: the Session of a sign-up that waits for its code.
            SignUp,
            /// No challenge: the Session of a confirmed sign-up, which stands for the first factor.
            SignedUp,
        }

        $(impl From<$data> for ChallengeKind {
            fn from(data: $data) -> Self {
                Self::$kind(data)
            }
        })+
    };
}

kinds! {
    Custom(CustomChallengeParameters),
    DeviceSrp(DeviceSrp),
    DeviceVerifier(DeviceVerifier),
    NewPassword(NewPassword),
    OneTimeCode(OneTimeCode),
    Passkey(PasskeyUse),
    Password(Password),
    PasswordSrp(PasswordSrp),
    PasswordVerifier(PasswordVerifier),
    SecondFactorCode(SecondFactorCode),
    SelectFirstFactor(SelectFirstFactor),
    SelectSecondFactor(SelectSecondFactor),
    SetUp(SetUp),
    SoftwareToken(SoftwareTokenCode),
}

/// A choice among first factors.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SelectFirstFactor(pub(crate) Vec<FirstFactor>);

/// The password in the clear.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Password;

/// SRP_A, the start of an SRP exchange.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PasswordSrp;

/// The proof that ends an SRP exchange.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PasswordVerifier;

/// A code that was sent in place of a password.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct OneTimeCode {
    pub(crate) factor: FirstFactor,
    pub(crate) sent: ChallengeCode,
}

/// The use of a passkey.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PasskeyUse {
    /// The challenge that the authenticator signs.
    pub(crate) challenge: String,
}

/// A code of the user's authenticator app.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SoftwareTokenCode;

/// A code that was sent as a second factor.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SecondFactorCode {
    pub(crate) factor: Factor,
    pub(crate) sent: ChallengeCode,
}

/// A new password in place of a temporary one.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct NewPassword;

/// A choice among second factors.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SelectSecondFactor(pub(crate) Vec<Factor>);

/// The set-up of a second factor, and how far that of an authenticator app has come.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum SetUp {
    Open,
    /// A key was handed out.
    Associated(Box<SoftwareToken>),
    /// The key was proven, and is the user's.
    Verified,
}

/// SRP_A of a device.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct DeviceSrp;

/// The proof of a device's password.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct DeviceVerifier;

/// A code that was sent for a challenge.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ChallengeCode {
    pub(crate) code: String,
    /// Where it went; none for a user without an address.
    pub(crate) address: Option<Address>,
}

/// The parameters of a challenge that CreateAuthChallenge makes.
///
/// ```
/// use cognito_emulator::CustomChallengeParameters;
///
/// let challenge = CustomChallengeParameters::default()
///     .public("question", "What is the word?") // goes to the client
///     .private("word", "swordfish"); // goes to VerifyAuthChallengeResponse
/// # assert!(!format!("{challenge:?}").contains("swordfish"));
/// ```
#[derive(Clone, Default, Serialize, Deserialize)]
#[must_use]
pub struct CustomChallengeParameters {
    pub(crate) public: BTreeMap<String, String>,
    pub(crate) private: BTreeMap<String, String>,
    pub(crate) metadata: Option<String>,
}

impl CustomChallengeParameters {
    /// Adds to ChallengeParameters.
    pub fn public(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.public.insert(name.into(), value.into());
        self
    }

    /// Keeps a value for the check of the response.
    pub fn private(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.private.insert(name.into(), value.into());
        self
    }

    /// Names the challenge in the [`ChallengeResult`](crate::ChallengeResult) that it leads to.
    pub fn metadata(self, metadata: impl Into<String>) -> Self {
        Self { metadata: Some(metadata.into()), ..self }
    }
}

impl fmt::Debug for CustomChallengeParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomChallengeParameters")
            .field("public", &self.public)
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}

/// The challenges of a pool by their Sessions.
///
/// A challenge is taken out for the time of a response. A Session without one is in use, or used.
#[derive(Default)]
pub(crate) struct Challenges(Expiring<Option<Challenge>>);

impl Challenges {
    pub(crate) fn insert(&mut self, session: String, challenge: Challenge, ends: u64, now: u64) {
        self.0.insert(session, Some(challenge), ends, now);
    }

    pub(crate) fn contains(&self, session: &str) -> bool {
        self.0.get(session).is_some()
    }

    /// Puts a challenge back under its Session, which can then be used again.
    pub(crate) fn put_back(&mut self, session: &str, challenge: Challenge) {
        if let Some((place, _)) = self.0.get_mut(session) {
            *place = Some(challenge);
        }
    }

    pub(super) fn part(&mut self) -> &mut dyn Part {
        &mut self.0
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the place of the challenge of a Session that is neither unknown nor expired.
    pub(super) fn place(
        &mut self,
        session: &str,
        now: u64,
    ) -> Result<&mut Option<Challenge>, ServiceError> {
        let (place, ends) = self.0.get_mut(session).ok_or_else(|| invalid("."))?;
        match place {
            None => Err(invalid(", session can only be used once.")),
            Some(_) if ends <= now => Err(invalid(", session is expired.")),
            Some(_) => Ok(place),
        }
    }
}

/// The rejection of a Session that belongs to something else.
pub(crate) fn invalid_session() -> ServiceError {
    invalid(".")
}

fn invalid(more: &str) -> ServiceError {
    ServiceError::not_authorized(format!("Invalid session for the user{more}"))
}
