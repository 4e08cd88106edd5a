//! The same pool with AWS credentials.

use std::sync::Arc;

use aws_sdk_cognitoidentityprovider::config::IntoShared;
use aws_types::SdkConfig;

use super::UserPool;
use crate::admin::sdk_config::{self, Signed};
use crate::admin::{Admin, ForSdk, SdkClient, Signer};
use crate::as_admin::PoolAsAdmin;
use crate::transport::Transport;

/// Access with AWS credentials.
impl UserPool {
    /// Returns the same pool with AWS credentials, to sign users in on their behalf.
    ///
    /// Requests go where the pool's go.
    pub fn as_admin(&self, config: &SdkConfig) -> PoolAsAdmin {
        PoolAsAdmin::new(self.clone(), config)
    }

    /// Returns the same pool for its administration with AWS credentials.
    ///
    /// Requests go where the pool's go, whatever the configuration says.
    pub fn admin(&self, config: &SdkConfig) -> Admin {
        Admin::of_client(self.signing_client(config), self.id().clone())
    }

    /// Returns the same pool for its administration with the credentials of the environment, as
    /// [`Admin::from_env`] finds them.
    ///
    /// Requests go where the pool's go, whatever the environment says.
    #[cfg(feature = "aws-config")]
    pub async fn admin_from_env(&self) -> Admin {
        self.admin(&sdk_config::from_env(&self.inner.region).await)
    }

    /// Returns a client of the SDK that sends requests where this pool's go.
    fn signing_client(&self, config: &SdkConfig) -> SdkClient {
        let plain_http = Some(self.inner.plain_http.clone());
        let mut signed = Signed::new(config, &self.inner.region, plain_http);
        if config.http_client().is_none() {
            let own = ForSdk(Arc::clone(&self.app_client().transport.http));
            signed.builder.set_http_client(Some(own.into_shared()));
        }
        if let Some(endpoint) = &self.inner.endpoint {
            signed.builder.set_endpoint_url(Some(endpoint.clone()));
        }
        signed.transport = self.signing_transport(config);
        signed.client()
    }

    /// Returns a transport with credentials that sends requests where this pool's go.
    pub(crate) fn signing_transport(&self, config: &SdkConfig) -> Transport {
        let region = &self.inner.region;
        let own = || Arc::clone(&self.app_client().transport.http);
        let mut endpoint = sdk_config::endpoint(config);
        endpoint.url = self.inner.endpoint.clone().or(endpoint.url);
        let signer = Signer::new(sdk_config::credentials(config), region.clone());
        Transport {
            http: sdk_config::http_client(config).unwrap_or_else(own),
            uri: endpoint.uri(region, Some(&self.inner.plain_http)),
            limits: sdk_config::limits(config),
            signer: Some(Arc::new(signer)),
        }
    }
}
