//! A sign-in in progress: its user and app client, and the verified factors.

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;

/// A sign-in in progress.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) username: String,
    /// The `sub` of the user, which differs for a later user with the same name; `None` without a
    /// user.
    pub(crate) sub: Option<String>,
    pub(crate) client_id: String,
    /// The device key in the request.
    pub(crate) device_key: Option<String>,
    /// True if the device proved its password.
    pub(crate) device_proven: bool,
    /// True if the user proved a password, which is required for tracking devices.
    pub(crate) by_password: bool,
    /// True if the user proved a second factor.
    pub(crate) by_second_factor: bool,
    /// The challenges so far, if triggers control the sign-in.
    pub(crate) custom: Option<Vec<ChallengeResult>>,
    /// The occasion for its tokens.
    pub(crate) occasion: TokenOccasion,
    pub(crate) channel: Channel,
}

/// The interface of a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Channel {
    /// The API, which issues tokens at the end.
    #[default]
    Api,
    /// The pages of managed login, which create a browser session at the end. Their requests have
    /// no SECRET_HASH.
    ManagedLogin,
}

/// A challenge of a sign-in, and whether its response was correct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChallengeResult {
    /// The challenge: `SRP_A`, `PASSWORD_VERIFIER`, `CUSTOM_CHALLENGE`, or a second factor.
    pub name: String,
    /// True if the response was correct.
    pub correct: bool,
    /// The name of a custom challenge from CreateAuthChallenge, if any.
    pub metadata: Option<String>,
}

/// The occasion on which tokens are issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum TokenOccasion {
    /// A sign-in.
    Authentication,
    /// A sign-in in which a temporary password was replaced.
    NewPasswordChallenge,
    /// A sign-in with device SRP.
    AuthenticateDevice,
    /// A sign-in through managed login.
    HostedAuth,
    /// A refresh.
    RefreshTokens,
    /// A machine-to-machine token, which has no user.
    ClientCredentials,
}

impl Attempt {
    /// Returns the `sub` of the user. Without a user, the sign-in fails like one with a wrong
    /// password, because only a client that hides users lets it get so far.
    pub(crate) fn existing_sub(&self) -> Result<&str, ServiceError> {
        self.sub.as_deref().ok_or_else(ServiceError::bad_credentials)
    }

    /// Records the result of a challenge, if triggers control the sign-in.
    pub(crate) fn note(&mut self, challenge: &str, correct: bool, metadata: Option<String>) {
        if let Some(results) = &mut self.custom {
            results.push(ChallengeResult { name: challenge.to_owned(), correct, metadata });
        }
    }
}
