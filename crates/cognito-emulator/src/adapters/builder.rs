//! The settings of an emulator.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::adapters::emulator::Emulator;
use crate::adapters::error::EmulatorError;
use crate::adapters::host::{Host, OnRequest};
use crate::adapters::server::Server;
use crate::flows::service::{IssuerStyle, Service, Shared};
use crate::state::keys::SigningKeys;
use crate::state::outbox::Outbox;
use crate::state::quotas::Quotas;
use crate::state::request_log::{RequestLog, RequestRecord};

/// Settings of an [`Emulator`].
#[derive(Clone)]
#[must_use]
pub struct EmulatorBuilder {
    address: SocketAddr,
    endpoint: Option<String>,
    keys: SigningKeys,
    issuer: IssuerStyle,
    region: String,
    seed: Option<u64>,
    trigger_url: Option<String>,
    seed_file: Option<String>,
    on_request: Option<OnRequest>,
    test_interface: bool,
    quotas: Option<Quotas>,
}

impl fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A seed file is full of passwords.
        f.debug_struct("EmulatorBuilder").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Default for EmulatorBuilder {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            endpoint: None,
            keys: SigningKeys::default(),
            issuer: IssuerStyle::default(),
            region: "us-east-1".to_owned(),
            seed: None,
            trigger_url: None,
            seed_file: None,
            on_request: None,
            test_interface: false,
            quotas: None,
        }
    }
}

/// The endpoint of an emulator without a server; no server listens there.
const NOWHERE: &str = "https://cognito-emulator.invalid";

impl EmulatorBuilder {
    /// Listens on this address; 127.0.0.1 and a free port unless set.
    pub fn address(self, address: SocketAddr) -> Self {
        Self { address, ..self }
    }

    /// Tells clients this address instead of the one that is listened on, as where a mock server
    /// or a container stands before the emulator.
    pub fn endpoint(self, endpoint: impl Into<String>) -> Self {
        let endpoint = endpoint.into().trim_end_matches('/').to_owned();
        Self { endpoint: Some(endpoint), ..self }
    }

    /// Signs tokens with these keys.
    pub fn signing_keys(self, keys: SigningKeys) -> Self {
        Self { keys, ..self }
    }

    /// Which `iss` tokens carry.
    pub fn issuer(self, issuer: IssuerStyle) -> Self {
        Self { issuer, ..self }
    }

    /// The Region in the ids of new pools; `us-east-1` unless set.
    pub fn region(self, region: impl Into<String>) -> Self {
        Self { region: region.into(), ..self }
    }

    /// Makes the same ids, codes and secrets every time.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Calls this function for the triggers that LambdaConfig names by ARN; those that it names by
    /// an http URL need none.
    ///
    /// The event is sent by POST, as the service sends it to a Lambda function, and the event that
    /// comes back within 5 seconds counts; the URL may be that of Lambda's runtime interface
    /// emulator, `http://localhost:9000/2015-03-31/functions/function/invocations`. Functions may call
    /// the pool. [`Emulator::call`] blocks its thread meanwhile, so that the function must not be
    /// served by that thread.
    pub fn trigger_url(self, url: impl Into<String>) -> Self {
        Self { trigger_url: Some(url.into()), ..self }
    }

    /// Creates the pools, app clients, groups and users of a seed file before the first request, and
    /// again at every [`Emulator::reset`]; see [`Emulator::load`].
    pub fn seed_file(self, json: impl Into<String>) -> Self {
        Self { seed_file: Some(json.into()), ..self }
    }

    /// Rejects requests over these rates, as the service does; no request is rejected by default.
    ///
    /// The rates hold for all pools together, by the test clock: a category allows the requests of
    /// one second at once. Operations on resources and app clients of pools are also limited to 5
    /// per second, operation and pool. Rates that UpdateProvisionedLimit sets count. The limits per
    /// user and per source address are not enforced.
    ///
    /// ```
    /// use cognito_emulator::{Emulator, QuotaCategory, Quotas};
    /// use serde_json::json;
    ///
    /// let quotas = Quotas::default().rate(QuotaCategory::UserPoolRead, 1);
    /// let emulator = Emulator::builder().quotas(quotas).in_process();
    /// emulator.clock().freeze();
    /// let list = || emulator.call("ListUserPools", &json!({ "MaxResults": 10 }));
    /// assert!(list().is_ok());
    /// assert_eq!(list().unwrap_err().to_string(), "TooManyRequestsException: Rate exceeded");
    /// emulator.clock().advance(std::time::Duration::from_secs(1));
    /// assert!(list().is_ok());
    /// ```
    pub fn quotas(self, quotas: Quotas) -> Self {
        Self { quotas: Some(quotas), ..self }
    }

    /// Serves the [test interface](Emulator#test-interface) on an address that is not a loopback
    /// address too.
    ///
    /// # Security
    ///
    /// Every host that can reach the address can then read codes and issue tokens.
    pub fn test_interface_beyond_loopback(self) -> Self {
        Self { test_interface: true, ..self }
    }

    /// Calls `callback` with the record of every request of a client, those of the test interface
    /// included.
    ///
    /// ```
    /// use cognito_emulator::Emulator;
    ///
    /// let builder = Emulator::builder().on_request(|record| eprintln!("{record}"));
    /// # assert!(!format!("{builder:?}").is_empty());
    /// ```
    pub fn on_request(self, callback: impl Fn(&RequestRecord) + Send + Sync + 'static) -> Self {
        Self { on_request: Some(Arc::new(callback)), ..self }
    }

    /// Starts a server.
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::Bind`] if the address cannot be listened on,
    /// [`EmulatorError::TestKeysBeyondLoopback`] if it is not a loopback address and the keys are
    /// those of the crate, [`EmulatorError::SeedFile`] as [`Emulator::load`].
    pub async fn start(self) -> Result<Emulator, EmulatorError> {
        let is_loopback = self.address.ip().is_loopback();
        if self.keys == SigningKeys::ForTests && !is_loopback {
            return Err(EmulatorError::TestKeysBeyondLoopback);
        }
        let listener = TcpListener::bind(self.address).await.map_err(EmulatorError::Bind)?;
        let address = listener.local_addr().map_err(EmulatorError::Bind)?;
        let endpoint = self.endpoint.clone().unwrap_or_else(|| format!("http://{address}"));
        let has_test_interface = is_loopback || self.test_interface;
        let host = Arc::new(Host { has_test_interface, ..self.host(endpoint) });
        host.seed()?;
        let server = Server::start(listener, Arc::clone(&host));
        Ok(Emulator::new(host, Some(server)))
    }

    /// Creates an emulator without a server, for clients in this process; it has no seed file.
    pub fn in_process(self) -> Emulator {
        let endpoint = self.endpoint.clone().unwrap_or_else(|| NOWHERE.to_owned());
        Emulator::new(Arc::new(Host { seed_file: None, ..self.host(endpoint) }), None)
    }

    fn host(self, endpoint: String) -> Host {
        let shared = Shared {
            clock: Arc::default(),
            outbox: Outbox::default(),
            keys: self.keys,
            issuer: self.issuer,
            region: self.region,
            quotas: self.quotas,
            seed: self.seed,
            trigger_url: self.trigger_url,
            endpoint,
        };
        Host {
            service: Arc::new(Service::new(Arc::new(shared))),
            requests: RequestLog::default(),
            on_request: self.on_request,
            has_test_interface: true,
            seed_file: self.seed_file,
        }
    }
}
