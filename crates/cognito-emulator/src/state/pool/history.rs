//! The event history of a pool's users.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Pool;
use crate::model::ServiceError;

impl Pool {
    /// Returns the token for a user's feedback on an event, which the service sends in a message.
    pub(crate) fn feedback_token(&self, username: &str, event_id: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        let tag = hmac::sign(&key, format!("feedback\0{username}\0{event_id}").as_bytes());
        URL_SAFE_NO_PAD.encode(tag.as_ref())
    }

    pub(crate) fn check_keeps_history(&self) -> Result<(), ServiceError> {
        match self.settings.keeps_history() {
            true => Ok(()),
            false => Err(ServiceError::user_pool_add_on_not_enabled(
                "Threat protection is not enabled for the user pool.",
            )),
        }
    }
}
