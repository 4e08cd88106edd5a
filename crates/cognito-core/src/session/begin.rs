//! How a session begins: with the tokens of a sign-in, or with those that a store has kept.

use std::sync::{Arc, Mutex};

use cognito_tokens::{AccessToken, SessionKey, TokenSet, VerifyError};

use super::state::{Current, State};
use super::stored::Record;
use super::{Inner, Session, SessionDevice, refused_token, store_failed};
use crate::error::{Error, ErrorKind};
use crate::pool::UserPool;
use crate::sign_in::wire::NewTokens;

impl Session {
    /// Makes a session of the tokens of a sign-in, stores it, and verifies the tokens.
    pub(crate) async fn begin(
        pool: UserPool,
        username: String,
        store_as: Option<String>,
        tokens: NewTokens,
        device: Option<SessionDevice>,
    ) -> Result<Self, Error> {
        let name = store_as.unwrap_or_else(|| username.clone());
        let key = pool.store().map(|_| pool.session_key(name));
        let current = Current::new(tokens, None, pool.clock());
        let session = Self::new(pool, username, key, device, current);
        session.store_new().await?;
        session.verified().await?;
        Ok(session)
    }

    /// Takes up a session that the pool's store has kept.
    pub(crate) async fn restore(pool: UserPool, key: &SessionKey) -> Result<Option<Self>, Error> {
        let ours = key.pool() == pool.id() && key.client() == pool.client_id();
        let Some(store) = pool.store().filter(|_| ours).cloned() else {
            return Err(ErrorKind::Configuration.into());
        };
        let loaded = store.load(key).await.map_err(store_failed)?;
        let Some((stored, revision)) = loaded else {
            return Ok(None);
        };
        let record = Record::decode(&stored)?;
        let current = Current::stored(record.tokens(), revision, pool.clock());
        let username = record.username().to_owned();
        let device = record.device().map(SessionDevice::decided);
        let session = Self::new(pool, username, Some(key.clone()), device, current);
        session.fresh().await.map_err(|error| session.carried_by(error))?;
        Ok(Some(session))
    }

    /// Makes a session of tokens that somebody else got, whose user is read from them.
    pub(super) async fn adopt(
        pool: UserPool,
        tokens: TokenSet,
        store_as: Option<String>,
        device: Option<SessionDevice>,
    ) -> Result<Self, Error> {
        let current = Current::of_set(tokens, pool.clock());
        // The user is not known before the tokens are verified, and nothing is stored before.
        let stranger = Self::new(pool.clone(), String::new(), None, device.clone(), current);
        let claims = stranger.verified().await?;
        let username =
            claims.access.username().unwrap_or_else(|| claims.access.subject()).to_owned();
        let key = store_as.filter(|_| pool.store().is_some()).map(|name| pool.session_key(name));
        let current = stranger.state().current()?.clone();
        let session = Self::new(pool, username, key, device, current);
        session.store_new().await?;
        Ok(session)
    }

    /// Makes a session of an access token, which says itself how long it lives.
    pub(crate) async fn of_access_token(pool: UserPool, token: AccessToken) -> Result<Self, Error> {
        let claims = pool.verifier().access_token(token.expose_secret()).await;
        let claims = claims.map_err(|error| match error {
            VerifyError::Expired { .. } => ErrorKind::TokenExpired.into(),
            error => refused_token(error),
        })?;
        let now = pool.clock().now();
        let lifetime = claims.expires_at().duration_since(now).unwrap_or_default();
        let tokens = TokenSet::new(token, now, lifetime);
        Self::adopt(pool, tokens, None, None).await
    }

    fn new(
        pool: UserPool,
        username: String,
        key: Option<SessionKey>,
        device: Option<SessionDevice>,
        current: Current,
    ) -> Self {
        let state = Mutex::new(State::new(current));
        Self { inner: Arc::new(Inner { pool, username, key, device, state }) }
    }
}
