//! Records of sign-ins: the tokens of each, and whether they are still valid.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::expiring::{Sweep, still_runs};
use crate::state::managed_login::Grant;
use crate::state::part::{Entries, Part};

/// Sign-ins by their `origin_jti`, and refresh tokens that lead to them.
///
/// Entries that ended [`MEMORY`] ago are dropped in sweeps.
#[derive(Default)]
pub(crate) struct SignInRecords {
    sign_ins: Entries<SignInRecord>,
    /// Sign-ins of users, by the users' names.
    of_user: HashMap<String, BTreeSet<String>>,
    refresh_tokens: Entries<RefreshToken>,
    sweep: Sweep,
}

/// Seconds for which an ended token is told from an unknown one.
const MEMORY: u64 = 3600;

/// One sign-in, which is a session of the user.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignInRecord {
    pub(crate) origin_jti: String,
    pub(crate) event_id: String,
    pub(crate) session_id: String,
    pub(crate) username: String,
    /// The user's id, which another user of the same name does not have.
    pub(crate) sub: String,
    pub(crate) client_id: String,
    pub(crate) auth_time: u64,
    /// The device that signed in, where devices are tracked.
    pub(crate) device_key: Option<String>,
    /// The grant of a sign-in through managed login.
    pub(crate) grant: Option<Grant>,
    /// When the last of its tokens ends.
    ends: u64,
    /// When it got its last tokens.
    active: u64,
    revoked: bool,
}

#[derive(Serialize, Deserialize)]
struct RefreshToken {
    origin_jti: String,
    ends: u64,
    /// When it was rotated, if it was.
    rotated: Option<u64>,
}

/// The ids that a sign-in gets.
pub(crate) struct SignInIds {
    pub(crate) origin_jti: String,
    pub(crate) event_id: String,
    pub(crate) session_id: String,
    /// The user's.
    pub(crate) sub: String,
}

impl SignInRecord {
    pub(crate) fn new(ids: SignInIds, attempt: Attempt, auth_time: u64) -> Self {
        let SignInIds { origin_jti, event_id, session_id, sub } = ids;
        let Attempt { username, client_id, device_key, .. } = attempt;
        Self {
            origin_jti,
            event_id,
            session_id,
            sub,
            username,
            client_id,
            auth_time,
            device_key,
            grant: None,
            ends: auth_time,
            active: auth_time,
            revoked: false,
        }
    }

    /// Returns whether its access tokens are bound to a resource.
    pub(crate) fn is_bound_to(&self, resource: &str) -> bool {
        self.grant.as_ref().is_some_and(|grant| grant.resource.as_deref() == Some(resource))
    }

    /// When it got its last tokens.
    pub(crate) fn active(&self) -> u64 {
        self.active
    }
}

impl SignInRecords {
    pub(crate) fn insert(&mut self, record: SignInRecord) {
        self.index(record.username.clone(), record.origin_jti.clone());
        self.sign_ins.insert(record.origin_jti.clone(), record);
    }

    /// Notes that a sign-in got tokens, the last of which ends then.
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

    /// The sign-in of an access token, if it was not revoked.
    pub(crate) fn live(&self, origin_jti: &str) -> Option<&SignInRecord> {
        self.sign_ins.get(origin_jti).filter(|record| !record.revoked)
    }

    /// Returns the sign-in of an access token that names no `origin_jti`, if it was not revoked.
    pub(crate) fn live_event(&self, username: &str, event_id: &str) -> Option<&SignInRecord> {
        let of_user = self.of_user.get(username).into_iter().flatten();
        let mut live = of_user.filter_map(|origin_jti| self.live(origin_jti));
        live.find(|record| record.event_id == event_id)
    }

    /// The sign-ins of a user whose tokens hold, the newest first.
    pub(crate) fn sessions(&self, username: &str, now: u64) -> Vec<&SignInRecord> {
        let of_user = self.of_user.get(username).into_iter().flatten();
        let live = of_user.filter_map(|origin_jti| self.live(origin_jti));
        let mut sessions: Vec<_> = live.filter(|record| record.ends > now).collect();
        sessions.sort_by_key(|record| (std::cmp::Reverse(record.auth_time), &record.session_id));
        sessions
    }

    /// The sign-in that a refresh token renews for a client.
    pub(crate) fn renewable(
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

    /// Rejects a refresh token that was replaced `grace` ago or longer.
    ///
    /// Using a token that should be gone ends the whole sign-in: it was stolen, or is about to be.
    pub(crate) fn check_reuse(
        &mut self,
        token: &str,
        grace: u64,
        now: u64,
    ) -> Result<(), ServiceError> {
        let known = self.refresh_tokens.get(token).ok_or_else(invalid_refresh_token)?;
        let grace = Duration::from_secs(grace);
        let is_over = |at| !still_runs(Duration::from_secs(at), grace, Duration::from_secs(now));
        if known.rotated.is_some_and(is_over) {
            let origin_jti = known.origin_jti.clone();
            self.revoke_sign_in(&origin_jti);
            return Err(ServiceError::refresh_token_reuse("Refresh token reuse detected"));
        }
        Ok(())
    }

    /// Marks a refresh token as replaced and returns when it ends.
    pub(crate) fn rotate(&mut self, token: &str, now: u64) -> Option<u64> {
        let known = self.refresh_tokens.get_mut(token)?;
        known.rotated.get_or_insert(now);
        Some(known.ends)
    }

    /// Ends the sign-in that a refresh token belongs to; unknown tokens are ignored.
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

    /// Rebuilds the index of the sign-ins of users, after all were restored.
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

    /// Sign-ins, or refresh tokens if they are more.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.sign_ins.len().max(self.of_user.len()).max(self.refresh_tokens.len())
    }

    /// Drops entries that ended long ago.
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

    /// A sign-in of one user, whose refresh token has its number.
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
    fn grace_of_a_replaced_token_ends_when_the_clock_is_set_back() {
        let mut records = SignInRecords::default();
        sign_in(&mut records, 1, 100_000);
        records.rotate("token-1", 100_000);
        assert!(records.check_reuse("token-1", 60, 100_059).is_ok());
        let reused = records.check_reuse("token-1", 60, 99_999).unwrap_err();
        assert_eq!(reused.name, "RefreshTokenReuseException");
    }

    #[test]
    fn what_ended_long_ago_is_dropped() {
        let mut records = SignInRecords::default();
        for number in 0..50_000 {
            sign_in(&mut records, number, number);
        }
        // A sign-in is kept for 5 minutes and an hour; a sweep may find twice as many.
        let most = usize::try_from(2 * (300 + MEMORY)).unwrap();
        assert!(records.sign_ins.len() <= most, "{}", records.sign_ins.len());
        assert!(records.refresh_tokens.len() <= most);
        assert_eq!(records.of_user["alice"].len(), records.sign_ins.len());
        assert_eq!(records.sessions("alice", 50_000).len(), 299);
        assert!(records.renewable("token-49999", "client", 50_000).is_ok());
        let ended = records.renewable("token-49000", "client", 50_000).err().unwrap();
        assert_eq!(ended.message, "Refresh Token has expired");
        let forgotten = records.renewable("token-1", "client", 50_000).err().unwrap();
        assert_eq!(forgotten.message, "Invalid Refresh Token");
        records.revoke_user("alice");
        assert_eq!(records.sessions("alice", 50_000).len(), 0);
    }
}
