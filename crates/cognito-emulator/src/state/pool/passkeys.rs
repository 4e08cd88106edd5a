//! Pending passkey registrations of a pool.

use super::Pool;
use crate::model::ServiceError;
use crate::state::passkey::Registration;

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
