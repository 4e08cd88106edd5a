//! Flights: the tasks that change a session's tokens. One runs at a time, and each runs to
//! completion.
//!
//! A flight is a task of its own, so it does not stop when a caller drops its future.

use cognito_types::{FlightError, SingleFlight};

use crate::error::{Error, ErrorKind};

/// The work that a caller asks of a flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Store tokens that are not stored, without a refresh.
    Nothing,
    /// Refresh tokens that are about to expire, expired or refused.
    IfNeeded,
    /// Refresh the tokens even if they are still valid.
    Always,
    /// Return the tokens to a caller and end the session.
    Release,
}

/// A flight under way, which all callers share.
#[derive(Clone)]
pub(super) struct Flight {
    number: u64,
    ask: Ask,
    work: SingleFlight<Result<(), Error>>,
}

impl Flight {
    /// Starts the task of a flight, the `number`th of its session.
    pub(super) fn take_off(
        number: u64,
        ask: Ask,
        work: impl Future<Output = Result<(), Error>> + Send + 'static,
    ) -> Result<Self, Error> {
        Ok(Self { number, ask, work: SingleFlight::spawn(work)? })
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
        matches!(self.ask, Ask::IfNeeded | Ask::Always)
    }

    /// Returns whether its outcome serves a caller that came when there were `seen` flights.
    ///
    /// A flight that had already started may have sent its request before a change, such as a new
    /// group, that the caller wants to see in the tokens.
    pub(super) fn serves(&self, ask: Ask, seen: u64) -> bool {
        match ask {
            Ask::IfNeeded => self.refreshes(),
            Ask::Nothing => self.number > seen && self.ask != Ask::Release,
            Ask::Always => self.number > seen && self.ask == Ask::Always,
            Ask::Release => false,
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
