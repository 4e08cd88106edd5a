//! The session's record in the pool's store, which other programs change too.
//!
//! A program claims the record for a limited time before it sends a refresh token. Another program
//! that finds the claim waits for the new tokens instead of sending the same refresh token, which
//! would end the session for both if there is no grace period. For the same reason a program
//! deletes the record of a refused session only under its own claim: no other program is refreshing
//! then.

use std::time::Duration;

use cognito_types::{Revision, StoredSession, Swap};
use tokio::time::{Instant, timeout_at};

use super::Session;
use super::record_store::{RecordStore, STORE_TIMEOUT};
use super::stored::{Claim, Record};
use super::tokens::{Pending, Tokens};
use super::verify::{Unverified, name_in};
use crate::error::{Error, ErrorKind};
use crate::unverified;

/// The time for the work under a claim: writing the claim, the refresh, which may read the client
/// secret twice, and the verification of the response. Two attempts of the default length fit in
/// it.
const WORK_TIMEOUT: Duration = Duration::from_secs(20);

/// The lifetime of a claim: the time for the work under it, and for the save that ends it.
///
/// It is shorter than the longest grace period, 60 seconds, so that the old refresh token still
/// works when the claim of a killed program expires.
const CLAIM_LIFETIME: Duration = WORK_TIMEOUT.saturating_add(STORE_TIMEOUT);

/// The time for which a new claim is respected that has already expired by this program's clock,
/// which may be ahead of the other's. Most refreshes end within it.
///
/// It is shorter than the lifetime of a claim, because the old refresh token of a killed program
/// expires during it.
const UNCLEAR_LIFETIME: Duration = Duration::from_secs(5);

/// The largest difference of clocks for which an expired claim is respected.
const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// The interval at which a record that another program has claimed is read again.
const CLAIM_INTERVAL: Duration = Duration::from_millis(100);

/// The pauses between attempts to store new tokens.
const STORE_PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// The time within which failed attempts to store are retried, so that a hanging store delays
/// callers only once.
const SHORT_FAILURE: Duration = Duration::from_secs(1);

/// The number of attempts of a change while other programs change the record too.
const ATTEMPTS: usize = 5;

/// The outcome of claiming the record.
#[derive(Clone, Copy, Debug)]
pub(super) enum Claimed {
    /// This session refreshes, and the work under its claim ends at this time. Without a store
    /// there is no claim and no time limit.
    Own(Option<Instant>),
    /// Another program has stored newer tokens, which are pending now.
    Newer,
}

/// A record that was read.
enum Found {
    /// The record has tokens of this session.
    Known(Revision, Option<Claim>),
    /// The record had newer tokens, which are pending now.
    Newer,
}

impl Session {
    pub(super) fn record_store(&self) -> Option<RecordStore<'_>> {
        Some(RecordStore::new(&**self.inner.pool.store()?, self.inner.key.as_ref()?))
    }

    /// Stores and verifies pending tokens and makes them current; returns true if it did.
    ///
    /// Expired tokens stay pending, because their refresh token is the newest. The save starts
    /// before `work_until`, the end of the work under a claim.
    pub(super) async fn complete_pending(
        &self,
        work_until: Option<Instant>,
    ) -> Result<bool, Error> {
        loop {
            let Some(pending) = self.state().pending().cloned() else { return Ok(false) };
            let verified = self.verify_pending(&pending);
            let verified = match work_until {
                Some(end) => timeout_at(end, verified).await.unwrap_or_else(|_| Err(late())),
                None => verified.await,
            };
            if let Err(error @ (Unverified::Invalid(_) | Unverified::OtherUser(_))) = verified {
                return Err(self.discard(&pending, error));
            }
            // Store them even if they cannot be verified now: they may contain the only refresh
            // token.
            if !pending.is_stored && !self.store_or_revoke(&pending).await? {
                continue;
            }
            return match verified {
                Ok(claims) => {
                    let name = name_in(&claims).to_owned();
                    let is_published = self.state().publish(claims);
                    self.inner.verified_name.get_or_init(|| name);
                    if is_published { Ok(true) } else { Err(self.clean_up_after_end().await) }
                }
                Err(Unverified::Expired(_)) => Ok(false),
                Err(error) => Err(error.into_error()),
            };
        }
    }

    /// Drops pending tokens that are not of this session. A live session keeps its current tokens.
    fn discard(&self, pending: &Pending, reason: Unverified) -> Error {
        let mut state = self.state();
        let is_live = state.current().is_some();
        if let (Unverified::OtherUser(_), true, false) = (&reason, is_live, pending.is_issued) {
            drop(state);
            return self.replaced();
        }
        let error = reason.into_error();
        state.discard_pending(&error);
        if is_live { error } else { error.ended() }
    }

    /// Deletes the record of an ended session, for example after a sign-out while tokens were
    /// stored.
    async fn clean_up_after_end(&self) -> Error {
        let revision = self.state().revision;
        let deleted = match (self.record_store(), revision) {
            // A record that was changed since may belong to another session.
            (Some(store), Some(_)) => store.swap(revision, None).await.map(drop),
            _ => Ok(()),
        };
        if let Err(error) = deleted {
            tracing::warn!(error = ?error.kind(), "an ended session cannot be deleted from the store");
        }
        ErrorKind::SessionEnded.into()
    }

    /// Stores pending tokens, and revokes them if another program has signed out meanwhile: only
    /// this one has them.
    async fn store_or_revoke(&self, pending: &Pending) -> Result<bool, Error> {
        match self.store_soon(pending).await {
            Err(error) if error.kind() == ErrorKind::SessionEnded && pending.is_rotated => {
                self.revoke_last(&pending.tokens).await;
                Err(error)
            }
            outcome => outcome,
        }
    }

    /// Stores pending tokens, and retries short failures: until they are stored, another program
    /// can use the replaced refresh token, which would end the session.
    async fn store_soon(&self, pending: &Pending) -> Result<bool, Error> {
        let start = Instant::now();
        for pause in STORE_PAUSES {
            match self.store_pending(pending).await {
                Err(error) if error.is_transient() && start.elapsed() < SHORT_FAILURE => {
                    tokio::time::sleep(pause).await;
                }
                outcome => return outcome,
            }
        }
        self.store_pending(pending).await
    }

    /// Stores pending tokens; returns false if another program stored newer ones, which replace
    /// them.
    async fn store_pending(&self, pending: &Pending) -> Result<bool, Error> {
        let revision = match self.record_store() {
            None => None,
            Some(store) if self.state().revision.is_none() => {
                Some(self.store_first(&store, pending).await?)
            }
            Some(store) => match self.write(&store, &pending.tokens).await? {
                None => return Ok(false),
                written => written,
            },
        };
        self.state().set_stored(revision);
        Ok(true)
    }

    /// Stores a new session. It replaces a record of the same name, readable or not, unless that is
    /// of a later sign-in: after a failure of the store, another program may have signed in.
    async fn store_first(
        &self,
        store: &RecordStore<'_>,
        pending: &Pending,
    ) -> Result<Revision, Error> {
        let own = pending.tokens.set.access_token().expose_secret();
        let is_later = |stored: &StoredSession| {
            let record = Record::decode(stored);
            let is_later =
                |record: Record<'_>| unverified::is_later_sign_in(record.access_token(), own);
            // Tokens of the application may be older than a record that they are to replace.
            pending.is_issued && record.is_ok_and(is_later)
        };
        let record = self.encode(&pending.tokens, None)?;
        match store.replace_unless(is_later, Some(record)).await? {
            Swap::Done(revision) => Ok(revision),
            _ => Err(self.replaced()),
        }
    }

    /// Replaces a record that has tokens of this session; returns none if it has newer tokens.
    async fn write(
        &self,
        store: &RecordStore<'_>,
        tokens: &Tokens,
    ) -> Result<Option<Revision>, Error> {
        let record = self.encode(tokens, None)?;
        let mut expected = self.state().revision;
        for _ in 0..ATTEMPTS {
            match store.swap(expected, Some(record.clone())).await? {
                Swap::Done(revision) => return Ok(Some(revision)),
                _ => match self.look(store).await? {
                    Found::Known(revision, _) => expected = Some(revision),
                    Found::Newer => return Ok(None),
                },
            }
        }
        Err(ErrorKind::Store.into())
    }

    /// Reads the record. A missing record means a sign-out elsewhere; a record of another user has
    /// replaced this session's.
    async fn look(&self, store: &RecordStore<'_>) -> Result<Found, Error> {
        let Some((stored, revision)) = store.load().await? else { return Err(self.replaced()) };
        let record = Record::decode(&stored)?;
        if !self.is_of_same_user(&record) {
            return Err(self.replaced());
        }
        let mut state = self.state();
        state.revision = Some(revision);
        if state.knows(record.access_token()) {
            return Ok(Found::Known(revision, record.claim()));
        }
        let tokens = Tokens::of_set(record.tokens(), self.inner.pool.clock());
        // Tokens of a session that replaced this one may be refreshed in another way.
        let tokens = tokens.with_device(record.device()).with_refresh_by(record.refresh_by());
        if state.offer(Pending::stored(tokens)) {
            Ok(Found::Newer)
        } else {
            Err(ErrorKind::SessionEnded.into())
        }
    }

    fn is_of_same_user(&self, record: &Record<'_>) -> bool {
        let known = self.state().subject.clone();
        match (known, record.subject()) {
            (Some(known), Some(subject)) => &*known == subject,
            _ => record.username() == self.username(),
        }
    }

    /// Claims the record, once no other program has claimed it.
    pub(super) async fn claim_record(&self) -> Result<Claimed, Error> {
        let Some(store) = self.record_store() else { return Ok(Claimed::Own(None)) };
        let (mut others, mut attempts) = (None, 0);
        while attempts < ATTEMPTS {
            let Found::Known(revision, claim) = self.look(&store).await? else {
                return Ok(Claimed::Newer);
            };
            if let Some(claim) = claim {
                let known = others.filter(|(known, _)| *known == claim);
                let (_, seen_at) = known.unwrap_or_else(|| (claim, Instant::now()));
                others = Some((claim, seen_at));
                if seen_at.elapsed() < self.respected_for(claim) {
                    tokio::time::sleep(CLAIM_INTERVAL).await;
                    attempts = 0;
                    continue;
                }
            }
            if let Some(work_until) = self.claim_revision(&store, revision).await? {
                return Ok(Claimed::Own(Some(work_until)));
            }
            attempts += 1;
        }
        Err(ErrorKind::Store.into())
    }

    /// Returns for how long a claim is respected since this program first saw it. The clocks of two
    /// programs may differ, so its own time alone does not decide.
    fn respected_for(&self, claim: Claim) -> Duration {
        let now = self.inner.pool.clock().now();
        if claim.is_of(self.inner.holder) || claim.has_expired(now, CLOCK_SKEW) {
            Duration::ZERO
        } else if claim.has_expired(now, Duration::ZERO) {
            UNCLEAR_LIFETIME
        } else {
            CLAIM_LIFETIME
        }
    }

    /// Claims the record of this revision, and returns the end of the work under the claim; none if
    /// another program has changed the record.
    async fn claim_revision(
        &self,
        store: &RecordStore<'_>,
        revision: Revision,
    ) -> Result<Option<Instant>, Error> {
        // Measure before writing the claim, which takes part of its lifetime.
        let (now, start) = (self.inner.pool.clock().now(), Instant::now());
        let until = now.checked_add(CLAIM_LIFETIME).unwrap_or(now);
        let record = self.encode_newest(Some(Claim::new(self.inner.holder, until)))?;
        let Swap::Done(revision) = store.swap(Some(revision), Some(record)).await? else {
            return Ok(None);
        };
        self.state().revision = Some(revision);
        Ok(Some(start + WORK_TIMEOUT))
    }

    /// Releases the claim after a failure, so that another program can refresh at once.
    pub(super) async fn release_record(&self) {
        let Some(store) = self.record_store() else { return };
        // If this fails, the claim expires.
        let Ok(Some((stored, claimed))) = store.load().await else { return };
        let Ok(record) = Record::decode(&stored) else { return };
        if !record.claim().is_some_and(|claim| claim.is_of(self.inner.holder)) {
            return;
        }
        let Ok(released) = record.with_claim(None).encode() else { return };
        if let Ok(Swap::Done(revision)) = store.swap(Some(claimed), Some(released)).await {
            let mut state = self.state();
            state.revision =
                state.revision.map(|seen| if seen == claimed { revision } else { seen });
        }
    }

    /// Returns whether another program has stored newer tokens despite the claim.
    pub(super) async fn has_newer_record(&self) -> Result<bool, Error> {
        match self.record_store() {
            Some(store) => Ok(matches!(self.look(&store).await?, Found::Newer)),
            None => Ok(false),
        }
    }

    /// Writes the record if it lacks a change of the device or may have been deleted.
    ///
    /// If another program has stored newer tokens, the next flight writes it.
    pub(super) async fn save_changes(&self) -> Result<(), Error> {
        let (Some(changes), Some(store)) = (self.state().unstored_changes(), self.record_store())
        else {
            return Ok(());
        };
        if self.write_changes(&store).await? {
            self.state().set_changes_stored(changes);
        }
        Ok(())
    }

    /// Writes the record with the claim of another program, whose refresh may be under way.
    async fn write_changes(&self, store: &RecordStore<'_>) -> Result<bool, Error> {
        let is_lost = self.state().revision.is_none();
        if is_lost && self.put_back(store).await? {
            return Ok(true);
        }
        for _ in 0..ATTEMPTS {
            let Found::Known(revision, claim) = self.look(store).await? else { return Ok(false) };
            let record = self.encode_newest(claim)?;
            if let Swap::Done(revision) = store.swap(Some(revision), Some(record)).await? {
                self.state().revision = Some(revision);
                return Ok(true);
            }
        }
        Err(ErrorKind::Store.into())
    }

    /// Stores a record again that may have been deleted; returns false if it was not.
    async fn put_back(&self, store: &RecordStore<'_>) -> Result<bool, Error> {
        let record = self.encode_newest(None)?;
        let Swap::Done(revision) = store.swap(None, Some(record)).await? else { return Ok(false) };
        self.state().revision = Some(revision);
        Ok(true)
    }

    /// Ends the session without deleting the record, which is gone or belongs to another session.
    fn replaced(&self) -> Error {
        let error = Error::new(ErrorKind::SessionEnded);
        let mut state = self.state();
        state.revision = None;
        state.end(Some(&error));
        error
    }

    /// Ends a session whose refresh token was definitely refused.
    pub(super) async fn end_refused(&self, refusal: Error) -> Error {
        self.state().end(Some(&refusal));
        // If this fails, the next program that restores the session is refused as well.
        let _ = self.clean_up_after_end().await;
        Error::new(ErrorKind::SessionEnded).with_source(refusal)
    }

    fn encode_newest(&self, claim: Option<Claim>) -> Result<StoredSession, Error> {
        let tokens = self.state().newest()?.clone();
        self.encode(&tokens, claim)
    }

    fn encode(&self, tokens: &Tokens, claim: Option<Claim>) -> Result<StoredSession, Error> {
        let subject = self.state().subject.clone();
        let device = tokens.device.as_ref();
        Record::new(self.username(), subject.as_deref(), &tokens.set, device)
            .with_refresh_by(tokens.refresh_by)
            .with_claim(claim)
            .encode()
    }
}

/// Returns the reason for tokens that must be stored before the key set is fetched.
fn late() -> Unverified {
    Unverified::Unknown(ErrorKind::KeysUnavailable.into())
}
