//! Creation of sessions, from the tokens of a sign-in, of the application, or of a store.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, OnceLock};

use cognito_types::{AccessToken, RefreshToken, SerializedSecret, SessionKey, TokenSet};

use super::effect::UnknownOutcomes;
use super::record_store::RecordStore;
use super::refresh::REQUEST_TIMEOUT;
use super::request_tokens::RefreshBy;
use super::state::State;
use super::stored::Record;
use super::tokens::{Pending, Tokens};
use super::verify::{Unverified, name_in, verify};
use super::{Inner, Session, SessionDevice, SessionError};
use crate::error::{Error, ErrorKind};
use crate::pool::{UserPool, random_name};
use crate::sign_in::wire::NewTokens;
use crate::unverified;

/// The tokens of an application from which a session is created.
#[derive(Clone, Debug)]
pub(super) enum Given {
    Set(TokenSet),
    /// Tokens that the application has just received and verified.
    Issued(TokenSet),
    RefreshToken(RefreshToken),
}

impl Session {
    /// Creates a session from the tokens of a sign-in.
    ///
    /// Its user name is that of the verified tokens; `typed` may be an alias.
    pub(crate) async fn begin(
        pool: UserPool,
        typed: String,
        store_as: Option<SerializedSecret>,
        tokens: NewTokens,
        device: Option<SessionDevice>,
    ) -> Result<Self, SessionError> {
        let tokens = Tokens::issued(tokens, pool.clock()).with_device(device);
        let key = new_key(&pool, store_as)?;
        Self::of_issued(pool, typed, key, tokens).await
    }

    /// Creates a session from tokens that the service has just issued. It keeps them even if they
    /// cannot be verified now: they may contain the only refresh token.
    async fn of_issued(
        pool: UserPool,
        typed: String,
        key: Option<SessionKey>,
        tokens: Tokens,
    ) -> Result<Self, SessionError> {
        let pending = identified(&pool, Pending::issued(tokens)).await?;
        // Use the name in the token, although it is not verified yet: the typed name may be an
        // alias.
        let name = unverified::username(pending.tokens.set.access_token()).unwrap_or(typed);
        Self::establish(pool, name, key, pending).await
    }

    /// Creates a session from an application's tokens, with the user in the tokens.
    ///
    /// Expired tokens are refreshed first.
    pub(super) async fn adopt(
        pool: UserPool,
        given: Given,
        key: Option<SessionKey>,
        device: Option<SessionDevice>,
        refresh_by: RefreshBy,
    ) -> Result<Self, SessionError> {
        let of_set = |set| {
            let tokens = Tokens::of_set(set, pool.clock()).with_device(device.clone());
            tokens.with_refresh_by(refresh_by)
        };
        let refresh_token = match given {
            Given::RefreshToken(token) => token,
            Given::Issued(set) => {
                let tokens = of_set(set);
                return Self::of_issued(pool, String::new(), key, tokens).await;
            }
            Given::Set(set) => {
                let tokens = of_set(set);
                match usable(&pool, tokens).await? {
                    Usable::Now(pending) => {
                        return Self::establish(pool, String::new(), key, *pending).await;
                    }
                    Usable::AfterRefresh(token) => token,
                }
            }
        };
        let credentials = device.as_ref().map(SessionDevice::credentials);
        let tokens =
            refresh_by.request(&pool, &refresh_token, credentials, REQUEST_TIMEOUT).await?;
        let tokens = tokens.after(&refresh_token, None).with_device(device);
        Self::of_issued(pool, String::new(), key, tokens).await
    }

    /// Creates a session from an access token; its lifetime is in its claims.
    pub(crate) async fn of_access_token(pool: UserPool, token: AccessToken) -> Result<Self, Error> {
        let now = pool.clock().now();
        // A token of a request may be bound to another service, which RFC 7519, 4.1.3, says to
        // reject.
        let claims = pool.verifier().access_token(token.expose_secret()).await;
        let claims = claims.map_err(|error| of_caller(Unverified::from(error).into_error()))?;
        let lifetime = claims.expires_at().duration_since(now).unwrap_or_default();
        let tokens = TokenSet::new(token, now, lifetime);
        // It is not stored, because a back end creates one for each request.
        Ok(Self::adopt(pool, Given::Set(tokens), None, None, RefreshBy::Api).await?)
    }

    /// Loads a session from the pool's store, or returns the one in use with this key.
    pub(crate) async fn restore(
        pool: UserPool,
        key: &SessionKey,
    ) -> Result<Option<Self>, SessionError> {
        if key.pool() != pool.id() || key.client() != pool.client_id() {
            return Err(of_another_pool(&pool, key).into());
        }
        let Some(store) = pool.store().cloned() else {
            const DETAIL: &str = "the pool has no token store; set one with `token_store`";
            return Err(Error::new(ErrorKind::Configuration).with_detail(DETAIL).into());
        };
        let Some((stored, revision)) = RecordStore::new(&*store, key).load().await? else {
            return Ok(None);
        };
        let record = Record::decode(&stored)?;
        let tokens = Tokens::of_set(record.tokens(), pool.clock()).with_device(record.device());
        let name = record.username().to_owned();
        let pending = Pending::stored(tokens.with_refresh_by(record.refresh_by()));
        let session = Self::new(pool.clone(), name, Some(key.clone()), pending);
        session.state().revision = Some(revision);
        if let Some(subject) = record.subject() {
            // The user was verified before the session was stored, so the tokens must be of this
            // user.
            session.state().subject = Some(subject.into());
            session.inner.verified_name.get_or_init(|| record.username().to_owned());
        }
        // Two sessions with one key would refresh with the same refresh token.
        let session = session.joined();
        session.fresh().await.map_err(|error| session.kept_with(error))?;
        Ok(Some(session))
    }

    /// Registers a session as in use, and stores it if it has a key.
    async fn establish(
        pool: UserPool,
        name: String,
        key: Option<SessionKey>,
        pending: Pending,
    ) -> Result<Self, SessionError> {
        let claims = pending.claims.clone();
        let session = Self::new(pool.clone(), name, key, pending);
        if let Some(claims) = claims {
            session.state().subject = Some(claims.access.subject().into());
            session.inner.verified_name.get_or_init(|| name_in(&claims).to_owned());
        }
        if let Some(key) = session.key() {
            pool.sessions_in_use().replace(key, &session.inner);
        }
        session.fresh().await.map_err(|error| session.kept_with(error))?;
        Ok(session)
    }

    /// Returns the session in use with the same key and user, or this one.
    fn joined(self) -> Self {
        let Some(key) = &self.inner.key else { return self };
        let is_same = |live: &Arc<Inner>| {
            let live = Self { inner: Arc::clone(live), timeout: None };
            !live.state().has_ended() && is_same_user(&live, &self)
        };
        let sessions = self.inner.pool.sessions_in_use();
        Self { inner: sessions.join(key, Arc::clone(&self.inner), is_same), timeout: None }
    }

    fn new(pool: UserPool, name: String, key: Option<SessionKey>, pending: Pending) -> Self {
        let inner = Inner {
            pool,
            name,
            verified_name: OnceLock::new(),
            key,
            state: Mutex::new(State::new(pending)),
            unknown_outcomes: UnknownOutcomes::default(),
            // The standard library seeds each hasher at random.
            holder: RandomState::new().build_hasher().finish(),
        };
        Self { inner: Arc::new(inner), timeout: None }
    }
}

/// Compares users by `sub`, because a user who was deleted and registered again has the same name.
fn is_same_user(one: &Session, other: &Session) -> bool {
    let (of_one, of_other) = (one.state().subject.clone(), other.state().subject.clone());
    match (of_one, of_other) {
        (Some(one), Some(other)) => one == other,
        _ => one.username() == other.username(),
    }
}

/// Returns the key of a new session, if the pool has a store. The default name is random.
pub(super) fn new_key(
    pool: &UserPool,
    store_as: Option<SerializedSecret>,
) -> Result<Option<SessionKey>, Error> {
    if pool.store().is_none() {
        return Ok(None);
    }
    let name = match store_as {
        Some(name) => name.expose_secret().to_owned(),
        None => random_name()?,
    };
    Ok(Some(pool.session_key(name)))
}

/// Verifies new tokens, if that is possible now.
async fn identified(pool: &UserPool, pending: Pending) -> Result<Pending, Error> {
    match verify(pool, &pending.tokens).await {
        Ok(claims) => Ok(Pending { claims: Some(claims), ..pending }),
        // The tokens are kept and verified at their next use.
        Err(Unverified::Unknown(_) | Unverified::Expired(_) | Unverified::UnknownKey(_)) => {
            Ok(pending)
        }
        Err(error) => Err(error.into_error()),
    }
}

/// An application's tokens: usable now, or only after a refresh.
enum Usable {
    Now(Box<Pending>),
    AfterRefresh(RefreshToken),
}

async fn usable(pool: &UserPool, tokens: Tokens) -> Result<Usable, Error> {
    let refresh_token = tokens.set.refresh_token().cloned();
    let has_expired = tokens.has_expired(pool.clock());
    match (verify(pool, &tokens).await, refresh_token) {
        (Ok(claims), _) if !has_expired => {
            let pending = Pending { claims: Some(claims), ..Pending::adopted(tokens) };
            Ok(Usable::Now(Box::new(pending)))
        }
        (Ok(_) | Err(Unverified::Expired(_)), Some(token)) => Ok(Usable::AfterRefresh(token)),
        (Err(error), _) => Err(of_caller(error.into_error())),
        (Ok(_), None) => Err(ErrorKind::TokenExpired.into()),
    }
}

/// Marks invalid tokens of the caller as the caller's fault; a server responds to them with 401.
fn of_caller(error: Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidToken => error.of_user(),
        _ => error,
    }
}

fn of_another_pool(pool: &UserPool, key: &SessionKey) -> Error {
    let detail = format!(
        "the key belongs to pool {} and app client {}; this is pool {} with app client {}",
        key.pool(),
        key.client().as_str(),
        pool.id(),
        pool.client_id().as_str(),
    );
    Error::new(ErrorKind::Configuration).with_detail(detail)
}
