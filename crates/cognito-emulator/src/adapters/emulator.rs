//! The emulator: its handle, its settings and its errors.

use std::error::Error;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::Value;
use tokio::net::TcpListener;

use crate::adapters::local_pool::{LocalPool, PoolSettings};
use crate::adapters::seed_file;
use crate::adapters::server::{OnRequest, Server};
use crate::flows::clock::TestClock;
use crate::flows::faults::InjectedFault;
use crate::flows::random::Random;
use crate::flows::service::{IssuerStyle, Service, Shared};
use crate::flows::trigger::Caller;
use crate::model::ServiceError;
use crate::operations::dispatch::{self, Delivery};
use crate::state::keys::SigningKeys;
use crate::state::outbox::{Message, Outbox};
use crate::state::request_log::RequestRecord;

/// A service with any number of user pools, in this process.
///
/// It stops when the last handle to it is dropped, a [`LocalPool`] being one.
///
/// ```
/// use cognito_emulator::{Emulator, PoolSettings};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = Emulator::start().await?;
/// let local = emulator.create_pool(PoolSettings::default())?;
/// assert!(local.endpoint().starts_with("http://127.0.0.1:"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Emulator {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    service: Arc<Service>,
    clock: Arc<TestClock>,
    endpoint: String,
    /// Stops with the last handle.
    server: Option<Server>,
}

impl Emulator {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// [`EmulatorError::Bind`] when there is no port to listen on.
    pub async fn start() -> Result<Self, EmulatorError> {
        Self::builder().start().await
    }

    /// Returns the default settings, to be changed and started.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// Creates a user pool with one app client.
    ///
    /// # Errors
    ///
    /// [`EmulatorError::Refused`] for settings that the service rejects.
    pub fn create_pool(&self, settings: PoolSettings) -> Result<LocalPool, EmulatorError> {
        LocalPool::create(self, settings)
    }

    /// Creates the pools, app clients, groups and users of a seed file, without triggers.
    ///
    /// Entries are the members of CreateUserPool with an Id, of CreateUserPoolClient with ClientId
    /// and ClientSecret, of CreateGroup and CreateResourceServer; users have a Username, a Password
    /// or a TemporaryPassword, Attributes by name and the names of their Groups.
    ///
    /// ```
    /// use cognito_emulator::Emulator;
    /// use serde_json::json;
    ///
    /// let emulator = Emulator::builder().in_process();
    /// let alice = json!({
    ///     "Username": "alice", "Password": "Correct-horse1", "Groups": ["admins"],
    ///     "Attributes": { "email": "alice@example.com", "email_verified": "true" }
    /// });
    /// let pool = json!({
    ///     "Id": "eu-west-1_Example01",
    ///     "Clients": [{ "ClientId": "1example23456789" }],
    ///     "Groups": [{ "GroupName": "admins" }],
    ///     "Users": [alice]
    /// });
    /// emulator.load(&json!({ "Pools": [pool] }).to_string())?;
    /// let input = json!({ "UserPoolId": "eu-west-1_Example01", "Username": "alice" });
    /// assert_eq!(emulator.call("AdminGetUser", &input)?["UserStatus"], "CONFIRMED");
    /// # Ok::<(), cognito_emulator::EmulatorError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EmulatorError::SeedFile`] names the entry that is invalid; those before it are created.
    pub fn load(&self, json: &str) -> Result<(), EmulatorError> {
        seed_file::apply(self.service(), json)
    }

    /// Accepts no more requests over HTTP, and waits for the responses to those under way.
    pub async fn stop(&self) {
        if let Some(server) = &self.inner.server {
            server.stop().await;
        }
    }

    /// Returns the address for clients, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        &self.inner.endpoint
    }

    /// Returns the test clock of all pools. Give it to clients too, so that both agree on the time.
    pub fn clock(&self) -> Arc<TestClock> {
        Arc::clone(&self.inner.clock)
    }

    /// Returns the messages that the service would have sent, oldest first; of each pool the newest
    /// 10 000.
    pub fn outbox(&self) -> Vec<Message> {
        self.service().shared.outbox.messages()
    }

    /// Injects a fault into the `nth` call of an operation, counted over all pools from now; the next
    /// call is the first.
    ///
    /// ```
    /// use cognito_emulator::{Emulator, InjectedFault, PoolSettings};
    ///
    /// let emulator = Emulator::builder().in_process();
    /// emulator.plan_fault("CreateUserPool", 1, InjectedFault::Throttled);
    /// let input = serde_json::json!({ "PoolName": "pool" });
    /// let refused = emulator.call("CreateUserPool", &input).unwrap_err();
    /// assert_eq!(refused.to_string(), "TooManyRequestsException: Rate exceeded");
    /// assert!(emulator.call("CreateUserPool", &input).is_ok());
    /// ```
    pub fn plan_fault(&self, operation: &str, nth: usize, fault: InjectedFault) {
        self.service().faults().plan(operation, nth, fault);
    }

    /// Runs an operation of the API, with its request and response as JSON.
    ///
    /// # Errors
    ///
    /// [`EmulatorError::Refused`] with the exception that a client receives, and
    /// [`EmulatorError::ResponseLost`] or [`EmulatorError::ConnectionRefused`] if that fault was injected.
    pub fn call(&self, operation: &str, input: &Value) -> Result<Value, EmulatorError> {
        let input = input.to_string();
        let called = dispatch::call_blocking(&self.inner.service, operation, input.as_bytes());
        match (called.delivery, called.error) {
            (Delivery::Refused, _) => Err(EmulatorError::ConnectionRefused),
            (Delivery::Truncated | Delivery::Lost, _) => Err(EmulatorError::ResponseLost),
            (Delivery::Whole, None) => Ok(serde_json::from_str(&called.body).unwrap_or_default()),
            (Delivery::Whole, Some((name, message))) => {
                Err(EmulatorError::Refused { name: name.into_owned(), message })
            }
        }
    }

    /// Returns responses for a mock server of wiremock, key sets and the token endpoint included.
    ///
    /// See [`Responder`](crate::Responder) for an example.
    #[cfg(feature = "wiremock")]
    pub fn responder(&self) -> crate::Responder {
        crate::Responder::new(Arc::clone(&self.inner.service))
    }

    /// Returns an HTTP client for the AWS SDK that needs no socket.
    #[cfg(feature = "sdk")]
    pub fn http_client(&self) -> crate::InProcessClient {
        crate::InProcessClient::new(Arc::clone(&self.inner.service))
    }

    pub(crate) fn service(&self) -> &Arc<Service> {
        &self.inner.service
    }
}

/// Rotates the keys of a pool, or of all pools.
pub(crate) fn rotate_keys(service: &Service, pool_id: Option<&str>) -> Result<(), ServiceError> {
    let pools = match pool_id {
        Some(id) => vec![service.pool(id)?],
        None => service.pools(),
    };
    pools.iter().try_for_each(|pool| {
        pool.step(&service.shared, &mut Caller::default(), |step| {
            let now = step.now();
            step.pool.keys.rotate(now);
            Ok(())
        })
    })
}

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
    /// emulator, `http://localhost:9000/2015-03-31/functions/function/invocations`. Functions of
    /// PostConfirmation and PostAuthentication may call the pool; for the others it waits. A caller
    /// in this process waits too, so the function must not be served by the caller's own thread.
    pub fn trigger_url(self, url: impl Into<String>) -> Self {
        Self { trigger_url: Some(url.into()), ..self }
    }

    /// Makes the pools, app clients, groups and users of a seed file before the first request is
    /// answered; see [`Emulator::load`].
    pub fn seed_file(self, json: impl Into<String>) -> Self {
        Self { seed_file: Some(json.into()), ..self }
    }

    /// Calls `callback` with the record of every request that the server responded to.
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
    /// [`EmulatorError::Bind`] when the address cannot be listened on,
    /// [`EmulatorError::TestKeysBeyondLoopback`] when it is no loopback address and the keys are
    /// those that everybody has, [`EmulatorError::SeedFile`] as [`Emulator::load`].
    pub async fn start(self) -> Result<Emulator, EmulatorError> {
        if self.keys == SigningKeys::ForTests && !self.address.ip().is_loopback() {
            return Err(EmulatorError::TestKeysBeyondLoopback);
        }
        let listener = TcpListener::bind(self.address).await.map_err(EmulatorError::Bind)?;
        let address = listener.local_addr().map_err(EmulatorError::Bind)?;
        let endpoint = self.endpoint.clone().unwrap_or_else(|| format!("http://{address}"));
        let (seed_file, on_request) = (self.seed_file.clone(), self.on_request.clone());
        let (service, clock) = self.service(endpoint.clone());
        if let Some(json) = seed_file {
            seed_file::apply(&service, &json)?;
        }
        let server = Server::start(listener, Arc::clone(&service), on_request);
        Ok(Emulator::new(service, clock, endpoint, Some(server)))
    }

    /// Makes an emulator without a server, for clients in this process; a seed file is for servers.
    pub fn in_process(self) -> Emulator {
        let endpoint = self.endpoint.clone().unwrap_or_else(|| NOWHERE.to_owned());
        let (service, clock) = self.service(endpoint.clone());
        Emulator::new(service, clock, endpoint, None)
    }

    fn service(self, endpoint: String) -> (Arc<Service>, Arc<TestClock>) {
        let clock = Arc::new(TestClock::default());
        let shared = Shared {
            clock: Arc::clone(&clock),
            outbox: Outbox::default(),
            keys: self.keys,
            issuer: self.issuer,
            region: self.region,
            trigger_url: self.trigger_url,
            endpoint,
        };
        (Arc::new(Service::new(shared, Random::new(self.seed))), clock)
    }
}

impl Emulator {
    fn new(
        service: Arc<Service>,
        clock: Arc<TestClock>,
        endpoint: String,
        server: Option<Server>,
    ) -> Self {
        Self { inner: Arc::new(Inner { service, clock, endpoint, server }) }
    }
}

/// An error of an emulator.
#[derive(Debug)]
#[non_exhaustive]
pub enum EmulatorError {
    /// The address cannot be listened on.
    Bind(std::io::Error),
    /// The keys that come with this crate would be used where others can reach the server.
    TestKeysBeyondLoopback,
    /// A seed file is not as it should be.
    SeedFile {
        /// The entry, such as `Pools[0].Users[2] (alice)`; none if the file is no such JSON.
        entry: Option<String>,
        /// What is wrong with it.
        reason: String,
    },
    /// The service rejects the request.
    Refused {
        /// The name of the exception, such as `UserNotFoundException`.
        name: String,
        /// Its message.
        message: String,
    },
    /// The operation was done, but its response was lost: [`InjectedFault::ResponseLost`] and
    /// [`InjectedFault::ResponseTruncated`].
    ResponseLost,
    /// The operation was not done: [`InjectedFault::ConnectionRefused`].
    ConnectionRefused,
}

impl fmt::Display for EmulatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind(_) => f.write_str("cannot listen on the address"),
            Self::TestKeysBeyondLoopback => f.write_str(
                "the checked-in test keys are refused on an address that others can reach: \
                 generate keys, or listen on 127.0.0.1",
            ),
            Self::SeedFile { entry: Some(entry), reason } => write!(f, "{entry}: {reason}"),
            Self::SeedFile { entry: None, reason } => f.write_str(reason),
            Self::ConnectionRefused => f.write_str("the connection was refused"),
            Self::ResponseLost => f.write_str("the connection ended before the response"),
            Self::Refused { name, message } => write!(f, "{name}: {message}"),
        }
    }
}

impl Error for EmulatorError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Bind(error) => Some(error),
            _ => None,
        }
    }
}
