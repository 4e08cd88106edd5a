//! How a session begins: with the tokens of a sign-in, or with those that a store has kept.

use std::sync::{Arc, Mutex};

use cognito_tokens::{AccessToken, SessionKey, TokenSet, VerifyError};

use super::effect::UnknownOutcomes;
use super::state::{Claims, Current, State};
use super::stored::Record;
use super::{Inner, Session, SessionDevice, refused_token, store_failed};
use crate::error::{Error, ErrorKind};
use crate::pool::UserPool;
use crate::sign_in::wire::NewTokens;
use crate::unverified;

impl Session {
    /// Makes a session of the tokens of a sign-in.
    ///
    /// The name that counts is that of the verified tokens, whatever was typed.
    pub(crate) async fn begin(
        pool: UserPool,
        username: String,
        store_as: Option<String>,
        tokens: NewTokens,
        device: Option<SessionDevice>,
    ) -> Result<Self, Error> {
        let unverified_name = unverified::username(&tokens.access_token);
        let current = Current::new(tokens, None, pool.clock());
        let nameless = Self::new(pool.clone(), username.clone(), None, current);
        let (username, not_yet) = match nameless.verified().await {
            Ok(claims) => (name_in(&claims), None),
            // They are kept, and verified at their next use.
            Err(error) if error.session().is_some() => {
                (unverified_name.unwrap_or(username), Some(error))
            }
            Err(error) => return Err(error),
        };
        let name = store_as.unwrap_or_else(|| username.clone());
        let session = nameless.named(username, Some(name), device)?;
        session.store_if_new().await?;
        not_yet.map_or(Ok(()), |error| Err(error.with_session(&session)))?;
        Ok(session)
    }

    /// Takes up a session that the pool's store has kept, or one that is in use already.
    pub(crate) async fn restore(pool: UserPool, key: &SessionKey) -> Result<Option<Self>, Error> {
        if key.pool() != pool.id() || key.client() != pool.client_id() {
            return Err(of_another_pool(&pool, key));
        }
        let Some(store) = pool.store().cloned() else {
            const DETAIL: &str = "the pool has no token store; set one with `token_store`";
            return Err(Error::new(ErrorKind::Configuration).with_detail(DETAIL));
        };
        let loaded = store.load(key).await.map_err(store_failed)?;
        let Some((stored, revision)) = loaded else {
            return Ok(None);
        };
        let record = Record::decode(&stored)?;
        let current = Current::stored(record.tokens(), revision, pool.clock());
        let username = record.username().to_owned();
        let current = current.with_device(record.device());
        let session = Self::new(pool.clone(), username, Some(key.clone()), current);
        // Two sessions of one key would refresh with the same refresh token.
        let session = pool.live_sessions().join(session);
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
        let nameless = Self::new(pool, String::new(), None, current);
        // Whoever has the tokens can try again; a session without a name is of no use.
        let claims = nameless.verified().await.map_err(Error::without_session);
        let claims = claims.map_err(of_caller)?;
        let session = nameless.named(name_in(&claims), store_as, device)?;
        session.store_if_new().await?;
        Ok(session)
    }

    /// The same session under the user's name, to be stored if it has a name for that.
    fn named(
        self,
        username: String,
        store_as: Option<String>,
        device: Option<SessionDevice>,
    ) -> Result<Self, Error> {
        let pool = self.inner.pool.clone();
        let key = store_as.filter(|_| pool.store().is_some()).map(|name| pool.session_key(name));
        let current = self.state().current()?.clone().with_device(device);
        let is_new = key.is_some();
        let session = Self::new(pool.clone(), username, key, current);
        session.state().is_new = is_new;
        pool.live_sessions().replace(&session);
        Ok(session)
    }

    /// Makes a session of an access token, which says itself how long it lives.
    pub(crate) async fn of_access_token(pool: UserPool, token: AccessToken) -> Result<Self, Error> {
        let claims = pool.session_verifier().access_token(token.expose_secret()).await;
        let claims = claims.map_err(|error| match error {
            VerifyError::Expired { .. } => ErrorKind::TokenExpired.into(),
            error => of_caller(refused_token(error)),
        })?;
        let now = pool.clock().now();
        let lifetime = claims.expires_at().duration_since(now).unwrap_or_default();
        let tokens = TokenSet::new(token, now, lifetime);
        Self::adopt(pool, tokens, None, None).await
    }

    fn new(pool: UserPool, username: String, key: Option<SessionKey>, current: Current) -> Self {
        let state = Mutex::new(State::new(current));
        let storing = tokio::sync::Mutex::default();
        let unknown_outcomes = UnknownOutcomes::default();
        Self { inner: Arc::new(Inner { pool, username, key, state, unknown_outcomes, storing }) }
    }
}

/// Tokens that the caller handed in are the caller's fault; a server answers them with 401.
fn of_caller(error: Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidToken => error.of_user(),
        _ => error,
    }
}

fn of_another_pool(pool: &UserPool, key: &SessionKey) -> Error {
    let detail = format!(
        "the key is of the pool {} and the app client {}, this pool is {} with the app client {}",
        key.pool(),
        key.client().as_str(),
        pool.id(),
        pool.client_id().as_str(),
    );
    Error::new(ErrorKind::Configuration).with_detail(detail)
}

fn name_in(claims: &Claims) -> String {
    claims.access.username().unwrap_or_else(|| claims.access.subject()).to_owned()
}
