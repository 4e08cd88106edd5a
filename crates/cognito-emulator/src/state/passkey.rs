//! Passkeys of a user, and pending registrations.

use serde::{Deserialize, Serialize};

use crate::state::webauthn::PasskeyKey;

/// A passkey.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Passkey {
    /// Base64url.
    pub(crate) id: String,
    pub(crate) relying_party_id: String,
    pub(crate) key: PasskeyKey,
    /// The signature counter, if the authenticator has one.
    pub(crate) counter: u32,
    pub(crate) transports: Vec<String>,
    pub(crate) attachment: Option<String>,
    /// Seconds since 1970.
    pub(crate) created: f64,
}

/// The maximum number of passkeys of a user.
pub(crate) const MOST_PASSKEYS: usize = 20;

/// A pending registration of a user through an app client, stored by its challenge.
#[derive(Serialize, Deserialize)]
pub(crate) struct Registration {
    pub(crate) username: String,
    pub(crate) client_id: String,
}
