//! Administration of a pool, with AWS credentials.

mod convert;
mod create_user;
mod credentials;
mod filter;
mod http;
mod json;
mod placeholders;
mod pool_fields;
mod pools;
mod read_modify_write;
mod record;
mod risk;
mod sdk_client;
pub(crate) mod sdk_config;
mod signer;
mod user_list;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::Client;
use aws_types::SdkConfig;
use cognito_tokens::PlainHttpHosts;
use cognito_types::UserPoolId;

pub use self::client::{AppClientSecret, ClientHandle};
pub use self::create_user::CreateUser;
pub(crate) use self::credentials::CachedCredentials;
pub use self::domain::DomainHandle;
pub use self::filter::{Filter, FilterField};
pub use self::group::{CreateGroup, Group, GroupHandle, UpdateGroup};
pub use self::http::SdkHttpClient;
pub use self::identity_provider::IdentityProviderHandle;
pub use self::import_job::ImportJobHandle;
pub use self::pool::PoolHandle;
pub use self::pools::UserPools;
pub use self::record::{UserRecord, UserStatus};
pub use self::resource_server::ResourceServerHandle;
pub(crate) use self::sdk_client::SdkClient;
use self::sdk_config::Signed;
pub use self::user::{
    ConfirmUser, ExternalIdentity, ResendInvitation, ResetPassword, UpdateAttributes, UserHandle,
};
pub use self::user_list::UserList;
use crate::error::Cause;
use crate::list::{List, Page};
use crate::request::Handle;
use crate::settings;
use crate::transport::{Gate, Limits, Permits, Transport};

/// Administration of a pool: users, groups, identity providers, app clients, and the pool itself.
///
/// It is created from a configuration of the AWS SDK, whose credentials sign every request; each
/// method names the permissions that it needs. Requests are sent to the Region of the pool's id.
/// Clones are cheap and share connections.
///
/// ```
/// # mod cognito { pub use cognito_core::*; }
/// use aws_types::SdkConfig;
/// use cognito::Admin;
///
/// # fn load() -> SdkConfig { SdkConfig::builder().build() }
/// let config = load(); // as a program gets it from the crate aws-config
/// let admin = Admin::new(&config, "eu-west-1_Ab12Cd34E".parse()?);
/// assert_eq!(admin.pool_id().region(), "eu-west-1");
/// # Ok::<(), cognito_core::InvalidUserPoolId>(())
/// ```
#[derive(Clone)]
pub struct Admin {
    inner: Arc<Inner>,
}

struct Inner {
    sdk: SdkClient,
    pool_id: UserPoolId,
}

impl Admin {
    /// Creates an administrator of a pool with the credentials and HTTP settings of a
    /// configuration.
    ///
    /// No I/O happens yet: missing credentials are reported by the first request, as
    /// [`Configuration`](crate::ErrorKind::Configuration). So is an endpoint that is neither HTTPS
    /// nor loopback, unless [`allow_plain_http`](Self::allow_plain_http) names its host.
    ///
    /// Each call loads the credentials again: keep the administrator and clone it. For several
    /// pools, [`UserPools::admin`] shares the credentials.
    pub fn new(config: &SdkConfig, pool_id: UserPoolId) -> Self {
        let credentials = sdk_config::cached_credentials(config);
        let hosts = PlainHttpHosts::default();
        let signed = Signed::new(config, credentials, pool_id.region(), hosts);
        Self::of_client(signed.client(), pool_id)
    }

    /// Creates an administrator of a pool with the credentials and settings of the environment,
    /// which are found like in other AWS programs: variables such as `AWS_PROFILE`, files, roles of
    /// machines and containers.
    ///
    /// The Region is that of the pool's id, regardless of the environment.
    /// `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER` sets another endpoint, such as an emulator.
    /// Credentials are loaded by the first request.
    #[cfg(feature = "aws-config")]
    pub async fn from_env(pool_id: UserPoolId) -> Self {
        Self::new(&sdk_config::from_env(pool_id.region()).await, pool_id)
    }

    pub(crate) fn of_client(sdk: SdkClient, pool_id: UserPoolId) -> Self {
        let sdk = sdk.gated(|gate| gate.in_pool(&pool_id));
        Self { inner: Arc::new(Inner { sdk, pool_id }) }
    }

    /// Returns the pool's id.
    pub fn pool_id(&self) -> &UserPoolId {
        &self.inner.pool_id
    }

    /// Returns the underlying client of the AWS SDK, for operations without a method of this type.
    ///
    /// It retries no requests: [`Retries`](crate::Retries) apply only to the methods of this type.
    pub fn sdk(&self) -> &Client {
        &self.inner.sdk.client
    }

    /// Allows plain HTTP to an endpoint with one of these hosts, such as an emulator in another
    /// container; loopback is always allowed.
    ///
    /// Requests contain passwords and attributes of users, which others on the network can then
    /// read. The hosts replace those of an earlier call and of the [`UserPool`](crate::UserPool).
    ///
    /// ```
    /// # mod cognito { pub use cognito_core::*; }
    /// # use aws_types::SdkConfig;
    /// # use cognito::Admin;
    /// let config = SdkConfig::builder().endpoint_url("http://emulator:4701").build();
    /// let admin = Admin::new(&config, "eu-west-1_Ab12Cd34E".parse()?);
    /// let admin = admin.allow_plain_http(["emulator"]);
    /// # Ok::<(), cognito_core::InvalidUserPoolId>(())
    /// ```
    #[must_use]
    pub fn allow_plain_http<H: AsRef<str>>(&self, hosts: impl IntoIterator<Item = H>) -> Self {
        let sdk = self.inner.sdk.with_plain_http(PlainHttpHosts::new(hosts));
        Self::of_client(sdk, self.inner.pool_id.clone())
    }

    /// Returns a handle whose requests wait for a permit before each attempt.
    ///
    /// Requests that are sent with [`sdk`](Self::sdk) do not wait for permits.
    #[must_use]
    pub fn with_permits(&self, permits: impl Permits + 'static) -> Self {
        let sdk = self.inner.sdk.with_gate(Gate::new(Arc::new(permits)));
        Self::of_client(sdk, self.inner.pool_id.clone())
    }

    /// Returns a handle whose permits are requested for a user.
    fn about(&self, username: &str) -> Self {
        if self.inner.sdk.limits.gate.is_none() {
            return self.clone();
        }
        let sdk = self.inner.sdk.gated(|gate| gate.of_user(username));
        Self { inner: Arc::new(Inner { sdk, pool_id: self.inner.pool_id.clone() }) }
    }

    /// Returns the transport of operations that the SDK lacks.
    fn transport(&self) -> &Transport {
        &self.inner.sdk.transport
    }

    /// Checks that a URL of a response may receive data of users.
    fn check_upload(&self, url: &str) -> Result<(), Cause> {
        settings::secure("upload URL", url, &self.inner.sdk.endpoint.plain_http)
    }

    /// Returns the timeouts and the retries of requests.
    fn limits(&self) -> Limits {
        self.inner.sdk.limits.clone()
    }

    /// Returns the pool's id in the form of requests.
    pub(crate) fn id(&self) -> &str {
        self.inner.pool_id.as_str()
    }
}

// Declared below the main methods, so that the documentation lists those first.
mod user;

mod client;
mod domain;
mod group;
mod identity_provider;
mod import_job;
mod pool;
mod resource_server;

impl Handle for Admin {
    fn within(self, timeout: Option<Duration>) -> Self {
        if timeout.is_none() {
            return self;
        }
        Self::of_client(self.inner.sdk.within(timeout), self.inner.pool_id.clone())
    }
}

/// Implements [`Handle`] for handles that contain an [`Admin`].
macro_rules! handle_of_admin {
    ($name:ident) => {
        impl $crate::request::Handle for $name {
            fn within(mut self, timeout: Option<std::time::Duration>) -> Self {
                self.admin = self.admin.within(timeout);
                self
            }
        }
    };
}

pub(crate) use handle_of_admin;

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin").field("pool_id", &self.inner.pool_id).finish_non_exhaustive()
    }
}
