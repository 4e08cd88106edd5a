//! Flights: the tasks that change a session's tokens. One runs at a time, and each runs to
//! completion.
//!
//! A flight is a task of its own, so it does not stop when a caller drops its future.

use cognito_types::{FlightError, SingleFlight};

use crate::error::{Error, ErrorKind};

/// The work of a flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlightKind {
    /// Store tokens that are not stored, without a refresh.
    Store,
    /// Refresh tokens that are about to expire, expired or refused.
    RefreshIfNeeded,
    /// Refresh the tokens even if they are still valid.
    Refresh,
    /// Return the tokens to a caller and end the session.
    Release,
}

/// A flight under way, which all callers share.
#[derive(Clone)]
pub(super) struct Flight {
    number: u64,
    kind: FlightKind,
    work: SingleFlight<Result<(), Error>>,
}

impl Flight {
    /// Starts the task of a flight, the `number`th of its session.
    pub(super) fn start(
        number: u64,
        kind: FlightKind,
        work: impl Future<Output = Result<(), Error>> + Send + 'static,
    ) -> Result<Self, Error> {
        Ok(Self { number, kind, work: SingleFlight::spawn(work)? })
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) async fn outcome(&self) -> Result<Result<(), Error>, FlightError> {
        self.work.outcome().await
    }

    /// Returns whether the task ended without an outcome. A task that completes removes its flight
    /// from the state first.
    pub(super) fn is_dead(&self) -> bool {
        self.work.has_ended()
    }

    /// Returns whether it refreshes tokens, unless they turn out to be fresh.
    pub(super) fn refreshes(&self) -> bool {
        matches!(self.kind, FlightKind::RefreshIfNeeded | FlightKind::Refresh)
    }

    /// Returns whether its outcome serves a caller that came when there were `seen` flights.
    ///
    /// A flight that had already started may have sent its request before a change, such as a new
    /// group, that the caller wants to see in the tokens.
    pub(super) fn serves(&self, kind: FlightKind, seen: u64) -> bool {
        match kind {
            FlightKind::RefreshIfNeeded => self.refreshes(),
            FlightKind::Store => self.number > seen && self.kind != FlightKind::Release,
            FlightKind::Refresh => self.number > seen && self.kind == FlightKind::Refresh,
            FlightKind::Release => false,
        }
    }
}

impl From<FlightError> for Error {
    fn from(error: FlightError) -> Self {
        match error {
            FlightError::Panicked => Self::new(ErrorKind::Configuration)
                .with_detail("a callback or the store panicked; correct it"),
            _ => Self::new(ErrorKind::NoRuntime).with_source(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds of callers that a flight serves, those that came before its start and after it.
    #[tokio::test]
    async fn flight_serves_callers_that_want_no_more_than_it_does() {
        use FlightKind::{Refresh, RefreshIfNeeded, Release, Store};
        let all = [Store, RefreshIfNeeded, Refresh, Release];
        for (kind, before, after) in [
            (Store, &[Store][..], &[][..]),
            (RefreshIfNeeded, &[Store, RefreshIfNeeded], &[RefreshIfNeeded]),
            (Refresh, &[Store, RefreshIfNeeded, Refresh], &[RefreshIfNeeded]),
            (Release, &[], &[]),
        ] {
            let flight = Flight::start(2, kind, async { Ok(()) }).unwrap();
            for (seen, expected) in [(1, before), (2, after)] {
                let served = all.into_iter().filter(|caller| flight.serves(*caller, seen));
                assert_eq!(served.collect::<Vec<_>>(), expected, "{kind:?} {seen}");
            }
        }
    }
}
