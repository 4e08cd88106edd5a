//! Builder of token exchangers.

use std::error::Error;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use cognito_tokens::PlainHttpHosts;
use cognito_types::{ClientId, ClientSecret, Clock, SecretSource, SystemClock, TokenSource};

use super::TokenExchanger;
use super::fetcher::{Exchange, Fetcher};
use super::own_actor::OwnActor;
use crate::cached::{Cache, FETCH_TIMEOUT};
use crate::domain::{Domain, TOKEN_PATH};
use crate::post::Poster;
use crate::token_endpoint_error::TokenEndpointError;

/// The default number of cached tokens.
const CAPACITY: usize = 1024;

/// A builder of [`TokenExchanger`].
#[derive(Clone)]
#[must_use]
pub struct TokenExchangerBuilder {
    domain: String,
    client: ClientId,
    secret: SecretSource,
    actor: Option<Arc<dyn TokenSource>>,
    plain_http: PlainHttpHosts,
    capacity: usize,
    max_age: Duration,
    clock: Arc<dyn Clock>,
    timeout: Duration,
}

impl TokenExchangerBuilder {
    pub(super) fn new(domain: String, client: ClientId) -> Self {
        Self {
            domain,
            client,
            secret: SecretSource::none(),
            actor: None,
            plain_http: PlainHttpHosts::default(),
            capacity: CAPACITY,
            max_age: Duration::MAX,
            clock: Arc::new(SystemClock),
            timeout: FETCH_TIMEOUT,
        }
    }

    /// Sets the app client's secret.
    pub fn client_secret(self, secret: impl Into<ClientSecret>) -> Self {
        Self { secret: SecretSource::fixed(secret), ..self }
    }

    /// Sets a function that reads the app client's secret before each exchange.
    ///
    /// When the service refuses a secret, the function is called again with the refused secret: see
    /// [`ClientCredentialsBuilder::client_secret_from`](crate::ClientCredentialsBuilder::client_secret_from).
    pub fn client_secret_from<F, T, E>(self, read: F) -> Self
    where
        F: Fn(Option<ClientSecret>) -> T + Send + Sync + 'static,
        T: Future<Output = Result<ClientSecret, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        Self { secret: SecretSource::read_by(read), ..self }
    }

    /// Sets the source of access tokens of this service, such as
    /// [`ClientCredentials`](crate::ClientCredentials), which acts for users. Exchanged tokens have
    /// it in the claim `act` (delegation); without an actor they are like the users' own
    /// (impersonation).
    ///
    /// If the actor's token may have been refused, it is [rejected](TokenSource::reject), and the
    /// exchange is retried with another one.
    pub fn actor(self, source: impl TokenSource) -> Self {
        Self { actor: Some(Arc::new(source)), ..self }
    }

    /// Allows plain HTTP to these hosts, such as an emulator in another container.
    ///
    /// # Security
    ///
    /// An attacker on the network path to such a host can read the client secret and the tokens.
    pub fn allow_plain_http<H: AsRef<str>>(self, hosts: impl IntoIterator<Item = H>) -> Self {
        Self { plain_http: PlainHttpHosts::new(hosts), ..self }
    }

    /// Sets the number of cached tokens, 1,024 by default. A further token evicts the one that
    /// expires first. It also limits concurrent exchanges.
    pub fn capacity(self, tokens: NonZeroUsize) -> Self {
        Self { capacity: tokens.get(), ..self }
    }

    /// Sets the maximum time for which a token is used before the user's token is exchanged again,
    /// at least one second; by default it is used until it expires.
    ///
    /// # Security
    ///
    /// A user who was signed out or disabled keeps access until the next exchange, which the
    /// service refuses. The token is valid until it expires.
    pub fn max_age(self, age: Duration) -> Self {
        Self { max_age: age.max(Duration::from_secs(1)), ..self }
    }

    /// Sets the clock for the age of tokens and for pauses.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Sets the time limit of an exchange, [`FETCH_TIMEOUT`] by default. It covers reading the
    /// secret, the actor's token and the request.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Creates the exchanger without I/O.
    ///
    /// # Errors
    ///
    /// [`TokenEndpointError::InvalidEndpoint`] for a URL that is not that of a domain or needs
    /// plain HTTP that is not allowed, [`TokenEndpointError::Unsupported`] for a secret with
    /// the line break of its file, [`TokenEndpointError::Tls`].
    pub fn build(self) -> Result<TokenExchanger, TokenEndpointError> {
        self.build_with(reqwest::Client::builder())
    }

    /// Creates the exchanger like [`build`](Self::build), with these settings of its HTTP client:
    /// proxies, root certificates, timeouts.
    ///
    /// Redirects are never followed, because the requests contain secrets. Plain HTTP requests and
    /// requests to loopback addresses use no proxy.
    ///
    /// # Errors
    ///
    /// The errors of [`build`](Self::build).
    pub fn build_with(
        self,
        http: reqwest::ClientBuilder,
    ) -> Result<TokenExchanger, TokenEndpointError> {
        let domain = Domain::parse(&self.domain, &self.plain_http);
        let url = domain.ok_or(TokenEndpointError::InvalidEndpoint)?.url(TOKEN_PATH);
        if let Some(problem) = self.secret.problem() {
            return Err(TokenEndpointError::Unsupported(problem));
        }
        let poster = Poster::new(http, &url, self.secret).map_err(TokenEndpointError::Tls)?;
        let exchange = Exchange {
            poster,
            url,
            client: self.client,
            actor: self.actor.map(OwnActor::new),
            max_age: self.max_age,
            clock: Arc::clone(&self.clock),
        };
        let cache = Cache::new(Fetcher(Arc::new(exchange)), self.capacity);
        Ok(TokenExchanger { cache: cache.clock(self.clock).timeout(self.timeout) })
    }
}

impl fmt::Debug for TokenExchangerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenExchangerBuilder")
            .field("domain", &self.domain)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
