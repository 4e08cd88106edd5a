//! Tokens of programs: the client-credentials grant and GetClientToken.

mod builder;
mod cache;
mod endpoint;
mod fetcher;
mod request;

use std::fmt;
use std::sync::Arc;

use cognito_types::{
    BoxFuture, ClientId, IssuedToken, TokenError, TokenRequest, TokenSource, UserPoolId,
};

pub use self::builder::ClientCredentialsBuilder;
pub use self::cache::{MachineTokenCache, MachineTokenKey, MemoryTokenCache};
use self::endpoint::Endpoint;
use crate::cached::{CachedTokens, complete};

/// A source of access tokens of a program, which is an app client with a secret.
///
/// AWS bills each token, so tokens are cached and refreshed late: see [`CachedTokens`]. Clones
/// share the cache. It needs a tokio runtime with a timer.
///
/// ```
/// # mod cognito { pub use cognito_http as http; }
/// use cognito::http::ClientCredentials;
///
/// let orders = ClientCredentials::at_domain("https://auth.example.com", "client-id")
///     .client_secret("the client's secret")
///     .scopes(["orders/read"])
///     .build()?;
/// # drop(orders);
/// # Ok::<(), cognito_http::TokenEndpointError>(())
/// ```
///
/// See [machine-to-machine authorization](https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html).
#[derive(Clone)]
pub struct ClientCredentials {
    tokens: CachedTokens,
    scopes: Arc<[String]>,
}

impl ClientCredentials {
    /// Creates a builder for the token endpoint of the pool's domain, such as
    /// `https://auth.example.com` or `https://auth.example.com/oauth2/token` ([RFC 6749,
    /// 4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)).
    pub fn at_domain(
        domain: impl Into<String>,
        client: impl Into<ClientId>,
    ) -> ClientCredentialsBuilder {
        ClientCredentialsBuilder::new(Endpoint::Domain(domain.into()), client.into())
    }

    /// Creates a builder for the API of the pool's Region (GetClientToken), which needs no domain.
    ///
    /// The app client must allow the flow `ALLOW_CLIENT_TOKEN_AUTH`. The request is not signed.
    pub fn at_pool(pool: &UserPoolId, client: impl Into<ClientId>) -> ClientCredentialsBuilder {
        ClientCredentialsBuilder::new(Endpoint::of_pool(pool), client.into())
    }
}

impl TokenSource for ClientCredentials {
    fn token(&self, request: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        self.tokens.token(&complete(request, &self.scopes))
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
