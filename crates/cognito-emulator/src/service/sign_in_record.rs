//! What a pool remembers of sign-ins: which tokens came of each, and whether they still hold.

use std::collections::HashMap;

use super::challenge::Attempt;
use super::error::ApiError;

/// Sign-ins by their `origin_jti`, and refresh tokens that lead to them.
#[derive(Default)]
pub(crate) struct SignInRecords {
    sign_ins: HashMap<String, SignInRecord>,
    refresh_tokens: HashMap<String, RefreshToken>,
}

/// One sign-in.
#[derive(Clone)]
pub(crate) struct SignInRecord {
    pub(crate) origin_jti: String,
    pub(crate) event_id: String,
    pub(crate) username: String,
    /// The user's id, which another user of the same name does not have.
    pub(crate) sub: String,
    pub(crate) client_id: String,
    pub(crate) auth_time: u64,
    /// The device that signed in, where devices are tracked.
    pub(crate) device_key: Option<String>,
    revoked: bool,
}

struct RefreshToken {
    origin_jti: String,
    ends: u64,
    /// When it was rotated, if it was.
    rotated: Option<u64>,
}

impl SignInRecord {
    pub(crate) fn new(
        [origin_jti, event_id, sub]: [String; 3],
        attempt: Attempt,
        auth_time: u64,
    ) -> Self {
        let Attempt { username, client_id, device_key, .. } = attempt;
        Self {
            origin_jti,
            event_id,
            sub,
            username,
            client_id,
            auth_time,
            device_key,
            revoked: false,
        }
    }
}

impl SignInRecords {
    pub(crate) fn insert(&mut self, record: SignInRecord) {
        self.sign_ins.insert(record.origin_jti.clone(), record);
    }

    pub(crate) fn add_refresh_token(&mut self, token: String, origin_jti: String, ends: u64) {
        self.refresh_tokens.insert(token, RefreshToken { origin_jti, ends, rotated: None });
    }

    /// The sign-in of an access token, if it was not revoked.
    pub(crate) fn live(&self, origin_jti: &str) -> Option<&SignInRecord> {
        self.sign_ins.get(origin_jti).filter(|record| !record.revoked)
    }

    /// The sign-in that a refresh token renews for a client.
    pub(crate) fn renewable(
        &self,
        token: &str,
        client_id: &str,
        now: u64,
    ) -> Result<SignInRecord, ApiError> {
        let known = self.refresh_tokens.get(token).ok_or_else(invalid_refresh_token)?;
        let record = self.sign_ins.get(&known.origin_jti).ok_or_else(invalid_refresh_token)?;
        if record.client_id != client_id {
            return Err(ApiError::not_authorized("Refresh Token has different Client"));
        }
        if record.revoked {
            return Err(ApiError::not_authorized("Refresh Token has been revoked"));
        }
        if known.ends <= now {
            return Err(ApiError::not_authorized("Refresh Token has expired"));
        }
        Ok(record.clone())
    }

    /// Marks a refresh token as replaced; refuses one that was replaced `grace` ago or longer.
    ///
    /// Using a token that should be gone ends the whole sign-in: it was stolen, or is about to be.
    pub(crate) fn rotate(&mut self, token: &str, grace: u64, now: u64) -> Result<(), ApiError> {
        let known = self.refresh_tokens.get_mut(token).ok_or_else(invalid_refresh_token)?;
        let reused = known.rotated.is_some_and(|rotated| rotated.saturating_add(grace) <= now);
        known.rotated.get_or_insert(now);
        if reused {
            let origin_jti = known.origin_jti.clone();
            self.revoke_sign_in(&origin_jti);
            return Err(ApiError::refresh_token_reuse("Refresh token reuse detected"));
        }
        Ok(())
    }

    /// Ends the sign-in that a refresh token belongs to; unknown tokens are none's business.
    pub(crate) fn revoke(&mut self, token: &str) -> Option<&SignInRecord> {
        let origin_jti = self.refresh_tokens.get(token)?.origin_jti.clone();
        self.revoke_sign_in(&origin_jti);
        self.sign_ins.get(&origin_jti)
    }

    /// The user that a refresh token was issued to.
    pub(crate) fn user_of(&self, token: &str) -> Option<&str> {
        let known = self.refresh_tokens.get(token)?;
        self.sign_ins.get(&known.origin_jti).map(|record| record.username.as_str())
    }

    /// The client that a refresh token was issued to.
    pub(crate) fn client_of(&self, token: &str) -> Option<&str> {
        let known = self.refresh_tokens.get(token)?;
        self.sign_ins.get(&known.origin_jti).map(|record| record.client_id.as_str())
    }

    /// Ends all sign-ins of a user.
    pub(crate) fn revoke_user(&mut self, username: &str) {
        let of_user = self.sign_ins.values_mut().filter(|record| record.username == username);
        of_user.for_each(|record| record.revoked = true);
    }

    fn revoke_sign_in(&mut self, origin_jti: &str) {
        if let Some(record) = self.sign_ins.get_mut(origin_jti) {
            record.revoked = true;
        }
    }
}

pub(crate) fn invalid_refresh_token() -> ApiError {
    ApiError::not_authorized("Invalid Refresh Token")
}
