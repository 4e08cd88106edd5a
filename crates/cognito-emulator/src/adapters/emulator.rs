//! The handle of an emulator.

use std::fmt;
use std::sync::Arc;

use cognito_types::{ClientId, UserPoolId};
use serde_json::Value;

use crate::adapters::builder::EmulatorBuilder;
use crate::adapters::error::EmulatorError;
use crate::adapters::host::Host;
use crate::adapters::local_identity_pool::{IdentityPoolSettings, LocalIdentityPool};
use crate::adapters::local_pool::{LocalPool, PoolSettings};
use crate::adapters::pool_summary::{self, PoolSummary};
use crate::adapters::seed_file;
use crate::adapters::server::Server;
use crate::flows::clock::TestClock;
use crate::flows::faults::InjectedFault;
use crate::flows::identity_pools::credentials;
use crate::flows::service::Service;
use crate::model::Target;
use crate::operations::dispatch::{self, Delivery};
use crate::state::identity_pool::credentials::CredentialsRecord;
use crate::state::outbox::Message;
use crate::state::quotas::QuotaUsage;
use crate::state::request_log::RequestRecord;

/// An emulator with any number of user pools and identity pools.
///
/// It stops when its last handle is dropped; a [`LocalPool`] is such a handle.
///
/// # Test interface
///
/// Tests in Rust use these methods to read codes, move the clock, inject faults, issue tokens and
/// reset the state. Tests in other languages send requests to `/_emulator/` for the same purposes.
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
#[derive(Clone)]
pub struct Emulator {
    inner: Arc<Inner>,
}

struct Inner {
    host: Arc<Host>,
    /// Stops with the last handle.
    server: Option<Server>,
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The state contains secrets.
        f.debug_struct("Emulator").field("endpoint", &self.endpoint()).finish_non_exhaustive()
    }
}

impl Emulator {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::Bind`] if no port is free.
    pub async fn start() -> Result<Self, EmulatorError> {
        Self::builder().start().await
    }

    /// Returns a builder with the default settings.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// Creates a user pool with one app client.
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::Refused`] for settings that the service rejects.
    pub fn create_pool(&self, settings: PoolSettings) -> Result<LocalPool, EmulatorError> {
        self.host().stored(|| LocalPool::create(self, settings))
    }

    /// Returns an existing pool, such as one of a state file or a seed file, with one of its app
    /// clients.
    ///
    /// ```
    /// use cognito_emulator::{Emulator, PoolSettings};
    ///
    /// let emulator = Emulator::builder().in_process();
    /// let created = emulator.create_pool(PoolSettings::default())?;
    /// let found = emulator.local_pool(created.id(), created.client_id())?;
    /// found.add_user("alice", "Correct-horse1")?;
    /// # Ok::<(), cognito_emulator::EmulatorError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::Refused`] if the pool or the app client does not exist.
    pub fn local_pool(
        &self,
        id: UserPoolId,
        client_id: ClientId,
    ) -> Result<LocalPool, EmulatorError> {
        LocalPool::find(self, id, client_id)
    }

    /// Returns all pools with their app clients, in the order in which they were created; pools of
    /// a seed file have the order of the file.
    ///
    /// ```
    /// use cognito_emulator::{Emulator, PoolSettings};
    ///
    /// let emulator = Emulator::builder().in_process();
    /// let created = emulator.create_pool(PoolSettings::default())?;
    /// let [pool] = &emulator.pools()[..] else { panic!("there is one pool") };
    /// assert_eq!(pool.issuer, created.issuer());
    /// assert_eq!(pool.clients[0].id, created.client_id());
    /// # Ok::<(), cognito_emulator::EmulatorError>(())
    /// ```
    pub fn pools(&self) -> Vec<PoolSummary> {
        pool_summary::list(self.service())
    }

    /// Creates an identity pool, which issues identities and AWS credentials to users of user
    /// pools.
    ///
    /// ```
    /// use cognito_emulator::{Emulator, IdentityPoolSettings, PoolSettings};
    /// use serde_json::json;
    ///
    /// let emulator = Emulator::builder().in_process();
    /// let local = emulator.create_pool(PoolSettings::default())?;
    /// local.add_user("alice", "Correct-horse1")?;
    /// let token = local.id_token_for(json!({ "cognito:username": "alice" }))?;
    ///
    /// let settings = IdentityPoolSettings::default().user_pool(&local);
    /// let identities = emulator.create_identity_pool(settings)?;
    /// let logins = json!({ local.provider_name(): token.expose_secret() });
    /// let input = json!({ "IdentityPoolId": identities.id().as_str(), "Logins": logins });
    /// let id = emulator.call("GetId", &input)?["IdentityId"].clone();
    /// let input = json!({ "IdentityId": id, "Logins": logins });
    /// let issued = emulator.call("GetCredentialsForIdentity", &input)?;
    ///
    /// let key = issued["Credentials"]["AccessKeyId"].as_str().unwrap_or_default();
    /// let record = emulator.issued_credentials(key).expect("they were issued");
    /// assert_eq!(record.role_arn, "arn:aws:iam::000000000000:role/authenticated");
    /// # Ok::<(), cognito_emulator::EmulatorError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::Refused`] for settings that the service rejects.
    pub fn create_identity_pool(
        &self,
        settings: IdentityPoolSettings,
    ) -> Result<LocalIdentityPool, EmulatorError> {
        self.host().stored(|| LocalIdentityPool::create(self, settings))
    }

    /// Returns the identity and the role of issued AWS credentials, or `None` if no identity pool
    /// issued them. The newest 10,000 are kept, until an hour after they have expired.
    pub fn issued_credentials(&self, access_key_id: &str) -> Option<CredentialsRecord> {
        credentials::find(self.service(), access_key_id)
    }

    /// Creates the pools, app clients, groups, users and identity pools of a seed file, without
    /// triggers. The text is JSON, or TOML with the feature `toml`.
    ///
    /// A pool has the members of CreateUserPool and an Id, and an app client those of
    /// CreateUserPoolClient, ClientId and ClientSecret. Resource servers, identity providers,
    /// domains and groups have the members of CreateResourceServer, CreateIdentityProvider,
    /// CreateUserPoolDomain and CreateGroup. Users have a Username, a Password or a
    /// TemporaryPassword, Attributes by name (`sub` included), the names of their Groups, and
    /// Enabled. Identity pools have an Id, and the members of CreateIdentityPool and
    /// SetIdentityPoolRoles.
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
    /// Returns [`EmulatorError::SeedFile`] with the name of the invalid entry; the entries before
    /// it are created. Returns [`EmulatorError::NotStored`] if the state file cannot be written.
    pub fn load(&self, text: &str) -> Result<(), EmulatorError> {
        self.host().stored(|| seed_file::apply(self.service(), text))
    }

    /// Stops accepting requests over HTTP, and waits for the responses to requests in progress.
    pub async fn stop(&self) {
        if let Some(server) = &self.inner.server {
            server.stop().await;
        }
    }

    /// Returns the address for clients, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        &self.service().shared.endpoint
    }

    /// Returns the address for clients over TLS, without a slash at the end; `None` unless
    /// [`EmulatorBuilder::tls`] enabled TLS.
    pub fn tls_endpoint(&self) -> Option<&str> {
        self.host().tls.as_ref().map(|tls| &*tls.endpoint)
    }

    /// Returns the certificate in PEM that clients must trust to reach [`tls_endpoint`](Self::tls_endpoint).
    ///
    /// It permits names of this host only. Its key is discarded with the emulator, unless
    /// [`EmulatorBuilder::tls_ca`] keeps both.
    pub fn ca_certificate(&self) -> Option<&str> {
        self.host().tls.as_ref().map(|tls| &*tls.ca_certificate)
    }

    /// Returns the test clock of all pools. Pass it to clients too, so that they use the same time.
    pub fn clock(&self) -> Arc<TestClock> {
        Arc::clone(&self.service().shared.clock)
    }

    /// Returns the messages that the service would have sent, oldest first; for each pool the
    /// newest 10,000.
    pub fn outbox(&self) -> Vec<Message> {
        self.service().shared.outbox.messages()
    }

    /// Returns the newest 10,000 client requests, over HTTP and in process, oldest first.
    ///
    /// Calls of [`call`](Self::call) and requests of the test interface are not included.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.host().requests.records()
    }

    /// Returns the number of requests in every quota category.
    pub fn quota_usage(&self) -> Vec<QuotaUsage> {
        self.service().meters.usage()
    }

    /// Resets the emulator to its state after the start, for tests that share an emulator.
    ///
    /// Only the pools of [`EmulatorBuilder::seed_file`] remain, so that every [`LocalPool`] and
    /// [`LocalIdentityPool`] is deleted. Messages, injected faults and the request log are removed,
    /// and the clock shows the time of the operating system. Pools of the seed file keep their
    /// signing keys, so that verifiers with a cached key set still accept new tokens.
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::SeedFile`] if the seed file is rejected; the state is then
    /// unchanged.
    pub fn reset(&self) -> Result<(), EmulatorError> {
        self.host().stored(|| self.host().reset())
    }

    /// Injects a fault into the `nth` call of an operation in any pool, counted from now; 1 is the
    /// next call.
    ///
    /// A name that user pools and identity pools share, such as `TagResource`, means both
    /// operations; `AWSCognitoIdentityService.TagResource` means only the one of identity pools.
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

    /// Runs an operation of user pools or identity pools, with its request and response as JSON.
    ///
    /// A name that both services have means the operation of user pools. The prefix
    /// `AWSCognitoIdentityService.` selects the operation of identity pools.
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::Refused`] with the exception that a client receives, and
    /// [`EmulatorError::ResponseLost`] or [`EmulatorError::ConnectionRefused`] if that fault was
    /// injected.
    pub fn call(&self, operation: &str, input: &Value) -> Result<Value, EmulatorError> {
        let input = input.to_string();
        let called =
            dispatch::call_blocking(self.service(), Target::named(operation), input.as_bytes());
        match (called.delivery, called.error) {
            (Delivery::Refused, _) => Err(EmulatorError::ConnectionRefused),
            (Delivery::Truncated | Delivery::Lost, _) => Err(EmulatorError::ResponseLost),
            (Delivery::Whole, None) => Ok(serde_json::from_str(&called.body).unwrap_or_default()),
            (Delivery::Whole, Some((name, message))) => {
                Err(EmulatorError::Refused { name: name.into_owned(), message })
            }
        }
    }

    /// Returns a responder for a wiremock server, which also serves key sets and the token
    /// endpoint.
    ///
    /// See [`Responder`](crate::Responder) for an example.
    #[cfg(feature = "wiremock")]
    pub fn responder(&self) -> crate::Responder {
        crate::Responder::new(Arc::clone(self.host()))
    }

    /// Returns an HTTP client without a socket, for clients of this workspace and, with the feature
    /// `sdk`, for the AWS SDK.
    pub fn http_client(&self) -> crate::InProcessClient {
        crate::InProcessClient::new(Arc::clone(self.host()))
    }

    pub(crate) fn service(&self) -> &Arc<Service> {
        &self.host().service
    }

    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.inner.host
    }

    pub(crate) fn new(host: Arc<Host>, server: Option<Server>) -> Self {
        Self { inner: Arc::new(Inner { host, server }) }
    }
}
