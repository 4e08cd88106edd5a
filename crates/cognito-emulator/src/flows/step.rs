//! One step of a request: the pool, locked, and the other needs of the step.

use std::time::Duration;

use crate::flows::caller::Caller;
use crate::flows::random::Random;
use crate::flows::service::{IssuerStyle, Shared};
use crate::flows::triggers::Triggers;
use crate::state::pool::Pool;

/// A pool for the time of one step, which does not wait for anything.
pub(crate) struct Step<'a> {
    pub(crate) pool: &'a mut Pool,
    pub(crate) triggers: &'a mut Triggers,
    pub(crate) random: &'a mut Random,
    pub(crate) caller: &'a mut Caller,
    pub(crate) shared: &'a Shared,
}

impl Step<'_> {
    /// Seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.shared.now()
    }

    /// Seconds since 1970 with milliseconds, as the service writes dates.
    pub(crate) fn date(&self) -> f64 {
        self.shared.date()
    }

    /// Time since 1970.
    pub(crate) fn since_epoch(&self) -> Duration {
        self.shared.since_epoch()
    }

    /// The `iss` of the pool's tokens.
    pub(crate) fn issuer(&self) -> String {
        match self.shared.issuer {
            IssuerStyle::Endpoint | IssuerStyle::Tls => {
                format!("{}/{}", self.shared.oauth_endpoint(), self.pool.id)
            }
            IssuerStyle::Aws if self.pool.settings.has_updated_issuer() => {
                self.pool.id.updated_issuer()
            }
            IssuerStyle::Aws => self.pool.id.issuer(),
        }
    }
}
