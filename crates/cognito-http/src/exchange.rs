//! Token exchange at the token endpoint (RFC 8693): tokens that act on behalf of users at other
//! services.

mod builder;
mod fetcher;
mod own_actor;

use std::fmt;

use cognito_types::{
    BoxFuture, ClientId, IssuedToken, SecurityToken, TokenError, TokenRequest, TokenSource,
};

pub use self::builder::TokenExchangerBuilder;
use crate::cached::{Cache, Key, complete};

/// Exchanges the tokens of users for tokens that are bound to another service, at the token endpoint
/// of the pool's domain ([RFC 8693](https://www.rfc-editor.org/rfc/rfc8693)).
///
/// The app client must allow the flow `ALLOW_TOKEN_EXCHANGE_IMPERSONATION`, or with an actor
/// `ALLOW_TOKEN_EXCHANGE_DELEGATION`. The pool needs the plan Essentials or Plus.
///
/// * A new token is cached for the user's token, the service, the scopes and the actor, and never
///   returned for another user.
/// * A cached token is used until the user's token expires, even if that is revoked meanwhile;
///   [`max_age`](TokenExchangerBuilder::max_age) limits it.
/// * Concurrent requests for one token share an exchange. After a failure there is a growing pause,
///   as in [`CachedTokens`](crate::CachedTokens).
///
/// Clones share the cache. It needs a tokio runtime with a timer.
///
/// ```
/// # mod cognito { pub use cognito_http as http; pub use cognito_types as types; pub use cognito_types as session; }
/// use cognito::http::TokenExchanger;
/// use cognito::session::{TokenError, TokenRequest, TokenSource};
/// use cognito::types::AccessToken;
///
/// async fn token_for_stock(
///     exchanger: &TokenExchanger,
///     user: AccessToken,
/// ) -> Result<String, TokenError> {
///     let stock = exchanger.on_behalf_of(user).audience("stock").scopes(["stock/read"]);
///     Ok(stock.token(&TokenRequest::access()).await?.expose_secret().to_owned())
/// }
///
/// let exchanger = TokenExchanger::at_domain("https://auth.example.com", "client-id")
///     .client_secret("the client's secret")
///     .build()?;
/// # drop(exchanger);
/// # Ok::<(), cognito_http::TokenEndpointError>(())
/// ```
///
/// See [token exchange](https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-token-exchange.html).
/// For SAML assertions and tokens of other identity providers, use GetDerivedToken with
/// `UserPool::exchange_token`.
#[derive(Clone)]
pub struct TokenExchanger {
    cache: Cache<ExchangeKey>,
}

impl TokenExchanger {
    /// Creates a builder for the token endpoint of the pool's domain, such as
    /// `https://auth.example.com` or `https://auth.example.com/oauth2/token`.
    pub fn at_domain(
        domain: impl Into<String>,
        client: impl Into<ClientId>,
    ) -> TokenExchangerBuilder {
        TokenExchangerBuilder::new(domain.into(), client.into())
    }

    /// Returns a source of tokens that are exchanged for this access or ID token.
    pub fn on_behalf_of(&self, subject: impl Into<SecurityToken>) -> OnBehalfOf {
        let key = ExchangeKey {
            subject: subject.into(),
            actor: None,
            target: None,
            request: TokenRequest::access(),
        };
        OnBehalfOf { cache: self.cache.clone(), key, scopes: Vec::new() }
    }
}

/// A source of one user's tokens for another service; see [`TokenExchanger::on_behalf_of`].
///
/// The exchanger caches its tokens, so a source can be created for each request. A
/// [`TokenRequest`] for an ID token gets an ID token.
///
/// An exchange fails with kind [`Ended`](cognito_types::TokenErrorKind::Ended) if the user's token
/// has expired, was revoked or is invalid, and with kind
/// [`Configuration`](cognito_types::TokenErrorKind::Configuration) if the actor's token is, or if
/// either may be; the source of the error is a [`TokenEndpointError`](crate::TokenEndpointError). A
/// cached token is returned without an exchange.
#[derive(Clone)]
#[must_use]
pub struct OnBehalfOf {
    cache: Cache<ExchangeKey>,
    key: ExchangeKey,
    scopes: Vec<String>,
}

impl OnBehalfOf {
    /// Binds the tokens to a service by its logical name (`aud`), in place of a
    /// [`resource`](Self::resource).
    pub fn audience(self, name: impl Into<String>) -> Self {
        self.target(Target::Audience(name.into()))
    }

    /// Binds the tokens to a resource server of the pool by its identifier (`aud`), in place of an
    /// [`audience`](Self::audience).
    pub fn resource(self, identifier: impl Into<String>) -> Self {
        self.target(Target::Resource(identifier.into()))
    }

    /// Sets the scopes for requests without scopes. A token gets those that the user's token has
    /// and the app client allows; by default it gets all of them.
    pub fn scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        Self { scopes: scopes.into_iter().map(Into::into).collect(), ..self }
    }

    /// Sets an access or ID token of the service that acts for the user, in place of the
    /// exchanger's [`actor`](TokenExchangerBuilder::actor). It becomes the claim `act`.
    pub fn actor(self, token: impl Into<SecurityToken>) -> Self {
        Self { key: ExchangeKey { actor: Some(token.into()), ..self.key }, ..self }
    }

    fn target(self, target: Target) -> Self {
        Self { key: ExchangeKey { target: Some(target), ..self.key }, ..self }
    }

    fn key_of(&self, request: &TokenRequest) -> ExchangeKey {
        ExchangeKey { request: complete(request, &self.scopes), ..self.key.clone() }
    }
}

impl TokenSource for OnBehalfOf {
    fn token(&self, request: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        self.cache.token(&self.key_of(request))
    }

    fn reject(&self, token: &IssuedToken) {
        self.cache.reject(token);
    }
}

/// The key of an exchanged token.
#[derive(Clone, PartialEq, Eq, Hash)]
struct ExchangeKey {
    /// The token instead of the user: an older token may have fewer rights, and expires earlier.
    subject: SecurityToken,
    /// None for the actor of the exchanger, if it has one.
    actor: Option<SecurityToken>,
    target: Option<Target>,
    request: TokenRequest,
}

/// The service that a token is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Target {
    Audience(String),
    Resource(String),
}

impl Target {
    fn name(&self) -> &str {
        let (Self::Audience(name) | Self::Resource(name)) = self;
        name
    }
}

impl Key for ExchangeKey {
    fn request(&self) -> &TokenRequest {
        &self.request
    }
}

impl fmt::Debug for TokenExchanger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenExchanger").field("kept", &self.cache.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for OnBehalfOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnBehalfOf")
            .field("target", &self.key.target)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
