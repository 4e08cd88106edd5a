//! The lifetime of a token, measured with both clocks.

use std::time::{Duration, SystemTime};

use crate::clock::{Clock, Moment};

/// The lifetime of a token, from its issue on.
///
/// The monotonic clock stops while a machine sleeps, and the wall clock can be set back, so the age
/// is the longer of the two readings.
///
/// ```
/// # mod cognito { pub use cognito_types as types; }
/// use std::time::Duration;
///
/// use cognito::types::{Clock, Lifetime, SystemClock};
///
/// let clock = SystemClock;
/// let issued_at = clock.now() - Duration::from_secs(600);
/// let lifetime = Lifetime::new(issued_at, Duration::from_secs(3600), &clock);
/// assert!(lifetime.age(&clock) >= Duration::from_secs(600));
/// assert!(!lifetime.has_expired(&clock));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    began: Moment,
    length: Duration,
}

impl Lifetime {
    /// Creates the lifetime of a token that was issued at this time of day.
    ///
    /// A time in the future counts as now: the clock of the program that received the token may
    /// have been ahead, and a token cannot last longer than its lifetime from now.
    pub fn new(issued_at: SystemTime, length: Duration, clock: &dyn Clock) -> Self {
        Self { began: Moment::now(clock).back_to(issued_at), length }
    }

    /// Returns the same lifetime with another length.
    #[must_use]
    pub fn with_length(self, length: Duration) -> Self {
        Self { length, ..self }
    }

    /// Returns the whole length.
    pub fn length(&self) -> Duration {
        self.length
    }

    /// Returns the time since the issue.
    pub fn age(&self, clock: &dyn Clock) -> Duration {
        Moment::now(clock).since(&self.began)
    }

    /// Returns the time until the end; zero after it.
    pub fn remaining(&self, clock: &dyn Clock) -> Duration {
        self.length.saturating_sub(self.age(clock))
    }

    /// Returns whether the lifetime has ended.
    pub fn has_expired(&self, clock: &dyn Clock) -> bool {
        self.remaining(clock).is_zero()
    }

    /// Returns the length of the last part, in which a token should be refreshed: one `share`th of
    /// the lifetime, at most `longest`.
    pub fn last_part(&self, share: u32, longest: Duration) -> Duration {
        self.length.checked_div(share).unwrap_or_default().min(longest)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Two clocks that are set separately.
    #[derive(Debug, Default)]
    struct TwoClocks(Mutex<(u64, u64)>);

    impl TwoClocks {
        fn at(wall: u64, monotonic: u64) -> Self {
            Self(Mutex::new((wall, monotonic)))
        }

        fn set(&self, wall: u64, monotonic: u64) {
            *self.0.lock().unwrap() = (wall, monotonic);
        }
    }

    impl Clock for TwoClocks {
        fn now(&self) -> SystemTime {
            at(self.0.lock().unwrap().0)
        }

        fn elapsed(&self) -> Duration {
            Duration::from_secs(self.0.lock().unwrap().1)
        }
    }

    const LENGTH: Duration = Duration::from_secs(300);

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_token_expires_by_either_clock() {
        let clock = TwoClocks::at(1000, 1000);
        let lifetime = Lifetime::new(at(1000), LENGTH, &clock);
        assert_eq!(lifetime.remaining(&clock), LENGTH);
        clock.set(1300, 1000);
        assert!(lifetime.has_expired(&clock), "the machine slept");
        clock.set(10, 1300);
        assert!(lifetime.has_expired(&clock), "the wall clock was set back");
        clock.set(1299, 1299);
        assert_eq!(lifetime.remaining(&clock), Duration::from_secs(1));
    }

    #[test]
    fn the_age_before_the_program_received_a_token_counts() {
        let clock = TwoClocks::at(1000, 5);
        let lifetime = Lifetime::new(at(800), LENGTH, &clock);
        assert_eq!(lifetime.age(&clock), Duration::from_secs(200));
        // The monotonic clock started 5 seconds ago, so only the wall clock has the rest.
        clock.set(1099, 104);
        assert!(!lifetime.has_expired(&clock));
        clock.set(1100, 105);
        assert!(lifetime.has_expired(&clock));
    }

    #[test]
    fn an_issue_in_the_future_counts_as_now() {
        let clock = TwoClocks::at(1000, 1000);
        let lifetime = Lifetime::new(at(5000), LENGTH, &clock);
        assert_eq!(lifetime.remaining(&clock), LENGTH);
        clock.set(1300, 1000);
        assert!(lifetime.has_expired(&clock));
    }

    #[test]
    fn the_last_part_is_a_share_with_a_limit() {
        let clock = TwoClocks::default();
        let lifetime = Lifetime::new(at(0), LENGTH, &clock);
        let minute = Duration::from_secs(60);
        assert_eq!(lifetime.last_part(10, minute), Duration::from_secs(30));
        assert_eq!(lifetime.last_part(2, minute), minute);
        assert_eq!(lifetime.last_part(0, minute), Duration::ZERO);
    }
}
