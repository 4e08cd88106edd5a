//! Clocks.

use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

/// A source of time, which tests can replace.
///
/// It has two readings, because each can be wrong for measuring a lifetime: the wall clock can be
/// set, and the monotonic clock stops while a machine sleeps.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the wall clock time.
    fn now(&self) -> SystemTime;

    /// Returns the time since an arbitrary start, which never goes back.
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

    /// Returns the moment at which the wall clock showed an earlier time; this moment for a later
    /// time.
    #[must_use]
    pub fn back_to(self, wall: SystemTime) -> Self {
        let wall = wall.min(self.wall);
        let ago = self.wall.duration_since(wall).unwrap_or_default();
        // If the monotonic clock started later, only the wall clock has the whole time.
        Self { wall, elapsed: self.elapsed.saturating_sub(ago) }
    }

    /// Returns the time since then: the longer of the two readings.
    pub fn since(&self, then: &Self) -> Duration {
        let by_wall = self.wall.duration_since(then.wall).unwrap_or_default();
        by_wall.max(self.elapsed.saturating_sub(then.elapsed))
    }
}
