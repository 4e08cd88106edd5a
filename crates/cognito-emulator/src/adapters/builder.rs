//! The settings of an emulator.

use std::fmt;
#[cfg(feature = "tls")]
use std::net::IpAddr;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use axum::http::uri::Scheme;
use tokio::net::TcpListener;

use crate::adapters::emulator::Emulator;
use crate::adapters::error::EmulatorError;
use crate::adapters::host::{Host, OnRequest, TlsInfo};
use crate::adapters::server::{NoHandshake, Server};
use crate::adapters::state_file::{StateDurability, StateFile};
#[cfg(feature = "tls")]
use crate::adapters::tls::{self, TlsListener, TlsSettings};
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
    issuer: Option<IssuerStyle>,
    region: String,
    seed: Option<u64>,
    trigger_url: Option<String>,
    seed_file: Option<String>,
    state_file: Option<PathBuf>,
    state_durability: StateDurability,
    on_request: Option<OnRequest>,
    test_interface: bool,
    quotas: Option<Quotas>,
    public_url: Option<String>,
    has_unexpected_nonce: bool,
    #[cfg(feature = "tls")]
    tls: Option<TlsSettings>,
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
            issuer: None,
            region: "us-east-1".to_owned(),
            seed: None,
            trigger_url: None,
            seed_file: None,
            state_file: None,
            state_durability: StateDurability::default(),
            on_request: None,
            test_interface: false,
            quotas: None,
            public_url: None,
            has_unexpected_nonce: false,
            #[cfg(feature = "tls")]
            tls: None,
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

    /// Sends browsers to this address instead of the one for applications: it is that of the
    /// authorization and logout endpoints in the discovery document.
    ///
    /// For browsers that reach the emulator by another name than the application does, such as
    /// through a published port of a container or a proxy. Redirects and pages keep to the host of the
    /// request; identity providers send browsers back to this address, or to the domain of a pool. If it is an https address, cookies of requests to its host are Secure.
    ///
    /// The pages are at the root of their host: [`start`](Self::start) and
    /// [`try_in_process`](Self::try_in_process) reject a URL with a path.
    pub fn public_url(self, url: impl Into<String>) -> Self {
        let url = url.into().trim_end_matches('/').to_owned();
        Self { public_url: Some(url), ..self }
    }

    /// Puts a `nonce` into the ID tokens of users of identity providers although the application sent
    /// none, as the service does: that of the request to the provider.
    ///
    /// Applications that check the nonce of a request without one then fail (next-auth#3544), as with
    /// the service. A nonce that the application sends is in its tokens in either case.
    pub fn unexpected_nonce(self) -> Self {
        Self { has_unexpected_nonce: true, ..self }
    }

    /// Which `iss` tokens carry. By default [`IssuerStyle::Tls`] if TLS is on and no
    /// [`endpoint`](Self::endpoint) is set, and [`IssuerStyle::Endpoint`] otherwise.
    pub fn issuer(self, issuer: IssuerStyle) -> Self {
        Self { issuer: Some(issuer), ..self }
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

    /// Creates the pools, app clients, groups, users and identity pools of a seed file before the
    /// first request, and again at every [`Emulator::reset`]; see [`Emulator::load`].
    pub fn seed_file(self, text: impl Into<String>) -> Self {
        Self { seed_file: Some(text.into()), ..self }
    }

    /// Keeps the state in this file: pools, users, tokens, signing keys, messages, the clock.
    ///
    /// The file is created if it does not exist. An emulator that starts with it continues where
    /// the last one ended: users stay signed in, and open challenges take responses. Every change
    /// is in the file before its response is sent, so that it survives if the process is killed.
    /// Triggers that are Rust functions, injected faults and the log of requests are not kept.
    ///
    /// One emulator can use the file at a time; [stop](Emulator::stop) a server before its handle is
    /// dropped and another one starts. Tokens name the address as their issuer unless
    /// [`issuer`](Self::issuer) decides otherwise, so that they need the same address after a restart.
    ///
    /// A [seed file](Self::seed_file) is applied only if the state file is new.
    /// [`Emulator::reset`] returns to the seed file, also in the state file.
    ///
    /// ```
    /// use cognito_emulator::Emulator;
    /// use serde_json::json;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let builder = Emulator::builder().state_file(directory.path().join("pools.state"));
    /// let emulator = builder.clone().try_in_process()?;
    /// let created = emulator.call("CreateUserPool", &json!({ "PoolName": "orders" }))?;
    /// drop(emulator);
    ///
    /// let emulator = builder.try_in_process()?;
    /// let input = json!({ "UserPoolId": created["UserPool"]["Id"] });
    /// assert_eq!(emulator.call("DescribeUserPool", &input)?["UserPool"]["Name"], "orders");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Security
    ///
    /// The file contains signing keys, password verifiers, client secrets and tokens. On Unix it is
    /// created so that only its owner can read it.
    pub fn state_file(self, path: impl Into<PathBuf>) -> Self {
        Self { state_file: Some(path.into()), ..self }
    }

    /// Sets the failures that changes in the [state file](Self::state_file) survive; by default the
    /// end of the process.
    pub fn state_durability(self, durability: StateDurability) -> Self {
        Self { state_durability: durability, ..self }
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

    /// Serves https beside http, on a free port of the same address.
    ///
    /// Certificates are issued for localhost, the names below it, 127.0.0.1, ::1, the bound address,
    /// and the hosts of [`endpoint`](Self::endpoint) and [`public_url`](Self::public_url), by an
    /// authority that is created at the start and permits no other names. Clients must trust
    /// [`Emulator::ca_certificate`].
    ///
    /// ```
    /// use cognito_emulator::{Emulator, PoolSettings};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::builder().tls().start().await?;
    /// let local = emulator.create_pool(PoolSettings::default())?;
    /// let endpoint = emulator.tls_endpoint().unwrap_or_default();
    /// assert!(endpoint.starts_with("https://localhost:"));
    /// assert!(emulator.ca_certificate().is_some_and(|pem| pem.contains("BEGIN CERTIFICATE")));
    /// assert_eq!(local.issuer(), format!("{endpoint}/{}", local.id()));
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tls")]
    pub fn tls(self) -> Self {
        self.with_tls(|_| ())
    }

    /// Serves https on this port, as [`tls`](Self::tls) on a free one.
    #[cfg(feature = "tls")]
    pub fn tls_port(self, port: u16) -> Self {
        self.with_tls(|tls| tls.port = port)
    }

    /// Serves https as [`tls`](Self::tls), and keeps the certificate authority in a directory, as
    /// `ca.pem` and `ca-key.pem`, so that clients need to trust it once.
    ///
    /// The first start creates the files. A certificate that has expired, or that does not permit
    /// a host of this start, is an error.
    #[cfg(feature = "tls")]
    pub fn tls_ca(self, directory: impl Into<PathBuf>) -> Self {
        self.with_tls(|tls| tls.ca = Some(directory.into()))
    }

    #[cfg(feature = "tls")]
    fn with_tls(self, set: impl FnOnce(&mut TlsSettings)) -> Self {
        let mut tls = self.tls.unwrap_or_default();
        set(&mut tls);
        Self { tls: Some(tls), ..self }
    }

    /// Starts a server.
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::Bind`] if the address cannot be listened on, [`EmulatorError::Tls`] if
    /// TLS cannot be served, [`EmulatorError::IssuerWithoutTls`] for [`IssuerStyle::Tls`] without it,
    /// [`EmulatorError::PublicUrl`] if the [`public_url`](Self::public_url) is not that of a host,
    /// [`EmulatorError::TestKeysBeyondLoopback`] if it is not a loopback address and the keys are
    /// those of the crate, [`EmulatorError::SeedFile`] as [`Emulator::load`],
    /// [`EmulatorError::StateFile`] if the state file cannot be used.
    pub async fn start(self) -> Result<Emulator, EmulatorError> {
        self.check_public_url()?;
        let is_loopback = self.address.ip().is_loopback();
        if self.keys == SigningKeys::ForTests && !is_loopback {
            return Err(EmulatorError::TestKeysBeyondLoopback);
        }
        let listener = TcpListener::bind(self.address).await.map_err(EmulatorError::Bind)?;
        let address = listener.local_addr().map_err(EmulatorError::Bind)?;
        #[cfg(feature = "tls")]
        let (tls_listener, tls) = self.bind_tls(address.ip()).await?.unzip();
        #[cfg(not(feature = "tls"))]
        let tls = None;
        self.check_issuer(tls.is_some())?;
        let endpoint = self.endpoint.clone().unwrap_or_else(|| format!("http://{address}"));
        let has_test_interface = is_loopback || self.test_interface;
        let state_file = self.open_state_file()?;
        let mut host = self.host(endpoint, tls);
        host.has_test_interface = has_test_interface;
        host.begin(state_file)?;
        if host.service.has_test_keys() && !is_loopback {
            return Err(EmulatorError::TestKeysBeyondLoopback);
        }
        let host = Arc::new(host);
        let server = Server::new().serve(listener, NoHandshake, &host, Scheme::HTTP);
        #[cfg(feature = "tls")]
        let server = match tls_listener {
            Some(TlsListener { listener, handshake }) => {
                server.serve(listener, handshake, &host, Scheme::HTTPS)
            }
            None => server,
        };
        Ok(Emulator::new(host, Some(server)))
    }

    /// Creates an emulator without a server, for clients in this process. Ignores the settings of
    /// the seed file, the state file and TLS.
    pub fn in_process(self) -> Emulator {
        let endpoint = self.endpoint.clone().unwrap_or_else(|| NOWHERE.to_owned());
        let builder = Self { seed_file: None, state_file: None, ..self };
        Emulator::new(Arc::new(builder.host(endpoint, None)), None)
    }

    /// Creates an emulator without a server, for clients in this process, with its seed file and
    /// its state file. Ignores the settings of TLS.
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::PublicUrl`] if the [`public_url`](Self::public_url) is not that of a
    /// host, [`EmulatorError::IssuerWithoutTls`] for [`IssuerStyle::Tls`], [`EmulatorError::SeedFile`] as [`Emulator::load`], and [`EmulatorError::StateFile`] if the
    /// state file cannot be used.
    pub fn try_in_process(self) -> Result<Emulator, EmulatorError> {
        self.check_public_url()?;
        self.check_issuer(false)?;
        let endpoint = self.endpoint.clone().unwrap_or_else(|| NOWHERE.to_owned());
        let state_file = self.open_state_file()?;
        let mut host = self.host(endpoint, None);
        host.begin(state_file)?;
        Ok(Emulator::new(Arc::new(host), None))
    }

    fn check_public_url(&self) -> Result<(), EmulatorError> {
        let is_of_host = |url: &str| {
            let host = url.split_once("://").map(|(_, host)| host);
            host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#']))
        };
        match &self.public_url {
            Some(url) if !is_of_host(url) => Err(EmulatorError::PublicUrl(url.clone())),
            _ => Ok(()),
        }
    }

    fn check_issuer(&self, has_tls: bool) -> Result<(), EmulatorError> {
        match self.issuer {
            Some(IssuerStyle::Tls) if !has_tls => Err(EmulatorError::IssuerWithoutTls),
            _ => Ok(()),
        }
    }

    fn open_state_file(&self) -> Result<Option<StateFile>, EmulatorError> {
        let path = self.state_file.clone();
        path.map(|path| StateFile::open(path, self.state_durability)).transpose()
    }

    #[cfg(feature = "tls")]
    async fn bind_tls(&self, ip: IpAddr) -> Result<Option<(TlsListener, TlsInfo)>, EmulatorError> {
        let Some(settings) = &self.tls else { return Ok(None) };
        let urls: Vec<&str> =
            self.endpoint.iter().chain(&self.public_url).map(|url| &**url).collect();
        let bound = tls::bind(settings, ip, &urls).await;
        bound.map(Some).map_err(|error| EmulatorError::Tls(Box::new(error)))
    }

    fn host(self, endpoint: String, tls: Option<TlsInfo>) -> Host {
        let default_issuer = match &tls {
            Some(_) if self.endpoint.is_none() => IssuerStyle::Tls,
            _ => IssuerStyle::default(),
        };
        let shared = Shared {
            clock: Arc::default(),
            outbox: Outbox::default(),
            keys: self.keys,
            issuer: self.issuer.unwrap_or(default_issuer),
            region: self.region,
            quotas: self.quotas,
            seed: self.seed,
            trigger_url: self.trigger_url,
            endpoint,
            tls_endpoint: tls.as_ref().map(|tls| tls.endpoint.clone()),
            public_url: self.public_url,
            has_unexpected_nonce: self.has_unexpected_nonce,
            loopback_tls: tls.as_ref().map(|tls| Arc::clone(&tls.client)),
            commits: self.state_file.map(|_| Arc::default()),
        };
        Host {
            service: Arc::new(Service::new(Arc::new(shared))),
            requests: RequestLog::default(),
            on_request: self.on_request,
            tls,
            has_test_interface: true,
            seed_file: self.seed_file,
            writer: None,
        }
    }
}
