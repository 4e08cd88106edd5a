//! AWS credentials, loaded once for all requests until they are about to expire.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as ProvideCredentialsFuture;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// The lifetime of credentials without an expiration, as in the AWS SDK.
const DEFAULT_EXPIRY: Duration = Duration::from_secs(15 * 60);

/// The time before their expiration at which credentials are loaded again.
const EXPIRY_BUFFER: Duration = Duration::from_secs(10);

/// The maximum time to load credentials. The timeout of a job's request is much longer, and a
/// credentials program that waits for an input would block the job for that time.
const LOAD_TIMEOUT: Duration = Duration::from_secs(60);

const TOO_SLOW: &str = "the source of the credentials did not respond within 60 seconds";

/// The credentials of a provider.
pub(crate) struct CachedCredentials {
    provider: SharedCredentialsProvider,
    /// The last credentials, and the time at which they are loaded again.
    cached: Mutex<Option<(Credentials, SystemTime)>>,
}

impl CachedCredentials {
    pub(crate) fn new(provider: SharedCredentialsProvider) -> Self {
        Self { provider, cached: Mutex::new(None) }
    }

    /// Returns the last credentials, or loads them if they are about to expire.
    ///
    /// The time limit includes the wait for another caller's load.
    pub(super) async fn get(&self, now: SystemTime) -> Result<Credentials, CredentialsError> {
        let loaded = timeout(LOAD_TIMEOUT, self.load(now)).await;
        loaded.unwrap_or_else(|_| Err(CredentialsError::provider_error(TOO_SLOW)))
    }

    async fn load(&self, now: SystemTime) -> Result<Credentials, CredentialsError> {
        let mut cached = self.cached.lock().await;
        if let Some((credentials, reload)) = &*cached
            && now < *reload
        {
            return Ok(credentials.clone());
        }
        let credentials = self.provider.provide_credentials().await?;
        let reload = match credentials.expiry() {
            Some(expiry) => expiry.checked_sub(EXPIRY_BUFFER),
            None => now.checked_add(DEFAULT_EXPIRY),
        };
        *cached = Some((credentials.clone(), reload.unwrap_or(now)));
        Ok(credentials)
    }
}

impl ProvideCredentials for CachedCredentials {
    fn provide_credentials<'a>(&'a self) -> ProvideCredentialsFuture<'a>
    where
        Self: 'a,
    {
        ProvideCredentialsFuture::new(self.get(SystemTime::now()))
    }
}

impl fmt::Debug for CachedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedCredentials").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_sdk_cognitoidentityprovider::Client;
    use aws_sdk_cognitoidentityprovider::config::Region;
    use aws_sdk_cognitoidentityprovider::config::retry::RetryConfig;
    use aws_types::SdkConfig;
    use cognito_tokens::PlainHttpHosts;
    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::admin::sdk_config::{Signed, cached_credentials};
    use crate::admin::{Admin, UserPools};
    use crate::error::Error;

    /// A program that waits for an input.
    #[derive(Debug)]
    struct Waiting;

    impl ProvideCredentials for Waiting {
        fn provide_credentials<'a>(&'a self) -> ProvideCredentialsFuture<'a>
        where
            Self: 'a,
        {
            ProvideCredentialsFuture::new(std::future::pending())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn source_of_credentials_that_does_not_respond_fails_after_a_minute() {
        let provider = SharedCredentialsProvider::new(Waiting);
        let start = Instant::now();
        let loaded = CachedCredentials::new(provider).get(SystemTime::now()).await;
        let error = Error::from(loaded.unwrap_err());
        assert_eq!(start.elapsed(), LOAD_TIMEOUT);
        assert!(!error.is_transient() && error.was_not_sent(), "{error:?}");
        assert!(error.report().contains(TOO_SLOW), "{}", error.report());
    }

    #[tokio::test(start_paused = true)]
    async fn concurrent_callers_wait_for_the_credentials_a_minute_each() {
        let credentials = CachedCredentials::new(SharedCredentialsProvider::new(Waiting));
        let get = || async {
            let start = Instant::now();
            credentials.get(SystemTime::now()).await.unwrap_err();
            start.elapsed()
        };
        let later = async {
            sleep(LOAD_TIMEOUT / 2).await;
            get().await
        };
        let (first, second, third) = tokio::join!(get(), get(), later);
        assert_eq!([first, second, third], [LOAD_TIMEOUT; 3]);
    }

    /// Credentials without an expiration.
    #[derive(Debug, Default)]
    struct Counted(AtomicUsize);

    impl ProvideCredentials for Counted {
        fn provide_credentials<'a>(&'a self) -> ProvideCredentialsFuture<'a>
        where
            Self: 'a,
        {
            self.0.fetch_add(1, Ordering::Relaxed);
            ProvideCredentialsFuture::ready(Ok(Credentials::new("id", "key", None, None, "test")))
        }
    }

    /// Returns a configuration with these credentials, whose requests are sent once and fail.
    fn counted_config() -> (SdkConfig, Arc<Counted>) {
        let counted = Arc::new(Counted::default());
        let provider: Arc<dyn ProvideCredentials> = Arc::<Counted>::clone(&counted);
        let config = SdkConfig::builder()
            .credentials_provider(SharedCredentialsProvider::new(provider))
            .endpoint_url("http://127.0.0.1:1")
            .region(Region::new("eu-west-1"))
            .retry_config(RetryConfig::disabled())
            .build();
        (config, counted)
    }

    #[tokio::test]
    async fn administrators_of_user_pools_share_the_credentials() {
        let (config, counted) = counted_config();
        let pools = UserPools::new(&config).allow_plain_http(["emulator"]);
        pools.list().await.unwrap_err();
        for region in ["eu-west-1", "us-east-1", "us-east-2"] {
            let admin = pools.admin(format!("{region}_Ab12Cd34E").parse().unwrap());
            admin.pool().describe().await.unwrap_err();
            admin.pool().describe_json().await.unwrap_err();
            assert_eq!(counted.0.load(Ordering::Relaxed), 1, "{region}");
        }
    }

    #[tokio::test]
    async fn sdk_has_no_cache_of_its_own_for_credentials() {
        let (config, counted) = counted_config();
        let credentials = cached_credentials(&config);
        let (shared, hosts) = (Arc::clone(&credentials), PlainHttpHosts::default());
        let signed = Signed::new(&config, shared, "eu-west-1", hosts);
        let client = Client::from_conf(signed.builder.build());
        for loads in [1, 1, 2] {
            if loads == 2 {
                *credentials.cached.lock().await = None;
            }
            client.list_user_pools().max_results(1).send().await.unwrap_err();
            assert_eq!(counted.0.load(Ordering::Relaxed), loads);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn request_of_the_sdk_is_not_retried_if_the_source_does_not_respond() {
        let config =
            SdkConfig::builder().credentials_provider(SharedCredentialsProvider::new(Waiting));
        let admin = Admin::new(&config.build(), "eu-west-1_Ab12Cd34E".parse().unwrap());
        let start = Instant::now();
        let error = admin.pool().describe().timeout(LOAD_TIMEOUT * 10).await.unwrap_err();
        assert_eq!(start.elapsed(), LOAD_TIMEOUT);
        assert!(!error.is_transient() && error.was_not_sent(), "{error:?}");
    }
}
