//! The test clock.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cognito_types::{Clock, SystemClock};
use serde::{Deserialize, Serialize};

/// A clock that tests control: it shows the time of the operating system until it is moved, set or
/// frozen.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use cognito_emulator::TestClock;
/// use cognito_types::Clock;
///
/// let clock = TestClock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(3600));
/// assert!(clock.now() >= before + Duration::from_secs(3600));
///
/// clock.freeze();
/// let leap_day = UNIX_EPOCH + Duration::from_secs(1_709_164_800);
/// clock.set(leap_day);
/// assert_eq!(clock.now(), leap_day);
/// ```
#[derive(Debug, Default)]
pub struct TestClock {
    time: Mutex<Time>,
}

#[derive(Debug, Default)]
struct Time {
    /// The last change; `None` while the clock shows the time of the operating system.
    changed: Option<Change>,
    frozen: bool,
}

/// The readings right after a change.
#[derive(Clone, Copy, Debug)]
struct Change {
    now: SystemTime,
    elapsed: Duration,
    /// The clocks of the operating system at the change: the monotonic one, then the time of day.
    at: Duration,
    system: SystemTime,
}

/// The state of a test clock that survives a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) enum ClockSetting {
    #[default]
    System,
    /// The difference to the clock of the operating system.
    Moved(Shift),
    /// The time of a frozen clock, since 1970.
    Frozen(Shift),
}

/// A signed duration between two times.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shift {
    by: Duration,
    is_back: bool,
}

impl TestClock {
    /// Moves the clock ahead, so that codes and tokens expire without waiting. The clock does not
    /// move if the operating system cannot represent the new time.
    pub fn advance(&self, by: Duration) {
        let mut time = self.lock();
        let (now, elapsed) = time.readings();
        if let Some(now) = now.checked_add(by) {
            time.change(now, elapsed.saturating_add(by));
        }
    }

    /// Sets the time of day. An earlier time does not change the [`elapsed`](Clock::elapsed) time.
    pub fn set(&self, to: SystemTime) {
        let mut time = self.lock();
        let (now, elapsed) = time.readings();
        time.change(to, elapsed.saturating_add(to.duration_since(now).unwrap_or_default()));
    }

    /// Stops the clock at the current time; [`advance`](Self::advance) and [`set`](Self::set) still
    /// change it.
    pub fn freeze(&self) {
        self.set_frozen(true);
    }

    /// Lets a frozen clock run again from its current time.
    pub fn unfreeze(&self) {
        self.set_frozen(false);
    }

    /// Returns whether the clock is frozen.
    pub fn is_frozen(&self) -> bool {
        self.lock().frozen
    }

    /// Resets the clock to the time of the operating system.
    pub(crate) fn reset(&self) {
        let mut time = self.lock();
        let (_, elapsed) = time.readings();
        time.frozen = false;
        time.change(SystemClock.now(), elapsed);
    }

    /// Returns the state for [`restore`](Self::restore) on another clock.
    pub(crate) fn setting(&self) -> ClockSetting {
        let time = self.lock();
        match time.changed {
            None => ClockSetting::System,
            Some(change) if time.frozen => {
                ClockSetting::Frozen(Shift::between(UNIX_EPOCH, change.now))
            }
            Some(change) => ClockSetting::Moved(Shift::between(change.system, change.now)),
        }
    }

    pub(crate) fn restore(&self, setting: ClockSetting) {
        let (from, shift, frozen) = match setting {
            ClockSetting::System => return,
            ClockSetting::Moved(shift) => (SystemClock.now(), shift, false),
            ClockSetting::Frozen(shift) => (UNIX_EPOCH, shift, true),
        };
        if let Some(to) = shift.after(from) {
            self.set_frozen(frozen);
            self.set(to);
        }
    }

    fn set_frozen(&self, frozen: bool) {
        let mut time = self.lock();
        let (now, elapsed) = time.readings();
        time.frozen = frozen;
        time.change(now, elapsed);
    }

    fn lock(&self) -> MutexGuard<'_, Time> {
        self.time.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Time {
    /// Returns the time of day and the monotonic time.
    fn readings(&self) -> (SystemTime, Duration) {
        let Some(Change { now, elapsed, at, .. }) = self.changed else {
            return (SystemClock.now(), SystemClock.elapsed());
        };
        let since = match self.frozen {
            true => Duration::ZERO,
            false => SystemClock.elapsed().saturating_sub(at),
        };
        (now.checked_add(since).unwrap_or(now), elapsed.saturating_add(since))
    }

    fn change(&mut self, now: SystemTime, elapsed: Duration) {
        let (at, system) = (SystemClock.elapsed(), SystemClock.now());
        self.changed = Some(Change { now, elapsed, at, system });
    }
}

impl Shift {
    fn between(from: SystemTime, to: SystemTime) -> Self {
        match to.duration_since(from) {
            Ok(by) => Self { by, is_back: false },
            Err(back) => Self { by: back.duration(), is_back: true },
        }
    }

    fn after(self, from: SystemTime) -> Option<SystemTime> {
        if self.is_back { from.checked_sub(self.by) } else { from.checked_add(self.by) }
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        self.lock().readings().0
    }

    fn elapsed(&self) -> Duration {
        self.lock().readings().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn frozen_clock_shows_the_same_time_until_it_is_moved() {
        let clock = TestClock::default();
        clock.freeze();
        let (now, elapsed) = (clock.now(), clock.elapsed());
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!((clock.now(), clock.elapsed()), (now, elapsed));
        clock.advance(HOUR);
        assert_eq!((clock.now(), clock.elapsed()), (now + HOUR, elapsed + HOUR));
        clock.unfreeze();
        std::thread::sleep(Duration::from_millis(2));
        assert!(clock.now() > now + HOUR && clock.elapsed() > elapsed + HOUR);
    }

    #[test]
    fn monotonic_time_never_goes_back() {
        let clock = TestClock::default();
        clock.advance(HOUR);
        let elapsed = clock.elapsed();
        clock.set(UNIX_EPOCH);
        assert!(clock.now() < UNIX_EPOCH + HOUR);
        assert!(clock.elapsed() >= elapsed);
        clock.set(UNIX_EPOCH + HOUR * 2);
        assert!(clock.elapsed() >= elapsed + HOUR);
        clock.reset();
        assert!(clock.elapsed() >= elapsed + HOUR);
        let off = SystemTime::now().duration_since(clock.now()).unwrap_or_default();
        assert!(off < HOUR, "{off:?}");
    }

    #[test]
    fn restored_clock_shows_the_same_time() {
        let off = |clock: &TestClock, other: &TestClock| {
            Shift::between(clock.now(), other.now()).by < HOUR
        };
        let clocks = [(); 4].map(|()| TestClock::default());
        clocks[1].advance(HOUR * 24);
        clocks[2].set(UNIX_EPOCH + HOUR);
        clocks[3].freeze();
        clocks[3].set(UNIX_EPOCH - HOUR);
        for clock in clocks {
            let restored = TestClock::default();
            restored.restore(clock.setting());
            assert!(off(&restored, &clock), "{:?}", clock.setting());
            assert_eq!(restored.is_frozen(), clock.is_frozen());
        }
    }

    #[test]
    fn clock_does_not_move_beyond_the_last_time() {
        let clock = TestClock::default();
        clock.freeze();
        let now = clock.now();
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), now);
    }
}
