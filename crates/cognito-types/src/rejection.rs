//! Limits on refreshes after rejected tokens.

use std::time::Duration;

/// The pause after the first refresh that a rejected token caused; each further refresh doubles it.
pub const FIRST_REJECTION_PAUSE: Duration = Duration::from_secs(60);

/// The longest pause between two refreshes after rejected tokens, and the time without a rejection
/// after which the pauses are reset.
pub const LONGEST_REJECTION_PAUSE: Duration = Duration::from_secs(60 * 60);

/// Growing pauses between refreshes after rejected tokens, for implementations of
/// [`TokenSource::reject`](crate::TokenSource::reject).
///
/// Without a limit, a server that responds with 401 to every token would cause a refresh for each
/// request. Keep one value per token, shared by all callers.
///
/// ```
/// # mod cognito { pub use cognito_types as session; }
/// use std::time::Duration;
/// use cognito::session::RejectionPauses;
///
/// let mut pauses = RejectionPauses::default();
/// assert!(pauses.allow_refresh(Duration::from_secs(0)));
/// assert!(!pauses.allow_refresh(Duration::from_secs(59)));
/// assert!(pauses.allow_refresh(Duration::from_secs(60)));
/// assert!(!pauses.allow_refresh(Duration::from_secs(60 + 119)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct RejectionPauses {
    refreshes: u32,
    /// When a rejection last caused a refresh, by the monotonic clock.
    refreshed_at: Duration,
    /// When a token was last rejected, whether or not that caused a refresh.
    rejected_at: Duration,
}

impl RejectionPauses {
    /// Returns whether a rejection at this time of the monotonic clock may cause a refresh, and
    /// records it.
    pub fn allow_refresh(&mut self, now: Duration) -> bool {
        let quiet = now.saturating_sub(self.rejected_at);
        if self.refreshes > 0 && quiet >= LONGEST_REJECTION_PAUSE {
            self.refreshes = 0;
        }
        self.rejected_at = now;
        let allowed = now.saturating_sub(self.refreshed_at) >= self.pause();
        if allowed {
            self.refreshes = self.refreshes.saturating_add(1);
            self.refreshed_at = now;
        }
        allowed
    }

    fn pause(&self) -> Duration {
        let Some(doublings) = self.refreshes.checked_sub(1) else {
            return Duration::ZERO;
        };
        let factor = 1u32.checked_shl(doublings).unwrap_or(u32::MAX);
        FIRST_REJECTION_PAUSE.saturating_mul(factor).min(LONGEST_REJECTION_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the seconds at which a refresh is allowed if a token is rejected every second.
    fn allowed_within(seconds: usize) -> Vec<u64> {
        let mut pauses = RejectionPauses::default();
        let at = |second: &u64| pauses.allow_refresh(Duration::from_secs(*second));
        (5..).take(seconds).filter(at).collect()
    }

    #[test]
    fn pauses_double_up_to_an_hour() {
        let starts = [0, 60, 180, 420, 900, 1860, 3780, 7380, 10_980];
        assert_eq!(allowed_within(12_000), starts.map(|start| start + 5));
    }

    #[test]
    fn pauses_start_again_after_an_hour_without_rejections() {
        let mut pauses = RejectionPauses::default();
        for second in 0..1000 {
            pauses.allow_refresh(Duration::from_secs(second));
        }
        let next = Duration::from_secs(999) + LONGEST_REJECTION_PAUSE;
        assert!(pauses.allow_refresh(next));
        assert!(pauses.allow_refresh(next + FIRST_REJECTION_PAUSE));
    }

    #[test]
    fn rejections_at_long_intervals_still_lengthen_the_pause() {
        let mut pauses = RejectionPauses::default();
        let minutes = (0..24 * 6).map(|count| Duration::from_secs(count * 600));
        let refreshes = minutes.filter(|now| pauses.allow_refresh(*now)).count();
        assert!(refreshes < 30, "{refreshes} in a day");
    }
}
