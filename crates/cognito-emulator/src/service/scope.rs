//! One pool with all that an operation on it needs.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use cognito_types::Clock;

use super::pool::Pool;
use super::triggers::{Afterwards, Caller};
use crate::clock::MovableClock;
use crate::faults::Faults;
use crate::keys::SigningKeys;
use crate::outbox::Outbox;
use crate::random::Random;

/// What all pools of a service share.
pub(crate) struct Shared {
    pub(crate) clock: Arc<MovableClock>,
    pub(crate) random: Random,
    pub(crate) outbox: Outbox,
    pub(crate) faults: Faults,
    pub(crate) keys: SigningKeys,
    pub(crate) issuer: IssuerStyle,
    pub(crate) region: String,
    /// Where the functions are that LambdaConfig names by ARN.
    pub(crate) trigger_url: Option<String>,
    /// Who asks for the operation that is under way.
    pub(crate) caller: Caller,
    /// What is left to do when it is done.
    pub(crate) afterwards: Vec<Afterwards>,
    /// Where the service is reached, without a slash at the end.
    pub(crate) endpoint: String,
}

/// Which `iss` tokens carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssuerStyle {
    /// The address of the pool on this server, `<endpoint>/<pool id>`, whose key set can be
    /// fetched from `/.well-known/jwks.json` below it.
    #[default]
    Endpoint,
    /// That of the service, `https://cognito-idp.<region>.amazonaws.com/<pool id>`.
    Aws,
}

impl Shared {
    /// Seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.since_epoch().as_secs()
    }

    /// Seconds since 1970 with milliseconds, as the service writes dates.
    #[allow(clippy::as_conversions)] // Milliseconds of this age are far below 2^53.
    pub(crate) fn date(&self) -> f64 {
        self.since_epoch().as_millis() as f64 / 1000.0
    }

    /// Time since 1970.
    pub(crate) fn since_epoch(&self) -> Duration {
        self.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

/// One pool, and what all share.
pub(crate) struct Scope<'a> {
    pub(crate) pool: &'a mut Pool,
    shared: &'a mut Shared,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(pool: &'a mut Pool, shared: &'a mut Shared) -> Self {
        pool.users.set_time(shared.since_epoch());
        Self { pool, shared }
    }

    /// The `iss` of the pool's tokens.
    pub(crate) fn issuer(&self) -> String {
        match self.shared.issuer {
            IssuerStyle::Endpoint => format!("{}/{}", self.shared.endpoint, self.pool.id),
            IssuerStyle::Aws if self.pool.settings.has_updated_issuer() => {
                self.pool.id.updated_issuer()
            }
            IssuerStyle::Aws => self.pool.id.issuer(),
        }
    }
}

impl std::ops::Deref for Scope<'_> {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        self.shared
    }
}

impl std::ops::DerefMut for Scope<'_> {
    fn deref_mut(&mut self) -> &mut Shared {
        self.shared
    }
}
