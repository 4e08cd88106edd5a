//! The attempts of a source to get new tokens: one at a time, with growing pauses after failures.

use std::time::Duration;

use cognito_types::TokenError;

use crate::flight::Flight;
use crate::pause::Pause;

/// The attempt under way, and the pause after failed ones.
pub(crate) struct Attempts<T> {
    flight: Option<Flight<T>>,
    pause: Option<Pause>,
}

/// The next step of a caller that needs a new token.
pub(crate) enum Next<T> {
    /// Wait for the attempt under way.
    Join(Flight<T>),
    /// Return the error of the last attempt, because it is too early for another one.
    Fail(TokenError),
    /// Start an attempt.
    Start,
}

impl<T: Clone + Send + Sync + 'static> Attempts<T> {
    pub(crate) fn next(&self, now: Duration) -> Next<T> {
        match (self.under_way(), &self.pause) {
            (Some(flight), _) => Next::Join(flight.clone()),
            (None, Some(pause)) if pause.lasts(now) => Next::Fail(pause.error.clone()),
            _ => Next::Start,
        }
    }

    pub(crate) fn started(&mut self, flight: Flight<T>) {
        self.flight = Some(flight);
    }

    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn failed(&mut self, error: TokenError, now: Duration) {
        let pause = Pause::after(error, self.pause.as_ref(), now);
        *self = Self { flight: None, pause: Some(pause) };
    }

    /// Ends the pause, so that the next caller starts an attempt. Its length is remembered.
    #[cfg(feature = "session")]
    pub(crate) fn end_pause(&mut self) {
        if let Some(pause) = &mut self.pause {
            pause.end();
        }
    }

    /// Returns whether there is neither an attempt under way nor a pause.
    pub(crate) fn is_idle(&self, now: Duration) -> bool {
        matches!(self.next(now), Next::Start)
    }

    /// Returns the attempt under way. It has ended without a result if its runtime was shut down.
    fn under_way(&self) -> Option<&Flight<T>> {
        self.flight.as_ref().filter(|flight| !flight.has_ended())
    }
}

impl<T> Default for Attempts<T> {
    fn default() -> Self {
        Self { flight: None, pause: None }
    }
}

#[cfg(test)]
mod tests {
    use cognito_types::TokenErrorKind;

    use super::*;
    use crate::pause::FIRST_PAUSE;

    #[test]
    fn success_ends_the_pause_and_the_series_of_failures() {
        let mut attempts = Attempts::<()>::default();
        let now = Duration::from_secs(100);
        let is_long_after = |attempts: &mut Attempts<()>| {
            attempts.failed(TokenError::new(TokenErrorKind::Transient, "down"), now);
            !attempts.is_idle(now + FIRST_PAUSE)
        };
        assert!(!is_long_after(&mut attempts));
        // A random part, up to half of the pause, is left out: the third one has at least 2 seconds.
        is_long_after(&mut attempts);
        assert!(is_long_after(&mut attempts));
        attempts.succeeded();
        assert!(attempts.is_idle(now));
        assert!(!is_long_after(&mut attempts));
    }
}
