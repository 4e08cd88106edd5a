//! A sign-in under way: its user and app client, and the factors that were proven so far.

use serde::{Deserialize, Serialize};

/// A sign-in under way.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) username: String,
    /// The user's id, which a later user of the same name does not have; none without a user.
    pub(crate) sub: Option<String>,
    pub(crate) client_id: String,
    /// The device that the client names.
    pub(crate) device_key: Option<String>,
    /// True if that device proved its password.
    pub(crate) device_proven: bool,
    /// True if the user proved a password; devices are tracked from there on.
    pub(crate) by_password: bool,
    /// True if the user proved a second factor.
    pub(crate) by_second_factor: bool,
    /// The challenges so far, if triggers decide which come next.
    pub(crate) custom: Option<Vec<ChallengeResult>>,
    /// The reason for its tokens.
    pub(crate) occasion: TokenOccasion,
    pub(crate) channel: Channel,
}

/// The way by which a sign-in reaches the pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Channel {
    /// The API, at whose end tokens are issued.
    #[default]
    Api,
    /// The pages of managed login, at whose end the browser is signed in. Requests of pages carry no
    /// SECRET_HASH: they are the service's own.
    ManagedLogin,
}

/// A challenge of a sign-in, and whether the response was right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChallengeResult {
    /// The challenge: `SRP_A`, `PASSWORD_VERIFIER`, `CUSTOM_CHALLENGE`, or a second factor.
    pub name: String,
    /// True if the response was right.
    pub correct: bool,
    /// The name that CreateAuthChallenge gave to a custom challenge, if any.
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
    /// A sign-in that a device's password ended.
    AuthenticateDevice,
    /// A sign-in through managed login.
    HostedAuth,
    /// A renewal.
    RefreshTokens,
    /// A program's own token, which has no user.
    ClientCredentials,
}

impl Attempt {
    /// Notes the outcome of a challenge for the triggers, if they decide which comes next.
    pub(crate) fn note(&mut self, challenge: &str, correct: bool, metadata: Option<String>) {
        if let Some(results) = &mut self.custom {
            results.push(ChallengeResult { name: challenge.to_owned(), correct, metadata });
        }
    }
}
