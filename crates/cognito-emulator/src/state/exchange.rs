//! Pending SRP exchanges, identified by the SECRET_BLOCK that the client returns.

use cognito_srp::ServerExchange;
use serde::{Deserialize, Serialize};

use crate::state::attempt::Attempt;

/// A pending exchange. As in the service, several proofs can be tried.
#[derive(Serialize, Deserialize)]
pub(crate) struct Exchange {
    #[serde(with = "stored")]
    pub(crate) exchange: ServerExchange,
    pub(crate) secret_block: Vec<u8>,
    pub(crate) attempt: Attempt,
    pub(crate) prover: Prover,
    /// The Session that the proof must contain; `None` for a sign-in that begins with SRP.
    pub(crate) session: Option<String>,
}

/// The owner of the password that an exchange proves.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Prover {
    User,
    /// A user who does not exist, or has no password, so that every proof fails.
    Unknown,
    /// A device, by its group key and its key.
    Device(String, String),
}

/// The form in which an exchange is stored.
mod stored {
    use cognito_srp::ServerExchange;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        exchange: &ServerExchange,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        exchange.to_base64().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<ServerExchange, D::Error> {
        let stored = String::deserialize(deserializer)?;
        ServerExchange::from_base64(&stored).map_err(D::Error::custom)
    }
}
