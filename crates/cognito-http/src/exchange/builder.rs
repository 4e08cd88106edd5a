//! Settings of token exchangers.

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

/// The number of exchanged tokens that are cached, unless set otherwise.
const CAPACITY: usize = 1024;

/// Settings of a [`TokenExchanger`].
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

    /// Reads the app client's secret by this function before each exchange.
    ///
    /// When the service refuses a secret, the function is called a second time, with that secret: see
    /// [`ClientCredentialsBuilder::client_secret_from`](crate::ClientCredentialsBuilder::client_secret_from).
    pub fn client_secret_from<F, T, E>(self, read: F) -> Self
    where
        F: Fn(Option<ClientSecret>) -> T + Send + Sync + 'static,
        T: Future<Output = Result<ClientSecret, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        Self { secret: SecretSource::read_by(read), ..self }
    }

    /// Names this service as the one that acts for users, by access tokens of its own, such as those
    /// of [`ClientCredentials`](crate::ClientCredentials). Tokens have it in the claim `act`
    /// (delegation); without an actor they are like the users' own (impersonation).
    ///
    /// A token of the source that may have been refused is [rejected](TokenSource::reject), and the
    /// exchange is retried with another one.
    pub fn actor(self, source: impl TokenSource) -> Self {
        Self { actor: Some(Arc::new(source)), ..self }
    }

    /// Allows these hosts over plain HTTP, such as an emulator in another container.
    ///
    /// # Security
    ///
    /// Everyone on the way to such a host can read the client secret and the tokens.
    pub fn allow_plain_http<H: AsRef<str>>(self, hosts: impl IntoIterator<Item = H>) -> Self {
        Self { plain_http: PlainHttpHosts::new(hosts), ..self }
    }

    /// Sets the number of tokens that are cached, 1,024 by default. A further one takes the place of
    /// the one that expires first; as many exchanges can be under way.
    pub fn capacity(self, tokens: NonZeroUsize) -> Self {
        Self { capacity: tokens.get(), ..self }
    }

    /// Limits the time for which a token is used before the user's token is exchanged again, at least
    /// a second; by default it is used to its end.
    ///
    /// # Security
    ///
    /// A user who was signed out or disabled keeps access until the next exchange, which the service
    /// rejects. The token itself is valid to its end.
    pub fn max_age(self, age: Duration) -> Self {
        Self { max_age: age.max(Duration::from_secs(1)), ..self }
    }

    /// Sets the clock by which tokens age and pauses end.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Sets the time limit of an exchange, [`FETCH_TIMEOUT`] by default: the secret, the actor's
    /// token and the request in all.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Creates the exchanger without I/O.
    ///
    /// # Errors
    ///
    /// [`TokenEndpointError::InvalidEndpoint`] for a URL that is not that of a domain or is plain
    /// HTTP to a host that is not allowed, [`TokenEndpointError::Tls`].
    pub fn build(self) -> Result<TokenExchanger, TokenEndpointError> {
        self.build_with(reqwest::Client::builder())
    }

    /// Creates the exchanger as [`build`](Self::build) does, with these settings of its HTTP client:
    /// proxies, root certificates, timeouts.
    ///
    /// Redirects are never followed, because the requests carry secrets.
    /// Requests over plain HTTP and to loopback addresses use no proxy.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build).
    pub fn build_with(
        self,
        http: reqwest::ClientBuilder,
    ) -> Result<TokenExchanger, TokenEndpointError> {
        let domain = Domain::parse(&self.domain, &self.plain_http);
        let url = domain.ok_or(TokenEndpointError::InvalidEndpoint)?.url(TOKEN_PATH);
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
