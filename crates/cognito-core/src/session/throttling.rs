//! The pause after a throttled refresh.
//!
//! Each caller with an expired token asks for a refresh. Without a pause, their requests would add
//! to the load that the service throttles.

use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::transport::doubled;

/// The pause after the first throttled refresh; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause after failed refreshes, and after throttled ones unless the service states
/// another. Callers wait for it after throttling, and not for a longer one.
pub(super) const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

/// The longest pause that the service, or a proxy, can ask for.
const LONGEST_STATED: Duration = Duration::from_secs(5 * 60);

/// The throttling of a session's refreshes.
#[derive(Debug, Default)]
pub(super) struct Throttling {
    /// The number of throttled refreshes in a row.
    count: u32,
    /// When the pause ends, by the monotonic clock.
    until: Duration,
}

impl Throttling {
    /// Notes the outcome of a request for tokens.
    pub(super) fn note<T>(&mut self, outcome: &Result<T, Error>, now: Duration) {
        match outcome {
            Err(error) if error.kind() == ErrorKind::Throttled => {
                let backoff = doubled(FIRST_PAUSE, self.count, LONGEST_BACKOFF);
                self.count = self.count.saturating_add(1);
                let pause =
                    error.retry_after().map_or(backoff, |stated| stated.min(LONGEST_STATED));
                self.until = now.saturating_add(pause);
            }
            // Other failures say nothing about the rate.
            Err(_) => {}
            Ok(_) => *self = Self::default(),
        }
    }

    /// Returns the error for callers if the remaining pause is longer than they wait.
    pub(super) fn long_pause(&self, now: Duration) -> Option<Error> {
        let left = self.left(now);
        (left > LONGEST_BACKOFF).then(|| Error::new(ErrorKind::Throttled).with_retry_after(left))
    }

    /// Returns the remaining pause.
    pub(super) fn left(&self, now: Duration) -> Duration {
        self.until.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit_and_end_with_a_success() {
        let (mut throttling, now) = (Throttling::default(), Duration::from_secs(1000));
        let throttled: Result<(), _> = Err(ErrorKind::Throttled.into());
        for pause in [250, 500, 1000, 2000, 4000, 8000, 8000] {
            throttling.note(&throttled, now);
            assert_eq!(throttling.left(now), Duration::from_millis(pause));
        }
        throttling.note::<()>(&Err(ErrorKind::Transport.into()), now);
        assert_eq!(throttling.left(now), LONGEST_BACKOFF);
        assert_eq!(throttling.left(now + LONGEST_BACKOFF), Duration::ZERO);
        throttling.note(&Ok(()), now);
        assert_eq!(throttling.left(now), Duration::ZERO);
    }

    #[test]
    fn a_pause_that_the_service_asks_for_is_used() {
        let (mut throttling, wanted) = (Throttling::default(), Duration::from_secs(60));
        let error = Error::new(ErrorKind::Throttled).with_retry_after(wanted);
        throttling.note::<()>(&Err(error), Duration::ZERO);
        assert_eq!(throttling.left(Duration::from_secs(20)), Duration::from_secs(40));
        let error = Error::new(ErrorKind::Throttled).with_retry_after(Duration::MAX);
        throttling.note::<()>(&Err(error), Duration::ZERO);
        assert_eq!(throttling.left(Duration::ZERO), Duration::from_secs(300));
    }

    #[test]
    fn other_failures_cause_no_pause() {
        let (mut throttling, now) = (Throttling::default(), Duration::from_secs(1000));
        throttling.note::<()>(&Err(ErrorKind::Transport.into()), now);
        assert_eq!(throttling.left(now), Duration::ZERO);
    }
}
