//! Builder of clients for machine tokens.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_tokens::PlainHttpHosts;
use cognito_types::{ClientId, ClientSecret, Clock, SecretSource, SystemClock};

use super::ClientCredentials;
use super::cache::{MachineTokenCache, MachineTokenKey};
use super::endpoint::Endpoint;
use super::fetcher::Fetcher;
use super::request::Requester;
use crate::cached::{CachedTokens, FETCH_TIMEOUT};
use crate::post::Poster;
use crate::token_endpoint_error::TokenEndpointError;

/// A builder of [`ClientCredentials`].
#[derive(Clone)]
#[must_use]
pub struct ClientCredentialsBuilder {
    endpoint: Endpoint,
    client: ClientId,
    secret: SecretSource,
    scopes: Vec<String>,
    metadata: BTreeMap<String, String>,
    plain_http: PlainHttpHosts,
    cache: Option<Arc<dyn MachineTokenCache>>,
    clock: Arc<dyn Clock>,
    timeout: Duration,
}

impl ClientCredentialsBuilder {
    pub(super) fn new(endpoint: Endpoint, client: ClientId) -> Self {
        Self {
            endpoint,
            client,
            secret: SecretSource::none(),
            scopes: Vec::new(),
            metadata: BTreeMap::new(),
            plain_http: PlainHttpHosts::default(),
            cache: None,
            clock: Arc::new(SystemClock),
            timeout: FETCH_TIMEOUT,
        }
    }

    /// Sets the app client's secret.
    pub fn client_secret(self, secret: impl Into<ClientSecret>) -> Self {
        Self { secret: SecretSource::fixed(secret), ..self }
    }

    /// Sets a function that reads the app client's secret before each request.
    ///
    /// When the service refuses a secret, the function is called again with the refused secret,
    /// because an app client has two secrets during rotation. A function that caches the secret
    /// must then read it again. If the function fails, the request for a token fails and is retried
    /// after a pause.
    ///
    /// ```
    /// # mod cognito { pub use cognito_http as http; pub use cognito_types as types; }
    /// use cognito::http::ClientCredentials;
    /// use cognito::types::ClientSecret;
    ///
    /// async fn read(refused: Option<ClientSecret>) -> std::io::Result<ClientSecret> {
    ///     let is_stale = refused.is_some(); // Then a cached secret must be read again.
    ///     # let _ = is_stale;
    ///     // The file may end with a line break, which is not part of the secret.
    ///     Ok(std::fs::read_to_string("/run/secrets/orders")?.trim_end().into())
    /// }
    ///
    /// let orders = ClientCredentials::at_domain("https://auth.example.com", "client-id")
    ///     .client_secret_from(read)
    ///     .build()?;
    /// # Ok::<(), cognito_http::TokenEndpointError>(())
    /// ```
    pub fn client_secret_from<F, T, E>(self, read: F) -> Self
    where
        F: Fn(Option<ClientSecret>) -> T + Send + Sync + 'static,
        T: Future<Output = Result<ClientSecret, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        Self { secret: SecretSource::read_by(read), ..self }
    }

    /// Sets the scopes for requests without scopes, such as `orders/read`; by default all scopes
    /// that the app client may have.
    pub fn scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        Self { scopes: scopes.into_iter().map(Into::into).collect(), ..self }
    }

    /// Does nothing: no resource is sent.
    ///
    /// According to the [developer
    /// guide](https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html)
    /// a pool binds only tokens of users to a resource (`aud`). It is not documented whether it
    /// ignores or refuses the resource of a program; the emulator refuses it.
    #[deprecated(
        note = "a pool binds no tokens of programs to a resource, so nothing is sent; request scopes \
                of the resource server, such as `https://api.example.com/read`, and verify these"
    )]
    pub fn resource(self, _uri: impl Into<String>) -> Self {
        self
    }

    /// Adds client metadata, which the pool passes to its triggers.
    pub fn client_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Sets the URL of the endpoint: another domain, or with `at_pool` the API of an emulator or a
    /// VPC endpoint.
    pub fn endpoint(self, url: impl Into<String>) -> Self {
        Self { endpoint: self.endpoint.at(url.into()), ..self }
    }

    /// Uses the FIPS endpoint of the API in the pool's Region, like `use_fips` of the AWS SDK.
    ///
    /// It is ignored if [`endpoint`](Self::endpoint) is set. In AWS GovCloud a domain has a FIPS
    /// host (`https://<prefix>.auth-fips.<region>.amazoncognito.com`), which can be passed to
    /// `at_domain`.
    pub fn use_fips(self, fips: bool) -> Self {
        Self { endpoint: self.endpoint.with_fips(fips), ..self }
    }

    /// Allows plain HTTP to these hosts, such as an emulator in another container.
    ///
    /// # Security
    ///
    /// An attacker on the network path to such a host can read the client secret and the tokens.
    pub fn allow_plain_http<H: AsRef<str>>(self, hosts: impl IntoIterator<Item = H>) -> Self {
        Self { plain_http: PlainHttpHosts::new(hosts), ..self }
    }

    /// Shares tokens with other clients through this cache.
    pub fn cache(self, cache: Arc<dyn MachineTokenCache>) -> Self {
        Self { cache: Some(cache), ..self }
    }

    /// Sets the clock for the age of tokens and for pauses.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Sets the time limit for getting a token, [`FETCH_TIMEOUT`] by default. It covers reading the
    /// secret, the shared cache and the request.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Creates the client without I/O.
    ///
    /// # Errors
    ///
    /// [`TokenEndpointError::InvalidEndpoint`] for a URL that is not an endpoint or needs plain
    /// HTTP that is not allowed, [`TokenEndpointError::NoSecret`],
    /// [`TokenEndpointError::Unsupported`] for a secret with the line break of its file,
    /// [`TokenEndpointError::Tls`].
    pub fn build(self) -> Result<ClientCredentials, TokenEndpointError> {
        self.build_with(reqwest::Client::builder())
    }

    /// Creates the client like [`build`](Self::build), with these settings of its HTTP client:
    /// proxies, root certificates, timeouts.
    ///
    /// Redirects are never followed, because the requests contain a secret. Plain HTTP requests and
    /// requests to loopback addresses use no proxy.
    ///
    /// # Errors
    ///
    /// The errors of [`build`](Self::build).
    pub fn build_with(
        self,
        http: reqwest::ClientBuilder,
    ) -> Result<ClientCredentials, TokenEndpointError> {
        let url = self.endpoint.url(&self.plain_http)?;
        if self.secret.is_none() {
            return Err(TokenEndpointError::NoSecret);
        }
        if let Some(problem) = self.secret.problem() {
            return Err(TokenEndpointError::Unsupported(problem));
        }
        let key = MachineTokenKey {
            endpoint: url.to_string(),
            client_id: self.client,
            scopes: Vec::new(),
            metadata: self.metadata,
        };
        let poster = Poster::new(http, &url, self.secret).map_err(TokenEndpointError::Tls)?;
        let requester = Requester { poster, url, at_domain: self.endpoint.is_domain() };
        let (requester, clock) = (Arc::new(requester), Arc::clone(&self.clock));
        let fetcher = Fetcher { requester, key, cache: self.cache, clock };
        let tokens = CachedTokens::fetched_by(fetcher).clock(self.clock).timeout(self.timeout);
        Ok(ClientCredentials { tokens, scopes: self.scopes.into() })
    }
}

impl fmt::Debug for ClientCredentialsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // ClientMetadata can contain personal data.
        f.debug_struct("ClientCredentialsBuilder")
            .field("endpoint", &self.endpoint)
            .field("client", &self.client)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
