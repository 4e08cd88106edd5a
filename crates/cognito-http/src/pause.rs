//! How long after a failure no token is asked for again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use cognito_tokens::{TokenError, TokenErrorKind};

/// The pause after a first failure that passes; each further one doubles it.
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause, unless a server asks for a longer one.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The pause after a refusal that somebody has to do something about, such as a wrong secret.
pub const REFUSED_PAUSE: Duration = Duration::from_secs(60);

/// The longest that a server may ask to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// A failure, and how long it is the answer to all who ask.
#[derive(Clone, Debug)]
pub(crate) struct Pause {
    pub(crate) error: TokenError,
    failures: u32,
    /// By the monotonic clock.
    ends: Duration,
}

impl Pause {
    /// The pause after a failure that may have followed others.
    pub(crate) fn after(error: TokenError, before: Option<&Self>, now: Duration) -> Self {
        let failures = before.map_or(0, |before| before.failures.saturating_add(1));
        let length = match error.kind() {
            TokenErrorKind::Transient => {
                let doubled = 1u32.checked_shl(failures).unwrap_or(u32::MAX);
                let own = FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE);
                // Programs that failed together should not come back together.
                let own = own.saturating_sub(share(own / 2));
                own.max(error.retry_after().unwrap_or_default().min(LONGEST_WAIT))
            }
            _ => REFUSED_PAUSE,
        };
        Self { error, failures, ends: now.saturating_add(length) }
    }

    pub(crate) fn lasts(&self, now: Duration) -> bool {
        now < self.ends
    }
}

/// A random part of a duration.
pub(crate) fn share(whole: Duration) -> Duration {
    // Keyed at random by the standard library, which is enough to spread requests.
    let random = RandomState::new().hash_one(whole) % 1000;
    whole.saturating_mul(random.try_into().unwrap_or(0)) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: TokenErrorKind) -> TokenError {
        TokenError::new(kind, "it failed")
    }

    #[test]
    fn pauses_double_and_are_spread() {
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
    fn a_server_may_ask_for_a_longer_pause_within_limits() {
        let asked = |seconds| {
            let error = failed(TokenErrorKind::Transient);
            Pause::after(error.with_retry_after(Duration::from_secs(seconds)), None, Duration::ZERO)
        };
        assert!(asked(30).lasts(Duration::from_secs(29)));
        assert!(!asked(30).lasts(Duration::from_secs(30)));
        assert!(!asked(u64::MAX).lasts(LONGEST_WAIT));
    }

    #[test]
    fn refusals_pause_longer_at_once() {
        for kind in [TokenErrorKind::Configuration, TokenErrorKind::Ended] {
            let pause = Pause::after(failed(kind), None, Duration::ZERO);
            assert!(pause.lasts(REFUSED_PAUSE - Duration::from_millis(1)));
            assert!(!pause.lasts(REFUSED_PAUSE));
        }
    }
}
