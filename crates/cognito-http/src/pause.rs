//! Pauses after failed attempts.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use cognito_types::{TokenError, TokenErrorKind};

/// The pause after the first transient failure; each further one doubles it.
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause after transient failures, unless a server asks for a longer one.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The pause after a definite refusal, such as of a client secret or a password.
///
/// Refusals of the kind [`Ended`](TokenErrorKind::Ended) double it each time, up to
/// [`LONGEST_REFUSED_PAUSE`].
pub const REFUSED_PAUSE: Duration = Duration::from_secs(60);

/// The longest pause after a refused sign-in.
///
/// Amazon Cognito locks a user out for up to 15 minutes after wrong passwords, even with the right
/// password, so a program with a wrong password must try less often than that.
pub const LONGEST_REFUSED_PAUSE: Duration = Duration::from_secs(6 * 60 * 60);

/// The longest pause that a server can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// A failure, and the time until which it is returned to all callers.
#[derive(Clone, Debug)]
pub(crate) struct Pause {
    pub(crate) error: TokenError,
    /// The number of transient failures in a row.
    failures: u32,
    /// The number of refused sign-ins since the last success.
    refusals: u32,
    /// The end of the pause, by the monotonic clock.
    ends: Duration,
}

impl Pause {
    /// Returns the pause after a failure, which may follow others.
    pub(crate) fn after(error: TokenError, before: Option<&Self>, now: Duration) -> Self {
        let (failures, refusals) = before.map_or((0, 0), |pause| (pause.failures, pause.refusals));
        let (failures, refusals, length) = match error.kind() {
            TokenErrorKind::Transient => {
                let own = doubled(FIRST_PAUSE, failures).min(LONGEST_PAUSE);
                // The random part prevents programs that failed together from retrying together.
                let own = own.saturating_sub(share(own / 2));
                let stated = error.retry_after().unwrap_or_default().min(LONGEST_WAIT);
                (failures.saturating_add(1), refusals, own.max(stated))
            }
            TokenErrorKind::Ended => {
                let length = doubled(REFUSED_PAUSE, refusals).min(LONGEST_REFUSED_PAUSE);
                (0, refusals.saturating_add(1), length)
            }
            _ => (0, refusals, REFUSED_PAUSE),
        };
        Self { error, failures, refusals, ends: now.saturating_add(length) }
    }

    pub(crate) fn lasts(&self, now: Duration) -> bool {
        now < self.ends
    }

    #[cfg(feature = "session")]
    pub(crate) fn end(&mut self) {
        self.ends = Duration::ZERO;
    }
}

fn doubled(pause: Duration, times: u32) -> Duration {
    pause.saturating_mul(1u32.checked_shl(times).unwrap_or(u32::MAX))
}

/// Returns a random part of a duration.
pub(crate) fn share(whole: Duration) -> Duration {
    // The standard library seeds it at random, which is enough to spread requests.
    let random = RandomState::new().hash_one(whole) % 1000;
    whole.saturating_mul(random.try_into().unwrap_or(0)) / 1000
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn failed(kind: TokenErrorKind) -> TokenError {
        TokenError::new(kind, "it failed")
    }

    #[test]
    fn transient_pauses_double_and_are_spread() {
        let mut pause: Option<Pause> = None;
        for longest in [1, 2, 4, 8, 16, 32, 60, 60] {
            let longest = Duration::from_secs(longest);
            let next = Pause::after(failed(TokenErrorKind::Transient), pause.as_ref(), longest);
            assert!(next.lasts(longest + longest / 2 - Duration::from_millis(1)));
            assert!(!next.lasts(longest * 2));
            pause = Some(next);
        }
    }

    #[test]
    fn programs_that_failed_together_retry_at_different_times() {
        let pause = |_| Pause::after(failed(TokenErrorKind::Transient), None, Duration::ZERO);
        let ends: HashSet<Duration> = (0..50).map(pause).map(|pause| pause.ends).collect();
        assert!(ends.len() > 10, "{ends:?}");
        assert!(ends.iter().all(|end| (FIRST_PAUSE / 2..=FIRST_PAUSE).contains(end)), "{ends:?}");
    }

    #[test]
    fn a_server_may_ask_for_a_longer_pause_within_limits() {
        let stated = |seconds| {
            let error = failed(TokenErrorKind::Transient);
            Pause::after(error.with_retry_after(Duration::from_secs(seconds)), None, Duration::ZERO)
        };
        assert!(stated(30).lasts(Duration::from_secs(29)));
        assert!(!stated(30).lasts(Duration::from_secs(30)));
        assert!(!stated(u64::MAX).lasts(LONGEST_WAIT));
    }

    #[test]
    fn a_configuration_error_pauses_a_minute_each_time() {
        let mut pause: Option<Pause> = None;
        for _ in 0..5 {
            let error = failed(TokenErrorKind::Configuration);
            let next = Pause::after(error, pause.as_ref(), Duration::ZERO);
            assert!(next.lasts(REFUSED_PAUSE - Duration::from_millis(1)));
            assert!(!next.lasts(REFUSED_PAUSE));
            pause = Some(next);
        }
    }

    #[test]
    fn refused_sign_ins_pause_longer_than_the_service_locks_out() {
        let mut pause: Option<Pause> = None;
        for minutes in [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360] {
            // A network failure in between does not shorten the next pause.
            let lost =
                Pause::after(failed(TokenErrorKind::Transient), pause.as_ref(), REFUSED_PAUSE);
            let refused = failed(TokenErrorKind::Ended);
            let next = Pause::after(refused, Some(&lost), Duration::ZERO);
            assert!(next.lasts(Duration::from_secs(minutes * 60 - 1)), "{minutes}");
            assert!(!next.lasts(Duration::from_secs(minutes * 60)), "{minutes}");
            pause = Some(next);
        }
    }
}
