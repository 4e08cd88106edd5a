//! Builder of a provider of AWS credentials.

use std::sync::Arc;
use std::time::Duration;

use cognito_tokens::PlainHttpHosts;
use cognito_types::{
    Clock, IdentityId, IdentityPoolId, MemoryStore, SendHttp, SystemClock, TokenSource,
};

use super::IdentityPoolCredentials;
use super::client::Client;
use super::identities::{Identities, Source};
use super::identity_cache::IdentityCache;
use super::login::LoginSource;
use super::shared::Shared;
use crate::error::{Cause, Error};
use crate::settings;
use crate::transport::{
    DEFAULT_CONNECT_TIMEOUT, EndpointChoice, HttpsClient, Limits, Retries, Service, Transport,
};

/// The first step of building [`IdentityPoolCredentials`]: the choice between a session and a
/// guest.
#[derive(Clone, Debug)]
#[must_use]
pub struct IdentityPoolLogin {
    pool: IdentityPoolId,
}

impl IdentityPoolLogin {
    pub(super) fn new(pool: IdentityPoolId) -> Self {
        Self { pool }
    }

    /// Sets the source of ID tokens: a session, or another [`TokenSource`] such as a `LazySession`.
    ///
    /// The provider gets the token from the source before each request. A token that expires within
    /// 30 seconds, or that the service refuses as expired, is passed to
    /// [`reject`](TokenSource::reject), and another one is requested. After a change of a
    /// claim that decides about the role, such as a new group, refresh the session.
    pub fn session(self, tokens: impl TokenSource) -> IdentityPoolCredentialsBuilder {
        let source = LoginSource::Session { tokens: Arc::new(tokens), provider: None };
        IdentityPoolCredentialsBuilder::new(self.pool, source)
    }

    /// Requests credentials of a guest, without a login. The identity pool must allow it
    /// (AllowUnauthenticatedIdentities).
    pub fn guest(self) -> IdentityPoolCredentialsBuilder {
        IdentityPoolCredentialsBuilder::new(self.pool, LoginSource::Guest)
    }
}

/// A builder of [`IdentityPoolCredentials`].
#[derive(Debug)]
#[must_use]
pub struct IdentityPoolCredentialsBuilder {
    pool: IdentityPoolId,
    logins: LoginSource,
    provider_name: Option<String>,
    role_arn: Option<String>,
    initial: Option<IdentityId>,
    cache: Option<Arc<dyn IdentityCache>>,
    endpoint: EndpointChoice,
    plain_http: Vec<String>,
    http_client: Option<Arc<dyn SendHttp>>,
    connect_timeout: Duration,
    limits: Limits,
    clock: Arc<dyn Clock>,
}

impl IdentityPoolCredentialsBuilder {
    fn new(pool: IdentityPoolId, logins: LoginSource) -> Self {
        Self {
            pool,
            logins,
            provider_name: None,
            role_arn: None,
            initial: None,
            cache: None,
            endpoint: EndpointChoice::default(),
            plain_http: Vec::new(),
            http_client: None,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
        }
    }

    /// Requests credentials of this role (CustomRoleArn) instead of the role that the identity pool
    /// chooses. The claim `cognito:roles` of the ID token must contain it.
    pub fn role_arn(self, arn: impl Into<String>) -> Self {
        Self { role_arn: Some(arn.into()), ..self }
    }

    /// Sets the name of the login's provider, as listed in the identity pool.
    ///
    /// By default it is derived from the token's issuer: `cognito-idp.REGION.amazonaws.com/ID` for
    /// a user pool, and the issuer without `https://` for others.
    pub fn provider_name(self, name: impl Into<String>) -> Self {
        Self { provider_name: Some(name.into()), ..self }
    }

    /// Sets the identity to start with, instead of calling GetId, if the cache has none for the
    /// user.
    ///
    /// Pass the identity of a guest to keep it for the user who signs in. The service links the
    /// login to it, or merges it with the identity that the user already has.
    pub fn initial_identity(self, id: IdentityId) -> Self {
        Self { initial: Some(id), ..self }
    }

    /// Sets the cache for the identities of users and guests, such as a `FileStore`.
    ///
    /// GetId has a quota of 25 requests per second. By default each provider has a cache in memory.
    pub fn identity_cache(self, cache: Arc<dyn IdentityCache>) -> Self {
        Self { cache: Some(cache), ..self }
    }

    /// Sets the endpoint of the service, such as `http://localhost:4701` of an emulator.
    ///
    /// It must be HTTPS or loopback, unless [`allow_plain_http`](Self::allow_plain_http) names its
    /// host. A blank text counts as not set.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint.url = settings::given(&url.into()).map(str::to_owned);
        self
    }

    /// Uses the FIPS 140 endpoint of the service.
    pub fn use_fips(mut self) -> Self {
        self.endpoint.fips = true;
        self
    }

    /// Uses the dual-stack endpoint of the service (IPv4 and IPv6).
    pub fn use_dual_stack(mut self) -> Self {
        self.endpoint.dual_stack = true;
        self
    }

    /// Allows plain HTTP to these hosts, given without scheme and port.
    ///
    /// # Security
    ///
    /// An attacker on the network path to such a host can read ID tokens and AWS credentials.
    pub fn allow_plain_http<H: Into<String>>(self, hosts: impl IntoIterator<Item = H>) -> Self {
        Self { plain_http: hosts.into_iter().map(Into::into).collect(), ..self }
    }

    /// Sets the HTTP client for all requests; by default each provider has its own [`HttpsClient`].
    pub fn http_client(self, client: impl SendHttp) -> Self {
        Self { http_client: Some(Arc::new(client)), ..self }
    }

    /// Sets the time limit for connecting; [`DEFAULT_CONNECT_TIMEOUT`] by default.
    ///
    /// It is ignored with an [`http_client`](Self::http_client), which has its own limit.
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: timeout, ..self }
    }

    /// Sets the time limit for one attempt of a request;
    /// [`DEFAULT_ATTEMPT_TIMEOUT`](crate::DEFAULT_ATTEMPT_TIMEOUT) by default.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.limits.attempt_timeout = timeout;
        self
    }

    /// Sets the time limit for a request with its retries;
    /// [`DEFAULT_OPERATION_TIMEOUT`](crate::DEFAULT_OPERATION_TIMEOUT) by default.
    pub fn operation_timeout(mut self, timeout: Duration) -> Self {
        self.limits.operation_timeout = timeout;
        self
    }

    /// Sets the retries of failed requests.
    pub fn retries(mut self, retries: Retries) -> Self {
        self.limits.retries = retries;
        self
    }

    /// Sets the clock by which tokens and credentials expire; the system clock by default.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Creates the provider, without I/O.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) for an endpoint that is not an HTTP URL
    /// or needs plain HTTP that is not allowed, for an id without a valid Region, for a blank role
    /// or provider name, and for a provider name of a guest. The message names the setting.
    pub fn build(self) -> Result<IdentityPoolCredentials, Error> {
        settings::region(self.pool.region())?;
        let provider_name = filled(self.provider_name, "the name of the provider is empty")?;
        let logins = named(self.logins, provider_name)?;
        let role_arn = filled(self.role_arn, "the ARN of the role is empty")?;
        let plain_http = PlainHttpHosts::new(&self.plain_http);
        let region = self.pool.region();
        let uri = self.endpoint.uri(Service::IdentityPools, region, &plain_http)?;
        let http = self
            .http_client
            .unwrap_or_else(|| Arc::new(HttpsClient::with_connect_timeout(self.connect_timeout)));
        let transport = Transport { http, uri: Ok(uri), limits: self.limits, signer: None };
        let identities = Identities::new(Source {
            transport: transport.clone(),
            pool: self.pool,
            initial: self.initial,
            cache: self.cache.unwrap_or_else(|| Arc::new(MemoryStore::default())),
        });
        let client = Client { transport, identities, logins, role_arn, clock: self.clock };
        Ok(IdentityPoolCredentials { shared: Arc::new(Shared::new(client)) })
    }
}

/// Returns a setting, or an error if it is blank.
fn filled(value: Option<String>, empty: &'static str) -> Result<Option<String>, Cause> {
    match value.as_deref().map(settings::given) {
        Some(None) => Err(Cause::new(empty)),
        _ => Ok(value),
    }
}

/// Sets the provider name of a source of logins.
fn named(logins: LoginSource, provider: Option<String>) -> Result<LoginSource, Cause> {
    match (logins, provider) {
        (LoginSource::Guest, Some(_)) => Err(Cause::new("a guest has no provider to name")),
        (LoginSource::Guest, None) => Ok(LoginSource::Guest),
        (LoginSource::Session { tokens, .. }, provider) => {
            Ok(LoginSource::Session { tokens, provider })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn guest(id: &str) -> IdentityPoolCredentialsBuilder {
        IdentityPoolCredentials::builder(id.parse().unwrap()).guest()
    }

    #[test]
    fn settings_that_cannot_be_used_are_rejected_by_name() {
        const ID: &str = "eu-west-1:0-1";
        for (builder, named) in [
            (guest(ID).endpoint("localhost:4701"), "endpoint"),
            (guest(ID).endpoint("http://emulator:4701"), "allow_plain_http"),
            (guest(ID).endpoint("http://localhost:4701").use_fips(), "FIPS"),
            (guest(ID).role_arn(" "), "role"),
            (guest(ID).provider_name("accounts.google.com"), "provider"),
            (guest("EU-west-1:0-1"), "Region"),
        ] {
            let error = builder.build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains(named), "{error}");
        }
    }

    #[test]
    fn requests_go_to_the_region_of_the_identity_pool_or_to_the_endpoint() {
        let uri = |builder: IdentityPoolCredentialsBuilder| {
            builder.build().unwrap().shared.client().transport.uri.clone().unwrap().to_string()
        };
        let region = "https://cognito-identity.us-gov-west-1.amazonaws.com/";
        assert_eq!(uri(guest("us-gov-west-1:0-1")), region);
        assert_eq!(uri(guest("us-gov-west-1:0-1").endpoint(" ")), region);
        let allowed = guest("eu-west-1:0-1").allow_plain_http(["emulator"]);
        assert_eq!(uri(allowed.endpoint("http://emulator:4701")), "http://emulator:4701/");
    }
}
