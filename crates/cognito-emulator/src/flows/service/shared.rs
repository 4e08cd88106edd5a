//! The settings of a service.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use cognito_types::Clock;

use crate::flows::clock::TestClock;
use crate::flows::http_client::ConnectTls;
use crate::flows::storage::Commits;
use crate::state::keys::SigningKeys;
use crate::state::outbox::Outbox;
use crate::state::quotas::Quotas;

/// The settings that all pools share, with the clock, the outbox and the commits.
pub(crate) struct Shared {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) outbox: Outbox,
    pub(crate) keys: SigningKeys,
    pub(crate) issuer: IssuerStyle,
    pub(crate) region: String,
    /// The quotas; `None` if no request is rejected.
    pub(crate) quotas: Option<Quotas>,
    /// The seed of the random source; `None` for a random seed.
    pub(crate) seed: Option<u64>,
    /// The URL of the function for triggers with an ARN in LambdaConfig.
    pub(crate) trigger_url: Option<String>,
    /// The address of the service, without a slash at the end.
    pub(crate) endpoint: String,
    /// The address over TLS, if it is on.
    pub(crate) tls_endpoint: Option<String>,
    /// The address for browsers, if it differs.
    pub(crate) public_url: Option<String>,
    /// True if ID tokens of users of identity providers have a nonce even if the application sent
    /// none.
    pub(crate) has_unexpected_nonce: bool,
    /// TLS to identity providers on this machine; `None` without TLS.
    pub(crate) loopback_tls: Option<Arc<dyn ConnectTls>>,
    /// The commits to a store; `None` without a store.
    pub(crate) commits: Option<Arc<Commits>>,
}

/// The issuer (`iss`) of tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssuerStyle {
    /// The address of the pool on this server, `<endpoint>/<pool id>`. The key set is at
    /// `/.well-known/jwks.json` below it.
    #[default]
    Endpoint,
    /// The issuer of the service, `https://cognito-idp.<region>.amazonaws.com/<pool id>`.
    Aws,
    /// The address of the pool on this server over TLS, `https://localhost:<port>/<pool id>`, which
    /// OpenID Connect clients require.
    Tls,
}

impl Shared {
    /// Returns the seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.since_epoch().as_secs()
    }

    /// Returns the seconds since 1970 with milliseconds, which is the format of dates in the API.
    #[allow(clippy::as_conversions)] // Milliseconds of this age are far below 2^53.
    pub(crate) fn date(&self) -> f64 {
        self.since_epoch().as_millis() as f64 / 1000.0
    }

    /// Returns the time since 1970.
    pub(crate) fn since_epoch(&self) -> Duration {
        self.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    /// Returns the same settings with a new clock and outbox.
    pub(super) fn fresh(&self) -> Self {
        Self {
            clock: Arc::default(),
            outbox: Outbox::default(),
            keys: self.keys,
            issuer: self.issuer,
            region: self.region.clone(),
            quotas: self.quotas.clone(),
            seed: self.seed,
            trigger_url: self.trigger_url.clone(),
            endpoint: self.endpoint.clone(),
            tls_endpoint: self.tls_endpoint.clone(),
            public_url: self.public_url.clone(),
            has_unexpected_nonce: self.has_unexpected_nonce,
            loopback_tls: self.loopback_tls.clone(),
            commits: self.commits.clone(),
        }
    }

    /// Returns the address of the OAuth endpoints for applications: the base of the issuer, unless
    /// that is AWS.
    pub(crate) fn oauth_endpoint(&self) -> &str {
        match (self.issuer, &self.tls_endpoint) {
            (IssuerStyle::Tls, Some(endpoint)) => endpoint,
            _ => &self.endpoint,
        }
    }

    /// Returns the address of the pages for browsers.
    pub(crate) fn browser_endpoint(&self) -> &str {
        self.public_url.as_deref().unwrap_or_else(|| self.oauth_endpoint())
    }
}
