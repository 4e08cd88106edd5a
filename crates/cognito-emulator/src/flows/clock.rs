//! The test clock.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, SystemTime};

use cognito_types::{Clock, SystemClock};

/// A clock that tests move: the time of the operating system plus an offset.
///
/// ```
/// use std::time::Duration;
/// use cognito_emulator::TestClock;
/// use cognito_types::Clock;
///
/// let clock = TestClock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(3600));
/// assert!(clock.now() >= before + Duration::from_secs(3600));
/// ```
#[derive(Debug, Default)]
pub struct TestClock {
    ahead: Mutex<Duration>,
}

impl TestClock {
    /// Moves the clock ahead, so that codes and tokens grow old without waiting. It stays where it
    /// is if the operating system has no such time.
    pub fn advance(&self, by: Duration) {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let to = ahead.saturating_add(by);
        if SystemClock.now().checked_add(to).is_some() {
            *ahead = to;
        }
    }

    fn ahead(&self) -> Duration {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        let now = SystemClock.now();
        now.checked_add(self.ahead()).unwrap_or(now)
    }

    fn elapsed(&self) -> Duration {
        SystemClock.elapsed().saturating_add(self.ahead())
    }
}
