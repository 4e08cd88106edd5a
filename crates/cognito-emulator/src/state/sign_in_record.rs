//! Records of sign-ins, with the validity of their tokens.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::expiring::Sweep;
use crate::state::managed_login::Grant;
use crate::state::part::{Entries, Part};

/// Sign-ins by `origin_jti`, and their refresh tokens.
///
/// Entries that expired [`MEMORY`] ago are dropped in sweeps.
#[derive(Default)]
pub(crate) struct SignInRecords {
    sign_ins: Entries<SignInRecord>,
    /// Sign-ins by user name.
    of_user: HashMap<String, BTreeSet<String>>,
    refresh_tokens: Entries<RefreshToken>,
    sweep: Sweep,
}

/// The number of seconds for which an expired token is distinguished from an unknown one.
const MEMORY: u64 = 3600;

/// One sign-in, which is a session of the user.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignInRecord {
    pub(crate) origin_jti: String,
    pub(crate) event_id: String,
    pub(crate) session_id: String,
    pub(crate) username: String,
    /// The `sub` of the user, which differs for another user with the same name.
    pub(crate) sub: String,
    pub(crate) client_id: String,
    pub(crate) auth_time: u64,
    /// The time of the first tokens. `None` in state files of earlier versions.
    #[serde(default)]
    created: Option<u64>,
    /// The device, if the pool tracks devices.
    pub(crate) device_key: Option<String>,
    /// The grant of a sign-in through managed login.
    pub(crate) grant: Option<Grant>,
    /// The browser session of a sign-in through managed login (OriginSessionId).
    #[serde(default)]
    pub(crate) browser_session_id: Option<String>,
    /// The expiration of the last token.
    ends: u64,
    /// The time of the last issued tokens.
    active: u64,
    revoked: bool,
}

#[derive(Serialize, Deserialize)]
struct RefreshToken {
    origin_jti: String,
    ends: u64,
    /// The time of the rotation, if any.
    rotated: Option<u64>,
}

/// The ids of a new sign-in.
pub(crate) struct SignInIds {
    pub(crate) origin_jti: String,
    pub(crate) event_id: String,
    pub(crate) session_id: String,
    /// The id of the user.
    pub(crate) sub: String,
}

impl SignInRecord {
    /// Creates the record of a user who is authenticated now.
    pub(crate) fn new(ids: SignInIds, attempt: Attempt, now: u64) -> Self {
        let SignInIds { origin_jti, event_id, session_id, sub } = ids;
        let Attempt { username, client_id, device_key, .. } = attempt;
        Self {
            origin_jti,
            event_id,
            session_id,
            sub,
            username,
            client_id,
            auth_time: now,
            created: Some(now),
            device_key,
            grant: None,
            browser_session_id: None,
            ends: now,
            active: now,
            revoked: false,
        }
    }

    /// Returns whether the access tokens are bound to the resource.
    pub(crate) fn is_bound_to(&self, resource: &str) -> bool {
        self.grant.as_ref().is_some_and(|grant| grant.resource.as_deref() == Some(resource))
    }

    /// Returns the time of the first tokens.
    pub(crate) fn created(&self) -> u64 {
        self.created.unwrap_or(self.auth_time)
    }

    /// Returns the time of the last issued tokens.
    pub(crate) fn active(&self) -> u64 {
        self.active
    }
}

impl SignInRecords {
    pub(crate) fn insert(&mut self, record: SignInRecord) {
        self.index(record.username.clone(), record.origin_jti.clone());
        self.sign_ins.insert(record.origin_jti.clone(), record);
    }

    /// Records that tokens were issued, with the expiration of the last one.
    pub(crate) fn extend(&mut self, origin_jti: &str, ends: u64, now: u64) {
        if let Some(record) = self.sign_ins.get_mut(origin_jti) {
            (record.ends, record.active) = (record.ends.max(ends), now);
        }
        if self.sweep.is_due(self.refresh_tokens.len().max(self.sign_ins.len())) {
            self.forget(now);
        }
    }

    pub(crate) fn add_refresh_token(&mut self, token: String, origin_jti: String, ends: u64) {
        if let Some(record) = self.sign_ins.get_mut(&origin_jti) {
            record.ends = record.ends.max(ends);
        }
        self.refresh_tokens.insert(token, RefreshToken { origin_jti, ends, rotated: None });
    }

    /// Returns the sign-in of an access token, if it was not revoked.
    pub(crate) fn live(&self, origin_jti: &str) -> Option<&SignInRecord> {
        self.sign_ins.get(origin_jti).filter(|record| !record.revoked)
    }

    /// Returns the sign-in of an access token without `origin_jti`, if it was not revoked.
    pub(crate) fn live_event(&self, username: &str, event_id: &str) -> Option<&SignInRecord> {
        let of_user = self.of_user.get(username).into_iter().flatten();
        let mut live = of_user.filter_map(|origin_jti| self.live(origin_jti));
        live.find(|record| record.event_id == event_id)
    }

    /// Returns the valid sign-ins of a user.
    pub(crate) fn sessions<'a>(
        &'a self,
        username: &str,
        now: u64,
    ) -> impl Iterator<Item = &'a SignInRecord> + use<'a> {
        let of_user = self.of_user.get(username).into_iter().flatten();
        let live = of_user.filter_map(|origin_jti| self.live(origin_jti));
        live.filter(move |record| record.ends > now)
    }

    /// Returns the time of the last tokens that came through each browser session of a user, also
    /// if they were revoked or have expired.
    pub(crate) fn active_by_browser_session(&self, username: &str) -> HashMap<&str, u64> {
        let of_user = self.of_user.get(username).into_iter().flatten();
        let mut active = HashMap::new();
        for record in of_user.filter_map(|origin_jti| self.sign_ins.get(origin_jti)) {
            if let Some(id) = record.browser_session_id.as_deref() {
                let last = active.entry(id).or_insert(record.active);
                *last = record.active.max(*last);
            }
        }
        active
    }

    /// Returns the sign-in that a client can refresh with a token.
    pub(crate) fn refreshable(
        &self,
        token: &str,
        client_id: &str,
        now: u64,
    ) -> Result<SignInRecord, ServiceError> {
        let known = self.refresh_tokens.get(token).ok_or_else(invalid_refresh_token)?;
        let record = self.sign_ins.get(&known.origin_jti).ok_or_else(invalid_refresh_token)?;
        if record.client_id != client_id {
            return Err(ServiceError::not_authorized("Refresh Token has different Client"));
        }
        if record.revoked {
            return Err(ServiceError::not_authorized("Refresh Token has been revoked"));
        }
        if known.ends <= now {
            return Err(ServiceError::not_authorized("Refresh Token has expired"));
        }
        Ok(record.clone())
    }

    /// Rejects a refresh token that was rotated `grace` ago or earlier.
    ///
    /// The reuse of a rotated token revokes the whole sign-in, because the token may be stolen.
    pub(crate) fn check_reuse(
        &mut self,
        token: &str,
        grace: u64,
        now: u64,
    ) -> Result<(), ServiceError> {
        let known = self.refresh_tokens.get(token).ok_or_else(invalid_refresh_token)?;
        let Some(rotated) = known.rotated else { return Ok(()) };
        let origin_jti = known.origin_jti.clone();
        if rotated > now
            && let Some(known) = self.refresh_tokens.get_mut(token)
        {
            // The test clock was set back, and the grace period starts again.
            known.rotated = Some(now);
        }
        if rotated.min(now).saturating_add(grace) <= now {
            self.revoke_sign_in(&origin_jti);
            return Err(ServiceError::refresh_token_reuse("Refresh token reuse detected"));
        }
        Ok(())
    }

    /// Marks a refresh token as rotated and returns its expiration.
    pub(crate) fn rotate(&mut self, token: &str, now: u64) -> Option<u64> {
        let known = self.refresh_tokens.get_mut(token)?;
        known.rotated.get_or_insert(now);
        Some(known.ends)
    }

    /// Revokes the sign-in of a refresh token; unknown tokens are ignored.
    pub(crate) fn revoke(&mut self, token: &str) -> Option<&SignInRecord> {
        let origin_jti = self.refresh_tokens.get(token)?.origin_jti.clone();
        self.revoke_sign_in(&origin_jti);
        self.sign_ins.get(&origin_jti)
    }

    /// Returns the user of a refresh token.
    pub(crate) fn user_of(&self, token: &str) -> Option<&str> {
        let known = self.refresh_tokens.get(token)?;
        self.sign_ins.get(&known.origin_jti).map(|record| record.username.as_str())
    }

    /// Returns the client of a refresh token.
    pub(crate) fn client_of(&self, token: &str) -> Option<&str> {
        let known = self.refresh_tokens.get(token)?;
        self.sign_ins.get(&known.origin_jti).map(|record| record.client_id.as_str())
    }

    /// Revokes all sign-ins of a user.
    pub(crate) fn revoke_user(&mut self, username: &str) {
        for origin_jti in self.of_user.get(username).into_iter().flatten() {
            if let Some(record) = self.sign_ins.get_mut(origin_jti) {
                record.revoked = true;
            }
        }
    }

    pub(crate) fn revoke_sign_in(&mut self, origin_jti: &str) {
        if let Some(record) = self.sign_ins.get_mut(origin_jti) {
            record.revoked = true;
        }
    }

    pub(super) fn parts(&mut self) -> [(&'static str, &mut dyn Part); 2] {
        let Self { sign_ins, of_user: _, refresh_tokens, sweep: _ } = self;
        [("refresh tokens", refresh_tokens), ("sign-ins", sign_ins)]
    }

    /// Rebuilds the index of sign-ins by user, after all entries were restored.
    pub(super) fn restored(&mut self) {
        let records = self.sign_ins.values();
        let of_users = records.map(|record| (record.username.clone(), record.origin_jti.clone()));
        for (username, origin_jti) in of_users.collect::<Vec<_>>() {
            self.index(username, origin_jti);
        }
    }

    fn index(&mut self, username: String, origin_jti: String) {
        self.of_user.entry(username).or_default().insert(origin_jti);
    }

    /// Returns the number of sign-ins or of refresh tokens, whichever is larger.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.sign_ins.len().max(self.of_user.len()).max(self.refresh_tokens.len())
    }

    /// Drops entries that expired long ago.
    fn forget(&mut self, now: u64) {
        let remembered = |ends: u64| ends.saturating_add(MEMORY) > now;
        self.refresh_tokens.retain(|_, token| remembered(token.ends));
        let Self { sign_ins, of_user, refresh_tokens, sweep } = self;
        sign_ins.retain(|_, record| remembered(record.ends));
        of_user.retain(|_, sign_ins_of_user| {
            sign_ins_of_user.retain(|origin_jti| sign_ins.contains_key(origin_jti));
            !sign_ins_of_user.is_empty()
        });
        sweep.done(refresh_tokens.len().max(sign_ins.len()));
    }
}

pub(crate) fn invalid_refresh_token() -> ServiceError {
    ServiceError::not_authorized("Invalid Refresh Token")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::attempt::{Channel, TokenOccasion};

    fn attempt() -> Attempt {
        Attempt {
            username: "alice".to_owned(),
            sub: None,
            client_id: "client".to_owned(),
            device_key: None,
            device_proven: false,
            by_password: true,
            by_second_factor: false,
            custom: None,
            occasion: TokenOccasion::Authentication,
            channel: Channel::Api,
        }
    }

    /// Adds a sign-in of one user, whose refresh token has its number.
    fn sign_in(records: &mut SignInRecords, number: u64, now: u64) {
        let ids = SignInIds {
            origin_jti: format!("origin-{number}"),
            event_id: String::new(),
            session_id: String::new(),
            sub: String::new(),
        };
        records.insert(SignInRecord::new(ids, attempt(), now));
        let (token, origin_jti) = (format!("token-{number}"), format!("origin-{number}"));
        records.add_refresh_token(token, origin_jti.clone(), now + 60);
        records.extend(&origin_jti, now + 300, now);
    }

    #[test]
    fn record_of_an_earlier_version_was_created_at_the_authentication() {
        let mut records = SignInRecords::default();
        sign_in(&mut records, 1, 100);
        let mut record = serde_json::to_value(records.live("origin-1").unwrap()).unwrap();
        record.as_object_mut().unwrap().remove("created").unwrap();
        let record: SignInRecord = serde_json::from_value(record).unwrap();
        assert_eq!(record.created(), 100);
    }

    /// Returns whether a token that was rotated at 100,000 s is accepted with a grace period.
    fn accepts_rotated(grace: u64, times: &[u64]) -> Vec<bool> {
        let mut records = SignInRecords::default();
        sign_in(&mut records, 1, 100_000);
        records.rotate("token-1", 100_000);
        times.iter().map(|now| records.check_reuse("token-1", grace, *now).is_ok()).collect()
    }

    #[test]
    fn grace_of_a_rotated_token_starts_again_when_the_clock_is_set_back() {
        assert_eq!(accepts_rotated(60, &[100_059, 100_060]), [true, false]);
        assert_eq!(accepts_rotated(60, &[99_000, 99_059, 99_060]), [true, true, false]);
        assert_eq!(accepts_rotated(60, &[99_000, 100_000]), [true, false]);
        assert_eq!(accepts_rotated(0, &[100_000]), [false]);
        assert_eq!(accepts_rotated(0, &[99_000]), [false], "without a grace period");
    }

    #[test]
    fn entries_that_expired_long_ago_are_dropped() {
        let mut records = SignInRecords::default();
        for number in 0..50_000 {
            sign_in(&mut records, number, number);
        }
        // A sign-in is kept for 5 minutes and an hour; a sweep may find twice as many.
        let most = usize::try_from(2 * (300 + MEMORY)).unwrap();
        assert!(records.sign_ins.len() <= most, "{}", records.sign_ins.len());
        assert!(records.refresh_tokens.len() <= most);
        assert_eq!(records.of_user["alice"].len(), records.sign_ins.len());
        assert_eq!(records.sessions("alice", 50_000).count(), 299);
        assert!(records.refreshable("token-49999", "client", 50_000).is_ok());
        let ended = records.refreshable("token-49000", "client", 50_000).err().unwrap();
        assert_eq!(ended.message, "Refresh Token has expired");
        let forgotten = records.refreshable("token-1", "client", 50_000).err().unwrap();
        assert_eq!(forgotten.message, "Invalid Refresh Token");
        records.revoke_user("alice");
        assert_eq!(records.sessions("alice", 50_000).count(), 0);
    }
}
