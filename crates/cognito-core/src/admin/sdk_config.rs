//! Settings from configurations of the AWS SDK.

use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as ProvideCredentialsFuture;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::retry::RetryConfig;
use aws_sdk_cognitoidentityprovider::config::timeout::TimeoutConfig;
use aws_sdk_cognitoidentityprovider::config::{
    BehaviorVersion, Builder, IdentityCache, IntoShared, Region,
};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{
    Intercept, SharedInterceptor, dyn_dispatch_hint,
};
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::SdkConfig;
use aws_types::endpoint_config::EndpointUrl;
use aws_types::service_config::ServiceConfigKey;
use cognito_tokens::PlainHttpHosts;
use cognito_types::SendHttp;
use http::Uri;

use super::credentials::CachedCredentials;
use super::http::{ForSdk, SdkHttpClient};
use super::sdk_client::{NoteEmptyResponses, SdkClient, UnloggedResponses};
use super::signer::Signer;
use crate::error::Cause;
use crate::settings;
use crate::transport::{
    DEFAULT_ATTEMPT_TIMEOUT, DEFAULT_CONNECT_TIMEOUT, DEFAULT_OPERATION_TIMEOUT, EndpointChoice,
    HttpsClient, Limits, Retries, Service, Transport,
};

/// Returns the version of the SDK's defaults, so that they change only with this function.
pub(crate) fn behavior_version() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// Loads the configuration of the environment for a Region.
#[cfg(feature = "aws-config")]
pub(crate) async fn from_env(region: &str) -> SdkConfig {
    let region = Region::new(region.to_owned());
    aws_config::defaults(behavior_version()).region(region).load().await
}

/// The configuration of a client that signs its requests.
///
/// The HTTP client is that of the SDK's configuration, or its own if the configuration has none. It
/// rejects plain HTTP except to loopback addresses and named hosts, which other clients of the SDK
/// accept.
pub(crate) struct Signed {
    pub(crate) builder: Builder,
    pub(crate) transport: Transport,
    pub(crate) endpoint: SignedEndpoint,
}

/// The endpoint of a client that signs its requests, and the hosts that plain HTTP is allowed to.
#[derive(Clone, Debug)]
pub(crate) struct SignedEndpoint {
    pub(crate) choice: EndpointChoice,
    pub(crate) region: String,
    pub(crate) plain_http: PlainHttpHosts,
}

impl SignedEndpoint {
    /// Returns the URL that requests are sent to.
    pub(crate) fn uri(&self) -> Result<Uri, Cause> {
        self.choice.uri(Service::UserPools, &self.region, &self.plain_http)
    }

    /// Returns a transport that signs requests and sends them to the endpoint.
    pub(crate) fn transport(
        &self,
        http: Arc<dyn SendHttp>,
        limits: Limits,
        credentials: Arc<CachedCredentials>,
    ) -> Transport {
        let signer = Signer::new(credentials, self.region.clone());
        Transport { http, uri: self.uri(), limits, signer: Some(Arc::new(signer)) }
    }
}

impl Signed {
    /// Creates the configuration of a client with these credentials of the SDK's configuration.
    pub(crate) fn new(
        config: &SdkConfig,
        credentials: Arc<CachedCredentials>,
        region: &str,
        plain_http: PlainHttpHosts,
    ) -> Self {
        let own = || -> Arc<dyn SendHttp> {
            let connect = timeouts(config).connect_timeout().unwrap_or(Duration::MAX);
            Arc::new(HttpsClient::with_connect_timeout(connect))
        };
        let endpoint =
            SignedEndpoint { choice: endpoint(config), region: region.to_owned(), plain_http };
        let http = http_client(config).unwrap_or_else(own);
        let transport = endpoint.transport(http, limits(config), Arc::clone(&credentials));
        Self::of_transport(config, credentials, transport, endpoint)
    }

    /// Creates the configuration of a client whose requests have the HTTP client of a transport,
    /// unless the SDK's configuration has another one.
    pub(crate) fn of_transport(
        config: &SdkConfig,
        credentials: Arc<CachedCredentials>,
        transport: Transport,
        endpoint: SignedEndpoint,
    ) -> Self {
        let mut builder = Builder::from(config);
        builder.set_behavior_version(Some(behavior_version()));
        builder.set_region(Some(Region::new(endpoint.region.clone())));
        builder.set_timeout_config(Some(timeouts(config)));
        builder.set_retry_config(Some(RetryConfig::disabled()));
        builder.set_sleep_impl(Some(TokioSleep::new().into_shared()));
        let credentials: Arc<dyn ProvideCredentials> = credentials;
        builder.set_credentials_provider(Some(SharedCredentialsProvider::new(credentials)));
        // A second cache would double the time for which credentials without an expiration are used.
        builder.set_identity_cache(IdentityCache::no_cache());
        if config.http_client().is_none() {
            builder.set_http_client(Some(ForSdk(Arc::clone(&transport.http)).into_shared()));
        }
        builder.set_interceptors(interceptors(endpoint.plain_http.clone()));
        Self { builder, transport, endpoint }
    }

    pub(crate) fn client(self) -> SdkClient {
        let Self { builder, transport, endpoint } = self;
        SdkClient {
            client: Client::from_conf(builder.build()),
            limits: Limits { signer: transport.signer.clone(), ..transport.limits.clone() },
            transport,
            endpoint,
        }
    }
}

/// Returns the credentials of a configuration, which are loaded once for all clients that get this
/// value. Another call loads them again.
pub(crate) fn cached_credentials(config: &SdkConfig) -> Arc<CachedCredentials> {
    Arc::new(CachedCredentials::new(credentials(config)))
}

/// Returns the interceptors of each client of the SDK.
pub(super) fn interceptors(plain_http: PlainHttpHosts) -> [SharedInterceptor; 3] {
    [
        SharedInterceptor::new(UnloggedResponses),
        SharedInterceptor::new(NoteEmptyResponses),
        SharedInterceptor::new(CheckedEndpoint { plain_http }),
    ]
}

/// Returns the credentials of a configuration, or a provider with a clear error message; the SDK's
/// own message is that no authentication scheme matches.
fn credentials(config: &SdkConfig) -> SharedCredentialsProvider {
    let own = || SharedCredentialsProvider::new(NoCredentials);
    config.credentials_provider().unwrap_or_else(own)
}

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

/// Checks the endpoint of a configuration, which may come from the environment.
///
/// The SDK panics if it is empty, and reports one without a scheme as unreachable.
#[derive(Debug)]
struct CheckedEndpoint {
    /// The hosts that plain HTTP is allowed to.
    plain_http: PlainHttpHosts,
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
        settings::secure("endpoint", &url, &self.plain_http)?;
        Ok(())
    }
}

/// Returns the endpoint settings of a configuration.
pub(crate) fn endpoint(config: &SdkConfig) -> EndpointChoice {
    let key = ServiceConfigKey::builder()
        .service_id("Cognito Identity Provider")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let of_service = || {
        config.service_config().zip(key.ok()).and_then(|(service, key)| service.load_config(key))
    };
    let of_all = || config.endpoint_url().map(str::to_owned);
    // The order of the SDK: code, then the setting of the service, then the global setting.
    let url = if config.get_origin("endpoint_url").is_client_config() {
        of_all()
    } else {
        of_service().or_else(of_all)
    };
    EndpointChoice {
        url: url.and_then(|url| settings::given(&url).map(str::to_owned)),
        fips: config.use_fips().unwrap_or_default(),
        dual_stack: config.use_dual_stack().unwrap_or_default(),
    }
}

/// Returns the HTTP client of a configuration with its time limits.
pub(crate) fn http_client(config: &SdkConfig) -> Option<Arc<dyn SendHttp>> {
    let (client, timeouts) = (config.http_client()?, timeouts(config));
    let (connect, read) = (timeouts.connect_timeout(), timeouts.read_timeout());
    Some(Arc::new(SdkHttpClient::with_timeouts(client, connect, read)))
}

/// Returns the time limits and retries of a configuration.
pub(crate) fn limits(config: &SdkConfig) -> Limits {
    let timeouts = timeouts(config);
    let retries = config.retry_config().map_or_else(Retries::default, |config| {
        Retries::default().max_attempts(config.max_attempts()).first_pause(config.initial_backoff())
    });
    Limits {
        attempt_timeout: timeouts.operation_attempt_timeout().unwrap_or(Duration::MAX),
        operation_timeout: timeouts.operation_timeout().unwrap_or(Duration::MAX),
        retries,
        gate: None,
        signer: None,
    }
}

/// Returns the time limits of a configuration, with defaults for those that are not set.
pub(crate) fn timeouts(config: &SdkConfig) -> TimeoutConfig {
    let given = config.timeout_config().map(TimeoutConfig::to_builder).unwrap_or_default();
    let defaults = TimeoutConfig::builder()
        .connect_timeout(DEFAULT_CONNECT_TIMEOUT)
        .operation_attempt_timeout(DEFAULT_ATTEMPT_TIMEOUT)
        .operation_timeout(DEFAULT_OPERATION_TIMEOUT);
    let timeouts = given.take_unset_from(defaults).build();
    // The HTTP client of this crate has no limit for the first byte of a response, so an attempt
    // gets the shorter of both limits. A client of the SDK gets both.
    let read = timeouts.read_timeout().filter(|_| config.http_client().is_none());
    let attempt = timeouts.operation_attempt_timeout();
    let shorter = read.into_iter().chain(attempt).min();
    let mut builder = timeouts.into_builder();
    builder.set_operation_attempt_timeout(shorter);
    builder.build()
}

#[cfg(test)]
mod tests {
    use aws_types::origin::Origin;
    use aws_types::service_config::LoadServiceConfig;

    use super::*;

    /// An environment with AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER.
    #[derive(Debug)]
    struct Environment;

    impl LoadServiceConfig for Environment {
        fn load_config(&self, _: ServiceConfigKey<'_>) -> Option<String> {
            Some("https://service.example".to_owned())
        }
    }

    #[test]
    fn the_read_timeout_limits_an_attempt_without_an_sdk_client() {
        let seconds = Duration::from_secs;
        let config = |read, attempt| {
            let timeouts = TimeoutConfig::builder().read_timeout(seconds(read));
            let timeouts = timeouts.operation_attempt_timeout(seconds(attempt)).build();
            SdkConfig::builder().timeout_config(timeouts)
        };
        for (read, attempt, expected) in [(2, 5, 2), (7, 5, 5)] {
            let limits = limits(&config(read, attempt).build());
            assert_eq!(limits.attempt_timeout, seconds(expected), "{read} and {attempt} seconds");
        }
        let client = aws_smithy_http_client::Builder::new()
            .build_with_connector_fn(|_, _| unreachable!("nothing is sent"));
        let limits = limits(&config(2, 5).http_client(client).build());
        assert_eq!(limits.attempt_timeout, seconds(5));
    }

    #[test]
    fn an_endpoint_in_code_takes_precedence_over_the_environment() {
        for (origin, expected) in [
            (Origin::shared_config(), "https://code.example"),
            (Origin::shared_profile_file(), "https://service.example"),
            (Origin::shared_environment_variable(), "https://service.example"),
        ] {
            let mut builder = SdkConfig::builder();
            builder.insert_origin("endpoint_url", origin);
            builder.set_service_config(Some(Environment));
            let config = builder.endpoint_url("https://code.example").build();
            assert_eq!(endpoint(&config).url.as_deref(), Some(expected), "{origin:?}");
        }
    }
}
