//! Sessions of signed-in users: tokens that are refreshed, and requests with them.

mod adopted;
mod begin;
mod effect;
mod error;
mod events;
mod failures;
mod flight;
mod forget;
mod own_device;
mod persistence;
mod record_store;
mod refresh;
mod request_tokens;
mod scopes;
mod state;
mod stored;
mod throttling;
mod tokens;
mod verify;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use cognito_tokens::{AccessClaims, IdClaims};
use cognito_types::{
    AccessToken, BoxFuture, IdToken, IssuedToken, SessionKey, TokenError, TokenErrorKind,
    TokenKind, TokenRequest, TokenSet, TokenSource,
};
use futures_util::Stream;

pub use self::adopted::AdoptedSession;
use self::effect::UnknownOutcomes;
pub use self::error::SessionError;
pub use self::events::SessionEvent;
use self::flight::FlightKind;
pub(crate) use self::own_device::SessionDevice;
pub(crate) use self::record_store::RecordStore;
pub use self::record_store::STORE_TIMEOUT;
#[cfg(feature = "credentials")]
pub(crate) use self::record_store::in_store_time;
pub use self::requests::{SendAttributeCode, UpdateUserAttributes, VerifySoftwareToken};
pub use self::scopes::API_SCOPE;
use self::state::State;
use self::tokens::{Current, Standing};
use crate::app_client::AppClient;
use crate::error::{Error, ErrorKind};
use crate::pool::UserPool;
use crate::request::Handle;

/// A session of a signed-in user.
///
/// It refreshes its tokens when they are about to expire, with one request for all callers, which
/// completes even if the callers leave. Clones are handles to the same session.
///
/// # Errors
///
/// All requests about the user fail like [`access_token`](Self::access_token), with
/// [`TokenRevoked`](crate::ErrorKind::TokenRevoked) for a user who signed out everywhere, and with
/// [`MissingScope`](crate::ErrorKind::MissingScope), before anything is sent, for tokens without
/// the scope [`API_SCOPE`](crate::API_SCOPE). Each method lists further errors.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
    /// The time limit for each request of this handle, in place of the pool's.
    timeout: Option<Duration>,
}

struct Inner {
    pool: UserPool,
    /// The user name that was typed or stored, which may be an alias.
    name: String,
    /// The user name in the tokens, once they are verified.
    verified_name: OnceLock<String>,
    /// The key of the session's record, if the pool has a store.
    key: Option<SessionKey>,
    state: Mutex<State>,
    unknown_outcomes: UnknownOutcomes,
    /// A random number that identifies this session's claims in the store.
    holder: u64,
}

impl Session {
    /// Returns the access token, refreshing it first if it has expired.
    ///
    /// A token that is still valid is returned at once, while the refresh runs in the background.
    ///
    /// # Errors
    ///
    /// [`SessionEnded`](ErrorKind::SessionEnded) when the user must sign in again; a transient kind
    /// when the token has expired and cannot be refreshed right now.
    #[doc(alias("check_token", "get_token"))]
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        Ok(self.fresh().await?.tokens.set.access_token().clone())
    }

    /// Returns the ID token, refreshing it first if it has expired.
    ///
    /// # Errors
    ///
    /// The errors of [`access_token`](Self::access_token);
    /// [`Configuration`](ErrorKind::Configuration) when the service issued no ID token.
    pub async fn id_token(&self) -> Result<IdToken, Error> {
        let current = self.fresh().await?;
        let token = current.tokens.set.id_token().cloned();
        let token = token.filter(|_| current.id_claims(self.inner.pool.clock()).is_some());
        token.ok_or_else(no_id_token)
    }

    /// Returns the verified claims of the access token.
    ///
    /// # Errors
    ///
    /// The errors of [`access_token`](Self::access_token).
    pub async fn access_claims(&self) -> Result<Arc<AccessClaims>, Error> {
        Ok(self.fresh().await?.claims.access)
    }

    /// Returns the verified claims of the ID token.
    ///
    /// # Errors
    ///
    /// The errors of [`id_token`](Self::id_token).
    pub async fn id_claims(&self) -> Result<Arc<IdClaims>, Error> {
        let current = self.fresh().await?;
        current.id_claims(self.inner.pool.clock()).cloned().ok_or_else(no_id_token)
    }

    /// Returns the user name of the service.
    ///
    /// Until the tokens are verified, it is the name that the user typed, which may be an alias.
    pub fn username(&self) -> &str {
        self.inner.verified_name.get().unwrap_or(&self.inner.name)
    }

    /// Returns the key under which the pool's store keeps the session, if the pool has a store.
    ///
    /// Without `store_as`, its name is 128 random bits in base64url. It can be used as a session
    /// cookie and must be protected like one. A session from
    /// [`with_access_token`](UserPool::with_access_token) has no key.
    pub fn key(&self) -> Option<&SessionKey> {
        self.inner.key.as_ref()
    }

    /// Refreshes the tokens now (GetTokensFromRefreshToken), even if they are still valid.
    ///
    /// It always requests new tokens, so they contain changes such as a new group. Concurrent
    /// callers share one request.
    ///
    /// # Errors
    ///
    /// The errors of [`access_token`](Self::access_token), and
    /// [`Configuration`](ErrorKind::Configuration) for a session without a refresh token. The
    /// session keeps its tokens unless the error [ends it](Error::ends_session).
    #[doc(alias("get_tokens_from_refresh_token", "renew_access_token"))]
    pub async fn refresh(&self) -> Result<(), Error> {
        self.refreshed(FlightKind::Refresh).await
    }

    /// Returns whether the tokens have expired, are about to expire, were refused by a server, or
    /// are not stored yet.
    ///
    /// It only reads the clock and sends nothing.
    ///
    /// # Errors
    ///
    /// [`SessionEnded`](ErrorKind::SessionEnded).
    pub fn needs_refresh(&self) -> Result<bool, Error> {
        let state = self.state();
        state.visible()?;
        Ok(!state.is_fresh(self.inner.pool.clock()))
    }

    /// Returns when the access token expires, by the pool's clock.
    ///
    /// # Errors
    ///
    /// [`SessionEnded`](ErrorKind::SessionEnded).
    pub fn expires_at(&self) -> Result<SystemTime, Error> {
        Ok(self.state().visible()?.set.expires_at())
    }

    /// Returns the current tokens without refreshing or verifying them.
    ///
    /// # Errors
    ///
    /// [`SessionEnded`](ErrorKind::SessionEnded).
    pub fn tokens(&self) -> Result<TokenSet, Error> {
        Ok(self.state().visible()?.set.clone())
    }

    /// Returns a stream of the session's events from now on.
    ///
    /// It ends after [`SessionEvent::Ended`], or when all handles of the session are dropped; it
    /// does not keep the session alive. A slow subscriber does not delay refreshes: it misses the
    /// oldest events, but never `Ended`.
    ///
    /// ```
    /// # mod cognito { pub use cognito_core as session; }
    /// # async fn watch(session: cognito_core::Session) {
    /// use cognito::session::SessionEvent;
    /// use futures_util::StreamExt;
    ///
    /// let mut events = session.events();
    /// while let Some(event) = events.next().await {
    ///     match event {
    ///         SessionEvent::RefreshFailed(error) => eprintln!("not refreshed: {error}"),
    ///         SessionEvent::Ended { .. } => eprintln!("please sign in again"),
    ///         _ => {}
    ///     }
    /// }
    /// # }
    /// ```
    pub fn events(&self) -> impl Stream<Item = SessionEvent> + Send + Unpin + use<> {
        let receiver = {
            let state = self.state();
            (!state.has_ended()).then(|| state.events.subscribe())
        };
        events::stream(receiver)
    }

    /// Returns the outcome of a request with an access token, and notes a refusal of the token.
    fn note_rejection<T>(
        &self,
        token: &AccessToken,
        outcome: Result<T, Error>,
    ) -> Result<T, Error> {
        let standing = match outcome.as_ref().map_err(Error::kind) {
            Err(ErrorKind::TokenRevoked | ErrorKind::UserNotFound | ErrorKind::UserDisabled) => {
                Standing::Revoked
            }
            Err(ErrorKind::TokenExpired) => Standing::Rejected,
            _ => return outcome,
        };
        self.state().distrust(token, standing);
        outcome
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code under the lock can panic, so the state is valid even if the lock is poisoned.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_id_token() -> Error {
    const DETAIL: &str = "the session has no ID token; sign in with the scope openid to get one";
    Error::new(ErrorKind::Configuration).with_detail(DETAIL)
}

// Declared below the main methods, so that the documentation lists those first.
mod account;
mod device;
mod devices;
mod release;
mod requests;
mod sign_out;

impl Handle for Session {
    fn within(self, timeout: Option<Duration>) -> Self {
        Self { timeout: timeout.or(self.timeout), ..self }
    }
}

/// A session has one access token. A request with scopes gets it if it has all of them, and fails
/// with [`TokenErrorKind::Configuration`] otherwise. ID tokens have no scopes.
impl TokenSource for Session {
    fn token(&self, request: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        let request = request.clone();
        Box::pin(async move {
            let current = self.fresh().await.map_err(token_error)?;
            scopes::require_requested(&current.claims.access, &request).map_err(token_error)?;
            self.issue(&current, request.kind()).map_err(token_error)
        })
    }

    fn reject(&self, token: &IssuedToken) {
        let now = self.inner.pool.clock().elapsed();
        self.state().reject(token.generation(), now);
    }
}

impl Session {
    /// Returns a handle with the time limits of the pool.
    fn with_pool_limits(self) -> Self {
        Self { timeout: None, ..self }
    }

    /// Returns the app client with the time limit of this handle.
    fn app_client(&self) -> AppClient {
        self.inner.pool.app_client().within(self.timeout)
    }

    fn issue(&self, current: &Current, kind: TokenKind) -> Result<IssuedToken, Error> {
        let (set, generation) = (&current.tokens.set, current.generation);
        let (TokenKind::Id, id) = (kind, current.id_claims(self.inner.pool.clock())) else {
            let token = set.access_token().expose_secret();
            return Ok(IssuedToken::new(token, set.expires_at(), generation));
        };
        let (token, claims) = set.id_token().zip(id).ok_or_else(no_id_token)?;
        Ok(IssuedToken::new(token.expose_secret(), claims.expires_at(), generation))
    }
}

fn token_error(error: Error) -> TokenError {
    let kind = match error.kind() {
        _ if error.is_transient() => TokenErrorKind::Transient,
        ErrorKind::SessionEnded | ErrorKind::InvalidToken => TokenErrorKind::Ended,
        _ => TokenErrorKind::Configuration,
    };
    TokenError::new(kind, error)
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("pool", &self.inner.pool)
            .field("username", &self.username())
            .finish_non_exhaustive()
    }
}
