//! Builder of a user pool.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "admin")]
use aws_types::SdkConfig;
use cognito_tokens::{Clients, FetchKeys, PlainHttpHosts, TokenRules, Verifier};
use cognito_types::{
    ClientId, ClientSecret, Clock, Region, SecretSource, SendHttp, SystemClock, TokenRefresher,
    TokenStore, UserPoolId,
};

#[cfg(feature = "admin")]
use super::access::AdminDefaults;
use super::in_use::InUse;
use super::{Inner, UserPool};
#[cfg(feature = "admin")]
use crate::admin::sdk_config;
use crate::app_client::AppClient;
use crate::context::ClientMetadata;
use crate::error::{Cause, Error};
use crate::key_fetcher::KeyFetcher;
use crate::settings;
use crate::transport::{
    DEFAULT_CONNECT_TIMEOUT, EndpointChoice, HttpsClient, LimitSettings, Limits, Retries, Service,
    Transport,
};

/// The default time in which a challenge must be responded to.
pub const DEFAULT_AUTH_SESSION_VALIDITY: Duration = Duration::from_secs(3 * 60);

/// The longest time in which a challenge must be responded to. The service accepts 15 minutes at
/// most; a longer time must not overflow when it is added to a date.
const MAX_AUTH_SESSION_VALIDITY: Duration = Duration::from_secs(24 * 60 * 60);

/// A builder of [`UserPool`].
#[must_use]
pub struct UserPoolBuilder {
    id: UserPoolId,
    client_id: ClientId,
    secret: SecretSource,
    region: Option<String>,
    endpoint: EndpointChoice,
    issuer: Option<String>,
    jwks_uri: Option<String>,
    plain_http: Vec<String>,
    max_token_bytes: Option<usize>,
    connect_timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    operation_timeout: Option<Duration>,
    retries: Option<Retries>,
    http_client: Option<Arc<dyn SendHttp>>,
    contributed: Contributed,
    key_fetcher: Option<Arc<dyn FetchKeys>>,
    store: Option<Arc<dyn TokenStore>>,
    token_refresher: Option<Arc<dyn TokenRefresher>>,
    clock: Arc<dyn Clock>,
    session_validity: Duration,
    device_name: Option<String>,
    refresh_metadata: ClientMetadata,
}

impl UserPoolBuilder {
    pub(super) fn new(id: UserPoolId, client_id: ClientId) -> Self {
        Self {
            id,
            client_id,
            secret: SecretSource::none(),
            region: None,
            endpoint: EndpointChoice::default(),
            issuer: None,
            jwks_uri: None,
            plain_http: Vec::new(),
            max_token_bytes: None,
            connect_timeout: None,
            attempt_timeout: None,
            operation_timeout: None,
            retries: None,
            http_client: None,
            contributed: Contributed::default(),
            key_fetcher: None,
            store: None,
            token_refresher: None,
            clock: Arc::new(SystemClock),
            session_validity: DEFAULT_AUTH_SESSION_VALIDITY,
            device_name: None,
            refresh_metadata: ClientMetadata::new(),
        }
    }

    /// Sets the app client's secret, from which SECRET_HASH is computed.
    ///
    /// A blank secret counts as not set.
    pub fn client_secret(self, secret: impl Into<ClientSecret>) -> Self {
        let secret: ClientSecret = secret.into();
        let is_blank = settings::given(secret.expose_secret()).is_none();
        let secret = if is_blank { SecretSource::none() } else { SecretSource::fixed(secret) };
        Self { secret, ..self }
    }

    /// Sets a function that reads the app client's secret before each request that needs it.
    ///
    /// When the service refuses a secret, the function is called again with the refused secret,
    /// because an app client has two secrets during rotation. A function that caches the secret
    /// must then read it again. The request is retried if the function returns another secret. An
    /// error of the function becomes
    /// [`ErrorKind::SecretUnavailable`](crate::ErrorKind::SecretUnavailable).
    ///
    /// ```
    /// # mod cognito { pub use cognito_core::UserPool; pub use cognito_core as types; }
    /// use cognito::UserPool;
    /// use cognito::types::ClientSecret;
    ///
    /// async fn read(refused: Option<ClientSecret>) -> std::io::Result<ClientSecret> {
    ///     let is_stale = refused.is_some(); // Then a cached secret must be read again.
    ///     # let _ = is_stale;
    ///     // The file may end with a line break, which is not part of the secret.
    ///     Ok(std::fs::read_to_string("/run/secrets/web")?.trim_end().into())
    /// }
    ///
    /// let id = "eu-west-1_Ab12Cd34E".parse()?;
    /// let pool = UserPool::builder(id, "client-id").client_secret_from(read).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn client_secret_from<F, T, E>(self, read: F) -> Self
    where
        F: Fn(Option<ClientSecret>) -> T + Send + Sync + 'static,
        T: Future<Output = Result<ClientSecret, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Self { secret: SecretSource::read_by(read), ..self }
    }

    /// Sets the Region of the service; by default it is that of the pool's id.
    ///
    /// With the Region of a replica, tokens that the replica issued are accepted too. A blank name
    /// counts as not set.
    pub fn region(self, region: impl Into<String>) -> Self {
        Self { region: given(region), ..self }
    }

    /// Sets the endpoint of the service, such as `http://localhost:4701` of an emulator.
    ///
    /// The key set is then fetched from `<endpoint>/<pool id>/.well-known/jwks.json`, and
    /// `<endpoint>/<pool id>` is accepted as an issuer too.
    ///
    /// It must be HTTPS or loopback, unless [`allow_plain_http`](Self::allow_plain_http) names its
    /// host. A blank text counts as not set, so the value of an empty environment variable can be
    /// passed.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint.url = given(url);
        self
    }

    /// Uses the FIPS 140 endpoint of the service.
    ///
    /// Key sets are fetched from the host of the issuer, which is not a FIPS endpoint. If your
    /// rules require one, set a URL that you have checked with [`jwks_uri`](Self::jwks_uri).
    pub fn use_fips(mut self) -> Self {
        self.endpoint.fips = true;
        self
    }

    /// Uses the dual-stack endpoint of the service (IPv4 and IPv6).
    pub fn use_dual_stack(mut self) -> Self {
        self.endpoint.dual_stack = true;
        self
    }

    /// Accepts only tokens of this issuer.
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        Self { issuer: given(issuer), ..self }
    }

    /// Sets the URL of the key set.
    pub fn jwks_uri(self, uri: impl Into<String>) -> Self {
        Self { jwks_uri: given(uri), ..self }
    }

    /// Allows plain HTTP to these hosts, given without scheme and port, for requests and key sets.
    ///
    /// By default the [`endpoint`](Self::endpoint), that of the SDK configuration and the URL of
    /// the key set must be HTTPS or loopback.
    ///
    /// # Security
    ///
    /// An attacker on the network path to such a host can read passwords and tokens, replace the
    /// keys and forge tokens. So can a proxy that the environment names, unless `NO_PROXY` contains
    /// the host.
    pub fn allow_plain_http<H: Into<String>>(self, hosts: impl IntoIterator<Item = H>) -> Self {
        Self { plain_http: hosts.into_iter().map(Into::into).collect(), ..self }
    }

    /// Sets the maximum size of tokens;
    /// [`DEFAULT_MAX_TOKEN_BYTES`](cognito_tokens::DEFAULT_MAX_TOKEN_BYTES) by default.
    pub fn max_token_bytes(self, bytes: usize) -> Self {
        Self { max_token_bytes: Some(bytes), ..self }
    }

    /// Sets the time limit for connecting;
    /// [`DEFAULT_CONNECT_TIMEOUT`](crate::DEFAULT_CONNECT_TIMEOUT) by default.
    ///
    /// It is ignored with an [`http_client`](Self::http_client), which has its own limit.
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: Some(timeout), ..self }
    }

    /// Sets the time limit for one attempt of a request;
    /// [`DEFAULT_ATTEMPT_TIMEOUT`](crate::DEFAULT_ATTEMPT_TIMEOUT) by default.
    pub fn attempt_timeout(self, timeout: Duration) -> Self {
        Self { attempt_timeout: Some(timeout), ..self }
    }

    /// Sets the time limit for a request with its retries;
    /// [`DEFAULT_OPERATION_TIMEOUT`](crate::DEFAULT_OPERATION_TIMEOUT) by default.
    pub fn operation_timeout(self, timeout: Duration) -> Self {
        Self { operation_timeout: Some(timeout), ..self }
    }

    /// Sets the retries of failed requests.
    pub fn retries(self, retries: Retries) -> Self {
        Self { retries: Some(retries), ..self }
    }

    /// Uses the HTTP client, timeouts, endpoint, FIPS and dual-stack settings of an SDK
    /// configuration.
    ///
    /// Its credentials and retry settings are not used. Settings of this builder take precedence.
    #[cfg(feature = "admin")]
    pub fn sdk_config(self, config: &SdkConfig) -> Self {
        let timeouts = sdk_config::timeouts(config);
        let limits = sdk_config::limits(config);
        let contributed = Contributed {
            endpoint: sdk_config::endpoint(config),
            connect_timeout: timeouts.connect_timeout(),
            attempt_timeout: Some(limits.attempt_timeout),
            operation_timeout: Some(limits.operation_timeout),
            http_client: sdk_config::http_client(config),
        };
        Self { contributed, ..self }
    }

    /// Sets the HTTP client for all requests, including those for key sets.
    ///
    /// By default each pool has its own [`HttpsClient`]. Wrap a client of the AWS SDK in
    /// `SdkHttpClient` (feature `admin`).
    pub fn http_client(self, client: impl SendHttp) -> Self {
        Self { http_client: Some(Arc::new(client)), ..self }
    }

    /// Sets how key sets are fetched, instead of with the HTTP client.
    pub fn key_fetcher(self, fetcher: Arc<dyn FetchKeys>) -> Self {
        Self { key_fetcher: Some(fetcher), ..self }
    }

    /// Sets the store of sessions, from which [`UserPool::restore`] loads them.
    pub fn token_store(self, store: Arc<dyn TokenStore>) -> Self {
        Self { store: Some(store), ..self }
    }

    /// Sets the refresher for sessions of managed login, such as `ManagedLogin` of cognito-http.
    ///
    /// It is used for sessions with
    /// [`refresh_by_token_endpoint`](crate::AdoptedSession::refresh_by_token_endpoint). All other
    /// sessions are refreshed with the API.
    pub fn token_refresher(self, refresher: impl TokenRefresher) -> Self {
        Self { token_refresher: Some(Arc::new(refresher)), ..self }
    }

    /// Sets the clock; the system clock by default.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Sets the time in which the app client accepts a response to a challenge
    /// (AuthSessionValidity), at most 24 hours; [`DEFAULT_AUTH_SESSION_VALIDITY`] by default.
    pub fn auth_session_validity(self, validity: Duration) -> Self {
        Self { session_validity: validity.min(MAX_AUTH_SESSION_VALIDITY), ..self }
    }

    /// Adds a pair that triggers receive when a session is refreshed (ClientMetadata).
    pub fn refresh_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.refresh_metadata.insert(name.into(), value.into());
        self
    }

    /// Sets the name of this device that users see, for pools that track devices.
    pub fn device_name(self, name: impl Into<String>) -> Self {
        Self { device_name: Some(name.into()), ..self }
    }

    /// Creates the pool, without I/O.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) for a URL that is not an HTTP URL, an
    /// endpoint that needs plain HTTP that is not allowed, an invalid Region, an empty app client
    /// id, or a client secret with the line break of its file. The message names the setting.
    pub fn build(self) -> Result<UserPool, Error> {
        self.check()?;
        let plain_http = PlainHttpHosts::new(&self.plain_http);
        let region = self.region.as_deref().unwrap_or_else(|| self.id.region()).to_owned();
        let (endpoint, limits) = (self.chosen_endpoint(), self.limit_settings());
        let transport = Transport {
            http: self.chosen_http_client(),
            uri: Ok(endpoint.uri(Service::UserPools, &region, &plain_http)?),
            limits: limits.or(Limits::default()),
            signer: None,
        };
        let own_endpoint = self.own_endpoint();
        let verifier = self.verifier(Arc::clone(&transport.http), own_endpoint.as_deref());
        let pool_id = self.id.clone();
        let (client_id, secret) = (self.client_id, self.secret);
        let inner = Inner {
            id: self.id,
            app_client: AppClient { transport, pool_id, client_id, secret },
            session_verifier: verifier.with_rules(TokenRules::allow_any_audience),
            verifier,
            clock: self.clock,
            store: self.store,
            token_refresher: self.token_refresher,
            session_validity: self.session_validity,
            #[cfg(feature = "admin")]
            for_admin: AdminDefaults { region, endpoint, limits, plain_http },
            device_name: self.device_name,
            refresh_metadata: self.refresh_metadata,
            sessions_in_use: InUse::default(),
        };
        Ok(UserPool { inner: Arc::new(inner) })
    }

    fn check(&self) -> Result<(), Cause> {
        if settings::given(self.client_id.as_str()).is_none() {
            return Err(Cause::new("the id of the app client is empty"));
        }
        if let Some(problem) = self.secret.problem() {
            return Err(Cause::new(problem));
        }
        if let Some(region) = &self.region {
            settings::region(region)?;
        }
        if let Some(uri) = &self.jwks_uri {
            settings::absolute_url("address of the key set", uri)?;
        }
        Ok(())
    }

    /// Returns the endpoint of this builder, without trailing slashes.
    fn own_endpoint(&self) -> Option<String> {
        Some(self.endpoint.url.as_deref()?.trim_end_matches('/').to_owned())
    }

    fn chosen_endpoint(&self) -> EndpointChoice {
        let (own, contributed) = (&self.endpoint, &self.contributed.endpoint);
        EndpointChoice {
            url: self.own_endpoint().or_else(|| contributed.url.clone()),
            fips: own.fips || contributed.fips,
            dual_stack: own.dual_stack || contributed.dual_stack,
        }
    }

    fn chosen_http_client(&self) -> Arc<dyn SendHttp> {
        let given = self.http_client.clone().or_else(|| self.contributed.http_client.clone());
        given.unwrap_or_else(|| {
            let timeout = self.connect_timeout.or(self.contributed.connect_timeout);
            let timeout = timeout.unwrap_or(DEFAULT_CONNECT_TIMEOUT);
            Arc::new(HttpsClient::with_connect_timeout(timeout))
        })
    }

    fn limit_settings(&self) -> LimitSettings {
        let contributed = &self.contributed;
        LimitSettings {
            attempt_timeout: self.attempt_timeout.or(contributed.attempt_timeout),
            operation_timeout: self.operation_timeout.or(contributed.operation_timeout),
            retries: self.retries,
        }
    }

    fn verifier(&self, http: Arc<dyn SendHttp>, endpoint: Option<&str>) -> Verifier {
        let fetcher = self.key_fetcher.clone();
        let fetcher = fetcher.unwrap_or_else(|| Arc::new(KeyFetcher::new(http)));
        let clients = Clients::only(self.client_id.clone());
        let mut builder = Verifier::builder(&self.id, clients, fetcher);
        builder = builder.clock(Arc::clone(&self.clock)).allow_plain_http(&self.plain_http);
        builder = builder.rules(|rules| rules.replica_regions(self.replica()));
        if let Some(endpoint) = endpoint {
            builder = builder.endpoint(endpoint);
        }
        if let Some(issuer) = &self.issuer {
            builder = builder.issuers([issuer.clone()]);
        }
        if let Some(uri) = &self.jwks_uri {
            builder = builder.jwks_uri(uri);
        }
        if let Some(bytes) = self.max_token_bytes {
            builder = builder.max_token_bytes(bytes);
        }
        builder.build()
    }

    /// Returns the Region of a replica, which is named in the issuer unless the pool's issuer type
    /// is UPDATED (aws-jwt-verify#282).
    fn replica(&self) -> Option<Region> {
        let region = self.region.as_deref().filter(|region| *region != self.id.region())?;
        region.parse().ok()
    }
}

/// Settings from an SDK configuration; those of the builder take precedence.
#[derive(Default)]
struct Contributed {
    endpoint: EndpointChoice,
    connect_timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    operation_timeout: Option<Duration>,
    http_client: Option<Arc<dyn SendHttp>>,
}

fn given(text: impl Into<String>) -> Option<String> {
    settings::given(&text.into()).map(str::to_owned)
}

impl fmt::Debug for UserPoolBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserPoolBuilder")
            .field("id", &self.id)
            .field("client_id", &self.client_id)
            .field("secret", &self.secret)
            .field("endpoint", &self.endpoint.url)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_validity_of_a_challenge_does_not_overflow() {
        let builder = UserPool::builder("eu-west-1_Ab12Cd34E".parse().unwrap(), "client");
        let builder = builder.auth_session_validity(Duration::MAX);
        assert_eq!(builder.session_validity, Duration::from_secs(24 * 60 * 60));
    }
}
