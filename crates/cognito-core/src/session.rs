//! A signed-in user: tokens that refresh themselves, and what the user does with them.

mod account;
mod adopted;
mod begin;
mod devices;
mod effect;
mod keeping;
mod live;
mod own_device;
mod refresh;
mod state;
mod stored;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use cognito_tokens::{
    AccessClaims, AccessToken, BoxFuture, IdClaims, IdToken, IssuedToken, Reason, SessionKey,
    TokenError, TokenErrorKind, TokenKind, TokenRequest, TokenSet, TokenSource, VerifyError,
};

pub use self::adopted::AdoptedSession;
use self::effect::{Effect, UnknownOutcomes};
pub(crate) use self::keeping::replace_stored;
pub(crate) use self::live::LiveSessions;
pub(crate) use self::own_device::SessionDevice;
use self::state::{Age, Claims, State};
use crate::error::{Error, ErrorKind};
use crate::pool::UserPool;

/// A session of a signed-in user.
///
/// Tokens are refreshed when they are asked for and about to expire: once, however many ask, and to
/// the end, whoever leaves. Clones are handles of the same session.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    pool: UserPool,
    username: String,
    /// Under which name the pool's store keeps the session, if it has a store.
    key: Option<SessionKey>,
    state: Mutex<State>,
    unknown_outcomes: UnknownOutcomes,
    /// Held while a new session is being stored.
    storing: tokio::sync::Mutex<()>,
}

impl Session {
    /// The name that the service knows the user by.
    pub fn username(&self) -> &str {
        &self.inner.username
    }

    /// The key under which the pool's store keeps the session, if the pool has a store.
    pub fn key(&self) -> Option<&SessionKey> {
        self.inner.key.as_ref()
    }

    /// The access token, refreshed first if it is about to expire.
    ///
    /// # Errors
    ///
    /// [`SessionEnded`](ErrorKind::SessionEnded) when the user has to sign in again; transient
    /// kinds when a refresh is needed and cannot be had right now.
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        Ok(self.fresh().await?.access_token().clone())
    }

    /// The ID token, refreshed first if it is about to expire.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token); [`Configuration`](ErrorKind::Configuration) when
    /// the sign-in gave no ID token.
    pub async fn id_token(&self) -> Result<IdToken, Error> {
        let tokens = self.fresh().await?;
        tokens.id_token().cloned().ok_or_else(no_id_token)
    }

    /// What the access token says, verified.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub async fn access_claims(&self) -> Result<Arc<AccessClaims>, Error> {
        self.fresh().await?;
        Ok(self.verified().await?.access)
    }

    /// What the ID token says, verified.
    ///
    /// # Errors
    ///
    /// As [`id_token`](Self::id_token).
    pub async fn id_claims(&self) -> Result<Arc<IdClaims>, Error> {
        self.fresh().await?;
        self.verified().await?.id.ok_or_else(no_id_token)
    }

    /// The tokens as they are, without refreshing or verifying them.
    ///
    /// # Errors
    ///
    /// [`SessionEnded`](ErrorKind::SessionEnded).
    pub fn tokens(&self) -> Result<TokenSet, Error> {
        Ok(self.state().current()?.set.clone())
    }

    /// The tokens, for whoever goes on without this library.
    ///
    /// # Errors
    ///
    /// [`SessionEnded`](ErrorKind::SessionEnded).
    pub fn into_tokens(self) -> Result<TokenSet, Error> {
        self.tokens()
    }

    /// Whether the access token has expired, or is about to be refreshed at its next use.
    ///
    /// It looks at the clock and asks nobody; [`access_token`](Self::access_token) refreshes.
    ///
    /// # Errors
    ///
    /// [`SessionEnded`](ErrorKind::SessionEnded).
    pub fn needs_refresh(&self) -> Result<bool, Error> {
        Ok(self.state().current()?.age(self.inner.pool.clock()) != Age::Fresh)
    }

    /// When the access token expires, by the pool's clock.
    ///
    /// # Errors
    ///
    /// [`SessionEnded`](ErrorKind::SessionEnded).
    pub fn expires_at(&self) -> Result<SystemTime, Error> {
        Ok(self.state().current()?.set.expires_at())
    }

    /// Refreshes the tokens now (GetTokensFromRefreshToken).
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token). Tokens that still hold are kept when the refresh
    /// fails for a reason that passes.
    pub async fn refresh(&self) -> Result<(), Error> {
        self.store_if_new().await?;
        let generation = self.state().current()?.generation;
        self.refresh_from(generation).await?;
        self.verified().await.map(drop)
    }

    /// Ends this session: revokes its refresh token (RevokeToken), wipes the tokens and forgets
    /// what was stored.
    ///
    /// Access tokens of the session that were handed out are refused by the service from then on,
    /// but hold until they expire for whoever only verifies them.
    ///
    /// # Errors
    ///
    /// Transient kinds carry the session, so that it can be tried again. After any other the
    /// session has ended here, whatever the service makes of its tokens:
    /// [`Configuration`](ErrorKind::Configuration) for an app client that cannot revoke them.
    pub async fn sign_out(self) -> Result<(), Error> {
        self.settle().await;
        let (mut outcome, tokens) = (Ok(()), self.state().refresh_tokens()?);
        for token in tokens {
            outcome = self.inner.pool.carrier().revoke(&token).await.and(outcome);
        }
        self.close(outcome).await
    }

    /// Ends all sessions of the user (GlobalSignOut), this one included.
    ///
    /// It is repeated if the response is lost. Once the service has ended the sessions, it refuses
    /// the next attempt; that is a success.
    ///
    /// # Errors
    ///
    /// As [`sign_out`](Self::sign_out).
    pub async fn sign_out_everywhere(self) -> Result<(), Error> {
        let outcome = self.repeat_for(Effect::SignedOutEverywhere, || async {
            let token = self.access_token().await?;
            self.inner.pool.carrier().global_sign_out(&token).await
        });
        let outcome = outcome.await;
        self.settle().await;
        self.close(outcome).await
    }

    /// Ends the session here unless the service may do so later: what it refused for good it will
    /// not do, and the user wants to be signed out.
    async fn close(&self, outcome: Result<(), Error>) -> Result<(), Error> {
        match outcome {
            Err(error) if error.is_transient() => Err(self.carried_by(error)),
            // A refusal of the refresh token has ended it already.
            outcome if self.state().has_ended() => outcome.map_err(Error::ended),
            outcome => {
                self.forget().await.map_err(|error| self.carried_by(error))?;
                self.state().end();
                outcome.map_err(Error::ended)
            }
        }
    }

    fn carried_by(&self, error: Error) -> Error {
        if error.is_transient() { error.with_session(self) } else { error }
    }

    /// The claims of the tokens, which are verified once.
    async fn verified(&self) -> Result<Claims, Error> {
        let (set, generation) = {
            let state = self.state();
            let current = state.current()?;
            if let Some(claims) = &current.claims {
                return Ok(claims.clone());
            }
            (current.set.clone(), current.generation)
        };
        match self.verify(&set).await {
            Ok(claims) => {
                self.state().set_claims(generation, claims.clone());
                Ok(claims)
            }
            Err(error) => Err(self.not_verified(error).await),
        }
    }

    /// Keeps the tokens where they are not at fault, else wipes them.
    async fn not_verified(&self, error: VerifyError) -> Error {
        let error = refused_token(error);
        if error.kind() == ErrorKind::InvalidToken {
            return self.end().await.err().unwrap_or_else(|| error.ended());
        }
        error.with_session(self)
    }

    async fn verify(&self, set: &TokenSet) -> Result<Claims, VerifyError> {
        let verifier = self.inner.pool.session_verifier();
        let access = verifier.access_token(set.access_token().expose_secret()).await?;
        let id = match set.id_token() {
            Some(token) => Some(verifier.id_token(token.expose_secret()).await?),
            None => None,
        };
        let known = self.state().subject.clone();
        let known = known.as_deref().unwrap_or_else(|| access.subject());
        let same_user = id.as_ref().is_none_or(|id| id.subject() == known);
        // Also when it was refreshed, or taken over from another program.
        if !same_user || access.subject() != known {
            return Err(VerifyError::InvalidClaim("sub"));
        }
        Ok(Claims { access: Arc::new(access), id: id.map(Arc::new) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can panic half-way.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenSource for Session {
    fn token(&self, want: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        let kind = want.kind();
        Box::pin(async move {
            let tokens = self.fresh().await.map_err(token_error)?;
            let secret = match kind {
                TokenKind::Id => tokens.id_token().map(IdToken::expose_secret),
                _ => Some(tokens.access_token().expose_secret()),
            };
            let secret = secret.ok_or_else(|| token_error(no_id_token()))?;
            let generation = self.state().current().map_err(token_error)?.generation;
            Ok(IssuedToken::new(secret, tokens.expires_at(), generation))
        })
    }

    fn reject(&self, token: &IssuedToken) {
        let now = self.inner.pool.clock().elapsed();
        self.state().reject(token.generation(), now);
    }
}

fn no_id_token() -> Error {
    const DETAIL: &str = "the session has no ID token; sign in with the scope openid to get one";
    Error::new(ErrorKind::Configuration).with_detail(DETAIL)
}

fn refused_token(error: VerifyError) -> Error {
    let kind = match error {
        VerifyError::KeysUnavailable(_) => ErrorKind::KeysUnavailable,
        VerifyError::Expired { .. } | VerifyError::NotYetValid { .. } => ErrorKind::ClockSkew,
        // The settings of the application refuse it; the token may be good.
        VerifyError::TooLong { .. } => ErrorKind::Configuration,
        _ if error.reason() == Reason::Configuration => ErrorKind::Configuration,
        _ => ErrorKind::InvalidToken,
    };
    Error::new(kind).with_source(error)
}

fn token_error(error: Error) -> TokenError {
    let kind = match error.kind() {
        _ if error.is_transient() => TokenErrorKind::Transient,
        ErrorKind::SessionEnded | ErrorKind::InvalidToken => TokenErrorKind::Ended,
        _ => TokenErrorKind::Configuration,
    };
    TokenError::new(kind, error)
}

pub(crate) fn store_failed(error: cognito_tokens::StoreError) -> Error {
    let kind = match error.is_unreadable() {
        true => ErrorKind::UnreadableSession,
        false => ErrorKind::Store,
    };
    Error::new(kind).with_source(error)
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("pool", &self.inner.pool)
            .field("username", &self.inner.username)
            .finish_non_exhaustive()
    }
}
