//! Builder of a managed login.

use std::error::Error;
use std::sync::Arc;

use cognito_tokens::{Clients, PlainHttpHosts, ReqwestFetcher, Verifier};
use cognito_types::{ClientId, ClientSecret, Clock, SecretSource, SystemClock, UserPoolId};
use reqwest::redirect::Policy;
use url::Url;

use super::authorization::check_scopes;
use super::endpoint::Endpoint;
use super::error::ManagedLoginError;
use super::{Inner, ManagedLogin};
use crate::domain::{Domain, TOKEN_PATH};
use crate::post::{Poster, is_direct};

/// A builder of [`ManagedLogin`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ManagedLoginBuilder {
    pool: UserPoolId,
    client: ClientId,
    domain: String,
    secret: SecretSource,
    scopes: Vec<String>,
    api_endpoint: Option<String>,
    verifier: Option<Verifier>,
    plain_http: Vec<String>,
    clock: Arc<dyn Clock>,
}

impl ManagedLoginBuilder {
    pub(super) fn new(pool: UserPoolId, client: ClientId, domain: String) -> Self {
        Self {
            pool,
            client,
            domain,
            secret: SecretSource::none(),
            scopes: Vec::new(),
            api_endpoint: None,
            verifier: None,
            plain_http: Vec::new(),
            clock: Arc::new(SystemClock),
        }
    }

    /// Sets the app client's secret. Programs on users' machines must not have one, because users
    /// can read it.
    pub fn client_secret(self, secret: impl Into<ClientSecret>) -> Self {
        Self { secret: SecretSource::fixed(secret), ..self }
    }

    /// Sets a function that reads the app client's secret before each request.
    ///
    /// When the service refuses a secret, the function is called again with the refused secret,
    /// because an app client has two secrets during rotation.
    pub fn client_secret_from<F, T, E>(self, read: F) -> Self
    where
        F: Fn(Option<ClientSecret>) -> T + Send + Sync + 'static,
        T: Future<Output = Result<ClientSecret, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        Self { secret: SecretSource::read_by(read), ..self }
    }

    /// Sets the scopes for sign-ins without scopes; by default all scopes that the app client
    /// allows.
    ///
    /// `openid` adds an ID token. API operations of a signed-in user, such as reading the profile,
    /// require `aws.cognito.signin.user.admin`.
    pub fn scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        Self { scopes: scopes.into_iter().map(Into::into).collect(), ..self }
    }

    /// Verifies tokens with the key set of the API at this URL, such as an emulator.
    ///
    /// The key set is fetched from `<url>/<pool id>/.well-known/jwks.json`, and `<url>/<pool id>`
    /// is accepted as an issuer too.
    pub fn endpoint(self, url: impl Into<String>) -> Self {
        Self { api_endpoint: Some(url.into()), ..self }
    }

    /// Sets the verifier, such as that of a `UserPool`, to share its key set.
    ///
    /// It must accept tokens of the app client. [`endpoint`](Self::endpoint) and
    /// [`clock`](Self::clock) do not change it.
    pub fn verifier(self, verifier: Verifier) -> Self {
        Self { verifier: Some(verifier), ..self }
    }

    /// Allows plain HTTP to these hosts, such as an emulator in another container.
    ///
    /// # Security
    ///
    /// An attacker on the network path to such a host can read the client secret and the tokens.
    pub fn allow_plain_http<H: Into<String>>(self, hosts: impl IntoIterator<Item = H>) -> Self {
        Self { plain_http: hosts.into_iter().map(Into::into).collect(), ..self }
    }

    /// Sets the clock with which tokens are verified and dated.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Creates the managed login without I/O.
    ///
    /// # Errors
    ///
    /// [`ManagedLoginError::InvalidSetting`] for a domain that is not a URL, is a page or needs
    /// plain HTTP that is not allowed, and for scopes that the service never grants;
    /// [`ManagedLoginError::Tls`].
    pub fn build(self) -> Result<ManagedLogin, ManagedLoginError> {
        self.build_with(reqwest::Client::builder())
    }

    /// Creates the managed login like [`build`](Self::build), with these settings of its HTTP
    /// client: proxies, root certificates, timeouts.
    ///
    /// Redirects are never followed, because the requests contain secrets. Plain HTTP requests and
    /// requests to loopback addresses use no proxy; key sets over plain HTTP are fetched without these
    /// settings if the domain has HTTPS.
    ///
    /// # Errors
    ///
    /// The errors of [`build`](Self::build).
    pub fn build_with(
        self,
        http: reqwest::ClientBuilder,
    ) -> Result<ManagedLogin, ManagedLoginError> {
        const DOMAIN: &str = "the domain is invalid; give its URL without a page or query, over \
                              HTTPS unless the host is loopback or in allow_plain_http";
        let plain_http = PlainHttpHosts::new(&self.plain_http);
        let domain = Domain::parse(&self.domain, &plain_http);
        let domain = domain.ok_or(ManagedLoginError::InvalidSetting(DOMAIN))?;
        check_scopes(&self.scopes)?;
        if let Some(problem) = self.secret.problem() {
            return Err(ManagedLoginError::InvalidSetting(problem));
        }
        let poster = Poster::new(http, &domain.url(TOKEN_PATH), self.secret.clone());
        let poster = poster.map_err(ManagedLoginError::Tls)?;
        let verifier = match &self.verifier {
            Some(verifier) => verifier.clone(),
            None => {
                let client = self.key_client(&domain.url(TOKEN_PATH), poster.http());
                self.own_verifier(client.map_err(ManagedLoginError::Tls)?)
            }
        };
        let endpoint = Endpoint { poster, domain, client: self.client };
        let inner = Inner {
            scopes: self.scopes,
            endpoint,
            // An access token may be bound to a resource of another party.
            verifier: verifier.with_rules(|rules| rules.allow_any_audience()),
            clock: self.clock,
        };
        Ok(ManagedLogin { inner: Arc::new(inner) })
    }

    /// Returns the client for key sets: that of the domain, unless it may use a proxy and the keys
    /// are fetched over plain HTTP, because the proxy could replace them.
    fn key_client(&self, domain: &Url, http: &reqwest::Client) -> reqwest::Result<reqwest::Client> {
        let endpoint = self.api_endpoint.as_deref().and_then(|url| Url::parse(url).ok());
        match endpoint.is_some_and(|url| url.scheme() == "http") && !is_direct(domain) {
            true => reqwest::Client::builder().no_proxy().redirect(Policy::none()).build(),
            false => Ok(http.clone()),
        }
    }

    fn own_verifier(&self, http: reqwest::Client) -> Verifier {
        let fetcher = Arc::new(ReqwestFetcher::with_client(http));
        let clients = Clients::only(self.client.clone());
        let builder = Verifier::builder(&self.pool, clients, fetcher)
            .clock(Arc::clone(&self.clock))
            .allow_plain_http(&self.plain_http);
        match &self.api_endpoint {
            Some(url) => builder.endpoint(url).build(),
            None => builder.build(),
        }
    }
}
