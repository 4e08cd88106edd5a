//! Sessions of tokens that were got elsewhere.

use std::future::IntoFuture;

use cognito_tokens::{BoxFuture, TokenSet};

use super::{Session, SessionDevice};
use crate::device::DeviceCredentials;
use crate::error::Error;
use crate::pool::UserPool;

/// A session of tokens that were got elsewhere; it is verified when it is awaited.
///
/// It fails with [`InvalidToken`](crate::ErrorKind::InvalidToken) for tokens that are not of this
/// pool and app client. After [`KeysUnavailable`](crate::ErrorKind::KeysUnavailable) it can be tried
/// again: keep the tokens until there is a session.
#[derive(Clone, Debug)]
#[must_use = "nothing is verified until it is awaited"]
pub struct AdoptedSession {
    pool: UserPool,
    tokens: TokenSet,
    store_as: Option<String>,
    device: Option<DeviceCredentials>,
}

impl AdoptedSession {
    pub(crate) fn new(pool: UserPool, tokens: TokenSet) -> Self {
        Self { pool, tokens, store_as: None, device: None }
    }

    /// Keeps the session in the pool's store under this name; it is not kept unless set.
    pub fn store_as(self, name: impl Into<String>) -> Self {
        Self { store_as: Some(name.into()), ..self }
    }

    /// The device that the tokens were got with, without which they may not be refreshable.
    pub fn device(self, device: DeviceCredentials) -> Self {
        Self { device: Some(device), ..self }
    }
}

impl IntoFuture for AdoptedSession {
    type Output = Result<Session, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { pool, tokens, store_as, device } = self;
        let device = device.map(SessionDevice::known);
        Box::pin(async move { Session::adopt(pool, tokens, store_as, device).await })
    }
}
