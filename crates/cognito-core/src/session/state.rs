//! The states of a session, and all transitions between them.
//!
//! ```text
//! sign-in, restored or adopted tokens ──► pending ──► current ──► ended
//!                                            ▲           │
//!                                            └─ refresh ─┘
//! ```
//!
//! Invariants:
//!
//! * Callers get only `current` tokens, which are verified and stored. `pending` tokens replace
//!   them once they are verified and stored.
//! * At most one [`Flight`] is under way. Only the flight sends refresh requests and changes the
//!   record in the store; callers may wait for it.
//! * A failure changes no tokens. Only [`State::end`] drops the current tokens: after a sign-out,
//!   after a definite refusal by the service, when the tokens are returned to the application, or
//!   when the store has no record or one of another user.
//! * A flight whose task has died counts as failed ([`State::flight`]).

use std::sync::Arc;
use std::time::Duration;

use cognito_types::{AccessToken, Clock, RefreshToken, RejectionPauses, Revision};
use tokio::sync::broadcast;

use super::events::{self, SessionEvent};
use super::failures::Failures;
use super::flight::{Flight, FlightKind};
use super::own_device::SessionDevice;
use super::throttling::Throttling;
use super::tokens::{Age, Claims, Current, Pending, Standing, Tokens};
use crate::error::{Error, ErrorKind};

/// The state of a session.
pub(super) struct State {
    current: Option<Current>,
    pending: Option<Pending>,
    flight: Option<Flight>,
    /// The number of flights so far.
    pub(super) flights: u64,
    /// The user (`sub`), once known; tokens of other users are refused after that.
    pub(super) subject: Option<Arc<str>>,
    /// The last seen revision of the session's record; none before it is stored, or while that is
    /// unknown.
    pub(super) revision: Option<Revision>,
    /// The number of changes that the record may lack: of the device, and deletions of the record.
    changes: u64,
    /// The number of those changes that are stored.
    stored_changes: u64,
    failures: Failures,
    pub(super) throttling: Throttling,
    /// The limit on refreshes that rejected tokens cause.
    rejections: RejectionPauses,
    pub(super) events: broadcast::Sender<SessionEvent>,
}

/// The way to get tokens for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Return the current tokens.
    Serve,
    /// Return the current tokens, and refresh in the background.
    ServeBesideRefresh,
    /// Wait for a refresh, and return the current tokens if it fails.
    PreferRefresh,
    /// Wait for a refresh: there are no tokens to return.
    AwaitRefresh,
}

impl State {
    pub(super) fn new(pending: Pending) -> Self {
        Self {
            current: None,
            pending: Some(pending),
            flight: None,
            flights: 0,
            subject: None,
            revision: None,
            changes: 0,
            stored_changes: 0,
            failures: Failures::default(),
            throttling: Throttling::default(),
            rejections: RejectionPauses::default(),
            events: events::channel(),
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.current.is_none() && self.pending.is_none()
    }

    pub(super) fn current(&self) -> Option<&Current> {
        self.current.as_ref()
    }

    pub(super) fn pending(&self) -> Option<&Pending> {
        self.pending.as_ref()
    }

    /// Returns the current tokens, or the pending ones of a new session.
    pub(super) fn visible(&self) -> Result<&Tokens, Error> {
        let (current, pending) = (self.current.as_ref(), self.pending.as_ref());
        let tokens = current.map(|current| &current.tokens);
        tokens
            .or_else(|| pending.map(|pending| &pending.tokens))
            .ok_or_else(|| ErrorKind::SessionEnded.into())
    }

    /// Returns the newest tokens, which have the refresh token to use.
    pub(super) fn newest(&self) -> Result<&Tokens, Error> {
        self.pending.as_ref().map_or_else(|| self.visible(), |pending| Ok(&pending.tokens))
    }

    /// Returns all refresh tokens, which a sign-out revokes.
    pub(super) fn refresh_tokens(&self) -> Vec<RefreshToken> {
        let current = self.current.as_ref().map(|current| &current.tokens);
        let pending = self.pending.as_ref().map(|pending| &pending.tokens);
        let tokens = current.into_iter().chain(pending);
        tokens.filter_map(|tokens| tokens.set.refresh_token().cloned()).collect()
    }

    /// Returns whether the access token is a current or pending one of this session.
    pub(super) fn knows(&self, access_token: &str) -> bool {
        let current = self.current.as_ref().map(|current| &current.tokens);
        let pending = self.pending.as_ref().map(|pending| &pending.tokens);
        let mut tokens = current.into_iter().chain(pending);
        tokens.any(|tokens| tokens.set.access_token().expose_secret() == access_token)
    }

    pub(super) fn plan(&mut self, clock: &dyn Clock) -> Result<Plan, Error> {
        let pauses =
            self.flight(clock).is_none() && self.failures.pause_with_tokens(clock.elapsed());
        let Some(current) = &self.current else {
            return if self.has_ended() {
                Err(ErrorKind::SessionEnded.into())
            } else {
                Ok(Plan::AwaitRefresh)
            };
        };
        let can_refresh = self.pending.is_some() || current.tokens.set.refresh_token().is_some();
        Ok(match (current.age(clock), current.standing) {
            (Age::Expired, _) | (_, Standing::Revoked) => Plan::AwaitRefresh,
            _ if pauses || !can_refresh => Plan::Serve,
            (_, Standing::Rejected) => Plan::PreferRefresh,
            (Age::Fresh, _) if self.pending.is_none() => Plan::Serve,
            _ => Plan::ServeBesideRefresh,
        })
    }

    /// Returns whether the tokens need no refresh.
    pub(super) fn is_fresh(&self, clock: &dyn Clock) -> bool {
        let is_good = |current: &Current| {
            current.age(clock) == Age::Fresh && current.standing == Standing::Good
        };
        self.pending.is_none() && self.current.as_ref().is_some_and(is_good)
    }

    pub(super) fn holds(&self, clock: &dyn Clock) -> bool {
        self.current.as_ref().is_some_and(|current| current.holds(clock))
    }

    /// Returns the error for callers without a valid token, while no refresh may start. A refresh
    /// under way serves them.
    pub(super) fn pause(&mut self, clock: &dyn Clock) -> Option<Error> {
        if self.flight(clock).is_some_and(Flight::refreshes) {
            return None;
        }
        let now = clock.elapsed();
        let throttled = self.throttling.long_pause(now);
        throttled.or_else(|| self.failures.pause_without_tokens(now).cloned())
    }

    /// Returns the flight under way. A flight whose task was dropped or panicked counts as failed.
    pub(super) fn flight(&mut self, clock: &dyn Clock) -> Option<&Flight> {
        if self.flight.as_ref().is_some_and(Flight::is_dead) {
            self.flight = None;
            self.failures.note_lost(clock.elapsed());
        }
        self.flight.as_ref()
    }

    /// Starts a flight, whose work gets its number.
    pub(super) fn start_flight<F>(
        &mut self,
        kind: FlightKind,
        work: impl FnOnce(u64) -> F,
    ) -> Result<Flight, Error>
    where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let number = self.flights.saturating_add(1);
        let flight = Flight::start(number, kind, work(number))?;
        (self.flights, self.flight) = (number, Some(flight.clone()));
        Ok(flight)
    }

    /// Removes and returns the flight, if it is still under way.
    pub(super) fn remove_flight(&mut self, number: u64) -> Option<Flight> {
        self.flight.take_if(|flight| flight.number() == number)
    }

    /// Ends the flight, without changing the tokens; returns the failure that was emitted.
    pub(super) fn finish_flight<'e>(
        &mut self,
        number: u64,
        outcome: &'e Result<(), Error>,
        clock: &dyn Clock,
    ) -> Option<&'e Error> {
        let flight = self.remove_flight(number)?;
        // A pause would return the error of a request that was impossible, in place of the end of a
        // session without a refresh token.
        let has_refresh_token =
            self.newest().is_ok_and(|tokens| tokens.set.refresh_token().is_some());
        let is_refresh = flight.refreshes() && has_refresh_token;
        self.failures.note(outcome, is_refresh, clock.elapsed());
        let failure = outcome.as_ref().err().filter(|_| !self.has_ended());
        if let Some(error) = failure {
            self.emit(SessionEvent::RefreshFailed(error.clone()));
        }
        failure
    }

    /// Sets the pending tokens; returns false if the session has ended.
    pub(super) fn offer(&mut self, pending: Pending) -> bool {
        if !self.has_ended() {
            self.pending = Some(pending);
        }
        !self.has_ended()
    }

    /// Records that the pending tokens are in the store.
    pub(super) fn set_stored(&mut self, revision: Option<Revision>) {
        self.revision = revision.or(self.revision);
        if let Some(pending) = &mut self.pending {
            pending.is_stored = true;
        }
    }

    /// Makes the pending tokens current; returns false if the session has ended.
    pub(super) fn publish(&mut self, claims: Claims) -> bool {
        let Some(mut pending) = self.pending.take() else { return false };
        self.subject.get_or_insert_with(|| claims.access.subject().into());
        let generation = self.current.as_ref().map_or(0, |old| old.generation.saturating_add(1));
        if let Some(old) = self.current.as_ref().and_then(|old| old.tokens.device.as_ref())
            && let Some(device) = &mut pending.tokens.device
        {
            device.merge(old);
        }
        let is_first = self.current.is_none();
        let expires_at = pending.tokens.set.expires_at();
        self.current = Some(Current::new(pending.tokens, claims, generation));
        self.failures = Failures::default();
        if !is_first {
            self.emit(SessionEvent::Refreshed { expires_at });
        }
        true
    }

    /// Drops pending tokens that are not of this session.
    pub(super) fn discard_pending(&mut self, reason: &Error) {
        self.pending = None;
        if self.current.is_none() {
            self.emit(SessionEvent::Ended { reason: Some(reason.clone()) });
        }
    }

    /// Records that the record may have been deleted; the next flight stores it again.
    pub(super) fn lose_record(&mut self) {
        self.revision = None;
        self.note_change();
    }

    /// Records a change that the record lacks.
    pub(super) fn note_change(&mut self) {
        self.changes = self.changes.saturating_add(1);
    }

    /// Returns the number of changes, if the record lacks some of them.
    pub(super) fn unstored_changes(&self) -> Option<u64> {
        (self.changes > self.stored_changes).then_some(self.changes)
    }

    /// Records that the first `changes` changes are stored.
    pub(super) fn set_changes_stored(&mut self, changes: u64) {
        self.stored_changes = self.stored_changes.max(changes);
    }

    /// Ends the session and wipes its tokens.
    pub(super) fn end(&mut self, reason: Option<&Error>) {
        if !self.has_ended() {
            (self.current, self.pending) = (None, None);
            self.emit(SessionEvent::Ended { reason: reason.cloned() });
        }
    }

    /// Records that a server has refused the token of this generation.
    pub(super) fn reject(&mut self, generation: u64, now: Duration) {
        if let Some(current) = &mut self.current
            && current.generation == generation
            && current.standing == Standing::Good
            && self.rejections.allow_refresh(now)
        {
            current.standing = Standing::Rejected;
        }
    }

    /// Records that the service has refused an access token.
    pub(super) fn distrust(&mut self, token: &AccessToken, standing: Standing) {
        if let Some(current) = &mut self.current
            && current.tokens.set.access_token().expose_secret() == token.expose_secret()
        {
            current.standing = current.standing.max(standing);
        }
    }

    /// Changes the state of the device.
    pub(super) fn change_device(&mut self, change: impl Fn(&mut SessionDevice)) {
        self.devices().flatten().for_each(change);
    }

    pub(super) fn remove_device(&mut self) {
        self.devices().for_each(|device| *device = None);
    }

    fn devices(&mut self) -> impl Iterator<Item = &mut Option<SessionDevice>> {
        let current = self.current.as_mut().map(|current| &mut current.tokens.device);
        let pending = self.pending.as_mut().map(|pending| &mut pending.tokens.device);
        current.into_iter().chain(pending)
    }

    fn emit(&self, event: SessionEvent) {
        // An error means that there is no subscriber.
        let _ = self.events.send(event);
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::SystemTime;

    use cognito_types::{SystemClock, TokenSet};

    use super::*;

    fn state() -> State {
        let set =
            TokenSet::new(AccessToken::from("token"), SystemTime::now(), Duration::from_secs(60));
        State::new(Pending::adopted(Tokens::of_set(set, &SystemClock)))
    }

    #[tokio::test]
    async fn a_flight_that_is_no_longer_under_way_does_not_end_another_one() {
        let mut state = state();
        for _ in 0..2 {
            state.start_flight(FlightKind::Refresh, |_| pending::<Result<(), Error>>()).unwrap();
        }
        assert!(state.finish_flight(1, &Err(ErrorKind::Store.into()), &SystemClock).is_none());
        assert!(state.remove_flight(1).is_none());
        let pauses = |state: &State| state.failures.pause_with_tokens(SystemClock.elapsed());
        assert!(state.flight(&SystemClock).is_some() && !pauses(&state));
        assert!(state.finish_flight(2, &Err(ErrorKind::Store.into()), &SystemClock).is_some());
        assert!(state.flight(&SystemClock).is_none() && pauses(&state));
    }

    #[tokio::test]
    async fn only_failures_with_a_refresh_token_delay_callers_without_valid_tokens() {
        let failed = Err(ErrorKind::InvalidParameter.into());
        for has_refresh_token in [false, true] {
            let set = TokenSet::new(AccessToken::from("a"), SystemTime::now(), Duration::ZERO);
            let set = if has_refresh_token { set.with_refresh_token("r") } else { set };
            let mut state = State::new(Pending::adopted(Tokens::of_set(set, &SystemClock)));
            state.start_flight(FlightKind::Refresh, |_| pending::<Result<(), Error>>()).unwrap();
            state.finish_flight(1, &failed, &SystemClock);
            assert_eq!(state.pause(&SystemClock).is_some(), has_refresh_token);
        }
    }

    #[test]
    fn a_change_during_a_save_is_stored_later() {
        let mut state = state();
        state.note_change();
        let saved = state.unstored_changes().unwrap();
        state.note_change();
        state.set_changes_stored(saved);
        assert_eq!(state.unstored_changes(), Some(2));
        state.set_changes_stored(2);
        assert_eq!(state.unstored_changes(), None);
    }
}
