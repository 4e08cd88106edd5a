//! Sessions from tokens that the application obtained elsewhere.

use std::future::IntoFuture;

use cognito_types::{BoxFuture, RefreshToken, TokenSet};

use super::begin::{Given, new_key};
use super::request_tokens::RefreshBy;
use super::{Session, SessionDevice, SessionError};
use crate::device::DeviceCredentials;
use crate::pool::UserPool;

/// A session from existing tokens, which are verified when it is awaited.
///
/// Expired tokens are refreshed first, if there is a refresh token (GetTokensFromRefreshToken).
///
/// Keep the tokens until you have a session, as the result or in [`SessionError::session`]: after a
/// transient error the request can be retried.
///
/// # Errors
///
/// [`InvalidToken`](crate::ErrorKind::InvalidToken) for tokens that are not of this pool and app
/// client, [`TokenExpired`](crate::ErrorKind::TokenExpired) for expired tokens without a refresh
/// token, and the error of the service if it refuses the refresh token.
#[derive(Clone, Debug)]
#[must_use = "nothing is verified until it is awaited"]
pub struct AdoptedSession {
    pool: UserPool,
    given: Given,
    store_as: Option<String>,
    device: Option<DeviceCredentials>,
    refresh_by: RefreshBy,
}

impl AdoptedSession {
    pub(crate) fn of_set(pool: UserPool, tokens: TokenSet) -> Self {
        Self::new(pool, Given::Set(tokens))
    }

    pub(crate) fn of_refresh_token(pool: UserPool, token: RefreshToken) -> Self {
        Self::new(pool, Given::RefreshToken(token))
    }

    fn new(pool: UserPool, given: Given) -> Self {
        Self { pool, given, store_as: None, device: None, refresh_by: RefreshBy::Api }
    }

    /// Sets the name under which the pool's store keeps the session. The default is 128 random
    /// bits.
    ///
    /// A session that the store has under the name is replaced.
    pub fn store_as(self, name: impl Into<String>) -> Self {
        Self { store_as: Some(name.into()), ..self }
    }

    /// Sets the device that the tokens were issued to. Without it the service may refuse to refresh
    /// them.
    pub fn device(self, device: DeviceCredentials) -> Self {
        Self { device: Some(device), ..self }
    }

    /// Refreshes the tokens with the pool's
    /// [`token_refresher`](crate::UserPoolBuilder::token_refresher), now and after the session is
    /// restored from a store.
    ///
    /// Use it for tokens of managed login: the API does not refresh those without the scope
    /// [`API_SCOPE`](crate::API_SCOPE). Without a refresher in the pool, a refresh fails with
    /// [`Configuration`](crate::ErrorKind::Configuration).
    pub fn refresh_by_token_endpoint(self) -> Self {
        Self { refresh_by: RefreshBy::TokenEndpoint, ..self }
    }

    /// Treats the tokens like those of a sign-in with the API, because the caller has just received
    /// and verified them: if the pool cannot verify them now, the session in the error keeps them.
    #[doc(hidden)]
    pub fn newly_issued(self) -> Self {
        let given = match self.given {
            Given::Set(tokens) => Given::Issued(tokens),
            given => given,
        };
        Self { given, ..self }
    }
}

impl IntoFuture for AdoptedSession {
    type Output = Result<Session, SessionError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { pool, given, store_as, device, refresh_by } = self;
        let device = device.map(SessionDevice::known);
        Box::pin(async move {
            // The key comes first: a failure after the refresh would lose a rotated refresh token.
            let key = new_key(&pool, store_as)?;
            Session::adopt(pool, given, key, device, refresh_by).await
        })
    }
}
