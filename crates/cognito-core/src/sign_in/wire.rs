//! Requests and responses of a sign-in, as types of the state machine, which does not depend on a
//! transport.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use cognito_types::{AccessToken, ChallengeSession, IdToken, RefreshToken};
use zeroize::Zeroizing;

/// Names and values of AuthParameters or ChallengeResponses.
#[derive(Clone, Default)]
pub(crate) struct Parameters(BTreeMap<String, Zeroizing<String>>);

impl Parameters {
    pub(crate) fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(name.into(), Zeroizing::new(value.into()));
        self
    }

    /// Adds parameters, which replace those of the same name.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.keys().map(|name| (name, "[redacted]"));
        f.debug_map().entries(names).finish()
    }
}

/// A request of a sign-in.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    /// InitiateAuth, or AdminInitiateAuth.
    Initiate(Initiate),
    /// RespondToAuthChallenge, or AdminRespondToAuthChallenge.
    Respond(Respond),
}

/// The start of a sign-in.
#[derive(Clone, Debug)]
pub(crate) struct Initiate {
    /// AuthFlow.
    pub(crate) flow: &'static str,
    /// AuthParameters.
    pub(crate) parameters: Parameters,
    /// Session of a registration that was just confirmed.
    pub(crate) session: Option<ChallengeSession>,
}

/// The response to a challenge.
#[derive(Clone, Debug)]
pub(crate) struct Respond {
    /// ChallengeName.
    pub(crate) challenge: String,
    /// Session; PASSWORD_VERIFIER after USER_SRP_AUTH has none.
    pub(crate) session: Option<ChallengeSession>,
    /// ChallengeResponses.
    pub(crate) responses: Parameters,
}

impl Request {
    /// Returns the user name that SECRET_HASH is computed for.
    pub(crate) fn username(&self) -> &str {
        self.parameters().get("USERNAME").unwrap_or_default()
    }

    pub(crate) fn parameters(&self) -> &Parameters {
        match self {
            Self::Initiate(request) => &request.parameters,
            Self::Respond(request) => &request.responses,
        }
    }
}

/// A response, and the time at which the server sent it by its own clock.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) response: Response,
    pub(crate) date: Option<SystemTime>,
}

/// The contents of a response.
#[derive(Debug)]
pub(crate) enum Response {
    /// A challenge.
    Challenge(ReceivedChallenge),
    /// Tokens: the sign-in is done.
    Tokens(NewTokens),
}

/// A challenge as it was received.
#[derive(Clone)]
pub(crate) struct ReceivedChallenge {
    pub(crate) name: String,
    pub(crate) session: Option<ChallengeSession>,
    pub(crate) parameters: BTreeMap<String, String>,
    /// AvailableChallenges, the options of SELECT_CHALLENGE.
    pub(crate) available: Vec<String>,
}

impl ReceivedChallenge {
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

impl fmt::Debug for ReceivedChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Parameters contain addresses and attributes of users.
        f.debug_struct("ReceivedChallenge").field("name", &self.name).finish_non_exhaustive()
    }
}

/// AuthenticationResult.
#[derive(Clone, Debug)]
pub(crate) struct NewTokens {
    pub(crate) access_token: AccessToken,
    pub(crate) id_token: Option<IdToken>,
    pub(crate) refresh_token: Option<RefreshToken>,
    /// ExpiresIn.
    pub(crate) lifetime: Duration,
    /// NewDeviceMetadata.
    pub(crate) new_device: Option<NewDevice>,
}

/// A new device, which is not confirmed yet.
#[derive(Clone, Debug)]
pub(crate) struct NewDevice {
    pub(crate) key: String,
    pub(crate) group_key: String,
}
