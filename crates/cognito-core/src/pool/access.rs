//! Administration of the pool, and sign-in as an administrator, with AWS credentials.

use std::sync::Arc;

use aws_types::SdkConfig;
use cognito_tokens::PlainHttpHosts;

use super::UserPool;
use crate::admin::sdk_config::{self, Signed, SignedEndpoint};
use crate::admin::{Admin, CachedCredentials, SdkClient};
use crate::pool_as_admin::PoolAsAdmin;
use crate::transport::{EndpointChoice, LimitSettings, Transport};

/// Settings of the pool that also apply to requests with AWS credentials.
pub(super) struct AdminDefaults {
    /// The Region of the requests.
    pub(super) region: String,
    /// The endpoint of the pool; may be unset.
    pub(super) endpoint: EndpointChoice,
    pub(super) limits: LimitSettings,
    /// The hosts that plain HTTP is allowed to.
    pub(super) plain_http: PlainHttpHosts,
}

/// Access with AWS credentials.
impl UserPool {
    /// Returns the pool with AWS credentials, to sign users in on their behalf.
    ///
    /// Requests use the endpoint of the pool. Time limits and retries of the pool take precedence
    /// over those of the configuration.
    ///
    /// Each call loads the credentials again: keep the result and clone it.
    pub fn as_admin(&self, config: &SdkConfig) -> PoolAsAdmin {
        PoolAsAdmin::new(self.clone(), config)
    }

    /// Returns the pool for administration with AWS credentials.
    ///
    /// Requests use the endpoint of the pool: if it sets a URL, FIPS or dual stack, all three
    /// settings of the configuration are ignored. Time limits and retries of the pool take
    /// precedence over those of the configuration.
    ///
    /// Each call loads the credentials again: keep the administrator and clone it.
    pub fn admin(&self, config: &SdkConfig) -> Admin {
        Admin::of_client(self.signing_client(config), self.id().clone())
    }

    /// Returns the pool for administration with the credentials of the environment, which
    /// [`Admin::from_env`] finds.
    ///
    /// Requests use the endpoint of the pool, regardless of the environment.
    #[cfg(feature = "aws-config")]
    pub async fn admin_from_env(&self) -> Admin {
        self.admin(&sdk_config::from_env(&self.inner.for_admin.region).await)
    }

    /// Returns a client of the SDK that sends requests to the pool's endpoint.
    fn signing_client(&self, config: &SdkConfig) -> SdkClient {
        let credentials = sdk_config::cached_credentials(config);
        let (endpoint, limits) = (self.signed_endpoint(config), &self.inner.for_admin.limits);
        let EndpointChoice { url, fips, dual_stack } = endpoint.choice.clone();
        let transport = self.signing_transport(config, Arc::clone(&credentials));
        let mut signed = Signed::of_transport(config, credentials, transport, endpoint);
        signed.builder.set_endpoint_url(url);
        signed.builder.set_use_fips(Some(fips));
        signed.builder.set_use_dual_stack(Some(dual_stack));
        let mut timeouts = sdk_config::timeouts(config).to_builder();
        if let Some(timeout) = limits.attempt_timeout {
            timeouts.set_operation_attempt_timeout(Some(timeout));
        }
        if let Some(timeout) = limits.operation_timeout {
            timeouts.set_operation_timeout(Some(timeout));
        }
        signed.builder.set_timeout_config(Some(timeouts.build()));
        signed.client()
    }

    /// Returns a transport that signs requests and sends them to the pool's endpoint.
    pub(crate) fn signing_transport(
        &self,
        config: &SdkConfig,
        credentials: Arc<CachedCredentials>,
    ) -> Transport {
        let own = || Arc::clone(&self.app_client().transport.http);
        let http = sdk_config::http_client(config).unwrap_or_else(own);
        let limits = self.inner.for_admin.limits.or(sdk_config::limits(config));
        self.signed_endpoint(config).transport(http, limits, credentials)
    }

    fn signed_endpoint(&self, config: &SdkConfig) -> SignedEndpoint {
        let AdminDefaults { region, endpoint, plain_http, .. } = &self.inner.for_admin;
        SignedEndpoint {
            choice: endpoint.or(sdk_config::endpoint(config)),
            region: region.clone(),
            plain_http: plain_http.clone(),
        }
    }
}
