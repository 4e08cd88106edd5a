//! Sessions from tokens that the application obtained elsewhere.

use std::fmt;
use std::future::IntoFuture;

use cognito_types::{BoxFuture, RefreshToken, SerializedSecret, TokenSet};

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
#[derive(Clone)]
#[must_use = "nothing is verified until it is awaited"]
pub struct AdoptedSession {
    pool: UserPool,
    given: Given,
    store_as: Option<SerializedSecret>,
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
        Self { store_as: Some(name.into().into()), ..self }
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

/// The name of the session is not printed, because it can be a cookie.
impl fmt::Debug for AdoptedSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdoptedSession")
            .field("pool", &self.pool)
            .field("given", &self.given)
            .field("device", &self.device)
            .field("refresh_by", &self.refresh_by)
            .finish_non_exhaustive()
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

#[cfg(test)]
mod tests {
    use crate::pool::UserPool;

    #[test]
    fn name_of_a_session_is_not_printed() {
        let pool = UserPool::builder("eu-west-1_Ab12Cd34E".parse().unwrap(), "client");
        let pool = pool.build().unwrap();
        let adopted = pool.session_from_refresh_token("token").store_as("a-cookie");
        let sign_in = pool.sign_in("alice").password("Correct-horse1");
        let sign_in = sign_in.store_as("a-cookie").store_device_as("a-cookie");
        for printed in [format!("{adopted:?}"), format!("{sign_in:?}")] {
            assert!(printed.contains("eu-west-1_Ab12Cd34E"), "{printed}");
            assert!(!printed.contains("a-cookie"), "{printed}");
        }
    }
}
