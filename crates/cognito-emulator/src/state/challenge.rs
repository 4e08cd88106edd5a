//! Pending challenges, each with a Session that can be used once.

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

/// Defines the kinds of challenges, each with the data to verify a response.
macro_rules! kinds {
    ($($kind:ident($data:ident),)+) => {
        /// The kind of a challenge, with the data to verify a response.
        #[derive(Clone, Serialize, Deserialize)]
        pub(crate) enum ChallengeKind {
            $($kind($data),)+
            /// Not a challenge: the Session of an unconfirmed sign-up.
            SignUp,
            /// Not a challenge: the Session of a confirmed sign-up, which counts as the first
            /// factor.
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

/// A choice of first factors.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SelectFirstFactor(pub(crate) Vec<FirstFactor>);

/// The plain password.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Password;

/// SRP_A, the start of an SRP exchange.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PasswordSrp;

/// The proof that ends an SRP exchange.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PasswordVerifier;

/// A code as the first factor.
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

/// A code as the second factor.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SecondFactorCode {
    pub(crate) factor: Factor,
    pub(crate) sent: ChallengeCode,
}

/// A new password in place of a temporary one.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct NewPassword;

/// A choice of MFA factors.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SelectSecondFactor(pub(crate) Vec<Factor>);

/// The set-up of an MFA factor, and the progress for an authenticator app.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum SetUp {
    Open,
    /// A key was issued.
    Associated(Box<SoftwareToken>),
    /// The key was verified, and belongs to the user.
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
    /// The destination; `None` for a user without an address.
    pub(crate) address: Option<Address>,
}

/// The parameters of a custom challenge, which CreateAuthChallenge returns.
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
    /// Adds a member of ChallengeParameters, which the client receives.
    pub fn public(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.public.insert(name.into(), value.into());
        self
    }

    /// Adds a value for the verification of the response, which the client does not receive.
    pub fn private(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.private.insert(name.into(), value.into());
        self
    }

    /// Sets the name of the challenge in its [`ChallengeResult`](crate::ChallengeResult).
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

/// The challenges of a pool by Session.
///
/// A challenge is removed during a response. A Session without a challenge is in use, or used.
#[derive(Default)]
pub(crate) struct Challenges(Expiring<Option<Challenge>>);

impl Challenges {
    pub(crate) fn insert(&mut self, session: String, challenge: Challenge, ends: u64, now: u64) {
        self.0.insert(session, Some(challenge), ends, now);
    }

    pub(crate) fn contains(&self, session: &str) -> bool {
        self.0.get(session).is_some()
    }

    /// Restores a challenge, so that its Session can be used again.
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

    /// Returns the slot of a Session, unless it is unknown or expired.
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

/// Returns the rejection of a Session that belongs to another sign-in.
pub(crate) fn invalid_session() -> ServiceError {
    invalid(".")
}

fn invalid(more: &str) -> ServiceError {
    ServiceError::not_authorized(format!("Invalid session for the user{more}"))
}
