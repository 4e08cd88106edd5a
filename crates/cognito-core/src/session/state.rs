//! What a session knows at a moment: its tokens, how old they are, and whether they are in use.

use std::sync::Arc;
use std::time::Duration;

use cognito_tokens::{
    AccessClaims, Clock, IdClaims, RefreshToken, RejectionPauses, Revision, TokenSet,
};

use super::own_device::SessionDevice;
use super::refresh::Refresh;
use crate::error::{Error, ErrorKind};
use crate::sign_in::wire::NewTokens;

/// The longest time before its end at which a token is refreshed.
const MAX_MARGIN: Duration = Duration::from_secs(5 * 60);

/// The share of a token's lifetime before its end at which it is refreshed: a fifth.
const MARGIN_SHARE: u32 = 5;

/// How long a refresh that failed is not tried again while the token still holds.
const REFRESH_PAUSE: Duration = Duration::from_secs(10);

/// The state of a session.
pub(super) struct State {
    /// None when the session has ended.
    current: Option<Current>,
    /// Refreshed tokens that could not be stored; nobody sees them until they are.
    pub(super) unsaved: Option<Current>,
    /// The refresh under way.
    pub(super) refresh: Option<Refresh>,
    /// The user (`sub`), once tokens were verified: no others are accepted after that.
    pub(super) subject: Option<Arc<str>>,
    /// Whether the store does not have the session yet.
    pub(super) is_new: bool,
    /// When the last refresh failed, by the monotonic clock.
    pub(super) failed_at: Option<Duration>,
    /// How often rejected tokens may cause a refresh.
    rejections: RejectionPauses,
}

/// The tokens of a session.
#[derive(Clone)]
pub(super) struct Current {
    pub(super) set: TokenSet,
    /// The device that they were issued to.
    pub(super) device: Option<SessionDevice>,
    /// When they were issued, by the monotonic clock.
    issued_elapsed: Duration,
    /// None until they are verified.
    pub(super) claims: Option<Claims>,
    /// What the store calls this state of the session.
    pub(super) revision: Option<Revision>,
    /// Grows with every refresh.
    pub(super) generation: u64,
    /// Whether a server refused the access token.
    rejected: bool,
}

/// Verified claims.
#[derive(Clone)]
pub(super) struct Claims {
    pub(super) access: Arc<AccessClaims>,
    pub(super) id: Option<Arc<IdClaims>>,
}

/// Whether tokens can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// They hold for a while.
    Fresh,
    /// They hold, and should be refreshed.
    Ending,
    /// They have expired, or were refused.
    Over,
}

impl State {
    pub(super) fn new(current: Current) -> Self {
        let claims = current.claims.as_ref();
        Self {
            subject: claims.map(|claims| claims.access.subject().into()),
            current: Some(current),
            unsaved: None,
            refresh: None,
            is_new: false,
            failed_at: None,
            rejections: RejectionPauses::default(),
        }
    }

    pub(super) fn current(&self) -> Result<&Current, Error> {
        self.current.as_ref().ok_or_else(|| ErrorKind::SessionEnded.into())
    }

    /// Whether the session has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.current.is_none()
    }

    /// All that could be refreshed with: what is in use, and what waits to be stored.
    pub(super) fn refresh_tokens(&self) -> Result<Vec<RefreshToken>, Error> {
        let sets = [Some(self.current()?), self.unsaved.as_ref()].into_iter().flatten();
        Ok(sets.filter_map(|current| current.set.refresh_token().cloned()).collect())
    }

    /// Makes refreshed tokens those of the session, unless it has ended meanwhile.
    pub(super) fn publish(&mut self, mut refreshed: Current) {
        if let Some(current) = &mut self.current {
            refreshed.generation = current.generation.saturating_add(1);
            if let (Some(device), Some(known)) = (&mut refreshed.device, &current.device) {
                device.merge(known);
            }
            *current = refreshed;
            self.failed_at = None;
        }
    }

    /// Changes what is known of the device.
    pub(super) fn change_device(&mut self, change: impl FnOnce(&mut SessionDevice)) {
        let current = self.current.as_mut();
        if let Some(device) = current.and_then(|current| current.device.as_mut()) {
            change(device);
        }
    }

    pub(super) fn remove_device(&mut self) {
        if let Some(current) = &mut self.current {
            current.device = None;
        }
    }

    pub(super) fn set_revision(&mut self, revision: Option<Revision>) {
        if let Some(current) = &mut self.current {
            current.revision = revision;
        }
    }

    pub(super) fn set_claims(&mut self, generation: u64, claims: Claims) {
        self.subject.get_or_insert_with(|| claims.access.subject().into());
        if let Some(current) = &mut self.current
            && current.generation == generation
        {
            current.claims = Some(claims);
        }
    }

    pub(super) fn reject(&mut self, generation: u64, now: Duration) {
        if let Some(current) = &mut self.current
            && current.generation == generation
            && !current.rejected
        {
            current.rejected = self.rejections.allow_refresh(now);
        }
    }

    /// Ends the session; the tokens are wiped, and what the store calls them is returned.
    pub(super) fn end(&mut self) -> Option<Revision> {
        self.unsaved = None;
        self.current.take().and_then(|ended| ended.revision)
    }

    /// Whether refresh should be left alone for a moment, as it has just failed.
    ///
    /// Tokens that only have to be stored are tried again at each call: nobody else has them.
    pub(super) fn pauses(&self, clock: &dyn Clock) -> bool {
        let now = clock.elapsed();
        self.unsaved.is_none()
            && self.failed_at.is_some_and(|at| now.saturating_sub(at) < REFRESH_PAUSE)
    }
}

impl Current {
    /// Tokens that were issued just now; `refresh_token` goes on if they bring none.
    pub(super) fn new(
        tokens: NewTokens,
        refresh_token: Option<RefreshToken>,
        clock: &dyn Clock,
    ) -> Self {
        let mut set = TokenSet::new(tokens.access_token, clock.now(), tokens.lifetime);
        if let Some(token) = tokens.id_token {
            set = set.with_id_token(token);
        }
        if let Some(token) = tokens.refresh_token.or(refresh_token) {
            set = set.with_refresh_token(token);
        }
        Self::of_set(set, clock)
    }

    /// Tokens that a store has kept.
    pub(super) fn stored(set: TokenSet, revision: Revision, clock: &dyn Clock) -> Self {
        Self { revision: Some(revision), ..Self::of_set(set, clock) }
    }

    /// Tokens that were issued some time ago.
    pub(super) fn of_set(set: TokenSet, clock: &dyn Clock) -> Self {
        let age = clock.now().duration_since(set.issued_at()).unwrap_or_default();
        Self {
            set,
            device: None,
            issued_elapsed: clock.elapsed().saturating_sub(age),
            claims: None,
            revision: None,
            generation: 0,
            rejected: false,
        }
    }

    pub(super) fn with_device(self, device: Option<SessionDevice>) -> Self {
        Self { device, ..self }
    }

    /// How old the tokens are: by the wall clock or the monotonic one, whichever says older.
    pub(super) fn age(&self, clock: &dyn Clock) -> Age {
        let wall = clock.now().duration_since(self.set.issued_at()).unwrap_or_default();
        let age = wall.max(clock.elapsed().saturating_sub(self.issued_elapsed));
        let lifetime = self.set.lifetime();
        let margin = (lifetime / MARGIN_SHARE).min(MAX_MARGIN);
        if self.rejected || age >= lifetime {
            Age::Over
        } else if age >= lifetime.saturating_sub(margin) {
            Age::Ending
        } else {
            Age::Fresh
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::SystemTime;

    use super::*;

    #[derive(Debug, Default)]
    struct TwoClocks(Mutex<(Duration, Duration)>);

    impl TwoClocks {
        fn set(&self, wall: u64, monotonic: u64) {
            *self.0.lock().unwrap() = (Duration::from_secs(wall), Duration::from_secs(monotonic));
        }
    }

    impl Clock for TwoClocks {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + self.0.lock().unwrap().0
        }

        fn elapsed(&self) -> Duration {
            self.0.lock().unwrap().1
        }
    }

    fn tokens(seconds: u64) -> NewTokens {
        NewTokens {
            access_token: "access".into(),
            id_token: None,
            refresh_token: None,
            lifetime: Duration::from_secs(seconds),
            new_device: None,
        }
    }

    #[test]
    fn tokens_of_five_minutes_are_refreshed_in_their_last() {
        let clock = TwoClocks::default();
        clock.set(1000, 50);
        let current = Current::new(tokens(300), None, &clock);
        for (passed, age) in
            [(0, Age::Fresh), (239, Age::Fresh), (240, Age::Ending), (300, Age::Over)]
        {
            clock.set(1000 + passed, 50 + passed);
            assert_eq!(current.age(&clock), age, "after {passed} s");
        }
    }

    #[test]
    fn tokens_of_a_day_are_refreshed_in_their_last_five_minutes() {
        let clock = TwoClocks::default();
        let current = Current::new(tokens(86_400), None, &clock);
        clock.set(86_400 - 301, 0);
        assert_eq!(current.age(&clock), Age::Fresh);
        clock.set(86_400 - 300, 0);
        assert_eq!(current.age(&clock), Age::Ending);
    }

    #[test]
    fn either_clock_makes_tokens_old() {
        let clock = TwoClocks::default();
        clock.set(1000, 1000);
        let current = Current::new(tokens(300), None, &clock);
        clock.set(1300, 1000);
        assert_eq!(current.age(&clock), Age::Over, "the machine slept");
        clock.set(10, 1300);
        assert_eq!(current.age(&clock), Age::Over, "the wall clock was set back");
    }

    #[test]
    fn only_the_current_token_can_be_rejected() {
        let clock = TwoClocks::default();
        let mut state = State::new(Current::new(tokens(300), None, &clock));
        state.publish(Current::new(tokens(300), None, &clock));
        state.reject(0, Duration::ZERO);
        assert_eq!(state.current().unwrap().age(&clock), Age::Fresh);
        state.reject(1, Duration::ZERO);
        assert_eq!(state.current().unwrap().age(&clock), Age::Over);
    }
}
