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
use crate::adapters::origins::{self, Origins};
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
    allowed_origins: Vec<String>,
    has_unexpected_nonce: bool,
    #[cfg(feature = "tls")]
    tls: Option<TlsSettings>,
}

impl fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A seed file contains passwords.
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
            allowed_origins: Vec::new(),
            has_unexpected_nonce: false,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

/// The endpoint of an emulator without a server. No server listens at this address.
const NOWHERE: &str = "https://cognito-emulator.invalid";

impl EmulatorBuilder {
    /// Sets the address to listen on; by default 127.0.0.1 with a free port.
    pub fn address(self, address: SocketAddr) -> Self {
        Self { address, ..self }
    }

    /// Sets the address that clients use, if it differs from the address that the server listens
    /// on: for example the address of a mock server or a container.
    pub fn endpoint(self, endpoint: impl Into<String>) -> Self {
        let endpoint = endpoint.into().trim_end_matches('/').to_owned();
        Self { endpoint: Some(endpoint), ..self }
    }

    /// Sets the keys that sign tokens.
    pub fn signing_keys(self, keys: SigningKeys) -> Self {
        Self { keys, ..self }
    }

    /// Sets the address that browsers use: the authorization and logout endpoints in the discovery
    /// document have it.
    ///
    /// It is for browsers that reach the emulator under another name than the application does,
    /// such as through a published port of a container or a proxy. Redirects and pages keep the
    /// host of the request. Identity providers redirect browsers to this address, or to the domain
    /// of a pool. If it is an https address, cookies of requests to its host are Secure.
    ///
    /// The pages are at the root of their host: [`start`](Self::start) and
    /// [`try_in_process`](Self::try_in_process) reject a URL with a path, a user name, the port 0, or
    /// another scheme than http and https.
    pub fn public_url(self, url: impl Into<String>) -> Self {
        let url = url.into().trim_end_matches('/').to_owned();
        Self { public_url: Some(url), ..self }
    }

    /// Allows the pages of an origin, such as `https://app.example`, to use the test interface and
    /// operations for administrators.
    ///
    /// By default these pages can use them: those of this host (`localhost`, names below it, loopback
    /// addresses), of names that public DNS does not have (without a dot, or below `.test` and
    /// `.internal`), and of the hosts of [`endpoint`](Self::endpoint) and
    /// [`public_url`](Self::public_url). A server on a loopback address rejects requests for all
    /// other host names, except those of allowed origins and the domains of pools.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.allowed_origins.push(origin.into());
        self
    }

    /// Adds the `nonce` of the request to the identity provider to the ID tokens of its users, as
    /// the service does, even if the application sent none.
    ///
    /// Applications that did not send a nonce and verify it then fail (next-auth#3544), as with the
    /// service. A nonce that the application sends is always in its tokens.
    pub fn unexpected_nonce(self) -> Self {
        Self { has_unexpected_nonce: true, ..self }
    }

    /// Sets the issuer (`iss`) of tokens. The default is [`IssuerStyle::Tls`] if TLS is on and no
    /// [`endpoint`](Self::endpoint) is set, and [`IssuerStyle::Endpoint`] otherwise.
    pub fn issuer(self, issuer: IssuerStyle) -> Self {
        Self { issuer: Some(issuer), ..self }
    }

    /// Sets the Region in the ids of new pools; `us-east-1` by default.
    pub fn region(self, region: impl Into<String>) -> Self {
        Self { region: region.into(), ..self }
    }

    /// Sets the seed of the random source, so that ids, codes and secrets are the same at every
    /// start.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Sets the URL of the function that is called for triggers with an ARN in LambdaConfig.
    /// Triggers with an http URL in LambdaConfig are called at that URL.
    ///
    /// The event is sent by POST, as the service sends it to a Lambda function, and the response
    /// must arrive within 5 seconds. The URL may be that of Lambda's runtime interface emulator,
    /// `http://localhost:9000/2015-03-31/functions/function/invocations`. Functions may call the
    /// pool. [`Emulator::call`] blocks its thread until the function responds, so that this thread
    /// must not serve the function.
    pub fn trigger_url(self, url: impl Into<String>) -> Self {
        Self { trigger_url: Some(url.into()), ..self }
    }

    /// Creates the pools, app clients, groups, users and identity pools of a seed file before the
    /// first request, and again at every [`Emulator::reset`]; see [`Emulator::load`].
    pub fn seed_file(self, text: impl Into<String>) -> Self {
        Self { seed_file: Some(text.into()), ..self }
    }

    /// Sets the file that keeps the state: pools, users, tokens, signing keys, messages, the clock.
    ///
    /// The file is created if it does not exist. An emulator that starts with it continues where
    /// the last one ended: users stay signed in, and pending challenges accept responses. Every
    /// change is written to the file before the response is sent, so that it survives if the
    /// process is killed. Triggers that are Rust closures, injected faults and the request log are
    /// not stored.
    ///
    /// Only one emulator at a time can use the file: [stop](Emulator::stop) a server before its
    /// handle is dropped and another one starts. Unless [`issuer`](Self::issuer) is set, the issuer
    /// of tokens is the address, so that the address must be the same after a restart.
    ///
    /// A [seed file](Self::seed_file) is applied only if the state file is new. [`Emulator::reset`]
    /// restores the state of the seed file, also in the state file.
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
    /// created with permissions for its owner only. An existing file gets them too, and is rejected if
    /// another user owns it or if its path is a symbolic link.
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
    /// Each rate applies to all pools together, by the test clock; a category accepts the requests
    /// of one second at once. Operations on resources and app clients of pools are also limited to
    /// 5 requests per second for each operation and pool. UpdateProvisionedLimit replaces a rate.
    /// The limits per user and per source address are not enforced.
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

    /// Serves the [test interface](Emulator#test-interface) also on an address that is not a
    /// loopback address.
    ///
    /// # Security
    ///
    /// Every host that can reach the address can then read codes and issue tokens.
    pub fn test_interface_beyond_loopback(self) -> Self {
        Self { test_interface: true, ..self }
    }

    /// Sets a callback for the record of every client request, including requests of the test
    /// interface.
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
    /// Certificates are issued for localhost, the names below it, 127.0.0.1, ::1, the bound
    /// address, and the hosts of [`endpoint`](Self::endpoint) and [`public_url`](Self::public_url).
    /// The certificate authority is created at the start, and permits no other names. Clients must
    /// trust [`Emulator::ca_certificate`].
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

    /// Serves https like [`tls`](Self::tls), on this port.
    #[cfg(feature = "tls")]
    pub fn tls_port(self, port: u16) -> Self {
        self.with_tls(|tls| tls.port = port)
    }

    /// Serves https like [`tls`](Self::tls), and keeps the certificate authority in a directory, as
    /// `ca.pem` and `ca-key.pem`, so that clients need to trust it only once.
    ///
    /// The first start creates the files. A certificate that has expired, or that does not permit a
    /// host of this start, is an error.
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
    /// Returns [`EmulatorError::Bind`] if the server cannot listen on the address,
    /// [`EmulatorError::Tls`] if TLS cannot be served, [`EmulatorError::IssuerWithoutTls`] for
    /// [`IssuerStyle::Tls`] without TLS, [`EmulatorError::PublicUrl`] if the
    /// [`public_url`](Self::public_url) is not a host, [`EmulatorError::AllowedOrigin`] if an
    /// [`allow_origin`](Self::allow_origin) is not an origin,
    /// [`EmulatorError::TestKeysBeyondLoopback`] if the address is not a loopback address and the
    /// keys are the crate's test keys,
    /// [`EmulatorError::SeedFile`] as [`Emulator::load`] does, and [`EmulatorError::StateFile`] if
    /// the state file cannot be used.
    pub async fn start(self) -> Result<Emulator, EmulatorError> {
        self.check_origins()?;
        let is_loopback = self.address.ip().is_loopback();
        if self.keys == SigningKeys::ForTests && !is_loopback {
            return Err(EmulatorError::TestKeysBeyondLoopback);
        }
        let address = self.address;
        let bind = |source| EmulatorError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
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
        host.origins.checks_host = is_loopback;
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

    /// Creates an emulator without a server, for clients in this process. The seed file, the state
    /// file, the settings of TLS and invalid [origins](Self::allow_origin) are ignored.
    pub fn in_process(self) -> Emulator {
        let endpoint = self.endpoint.clone().unwrap_or_else(|| NOWHERE.to_owned());
        let builder = Self { seed_file: None, state_file: None, ..self };
        Emulator::new(Arc::new(builder.host(endpoint, None)), None)
    }

    /// Creates an emulator without a server, for clients in this process, with its seed file and
    /// its state file. The settings of TLS are ignored.
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::PublicUrl`] if the [`public_url`](Self::public_url) is not a host,
    /// [`EmulatorError::AllowedOrigin`] if an [`allow_origin`](Self::allow_origin) is not an origin,
    /// [`EmulatorError::IssuerWithoutTls`] for [`IssuerStyle::Tls`], [`EmulatorError::SeedFile`] as
    /// [`Emulator::load`] does, and [`EmulatorError::StateFile`] if the state file cannot be used.
    pub fn try_in_process(self) -> Result<Emulator, EmulatorError> {
        self.check_origins()?;
        self.check_issuer(false)?;
        let endpoint = self.endpoint.clone().unwrap_or_else(|| NOWHERE.to_owned());
        let state_file = self.open_state_file()?;
        let mut host = self.host(endpoint, None);
        host.begin(state_file)?;
        Ok(Emulator::new(Arc::new(host), None))
    }

    fn check_origins(&self) -> Result<(), EmulatorError> {
        if let Some(url) = self.public_url.iter().find(|url| !origins::is_of_host(url)) {
            return Err(EmulatorError::PublicUrl(url.clone()));
        }
        let invalid = self.allowed_origins.iter().find(|text| origins::parse(text).is_none());
        invalid.map_or(Ok(()), |text| Err(EmulatorError::AllowedOrigin(text.clone())))
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
        let urls: Vec<&str> = self.urls().collect();
        let bound = tls::bind(settings, ip, &urls).await;
        bound.map(Some).map_err(|error| EmulatorError::Tls(Box::new(error)))
    }

    /// Returns the addresses for clients and browsers that differ from the bound one.
    fn urls(&self) -> impl Iterator<Item = &str> {
        self.endpoint.iter().chain(&self.public_url).map(String::as_str)
    }

    fn host(self, endpoint: String, tls: Option<TlsInfo>) -> Host {
        let default_issuer = match &tls {
            Some(_) if self.endpoint.is_none() => IssuerStyle::Tls,
            _ => IssuerStyle::default(),
        };
        let origins = Origins::new(self.urls(), &self.allowed_origins);
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
            origins,
            has_test_interface: true,
            seed_file: self.seed_file,
            writer: None,
        }
    }
}
