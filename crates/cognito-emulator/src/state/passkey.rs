//! Passkeys of a user, and pending registrations.

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::pool::Pool;
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

impl Pool {
    /// Removes the registration with a challenge, which must belong to the same sign-in.
    pub(crate) fn take_registration(
        &mut self,
        challenge: &str,
        registration: &Registration,
        now: u64,
    ) -> Result<(), ServiceError> {
        const MISSING: &str = "The challenge does not exist or has expired.";
        let missing = || ServiceError::webauthn_challenge_not_found(MISSING);
        let (waiting, ends) = self.registrations.get(challenge).ok_or_else(missing)?;
        if waiting.username != registration.username || ends <= now {
            return Err(missing());
        }
        if waiting.client_id != registration.client_id {
            const MESSAGE: &str = "The registration was started by another client.";
            return Err(ServiceError::webauthn_client_mismatch(MESSAGE));
        }
        self.registrations.remove(challenge);
        Ok(())
    }
}
