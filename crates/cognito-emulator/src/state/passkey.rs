//! Passkeys of a user, and registrations that wait for theirs.

use serde::{Deserialize, Serialize};

use crate::state::webauthn::PasskeyKey;

/// A passkey.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Passkey {
    /// Base64url.
    pub(crate) id: String,
    pub(crate) relying_party_id: String,
    pub(crate) key: PasskeyKey,
    /// The number of uses, if the authenticator counts them.
    pub(crate) counter: u32,
    pub(crate) transports: Vec<String>,
    pub(crate) attachment: Option<String>,
    /// Seconds since 1970.
    pub(crate) created: f64,
}

/// Passkeys that a user can have.
pub(crate) const MOST_PASSKEYS: usize = 20;

/// A registration under way, kept by its challenge: of a user through an app client.
#[derive(Serialize, Deserialize)]
pub(crate) struct Registration {
    pub(crate) username: String,
    pub(crate) client_id: String,
}
