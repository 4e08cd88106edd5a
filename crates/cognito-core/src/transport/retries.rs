//! Retries of requests: one loop for the transport and for the administrator's client.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use tracing::Span;

use super::operation::{Operation, Repeat};
use super::{Limits, timed_out};
use crate::error::{Error, ErrorKind};

/// The largest number of attempts for a request, unless
/// [`Retries::max_attempts`] is set.
pub const DEFAULT_MAX_ATTEMPTS: u32 = 3;

/// The longest pause before the second attempt, unless [`Retries::first_pause`] is set.
pub const DEFAULT_FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause before an attempt. If a server requests a longer pause, there is no further
/// attempt, and the error has that pause ([`Error::retry_after`]).
pub const LONGEST_RETRY_PAUSE: Duration = Duration::from_secs(5);

/// The number of retries of failed requests, and the pauses between them.
///
/// Every operation is retried after throttling and if the request was not sent, because connecting
/// failed or AWS credentials could not be loaded. After a failure that leaves its outcome unknown,
/// such as a lost connection, only operations that are safe to repeat are retried: no code is sent
/// twice. The longest pause doubles with each attempt, and each pause is a random part of it,
/// but at least as long as the server requests (`Retry-After`).
///
/// ```
/// # mod cognito { pub use cognito_core::UserPool; pub use cognito_core as sign_in; }
/// use std::time::Duration;
///
/// use cognito::UserPool;
/// use cognito::sign_in::Retries;
///
/// let retries = Retries::default().max_attempts(5).first_pause(Duration::from_millis(200));
/// let pool = UserPool::builder("eu-west-1_Ab12Cd34E".parse()?, "1example23456789");
/// let pool = pool.retries(retries).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Retries {
    max_attempts: u32,
    first_pause: Duration,
}

impl Retries {
    /// Sends every request once.
    pub fn none() -> Self {
        Self::default().max_attempts(1)
    }

    /// Sets the largest number of attempts for a request; 0 counts as 1.
    pub fn max_attempts(self, attempts: u32) -> Self {
        Self { max_attempts: attempts.max(1), ..self }
    }

    /// Sets the longest pause before the second attempt.
    pub fn first_pause(self, pause: Duration) -> Self {
        Self { first_pause: pause, ..self }
    }

    /// Sends a request until it succeeds, must not be retried, or has no time left.
    ///
    /// A failure whose pause does not fit into the time limit is returned immediately, so
    /// throttling is reported as throttling. An attempt that is running at the time limit may have
    /// an effect, regardless of the failure before it: the error is then a timeout, whose outcome
    /// is unknown.
    pub(super) async fn run<T, F>(
        self,
        operation: Operation,
        limits: &Limits,
        span: &Span,
        attempt: impl Fn(Span) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let start = Instant::now();
        let left = || limits.operation_timeout.saturating_sub(start.elapsed());
        let (mut attempts, mut is_unknown) = (1, false);
        loop {
            span.record("attempts", attempts);
            let attempt = attempt(span.clone());
            let outcome = match &limits.gate {
                Some(gate) => gate.run(operation, left, attempt).await,
                None => timeout(left(), attempt).await.unwrap_or_else(|_| Err(timed_out())),
            };
            let outcome = outcome
                .map_err(|error| if is_unknown { error.after_unknown_outcome() } else { error });
            let error = match outcome {
                Err(error) if operation.may_repeat_after(&error) => error,
                outcome => return outcome,
            };
            let pause = self.pause(operation, attempts, &error);
            let Some(pause) = pause.filter(|pause| *pause < left()) else { return Err(error) };
            sleep(pause).await;
            is_unknown |= error.leaves_outcome_unknown();
            attempts = attempts.saturating_add(1);
        }
    }

    /// Returns the pause after a number of attempts, or `None` if there is no further attempt.
    fn pause(self, operation: Operation, attempts: u32, error: &Error) -> Option<Duration> {
        let at_once = operation.repeat() == Repeat::AtOnce;
        let max_attempts = if at_once { self.max_attempts.min(2) } else { self.max_attempts };
        if attempts >= max_attempts {
            return None;
        }
        // A refresh token that a lost response has rotated is only valid for a short time.
        if at_once && error.kind() != ErrorKind::Throttled {
            return Some(Duration::ZERO);
        }
        let stated = error.retry_after().unwrap_or_default();
        if stated > LONGEST_RETRY_PAUSE {
            return None;
        }
        let longest = doubled(self.first_pause, attempts.saturating_sub(1), LONGEST_RETRY_PAUSE);
        Some(random_part(longest).max(stated))
    }
}

impl Default for Retries {
    fn default() -> Self {
        Self { max_attempts: DEFAULT_MAX_ATTEMPTS, first_pause: DEFAULT_FIRST_PAUSE }
    }
}

/// Returns a pause that doubles with each failure, up to the longest.
pub(crate) fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times)).min(longest)
}

/// Returns a random duration up to the longest, so that clients that failed together do not retry
/// together.
fn random_part(longest: Duration) -> Duration {
    // If the generator fails, the pause is only longer.
    let random = getrandom::u32().unwrap_or(u32::MAX);
    longest.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttled(retry_after: u64) -> Error {
        Error::new(ErrorKind::Throttled).with_retry_after(Duration::from_secs(retry_after))
    }

    #[test]
    fn pauses_double_and_end_with_the_attempts() {
        let retries = Retries::default().max_attempts(5);
        let error = Error::new(ErrorKind::Transport);
        for (attempts, longest) in [(1, 1), (2, 2), (3, 4), (4, 5)] {
            let pause = retries.pause(Operation::GetUser, attempts, &error).unwrap();
            assert!(pause <= Duration::from_secs(longest), "{attempts}: {pause:?}");
        }
        assert_eq!(retries.pause(Operation::GetUser, 5, &error), None);
        assert_eq!(Retries::none().pause(Operation::GetUser, 1, &error), None);
    }

    #[test]
    fn the_server_decides_how_long_a_pause_is_at_least() {
        let retries = Retries::default().first_pause(Duration::ZERO);
        let pause = |seconds| retries.pause(Operation::SignUp, 1, &throttled(seconds));
        assert_eq!(pause(3), Some(Duration::from_secs(3)));
        assert_eq!(pause(6), None, "the caller decides whether to wait");
    }

    #[test]
    fn a_refresh_is_retried_once_and_without_a_pause_unless_it_was_throttled() {
        let (retries, refresh) = (Retries::default(), Operation::GetTokensFromRefreshToken);
        let lost = Error::new(ErrorKind::Transport);
        assert_eq!(retries.pause(refresh, 1, &lost), Some(Duration::ZERO));
        assert_eq!(retries.pause(refresh, 2, &lost), None);
        let unavailable = Error::new(ErrorKind::Service).with_retry_after(LONGEST_RETRY_PAUSE * 2);
        assert_eq!(retries.pause(refresh, 1, &unavailable), Some(Duration::ZERO));
        assert_eq!(retries.pause(refresh, 1, &throttled(3)), Some(Duration::from_secs(3)));
        assert_eq!(retries.pause(refresh, 1, &throttled(6)), None);
        let pauses = (0..20).map(|_| retries.pause(refresh, 1, &throttled(0)).unwrap());
        assert!(pauses.max() > Some(Duration::ZERO), "the pause is random and grows");
    }
}
