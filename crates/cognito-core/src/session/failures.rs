//! The pauses after failed refreshes.
//!
//! Without them, each call would cause another request that fails. Throttling has pauses of its
//! own, in which callers wait.

use std::time::Duration;

use super::throttling::LONGEST_BACKOFF;
use crate::error::{Error, ErrorKind};
use crate::transport::doubled;

/// The pause while the tokens are valid.
const PAUSE_WITH_TOKENS: Duration = Duration::from_secs(10);

/// The pause after the first failure if no token is valid; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The failures of a session's refreshes since the last success.
#[derive(Debug, Default)]
pub(super) struct Failures {
    /// When the last flight failed, by the monotonic clock.
    at: Option<Duration>,
    /// The number of failed refreshes.
    count: u32,
    /// The last failure of a refresh, and the end of the pause after it.
    last: Option<(Error, Duration)>,
}

impl Failures {
    /// Notes the outcome of a flight. One that is not a refresh, such as a save of the record, only
    /// delays refreshes while the tokens are valid.
    pub(super) fn note(&mut self, outcome: &Result<(), Error>, is_refresh: bool, now: Duration) {
        match outcome {
            Ok(()) if is_refresh => *self = Self::default(),
            Ok(()) => {}
            Err(error) => {
                self.note_lost(now);
                if is_refresh && error.kind() != ErrorKind::Throttled {
                    let pause = doubled(FIRST_PAUSE, self.count, LONGEST_BACKOFF);
                    self.count = self.count.saturating_add(1);
                    self.last = Some((error.clone(), now.saturating_add(pause)));
                }
            }
        }
    }

    /// Notes a flight without an outcome, which delays refreshes only while the tokens are valid.
    pub(super) fn note_lost(&mut self, now: Duration) {
        self.at = Some(now);
    }

    /// Returns whether no refresh may start while the tokens are valid.
    pub(super) fn pause_with_tokens(&self, now: Duration) -> bool {
        self.at.is_some_and(|at| now.saturating_sub(at) < PAUSE_WITH_TOKENS)
    }

    /// Returns the error for callers without a valid token, while no refresh may start.
    pub(super) fn pause_without_tokens(&self, now: Duration) -> Option<&Error> {
        self.last.as_ref().filter(|(_, end)| now < *end).map(|(error, _)| error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1000);

    fn failed(kind: ErrorKind) -> Result<(), Error> {
        Err(kind.into())
    }

    fn pause(failures: &Failures) -> Option<u64> {
        let paused = |second: &u64| {
            failures.pause_without_tokens(NOW + Duration::from_secs(*second)).is_some()
        };
        paused(&0).then(|| (1..).find(|second| !paused(second)).unwrap())
    }

    #[test]
    fn pauses_without_tokens_double_up_to_a_limit_and_end_with_a_success() {
        let mut failures = Failures::default();
        for seconds in [1, 2, 4, 8, 8] {
            failures.note(&failed(ErrorKind::InvalidParameter), true, NOW);
            assert_eq!(pause(&failures), Some(seconds));
        }
        failures.note(&Ok(()), false, NOW);
        assert_eq!(pause(&failures), Some(8), "a save is not a refresh");
        failures.note(&Ok(()), true, NOW);
        assert_eq!(pause(&failures), None);
        failures.note(&failed(ErrorKind::InvalidParameter), true, NOW);
        assert_eq!(pause(&failures), Some(1));
    }

    #[test]
    fn every_failure_delays_refreshes_while_the_tokens_are_valid() {
        let (kind, mut lost) = (ErrorKind::Throttled, Failures::default());
        lost.note_lost(NOW);
        let (mut throttled, mut unsaved) = (Failures::default(), Failures::default());
        throttled.note(&failed(kind), true, NOW);
        unsaved.note(&failed(ErrorKind::Store), false, NOW);
        for failures in [lost, throttled, unsaved] {
            assert!(failures.pause_with_tokens(NOW + PAUSE_WITH_TOKENS - FIRST_PAUSE));
            assert!(!failures.pause_with_tokens(NOW + PAUSE_WITH_TOKENS));
            assert_eq!(pause(&failures), None);
        }
    }
}
