//! Sign-ins under way, and their challenges, each under a Session that can be used once.

use std::collections::BTreeMap;

use crate::flows::delivery::AskedCode;
use crate::flows::step::Step;
use crate::flows::triggers::{ChallengeResult, CustomChallenge, TokenOccasion};
use crate::model::ServiceError;
use crate::state::pool::Pool;
use crate::state::totp::SoftwareToken;
use crate::state::user::{Factor, FirstFactor};

/// A sign-in under way: who signs in, and what was learned so far.
#[derive(Clone)]
pub(crate) struct Attempt {
    pub(crate) username: String,
    pub(crate) client_id: String,
    /// The device that the client says it is.
    pub(crate) device_key: Option<String>,
    /// Whether that device proved its password.
    pub(crate) device_proven: bool,
    /// Whether the user proved a password; devices are tracked from there on.
    pub(crate) by_password: bool,
    /// Whether the user proved a second factor.
    pub(crate) by_second_factor: bool,
    /// The challenges so far, if triggers decide which come next.
    pub(crate) custom: Option<Vec<ChallengeResult>>,
    /// ClientMetadata of the last answer.
    pub(crate) client_metadata: BTreeMap<String, String>,
    /// What its tokens are issued for.
    pub(crate) occasion: TokenOccasion,
}

impl Attempt {
    pub(crate) fn new(username: &str, client_id: &str, device_key: Option<&str>) -> Self {
        Self {
            username: username.to_owned(),
            client_id: client_id.to_owned(),
            device_key: device_key.map(str::to_owned),
            device_proven: false,
            by_password: false,
            by_second_factor: false,
            custom: None,
            client_metadata: BTreeMap::new(),
            occasion: TokenOccasion::Authentication,
        }
    }
}

/// A challenge that was sent.
pub(crate) struct Challenge {
    pub(crate) attempt: Attempt,
    /// The user's id, which a later user of the same name does not have.
    sub: Option<String>,
    pub(crate) asked: Asked,
    used: bool,
}

/// What a challenge asks for.
pub(crate) enum Asked {
    /// A choice among first factors.
    SelectFirst(Vec<FirstFactor>),
    /// The password in the clear.
    Password,
    /// SRP_A, the start of an SRP exchange.
    PasswordSrp,
    /// The proof that ends an SRP exchange.
    PasswordVerifier,
    /// A code that was sent in place of a password.
    OneTimeCode(FirstFactor, AskedCode),
    /// The use of a passkey, for this challenge.
    Passkey(String),
    /// A code of the user's authenticator app.
    SoftwareToken,
    /// A code that was sent as a second factor.
    SentCode(Factor, AskedCode),
    /// A new password in place of a temporary one.
    NewPassword,
    /// A choice among second factors.
    SelectFactor(Vec<Factor>),
    /// A second factor to be set up, in three steps.
    SetUp(SetUp),
    /// What the pool's triggers made.
    Custom(CustomChallenge),
    /// SRP_A of a device.
    DeviceSrp,
    /// The proof of a device's password.
    DeviceVerifier,
    /// Nothing: the code of a sign-up, which leads to [`SignedUp`](Self::SignedUp).
    SignUp,
    /// Nothing: a sign-up that was just confirmed stands for the first factor.
    SignedUp,
}

/// How far the set-up of an authenticator app has come.
pub(crate) enum SetUp {
    /// Nothing has happened yet.
    Open,
    /// A key was handed out.
    Associated(Box<SoftwareToken>),
    /// The key was proven, and is the user's.
    Verified,
}

impl Asked {
    /// The name of the challenge; none for a Session that no challenge goes with.
    pub(crate) fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::SelectFirst(_) => "SELECT_CHALLENGE",
            Self::Password => "PASSWORD",
            Self::PasswordSrp => "PASSWORD_SRP",
            Self::PasswordVerifier => "PASSWORD_VERIFIER",
            Self::OneTimeCode(factor, _) => factor.challenge_name(),
            Self::Passkey(_) => "WEB_AUTHN",
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA",
            Self::SentCode(factor, _) => factor.challenge_name(),
            Self::NewPassword => "NEW_PASSWORD_REQUIRED",
            Self::SelectFactor(_) => "SELECT_MFA_TYPE",
            Self::SetUp(_) => "MFA_SETUP",
            Self::Custom(_) => "CUSTOM_CHALLENGE",
            Self::DeviceSrp => "DEVICE_SRP_AUTH",
            Self::DeviceVerifier => "DEVICE_PASSWORD_VERIFIER",
            Self::SignUp | Self::SignedUp => return None,
        })
    }
}

/// Characters of a Session; those of the service are as long.
const SESSION_LENGTH: usize = 1543;

impl Step<'_> {
    /// Remembers a challenge and returns its Session.
    pub(crate) fn open_challenge(
        &mut self,
        attempt: Attempt,
        asked: Asked,
    ) -> Result<String, ServiceError> {
        let now = self.now();
        let settings = &self.pool.client(&attempt.client_id)?.settings;
        let ends = now.saturating_add(settings.session_seconds());
        let session = format!("AYABe{}", self.random.opaque(SESSION_LENGTH.saturating_sub(5)));
        let sub = self.pool.sub_of(&attempt.username);
        let challenge = Challenge { attempt, sub, asked, used: false };
        self.pool.challenges.insert(session.clone(), challenge, ends, now);
        Ok(session)
    }
}

impl Pool {
    /// The challenge of a Session that may still be answered.
    pub(crate) fn open_challenge_mut(
        &mut self,
        session: &str,
        now: u64,
    ) -> Result<&mut Challenge, ServiceError> {
        let invalid =
            |more| ServiceError::not_authorized(format!("Invalid session for the user{more}"));
        let Some((challenge, ends)) = self.challenges.get_mut(session) else {
            return Err(invalid("."));
        };
        if challenge.used {
            return Err(invalid(", session can only be used once."));
        }
        if ends <= now {
            return Err(invalid(", session is expired."));
        }
        let user = self.users.get(&challenge.attempt.username);
        match user.is_none_or(|user| challenge.sub.as_ref() == Some(&user.sub)) {
            true => Ok(challenge),
            false => Err(invalid(".")),
        }
    }

    /// The id of a user, if there is one of that name.
    pub(crate) fn sub_of(&self, username: &str) -> Option<String> {
        self.users.get(username).map(|user| user.sub.clone())
    }

    /// Marks the Session of an answered challenge, which is refused from then on.
    pub(crate) fn use_up(&mut self, session: &str) {
        if let Some((challenge, _)) = self.challenges.get_mut(session) {
            challenge.used = true;
        }
    }
}
