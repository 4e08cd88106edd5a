//! One step of a request: the locked pool, and the other data of the step.

use std::time::Duration;

use crate::flows::caller::Caller;
use crate::flows::random::Random;
use crate::flows::service::{IssuerStyle, Shared};
use crate::flows::triggers::Triggers;
use crate::model::ServiceError;
use crate::state::activity::Month;
use crate::state::pool::Pool;

/// A pool during one step, which must not wait for anything.
pub(crate) struct Step<'a> {
    pub(crate) pool: &'a mut Pool,
    pub(crate) triggers: &'a mut Triggers,
    pub(crate) random: &'a mut Random,
    pub(crate) caller: &'a mut Caller,
    pub(crate) shared: &'a Shared,
}

impl Step<'_> {
    /// Returns the seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.shared.now()
    }

    /// Returns the seconds since 1970 with milliseconds, which is the format of dates in the API.
    pub(crate) fn date(&self) -> f64 {
        self.shared.date()
    }

    /// Returns the time since 1970.
    pub(crate) fn since_epoch(&self) -> Duration {
        self.shared.since_epoch()
    }

    /// Counts a user as active in the current month.
    pub(crate) fn note_activity(&mut self, username: &str) {
        let month = Month::of(self.now());
        self.pool.note_activity(username, month);
    }

    /// Checks SECRET_HASH of an app client for a user name. The pages of managed login send none.
    pub(crate) fn check_secret_hash(
        &self,
        client_id: &str,
        secret_hash: Option<&str>,
        username: &str,
    ) -> Result<(), ServiceError> {
        let client = self.pool.client(client_id)?;
        match self.caller.is_browser() {
            true => Ok(()),
            false => client.check_secret_hash(secret_hash, username),
        }
    }

    /// Returns the issuer (`iss`) of the pool's tokens.
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
