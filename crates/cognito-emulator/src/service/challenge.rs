//! Challenges that wait for an answer, each under a Session that can be used once.

use super::error::ApiError;
use super::pool::Pool;
use super::scope::Scope;
use super::totp::SoftwareToken;
use super::user::Factor;

/// A challenge that was sent.
pub(crate) struct Challenge {
    pub(crate) username: String,
    pub(crate) client_id: String,
    pub(crate) asked: Asked,
    used: bool,
}

/// What a challenge asks for.
pub(crate) enum Asked {
    /// A code of the user's authenticator app.
    SoftwareToken,
    /// A code that was sent.
    SentCode(Factor, String),
    /// A new password in place of a temporary one.
    NewPassword,
    /// A choice among second factors.
    SelectFactor(Vec<Factor>),
    /// A second factor to be set up, in three steps.
    SetUp(SetUp),
}

/// How far the set-up of an authenticator app has come.
pub(crate) enum SetUp {
    /// Nothing has happened yet.
    Open,
    /// A key was handed out.
    Associated(Box<SoftwareToken>),
    /// The key was proven.
    Verified(Box<SoftwareToken>),
}

impl Asked {
    /// The name of the challenge.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA",
            Self::SentCode(factor, _) => factor.challenge_name(),
            Self::NewPassword => "NEW_PASSWORD_REQUIRED",
            Self::SelectFactor(_) => "SELECT_MFA_TYPE",
            Self::SetUp(_) => "MFA_SETUP",
        }
    }
}

/// Characters of a Session; those of the service are as long.
const SESSION_LENGTH: usize = 1543;

impl Scope<'_> {
    /// Remembers a challenge and returns its Session.
    pub(crate) fn open_challenge(
        &mut self,
        username: &str,
        client_id: &str,
        asked: Asked,
    ) -> Result<String, ApiError> {
        let now = self.now();
        let ends = now.saturating_add(self.pool.client(client_id)?.settings.session_seconds());
        let session = format!("AYABe{}", self.random.opaque(SESSION_LENGTH.saturating_sub(5)));
        let challenge = Challenge {
            username: username.to_owned(),
            client_id: client_id.to_owned(),
            asked,
            used: false,
        };
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
    ) -> Result<&mut Challenge, ApiError> {
        let invalid =
            |more| ApiError::not_authorized(format!("Invalid session for the user{more}"));
        let Some((challenge, ends)) = self.challenges.get_mut(session) else {
            return Err(invalid("."));
        };
        if challenge.used {
            return Err(invalid(", session can only be used once."));
        }
        if ends <= now {
            return Err(invalid(", session is expired."));
        }
        Ok(challenge)
    }

    /// Marks the Session of an answered challenge, which is refused from then on.
    pub(crate) fn use_up(&mut self, session: &str) {
        if let Some((challenge, _)) = self.challenges.get_mut(session) {
            challenge.used = true;
        }
    }
}
