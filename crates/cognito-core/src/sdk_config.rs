//! Configurations of the SDK's client.

use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as ProvideCredentialsFuture;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_cognitoidentityprovider::config::timeout::TimeoutConfig;
use aws_sdk_cognitoidentityprovider::config::{BehaviorVersion, Builder, IntoShared, Region};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::SdkConfig;
use aws_types::endpoint_config::EndpointUrl;
use cognito_tokens::PlainHttpHosts;

use crate::carrier::{Observe, UnloggedAnswers};
use crate::http_client::DefaultHttpClient;
use crate::settings;

/// Time to connect, unless the SDK's configuration says otherwise.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Time for one attempt of a request, unless the SDK's configuration says otherwise.
pub const DEFAULT_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// Time for a request with its repetitions, unless the SDK's configuration says otherwise.
pub const DEFAULT_OPERATION_TIMEOUT: Duration = Duration::from_secs(30);

/// Defaults of the SDK, which change only when this does.
pub(crate) fn behavior_version() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// The configuration of a client that signs its requests.
///
/// It has the HTTP client of the SDK's configuration, or one of its own. Without a list of hosts its
/// endpoint may be plain HTTP, as for every client of the SDK.
pub(crate) fn signed(
    config: &SdkConfig,
    region: &str,
    plain_http: Option<PlainHttpHosts>,
) -> Builder {
    let signed = completed(Builder::from(config), Some(config), region);
    let mut signed = signed.interceptor(CheckedEndpoint { plain_http });
    if config.credentials_provider().is_none() {
        signed.set_credentials_provider(Some(SharedCredentialsProvider::new(NoCredentials)));
    }
    if config.http_client().is_none() {
        signed.set_http_client(Some(DefaultHttpClient::default().into_shared()));
    }
    signed
}

/// Says what is missing, where the SDK says that no scheme of authentication matches.
#[derive(Debug)]
struct NoCredentials;

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> ProvideCredentialsFuture<'a>
    where
        Self: 'a,
    {
        const MISSING: &str = "the AWS configuration has no credentials: load it with aws-config";
        ProvideCredentialsFuture::ready(Err(CredentialsError::not_loaded(MISSING)))
    }
}

/// The configuration of a client that signs nothing: everything of the SDK's configuration but
/// the means to sign.
pub(crate) fn unsigned(
    config: Option<&SdkConfig>,
    region: &str,
    plain_http: PlainHttpHosts,
) -> Builder {
    let own = config.map_or_else(Builder::new, |config| {
        let mut unsigned = config.to_builder();
        unsigned.set_credentials_provider(None);
        unsigned.set_token_provider(None);
        Builder::from(&unsigned.build())
    });
    completed(own, config, region).interceptor(CheckedEndpoint { plain_http: Some(plain_http) })
}

fn completed(mut builder: Builder, config: Option<&SdkConfig>, region: &str) -> Builder {
    builder.set_behavior_version(Some(behavior_version()));
    builder.set_region(Some(Region::new(region.to_owned())));
    builder.set_timeout_config(Some(timeouts(config)));
    builder.set_sleep_impl(Some(TokioSleep::new().into_shared()));
    builder.interceptor(UnloggedAnswers).interceptor(Observe)
}

/// Checks the endpoint of a configuration, which may come from the environment.
///
/// The SDK panics at an empty one, and takes one without a scheme for an address that cannot be
/// reached.
#[derive(Debug)]
struct CheckedEndpoint {
    /// The hosts that are allowed over plain HTTP; absent where all are.
    plain_http: Option<PlainHttpHosts>,
}

#[dyn_dispatch_hint]
impl Intercept for CheckedEndpoint {
    fn name(&self) -> &'static str {
        "CheckedEndpoint"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(EndpointUrl(url)) = config.load::<EndpointUrl>() else { return Ok(()) };
        let Some(url) = settings::given(url) else {
            config.interceptor_state().unset::<EndpointUrl>();
            return Ok(());
        };
        let url = settings::base_url("endpoint", url)?;
        if let Some(plain_http) = &self.plain_http {
            settings::secure("endpoint", &url, plain_http)?;
        }
        Ok(())
    }
}

/// What a configuration says of time-outs; for each that it leaves open, the default.
fn timeouts(config: Option<&SdkConfig>) -> TimeoutConfig {
    let given = config.and_then(SdkConfig::timeout_config);
    let given = given.map(TimeoutConfig::to_builder).unwrap_or_default();
    let defaults = TimeoutConfig::builder()
        .connect_timeout(DEFAULT_CONNECT_TIMEOUT)
        .operation_attempt_timeout(DEFAULT_ATTEMPT_TIMEOUT)
        .operation_timeout(DEFAULT_OPERATION_TIMEOUT);
    given.take_unset_from(defaults).build()
}
