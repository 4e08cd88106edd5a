//! The request of a token exchange.

use std::future::IntoFuture;
use std::time::Duration;

use cognito_types::{BoxFuture, SecurityToken};

use crate::admin_access::AdminAccess;
use crate::app_client::ExchangeRequest;
use crate::derived_token::DerivedToken;
use crate::error::Error;
use crate::pool::UserPool;

/// The exchange of a user's token for a token that is bound to a service, which is sent when it is
/// awaited (GetDerivedToken).
///
/// The app client needs `ALLOW_TOKEN_EXCHANGE_IMPERSONATION` among its ExplicitAuthFlows, and
/// `ALLOW_TOKEN_EXCHANGE_DELEGATION` for an [`actor`](Self::actor); the pool needs the plan
/// Essentials or Plus. See [RFC 8693](https://www.rfc-editor.org/rfc/rfc8693).
///
/// # Errors
///
/// [`NotAuthorized`](crate::ErrorKind::NotAuthorized) for a token that is invalid, revoked or
/// expired, or an app client without the flow;
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a token type or provider that the
/// pool does not accept.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct TokenExchange {
    pool: UserPool,
    admin: Option<AdminAccess>,
    request: ExchangeRequest,
}

impl TokenExchange {
    pub(crate) fn new(pool: UserPool, admin: Option<AdminAccess>, subject: SecurityToken) -> Self {
        Self { pool, admin, request: ExchangeRequest::new(subject) }
    }

    /// Sets a token of the service that acts for the user, which becomes the claim `act` of the new
    /// token.
    pub fn actor(mut self, token: impl Into<SecurityToken>) -> Self {
        self.request.actor = Some(token.into());
        self
    }

    /// Requests scopes. The new token gets those that the user's token has and the app client
    /// allows; by default it gets all of them.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.request.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// Binds the new token to a service by its logical name (`aud`), in place of a
    /// [`resource`](Self::resource).
    pub fn audience(mut self, name: impl Into<String>) -> Self {
        (self.request.audience, self.request.resource) = (Some(name.into()), None);
        self
    }

    /// Binds the new token to a resource server of the pool by its identifier (`aud`), in place of
    /// an [`audience`](Self::audience).
    pub fn resource(mut self, identifier: impl Into<String>) -> Self {
        (self.request.audience, self.request.resource) = (None, Some(identifier.into()));
        self
    }

    /// Requests an ID token instead of an access token.
    pub fn id_token(mut self) -> Self {
        self.request.wants_id_token = true;
        self
    }

    /// Sets the time limit for the request with its retries, in place of the pool's
    /// `operation_timeout`.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.request.timeout = Some(timeout);
        self
    }
}

impl IntoFuture for TokenExchange {
    type Output = Result<DerivedToken, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { pool, admin, request } = self;
        Box::pin(async move { pool.app_client().exchange(&request, admin.as_ref()).await })
    }
}
