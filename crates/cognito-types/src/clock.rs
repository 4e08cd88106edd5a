//! Sources of the time.

use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

/// A source of the time, so that tests can move it.
///
/// Two readings, because either may be wrong for a lifetime: the wall clock is set by people and
/// servers, the monotonic clock stands still while a machine sleeps.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time of day.
    fn now(&self) -> SystemTime;

    /// Time since an arbitrary start, which never goes back.
    fn elapsed(&self) -> Duration;
}

/// The clocks of the operating system.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs)] // It holds nothing and never will.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

/// Both readings of a [`Clock`], taken together.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // There are no other readings.
pub struct Moment {
    /// The time of day.
    pub wall: SystemTime,
    /// The reading of the monotonic clock.
    pub elapsed: Duration,
}

impl Moment {
    /// Reads both clocks.
    pub fn now(clock: &dyn Clock) -> Self {
        Self { wall: clock.now(), elapsed: clock.elapsed() }
    }

    /// Returns the moment at which the wall clock showed an earlier time; the same one for a later
    /// time.
    #[must_use]
    pub fn back_to(self, wall: SystemTime) -> Self {
        let wall = wall.min(self.wall);
        let ago = self.wall.duration_since(wall).unwrap_or_default();
        // The monotonic clock may have started later: then the wall clock alone has the whole time.
        Self { wall, elapsed: self.elapsed.saturating_sub(ago) }
    }

    /// Returns the time since then: the longer of the two that the clocks measured.
    pub fn since(&self, then: &Self) -> Duration {
        let by_wall = self.wall.duration_since(then.wall).unwrap_or_default();
        by_wall.max(self.elapsed.saturating_sub(then.elapsed))
    }
}
