//! The user pool, as one app client sees it.

mod builder;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use cognito_srp::Timestamp;
use cognito_tokens::{ClientId, Clock, Code, SessionKey, TokenStore, UserPoolId, Verifier};

pub use self::builder::{
    DEFAULT_ATTEMPT_TIMEOUT, DEFAULT_AUTH_SESSION_VALIDITY, DEFAULT_CONNECT_TIMEOUT,
    DEFAULT_OPERATION_TIMEOUT, UserPoolBuilder,
};
use crate::carrier::Carrier;
use crate::delivery::CodeDelivery;
use crate::error::{Error, ErrorKind};
use crate::session::Session;
use crate::sign_in::SignInBuilder;
use crate::sign_up::SignUpBuilder;

/// A user pool through one of its app clients: sign-up, sign-in, sessions.
///
/// It needs no AWS credentials. Clones are cheap and share connections and keys.
///
/// ```
/// use cognito_core::UserPool;
///
/// let pool = UserPool::builder("eu-west-1_Ab12Cd34E".parse()?, "1example23456789").build();
/// assert_eq!(pool.id().region(), "eu-west-1");
/// # Ok::<(), cognito_core::InvalidUserPoolId>(())
/// ```
#[derive(Clone)]
pub struct UserPool {
    inner: Arc<Inner>,
}

struct Inner {
    id: UserPoolId,
    carrier: Carrier,
    verifier: Verifier,
    clock: Arc<dyn Clock>,
    store: Option<Arc<dyn TokenStore>>,
    session_validity: Duration,
}

impl UserPool {
    /// Starts with the pool and the app client; everything else has a default.
    pub fn builder(id: UserPoolId, client: impl Into<ClientId>) -> UserPoolBuilder {
        UserPoolBuilder::new(id, client.into())
    }

    /// The pool's id.
    pub fn id(&self) -> &UserPoolId {
        &self.inner.id
    }

    /// The app client's id.
    pub fn client_id(&self) -> &ClientId {
        &self.inner.carrier.client_id
    }

    /// The verifier of this pool's tokens for this app client.
    pub fn verifier(&self) -> &Verifier {
        &self.inner.verifier
    }

    /// Starts the registration of a user (SignUp).
    pub fn sign_up(&self, username: impl Into<String>) -> SignUpBuilder {
        SignUpBuilder::new(self.clone(), username.into())
    }

    /// Confirms a registration with the code that the user was sent (ConfirmSignUp).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CodeMismatch`] or [`ErrorKind::CodeExpired`] for the code,
    /// [`ErrorKind::NotAuthorized`] for a user who is confirmed already.
    pub async fn confirm_sign_up(
        &self,
        username: &str,
        code: impl Into<Code>,
    ) -> Result<(), Error> {
        self.carrier().confirm_sign_up(username, &code.into()).await
    }

    /// Sends the code that confirms a registration again (ResendConfirmationCode).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidParameter`] for a user who is confirmed already,
    /// [`ErrorKind::AttemptsExceeded`] when it was sent too often.
    pub async fn resend_confirmation_code(
        &self,
        username: &str,
    ) -> Result<Option<CodeDelivery>, Error> {
        self.carrier().resend_confirmation_code(username).await
    }

    /// Starts a sign-in.
    ///
    /// The name may be an alias, such as an e-mail address, where the pool allows it.
    pub fn sign_in(&self, username: impl Into<String>) -> SignInBuilder {
        SignInBuilder::new(self.clone(), username.into())
    }

    /// The key under which this pool keeps the session of that name.
    pub fn session_key(&self, name: impl Into<String>) -> SessionKey {
        SessionKey::new(self.id().clone(), self.client_id().clone(), name)
    }

    /// Takes up a session that the pool's store has kept, or says that there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] for a pool without a store or a key of another pool,
    /// [`ErrorKind::Store`] when the store fails or holds something that is no session,
    /// [`ErrorKind::InvalidToken`] when its tokens are not of this pool.
    pub async fn restore(&self, key: &SessionKey) -> Result<Option<Session>, Error> {
        Session::restore(self.clone(), key).await
    }

    pub(crate) fn carrier(&self) -> &Carrier {
        &self.inner.carrier
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    pub(crate) fn store(&self) -> Option<&Arc<dyn TokenStore>> {
        self.inner.store.as_ref()
    }

    /// How long a challenge may be answered.
    pub(crate) fn session_validity(&self) -> Duration {
        self.inner.session_validity
    }

    /// The time as claims are signed at.
    pub(crate) fn timestamp(&self) -> Result<Timestamp, Error> {
        let since_epoch = self.clock().now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_seconds(since_epoch.as_secs())
            .map_err(|error| Error::new(ErrorKind::Configuration).with_source(error))
    }
}

impl fmt::Debug for UserPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserPool")
            .field("id", &self.inner.id)
            .field("client_id", self.client_id())
            .finish_non_exhaustive()
    }
}
