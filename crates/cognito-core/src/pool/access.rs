//! The same pool with AWS credentials.

use std::sync::Arc;

use aws_sdk_cognitoidentityprovider::config::IntoShared;
use aws_types::SdkConfig;
use cognito_tokens::PlainHttpHosts;

use super::UserPool;
use super::limit_settings::LimitSettings;
use crate::admin::sdk_config::{self, Signed};
use crate::admin::{Admin, ForSdk, SdkClient, Signer};
use crate::as_admin::PoolAsAdmin;
use crate::transport::{EndpointChoice, Service, Transport};

/// Settings of the pool that requests with AWS credentials share.
pub(super) struct AdminDefaults {
    /// The Region that requests go to.
    pub(super) region: String,
    /// The endpoint that was chosen for the pool, of which none may be set.
    pub(super) endpoint: EndpointChoice,
    pub(super) limits: LimitSettings,
    /// The hosts that are allowed over plain HTTP.
    pub(super) plain_http: PlainHttpHosts,
}

/// Access with AWS credentials.
impl UserPool {
    /// Returns the same pool with AWS credentials, to sign users in on their behalf.
    ///
    /// Requests go where the pool's go. Time limits and retries that are set on the pool go before
    /// those of the configuration.
    pub fn as_admin(&self, config: &SdkConfig) -> PoolAsAdmin {
        PoolAsAdmin::new(self.clone(), config)
    }

    /// Returns the same pool for its administration with AWS credentials.
    ///
    /// Requests go where the pool's go: an endpoint, FIPS or dual stack of the pool takes the place
    /// of all three of the configuration. Time limits and retries that are set on the pool go before
    /// those of the configuration.
    pub fn admin(&self, config: &SdkConfig) -> Admin {
        Admin::of_client(self.signing_client(config), self.id().clone())
    }

    /// Returns the same pool for its administration with the credentials of the environment, as
    /// [`Admin::from_env`] finds them.
    ///
    /// Requests go to the pool's endpoint, regardless of the environment.
    #[cfg(feature = "aws-config")]
    pub async fn admin_from_env(&self) -> Admin {
        self.admin(&sdk_config::from_env(&self.inner.for_admin.region).await)
    }

    /// Returns a client of the SDK that sends requests where this pool's go.
    fn signing_client(&self, config: &SdkConfig) -> SdkClient {
        let defaults = &self.inner.for_admin;
        let plain_http = Some(defaults.plain_http.clone());
        let mut signed = Signed::new(config, &defaults.region, plain_http);
        if config.http_client().is_none() {
            let own = ForSdk(Arc::clone(&self.app_client().transport.http));
            signed.builder.set_http_client(Some(own.into_shared()));
        }
        let endpoint = defaults.endpoint.or(sdk_config::endpoint(config));
        signed.builder.set_endpoint_url(endpoint.url);
        signed.builder.set_use_fips(Some(endpoint.fips));
        signed.builder.set_use_dual_stack(Some(endpoint.dual_stack));
        let mut timeouts = sdk_config::timeouts(config).to_builder();
        if let Some(timeout) = defaults.limits.attempt_timeout {
            timeouts.set_operation_attempt_timeout(Some(timeout));
        }
        if let Some(timeout) = defaults.limits.operation_timeout {
            timeouts.set_operation_timeout(Some(timeout));
        }
        signed.builder.set_timeout_config(Some(timeouts.build()));
        signed.transport = self.signing_transport(config);
        signed.client()
    }

    /// Returns a transport with credentials that sends requests where this pool's go.
    pub(crate) fn signing_transport(&self, config: &SdkConfig) -> Transport {
        let defaults = &self.inner.for_admin;
        let own = || Arc::clone(&self.app_client().transport.http);
        let endpoint = defaults.endpoint.or(sdk_config::endpoint(config));
        let signer = Signer::new(sdk_config::credentials(config), defaults.region.clone());
        Transport {
            http: sdk_config::http_client(config).unwrap_or_else(own),
            uri: endpoint.uri(Service::UserPools, &defaults.region, Some(&defaults.plain_http)),
            limits: defaults.limits.or(sdk_config::limits(config)),
            signer: Some(Arc::new(signer)),
        }
    }
}
