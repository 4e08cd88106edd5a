//! A signed-in user: tokens that renew themselves, and what the user does with them.

mod renewal;
mod state;
mod stored;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use cognito_tokens::{
    AccessClaims, AccessToken, BoxFuture, IdClaims, IdToken, IssuedToken, SessionKey, TokenError,
    TokenErrorKind, TokenKind, TokenRequest, TokenSet, TokenSource, VerifyError,
};

use self::state::{Claims, Current, State};
use self::stored::Record;
use crate::error::{Error, ErrorKind};
use crate::mfa::{MfaPreference, SoftwareTokenAssociation};
use crate::pool::UserPool;
use crate::sign_in::wire::NewTokens;
use crate::user::User;
use cognito_tokens::Code;

/// A session of a signed-in user.
///
/// Tokens are renewed when they are asked for and about to expire: once, however many ask, and to
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
}

impl Session {
    /// Makes a session of the tokens of a sign-in, stores it, and verifies the tokens.
    pub(crate) async fn begin(
        pool: UserPool,
        username: String,
        store_as: Option<String>,
        tokens: NewTokens,
    ) -> Result<Self, Error> {
        let name = store_as.unwrap_or_else(|| username.clone());
        let key = pool.store().map(|_| pool.session_key(name));
        let current = Current::new(tokens, None, pool.clock());
        let session = Self::new(pool, username, key, current);
        session.store_new().await?;
        session.verified().await?;
        Ok(session)
    }

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
        let session = Self::new(pool, username, Some(key.clone()), current);
        session.fresh().await.map_err(|error| session.carried_by(error))?;
        Ok(Some(session))
    }

    fn new(pool: UserPool, username: String, key: Option<SessionKey>, current: Current) -> Self {
        let state = Mutex::new(State::new(current));
        Self { inner: Arc::new(Inner { pool, username, key, state }) }
    }

    /// The name that the service knows the user by.
    pub fn username(&self) -> &str {
        &self.inner.username
    }

    /// The key under which the pool's store keeps the session, if the pool has a store.
    pub fn key(&self) -> Option<&SessionKey> {
        self.inner.key.as_ref()
    }

    /// The access token, renewed first if it is about to expire.
    ///
    /// # Errors
    ///
    /// [`SessionEnded`](ErrorKind::SessionEnded) when the user has to sign in again; transient
    /// kinds when a renewal is needed and cannot be had right now.
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        Ok(self.fresh().await?.access_token().clone())
    }

    /// The ID token, renewed first if it is about to expire.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token); [`Configuration`](ErrorKind::Configuration) when
    /// the sign-in gave no ID token.
    pub async fn id_token(&self) -> Result<IdToken, Error> {
        let tokens = self.fresh().await?;
        tokens.id_token().cloned().ok_or_else(|| ErrorKind::Configuration.into())
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
        self.verified().await?.id.ok_or_else(|| ErrorKind::Configuration.into())
    }

    /// The tokens as they are, without renewing or verifying them.
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

    /// When the access token expires, by the pool's clock.
    ///
    /// # Errors
    ///
    /// [`SessionEnded`](ErrorKind::SessionEnded).
    pub fn expires_at(&self) -> Result<SystemTime, Error> {
        Ok(self.state().current()?.set.expires_at())
    }

    /// Renews the tokens now (GetTokensFromRefreshToken).
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token). Tokens that still hold are kept when the renewal
    /// fails for a reason that passes.
    pub async fn renew(&self) -> Result<(), Error> {
        let generation = self.state().current()?.generation;
        self.renew_from(generation).await?;
        self.verified().await.map(drop)
    }

    /// Reads the user's profile (GetUser).
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token), and
    /// [`TokenRevoked`](ErrorKind::TokenRevoked) for a user who signed out everywhere.
    pub async fn user(&self) -> Result<User, Error> {
        let token = self.access_token().await?;
        self.inner.pool.carrier().get_user(&token).await
    }

    /// Gets the key of an authenticator app for the user (AssociateSoftwareToken).
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token), and
    /// [`Configuration`](ErrorKind::Configuration) for a pool that offers no such apps.
    pub async fn associate_software_token(&self) -> Result<SoftwareTokenAssociation, Error> {
        let token = self.access_token().await?;
        let carrier = self.inner.pool.carrier();
        let secret = carrier.associate_software_token_of(&token).await?;
        Ok(SoftwareTokenAssociation::new(self.clone(), secret))
    }

    pub(crate) async fn verify_software_token(
        &self,
        code: &Code,
        device_name: Option<&str>,
    ) -> Result<(), Error> {
        let token = self.access_token().await?;
        self.inner.pool.carrier().verify_software_token_of(&token, code, device_name).await
    }

    /// Sets which second factors the user has and prefers (SetUserMFAPreference).
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token), and
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for a factor that is not set up.
    pub async fn set_mfa_preference(&self, preference: MfaPreference) -> Result<(), Error> {
        let token = self.access_token().await?;
        self.inner.pool.carrier().set_mfa_preference(&token, preference).await
    }

    /// Ends this session: revokes its refresh token (RevokeToken), wipes the tokens and forgets
    /// what was stored.
    ///
    /// Access tokens of the session that were handed out are refused by the service from then on,
    /// but hold until they expire for whoever only verifies them.
    ///
    /// # Errors
    ///
    /// Transient kinds carry the session, so that it can be tried again;
    /// [`Configuration`](ErrorKind::Configuration) for an app client that cannot revoke tokens.
    pub async fn sign_out(self) -> Result<(), Error> {
        let refresh_token = self.state().current()?.set.refresh_token().cloned();
        if let Some(token) = refresh_token {
            let revoked = self.inner.pool.carrier().revoke(&token).await;
            revoked.map_err(|error| self.carried_by(error))?;
        }
        self.end().await
    }

    /// Ends all sessions of the user (GlobalSignOut), this one included.
    ///
    /// # Errors
    ///
    /// As [`sign_out`](Self::sign_out).
    pub async fn sign_out_everywhere(self) -> Result<(), Error> {
        let token = self.access_token().await?;
        let signed_out = self.inner.pool.carrier().global_sign_out(&token).await;
        signed_out.map_err(|error| self.carried_by(error))?;
        self.end().await
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
        let kind = match error {
            VerifyError::KeysUnavailable(_) => ErrorKind::KeysUnavailable,
            VerifyError::Expired { .. } | VerifyError::NotYetValid { .. } => ErrorKind::ClockSkew,
            _ => {
                let refused = Error::new(ErrorKind::InvalidToken).with_source(error);
                return self.end().await.err().unwrap_or(refused);
            }
        };
        Error::new(kind).with_source(error).with_session(self)
    }

    async fn verify(&self, set: &TokenSet) -> Result<Claims, VerifyError> {
        let verifier = self.inner.pool.verifier();
        let access = verifier.access_token(set.access_token().expose_secret()).await?;
        let id = match set.id_token() {
            Some(token) => Some(verifier.id_token(token.expose_secret()).await?),
            None => None,
        };
        let same_user = id.as_ref().is_none_or(|id| id.subject() == access.subject());
        if !same_user {
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
            let secret = secret.ok_or_else(|| token_error(ErrorKind::Configuration.into()))?;
            let generation = self.state().current().map_err(token_error)?.generation;
            Ok(IssuedToken::new(secret, tokens.expires_at(), generation))
        })
    }

    fn reject(&self, token: &IssuedToken) {
        self.state().reject(token.generation());
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

fn store_failed(error: cognito_tokens::StoreError) -> Error {
    Error::new(ErrorKind::Store).with_source(error)
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("pool", &self.inner.pool)
            .field("username", &self.inner.username)
            .finish_non_exhaustive()
    }
}
