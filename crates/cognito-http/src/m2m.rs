//! Tokens of programs: the client-credentials grant and GetClientToken.

mod cache;
mod error;
mod request;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use cognito_tokens::{
    BoxFuture, ClientId, ClientSecret, Clock, IssuedToken, SystemClock, TokenError, TokenKind,
    TokenRequest, TokenSet, TokenSource, UserPoolId,
};

pub use self::cache::{MachineTokenCache, MachineTokenKey, MemoryTokenCache};
pub use self::error::MachineTokenError;
use self::request::{Endpoint, Requester, Secret};
use crate::cached::{CachedTokens, Fetch};

/// The access tokens of a program, which is an app client with a secret.
///
/// Each token is paid for, so it is kept and renewed late: see [`CachedTokens`]. Clones share all.
///
/// ```
/// use cognito_http::ClientCredentials;
///
/// let orders = ClientCredentials::at_domain("https://auth.example.com", "client-id")
///     .client_secret("the client's secret")
///     .scopes(["orders/read"])
///     .build()?;
/// # drop(orders);
/// # Ok::<(), cognito_http::MachineTokenError>(())
/// ```
///
/// See [machine-to-machine authorization](https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html).
#[derive(Clone)]
pub struct ClientCredentials {
    tokens: CachedTokens,
    scopes: Arc<[String]>,
}

impl ClientCredentials {
    /// Asks the token endpoint of the pool's domain, such as `https://auth.example.com`
    /// ([RFC 6749, 4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)).
    pub fn at_domain(
        domain: impl Into<String>,
        client: impl Into<ClientId>,
    ) -> ClientCredentialsBuilder {
        ClientCredentialsBuilder::new(Endpoint::Domain(domain.into()), client.into())
    }

    /// Asks the pool itself (GetClientToken), which needs no domain.
    ///
    /// The app client must allow the flow `ALLOW_CLIENT_TOKEN_AUTH`. The request is not signed.
    pub fn at_pool(pool: &UserPoolId, client: impl Into<ClientId>) -> ClientCredentialsBuilder {
        let (region, suffix) = (pool.region(), pool.partition_suffix());
        let service = format!("https://cognito-idp.{region}.{suffix}/");
        ClientCredentialsBuilder::new(Endpoint::Service(service), client.into())
    }

    /// The request that has this client's scopes if it names none, in one order.
    fn complete(&self, want: &TokenRequest) -> TokenRequest {
        let scopes = if want.scopes().is_empty() { &self.scopes } else { want.scopes() };
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        want.clone().with_scopes(scopes)
    }
}

impl TokenSource for ClientCredentials {
    fn token(&self, want: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        self.tokens.token(&self.complete(want))
    }

    fn reject(&self, token: &IssuedToken) {
        self.tokens.reject(token);
    }
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// Settings of [`ClientCredentials`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientCredentialsBuilder {
    endpoint: Endpoint,
    client: ClientId,
    secret: Option<Secret>,
    scopes: Vec<String>,
    resource: Option<String>,
    metadata: BTreeMap<String, String>,
    cache: Option<Arc<dyn MachineTokenCache>>,
    clock: Arc<dyn Clock>,
}

impl ClientCredentialsBuilder {
    fn new(endpoint: Endpoint, client: ClientId) -> Self {
        Self {
            endpoint,
            client,
            secret: None,
            scopes: Vec::new(),
            resource: None,
            metadata: BTreeMap::new(),
            cache: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// The app client's secret.
    pub fn client_secret(self, secret: impl Into<ClientSecret>) -> Self {
        Self { secret: Some(Secret::Fixed(secret.into())), ..self }
    }

    /// Asks for the app client's secret before each request, and once more when it is refused: an
    /// app client has two secrets while one replaces the other.
    pub fn client_secret_from<F, T>(self, ask: F) -> Self
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = ClientSecret> + Send + 'static,
    {
        let ask = move || -> BoxFuture<'static, ClientSecret> { Box::pin(ask()) };
        Self { secret: Some(Secret::Callback(Arc::new(ask))), ..self }
    }

    /// The scopes of tokens for requests that name none, such as `orders/read`; all that the app
    /// client may have unless set.
    pub fn scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        Self { scopes: scopes.into_iter().map(Into::into).collect(), ..self }
    }

    /// The resource that tokens are bound to (`aud`,
    /// [RFC 8707](https://www.rfc-editor.org/rfc/rfc8707)), for the domain's endpoint.
    pub fn resource(self, uri: impl Into<String>) -> Self {
        Self { resource: Some(uri.into()), ..self }
    }

    /// A word to the pool's triggers.
    pub fn client_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Asks this address for GetClientToken, instead of the service in the pool's Region.
    pub fn endpoint(self, url: impl Into<String>) -> Self {
        let endpoint = match self.endpoint {
            Endpoint::Domain(_) => Endpoint::Domain(url.into()),
            Endpoint::Service(_) => Endpoint::Service(url.into()),
        };
        Self { endpoint, ..self }
    }

    /// Shares tokens with others through this cache.
    pub fn cache(self, cache: Arc<dyn MachineTokenCache>) -> Self {
        Self { cache: Some(cache), ..self }
    }

    /// Tells the time by this clock.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Makes the client; no I/O happens yet.
    ///
    /// # Errors
    ///
    /// [`MachineTokenError::InvalidEndpoint`] for an address that is neither HTTPS nor loopback,
    /// [`MachineTokenError::NoSecret`], [`MachineTokenError::Unsupported`] for a resource with
    /// GetClientToken, [`MachineTokenError::Tls`].
    pub fn build(self) -> Result<ClientCredentials, MachineTokenError> {
        let url = self.endpoint.url()?;
        if self.resource.is_some() && matches!(self.endpoint, Endpoint::Service(_)) {
            return Err(MachineTokenError::Unsupported("GetClientToken takes no resource"));
        }
        let secret = self.secret.ok_or(MachineTokenError::NoSecret)?;
        let key = MachineTokenKey {
            endpoint: url.to_string(),
            client_id: self.client,
            scopes: Vec::new(),
            resource: self.resource,
            metadata: self.metadata,
        };
        let http = request::http_client().map_err(MachineTokenError::Tls)?;
        let requester = Arc::new(Requester { http, url, endpoint: self.endpoint, secret });
        let clock = Arc::clone(&self.clock);
        let fetch = Fetcher { requester, key, cache: self.cache, clock };
        let tokens = CachedTokens::with_clock(fetch, self.clock);
        Ok(ClientCredentials { tokens, scopes: self.scopes.into() })
    }
}

/// Fetches tokens from the shared cache, or else from the endpoint.
#[derive(Clone)]
struct Fetcher {
    requester: Arc<Requester>,
    /// Without scopes, which each request has.
    key: MachineTokenKey,
    cache: Option<Arc<dyn MachineTokenCache>>,
    clock: Arc<dyn Clock>,
}

impl Fetch for Fetcher {
    fn fetch(
        &self,
        want: TokenRequest,
        refused: Option<TokenSet>,
    ) -> BoxFuture<'static, Result<TokenSet, TokenError>> {
        let fetcher = self.clone();
        Box::pin(async move { fetcher.tokens(&want, refused).await.map_err(TokenError::from) })
    }
}

impl Fetcher {
    async fn tokens(
        mut self,
        want: &TokenRequest,
        refused: Option<TokenSet>,
    ) -> Result<TokenSet, MachineTokenError> {
        if want.kind() != TokenKind::Access {
            return Err(MachineTokenError::Unsupported("programs have access tokens only"));
        }
        self.key.scopes = want.scopes().to_vec();
        if let Some(cached) = self.cached(refused.as_ref()).await {
            return Ok(cached);
        }
        let asked_at = self.clock.now();
        let granted = self.requester.request(&self.key).await?;
        let set = TokenSet::new(granted.token, asked_at, granted.lifetime);
        if let Some(cache) = &self.cache {
            cache.put(&self.key, set.clone()).await;
        }
        Ok(set)
    }

    /// What the shared cache has, unless it is refused or about to be renewed.
    async fn cached(&self, refused: Option<&TokenSet>) -> Option<TokenSet> {
        let cached = self.cache.as_ref()?.get(&self.key).await?;
        let token = |set: &TokenSet| set.access_token().expose_secret().to_owned();
        let is_refused = refused.is_some_and(|refused| token(refused) == token(&cached));
        let age = self.clock.now().duration_since(cached.issued_at()).unwrap_or_default();
        let is_young = age < cached.lifetime().saturating_sub(cached.lifetime() / 10);
        (is_young && !is_refused).then_some(cached)
    }
}
