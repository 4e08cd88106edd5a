//! The pools of an account in a Region.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::Region;
use aws_sdk_cognitoidentityprovider::operation::create_user_pool::builders::CreateUserPoolFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    LimitClass, LimitDefinitionType, LimitType, UserPoolDescriptionType, UserPoolType,
};
use aws_types::SdkConfig;
use cognito_tokens::PlainHttpHosts;
use cognito_types::UserPoolId;

use super::credentials::CachedCredentials;
use super::sdk_client::{SdkClient, sent};
use super::sdk_config::{Signed, cached_credentials};
use super::{Admin, placeholders};
use crate::app_client::unreadable;
use crate::error::{Cause, Error, ErrorKind};
use crate::list::{List, MAX_PAGE_SIZE, Page};
use crate::request::{Handle, Request};
use crate::transport::{Gate, Operation, Permits};

/// The pools of an account in a Region, for requests that are not about one existing pool.
///
/// The Region is that of the configuration. Clones are cheap and share connections.
///
/// ```
/// # mod cognito { pub use cognito_core::*; }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/admin/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let config = config()?;
/// use cognito::UserPools;
///
/// let pools = UserPools::new(&config); // as a program gets it from the crate aws-config
/// let shop = pools.create("shop", |pool| pool.user_pool_tags("team", "shop")).await?;
/// assert_eq!(pools.list().await?.len(), 1);
///
/// let admin = pools.admin(shop.id().unwrap_or_default().parse()?);
/// admin.pool().delete().await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// All methods fail with [`Configuration`](ErrorKind::Configuration) without a Region or
/// credentials, [`MissingPermission`](ErrorKind::MissingPermission),
/// [`InvalidParameter`](ErrorKind::InvalidParameter), and the errors of every request.
#[derive(Clone)]
pub struct UserPools {
    config: SdkConfig,
    /// The credentials of the clients of all Regions.
    credentials: Arc<CachedCredentials>,
    sdk: SdkClient,
}

impl Handle for UserPools {
    fn within(self, timeout: Option<Duration>) -> Self {
        Self { sdk: self.sdk.within(timeout), ..self }
    }
}

impl UserPools {
    /// Creates an administrator of pools with the credentials, the Region and the HTTP settings of
    /// a configuration, without I/O.
    ///
    /// The credentials are loaded once for this value, its clones and each [`admin`](Self::admin).
    /// Each call of this function loads them again.
    ///
    /// Requests to an endpoint that is neither HTTPS nor loopback fail with
    /// [`Configuration`](ErrorKind::Configuration), unless
    /// [`allow_plain_http`](Self::allow_plain_http) names its host.
    pub fn new(config: &SdkConfig) -> Self {
        let region = config.region().map(Region::as_ref);
        let hosts = PlainHttpHosts::default();
        let (credentials, config) = (cached_credentials(config), config.clone());
        let shared = Arc::clone(&credentials);
        let mut signed = Signed::new(&config, shared, region.unwrap_or_default(), hosts);
        signed.builder.set_region(config.region().cloned());
        Self { config, credentials, sdk: signed.client() }
    }

    /// Creates an administrator of pools with the credentials, the Region and the settings of the
    /// environment, like [`Admin::from_env`].
    #[cfg(feature = "aws-config")]
    pub async fn from_env() -> Self {
        Self::new(&aws_config::load_defaults(super::sdk_config::behavior_version()).await)
    }

    /// Creates a pool (CreateUserPool).
    ///
    /// To enable second factors other than text messages, call
    /// [`set_mfa_config`](super::PoolHandle::set_mfa_config) afterwards.
    ///
    /// Permission `cognito-idp:CreateUserPool`; quota UserPoolUpdate.
    ///
    /// # Errors
    ///
    /// [`LimitReached`](ErrorKind::LimitReached), and as [all methods](Self#errors).
    pub fn create<F>(&self, name: impl Into<String>, settings: F) -> Request<'static, UserPoolType>
    where
        F: FnOnce(CreateUserPoolFluentBuilder) -> CreateUserPoolFluentBuilder,
    {
        let call =
            self.in_region().map(|client| settings(client.create_user_pool().pool_name(name)));
        Request::of(self, move |pools| async move {
            let call = call?;
            let request = || call.clone().customize().mutate_request(placeholders::remove).send();
            let output = sent(pools.sdk.limits.clone(), Operation::CreateUserPool, request).await?;
            output.user_pool.ok_or_else(unreadable)
        })
    }

    /// Lists the pools, each with its id and name (ListUserPools).
    ///
    /// Permission `cognito-idp:ListUserPools`; quota UserPoolRead.
    pub fn list(&self) -> List<UserPoolDescriptionType> {
        let pools = self.clone();
        List::new(move |page| {
            // The service wants a number here.
            let limit = page.limit.unwrap_or_else(|| MAX_PAGE_SIZE.into());
            let call = pools.in_region().map(|client| client.list_user_pools().max_results(limit));
            let limits = pools.sdk.limits.clone().within(page.timeout);
            async move {
                let call = call?.set_next_token(page.token);
                let output = sent(limits, Operation::ListUserPools, || call.clone().send()).await?;
                Ok(Page::new(output.user_pools, output.next_token))
            }
        })
    }

    /// Returns the administrator of one pool, also in another Region.
    pub fn admin(&self, pool_id: UserPoolId) -> Admin {
        let region = Region::new(pool_id.region().to_owned());
        if self.sdk().config().region() == Some(&region) {
            return Admin::of_client(self.sdk.clone(), pool_id);
        }
        let hosts = self.sdk.endpoint.plain_http.clone();
        let credentials = Arc::clone(&self.credentials);
        let signed = Signed::new(&self.config, credentials, pool_id.region(), hosts);
        Admin::of_client(signed.client(), pool_id)
    }

    /// Allows plain HTTP to an endpoint with one of these hosts, like
    /// [`Admin::allow_plain_http`]. It applies to each [`admin`](Self::admin), too.
    #[must_use]
    pub fn allow_plain_http<H: AsRef<str>>(&self, hosts: impl IntoIterator<Item = H>) -> Self {
        Self { sdk: self.sdk.with_plain_http(PlainHttpHosts::new(hosts)), ..self.clone() }
    }

    /// Returns a handle whose requests wait for a permit before each attempt, like
    /// [`Admin::with_permits`]. Quotas belong to one Region, so administrators of pools in other
    /// Regions do not use these permits.
    #[must_use]
    pub fn with_permits(&self, permits: impl Permits + 'static) -> Self {
        let gate = Gate::new(Arc::new(permits));
        Self { sdk: self.sdk.with_gate(gate), ..self.clone() }
    }

    /// Gets the request rate per second of a category, such as `UserRead`, for all pools of
    /// the account in the Region (GetProvisionedLimit).
    ///
    /// Permission `cognito-idp:GetProvisionedLimit`; quota LimitManagement.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn provisioned_limit<'a>(&self, category: &'a str) -> Request<'a, LimitType> {
        Request::of(self, move |pools| async move {
            let call =
                pools.in_region()?.get_provisioned_limit().limit_definition(limit_of(category)?);
            let output = sent(pools.sdk.limits.clone(), Operation::GetProvisionedLimit, || {
                call.clone().send()
            })
            .await?;
            output.limit.ok_or_else(unreadable)
        })
    }

    /// Sets the request rate per second of a category; a rate above the free limit costs
    /// money (UpdateProvisionedLimit).
    ///
    /// Permission `cognito-idp:UpdateProvisionedLimit`; quota LimitManagement.
    ///
    /// # Errors
    ///
    /// [`LimitReached`](ErrorKind::LimitReached) when it exceeds the account's maximum, and
    /// as [all methods](Self#errors).
    pub fn set_provisioned_limit<'a>(
        &self,
        category: &'a str,
        requests_per_second: i32,
    ) -> Request<'a, LimitType> {
        Request::of(self, move |pools| async move {
            let call =
                pools.in_region()?.update_provisioned_limit().limit_definition(limit_of(category)?);
            let call = call.requested_limit_value(requests_per_second);
            let output = sent(pools.sdk.limits.clone(), Operation::UpdateProvisionedLimit, || {
                call.clone().send()
            })
            .await?;
            output.limit.ok_or_else(unreadable)
        })
    }

    /// Returns the underlying client of the AWS SDK, for operations without a method of this type.
    pub fn sdk(&self) -> &Client {
        &self.sdk.client
    }

    /// Returns the client, or an error if it has no Region.
    fn in_region(&self) -> Result<&Client, Error> {
        if self.sdk().config().region().is_some() {
            return Ok(self.sdk());
        }
        let cause =
            Cause::new("the AWS configuration has no Region; set one, such as in AWS_REGION");
        Err(Error::from(cause))
    }
}

impl fmt::Debug for UserPools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserPools").field("region", &self.sdk().config().region()).finish()
    }
}

fn limit_of(category: &str) -> Result<LimitDefinitionType, Error> {
    let limit = LimitDefinitionType::builder().limit_class(LimitClass::ApiCategory);
    let limit = limit.attributes("Category", category).build();
    limit.map_err(|_| Error::new(ErrorKind::InvalidParameter))
}
