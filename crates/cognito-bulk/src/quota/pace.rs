//! The arithmetic of a rate: evenly spaced permits (GCRA), cuts after throttling, and recovery.
//!
//! This is our own implementation of the generic cell rate algorithm: a change of the rate applies
//! to waits in progress, time is an argument, and the state is one point in time, which a store can
//! hold that several machines share. The crate governor fixes the rate when a limiter is created,
//! and does not order its waiters.

use std::time::Duration;

use tokio::time::Instant;

/// The factor by which throttling reduces the rate.
pub(super) const CUT: f64 = 0.7;

/// The smallest factor of the rate, after many cuts.
pub(super) const LEAST: f64 = 0.05;

/// The part of the rate that is restored in a second.
pub(super) const RECOVERY: f64 = 0.01;

/// The time after a cut in which throttling is attributed to requests that were sent before the
/// cut.
pub(super) const CUT_INTERVAL: Duration = Duration::from_secs(1);

/// The maximum lateness of a timer that the next permit compensates.
///
/// Longer delays are not compensated, so that a program that was idle does not send a burst.
const LATENESS: Duration = Duration::from_millis(25);

/// A rate with the time of its last permit.
#[derive(Debug)]
pub(super) struct Pace {
    /// True for a rate within a wider one.
    is_narrow: bool,
    /// Permits per second, without cuts.
    rate: f64,
    factor: f64,
    /// The time at which the factor was valid.
    since: Instant,
    cut: Option<Instant>,
    /// The time at which the last permit was due.
    last: Option<Instant>,
}

impl Pace {
    pub(super) fn new(rate: f64, now: Instant) -> Self {
        Self { is_narrow: false, rate, factor: 1.0, since: now, cut: None, last: None }
    }

    /// Creates a rate within a wider one, for whose permits its own permits wait. A delay of up to
    /// an interval is compensated by the next permit.
    pub(super) fn narrow(rate: f64, now: Instant) -> Self {
        Self { is_narrow: true, ..Self::new(rate, now) }
    }

    /// Returns the permits per second at this time.
    pub(super) fn rate(&self, now: Instant) -> f64 {
        self.rate * self.factor(now)
    }

    pub(super) fn set_rate(&mut self, rate: f64) {
        self.rate = rate;
    }

    /// Takes a permit, or returns as an error the time at which the next one is due, or `None`
    /// while the rate is zero.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Option<Instant>> {
        let due = self.due(now).ok_or(None)?;
        if due > now {
            return Err(Some(due));
        }
        let interval = self.interval(now).filter(|_| self.is_narrow);
        let late = now.checked_sub(interval.unwrap_or(LATENESS)).unwrap_or(now);
        self.last = Some(if self.last.is_some() { due.max(late) } else { now });
        Ok(())
    }

    /// Returns the time from which the next permit may be taken.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let interval = self.interval(now)?;
        let Some(last) = self.last else { return Some(self.since) };
        last.checked_add(interval)
    }

    /// Returns the time from one permit to the next, or `None` if the rate is zero.
    fn interval(&self, now: Instant) -> Option<Duration> {
        let rate = self.rate(now);
        (rate > 0.0).then(|| Duration::try_from_secs_f64(rate.recip()).ok()).flatten()
    }

    /// Returns whether the rate is not cut, or has recovered.
    pub(super) fn is_whole(&self, now: Instant) -> bool {
        self.factor(now) >= 1.0
    }

    /// Cuts the rate after throttling, and returns whether it did.
    pub(super) fn cut(&mut self, now: Instant) -> bool {
        let is_same = |cut: Instant| now.saturating_duration_since(cut) < CUT_INTERVAL;
        if self.cut.is_some_and(is_same) {
            return false;
        }
        self.factor = (self.factor(now) * CUT).max(LEAST);
        (self.since, self.cut) = (now, Some(now));
        true
    }

    fn factor(&self, now: Instant) -> f64 {
        let recovered = now.saturating_duration_since(self.since).as_secs_f64() * RECOVERY;
        (self.factor + recovered).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn milliseconds(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    /// Takes all permits of a period, with a timer that is late by up to `late`.
    fn taken(pace: &mut Pace, start: Instant, time: Duration, late: Duration) -> Vec<Duration> {
        let (mut now, mut taken) = (start, Vec::new());
        while now < start + time {
            match pace.take(now) {
                Ok(()) => taken.push(now - start),
                Err(due) => now = due.unwrap() + late,
            }
        }
        taken
    }

    #[test]
    fn permits_are_evenly_spaced() {
        let start = Instant::now();
        let mut pace = Pace::new(20.0, start);
        let taken = taken(&mut pace, start, SECOND, Duration::ZERO);
        let expected: Vec<_> = (0..20).map(|number| milliseconds(50) * number).collect();
        assert_eq!(taken, expected);
    }

    #[test]
    fn lateness_of_timers_costs_no_permits() {
        for rate in [15, 30, 120, 1000] {
            let start = Instant::now();
            let mut pace = Pace::new(f64::from(rate), start);
            let count = taken(&mut pace, start, SECOND * 60, milliseconds(7)).len();
            let expected = usize::try_from(rate * 60).unwrap();
            assert!(expected.abs_diff(count) <= 10, "{rate}: {count}");
        }
    }

    #[test]
    fn an_idle_pace_gives_no_burst() {
        let start = Instant::now();
        let mut pace = Pace::new(10.0, start);
        pace.take(start).unwrap();
        let later = start + SECOND * 3600;
        assert_eq!(pace.take(later), Ok(()));
        assert_eq!(pace.take(later), Err(Some(later + milliseconds(75))), "late by 25 ms");
    }

    #[test]
    fn a_narrow_pace_makes_up_for_an_interval_and_no_more() {
        let start = Instant::now();
        let mut pace = Pace::narrow(5.0, start);
        let taken = taken(&mut pace, start, SECOND * 60, milliseconds(69));
        assert!(taken.len() >= 297, "permits of 15 a second: {}", taken.len());
        let later = start + SECOND * 3600;
        assert_eq!(pace.take(later), Ok(()));
        assert_eq!(pace.take(later), Ok(()));
        assert_eq!(pace.take(later), Err(Some(later + milliseconds(200))));
    }

    #[test]
    fn a_change_of_the_rate_applies_to_the_present_wait() {
        let start = Instant::now();
        let mut pace = Pace::new(0.1, start);
        pace.take(start).unwrap();
        assert_eq!(pace.due(start), Some(start + SECOND * 10));
        pace.set_rate(10.0);
        assert_eq!(pace.due(start), Some(start + milliseconds(100)));
        pace.set_rate(0.0);
        assert_eq!(pace.take(start), Err(None));
    }

    #[test]
    fn throttling_cuts_the_rate_once_a_second_and_it_recovers_linearly() {
        let start = Instant::now();
        let mut pace = Pace::new(100.0, start);
        assert!(pace.cut(start));
        assert!(!pace.cut(start + milliseconds(900)), "sent before the cut");
        let rate = |pace: &Pace, seconds: u32| pace.rate(start + SECOND * seconds).round();
        assert_eq!((rate(&pace, 0), rate(&pace, 10), rate(&pace, 60)), (70.0, 80.0, 100.0));
        assert!(pace.cut(start + SECOND * 10));
        assert_eq!((rate(&pace, 10), rate(&pace, 54)), (56.0, 100.0));
        for second in 60..200 {
            pace.cut(start + SECOND * second);
        }
        assert!(pace.rate(start + SECOND * 199) >= 5.0, "it does not come to a halt");
    }
}
