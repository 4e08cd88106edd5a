//! The user pool, as one app client sees it.

mod builder;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::Region;
use aws_types::SdkConfig;
use cognito_srp::Timestamp;
use cognito_tokens::{PlainHttpHosts, Verifier};
use cognito_types::{
    AccessToken, ClientId, Clock, Code, Password, RefreshToken, SessionKey, TokenSet, TokenStore,
    UserPoolId,
};

pub use self::builder::{DEFAULT_AUTH_SESSION_VALIDITY, UserPoolBuilder};
use crate::admin::Admin;
use crate::as_admin::PoolAsAdmin;
use crate::carrier::Carrier;
use crate::challenge::Challenge;
use crate::context::ClientMetadata;
use crate::error::{Error, ErrorKind};
use crate::recovery::{ConfirmForgotPassword, ForgotPassword};
use crate::saved::SavedChallenge;
use crate::sdk_config;
use crate::session::{AdoptedSession, LiveSessions, Session, is_random_name};
use crate::sign_in::SignInBuilder;
use crate::sign_up::{ConfirmSignUp, ResendConfirmationCode, SignUpBuilder};

/// A user pool through one of its app clients: sign-up, sign-in, sessions.
///
/// It needs no AWS credentials. Clones are cheap and share connections and keys.
///
/// ```
/// use cognito_core::UserPool;
///
/// let pool = UserPool::builder("eu-west-1_Ab12Cd34E".parse()?, "1example23456789").build()?;
/// assert_eq!(pool.id().region(), "eu-west-1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct UserPool {
    inner: Arc<Inner>,
}

struct Inner {
    id: UserPoolId,
    carrier: Carrier,
    verifier: Verifier,
    session_verifier: Verifier,
    clock: Arc<dyn Clock>,
    store: Option<Arc<dyn TokenStore>>,
    session_validity: Duration,
    endpoint: Option<String>,
    /// The hosts that are allowed over plain HTTP.
    plain_http: PlainHttpHosts,
    device_name: Option<String>,
    refresh_metadata: ClientMetadata,
    live_sessions: LiveSessions,
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

    /// Returns the verifier of this pool's tokens for this app client.
    ///
    /// It refuses access tokens that are bound to a resource (`aud`); see
    /// [`with_rules`](Verifier::with_rules) for a service that is such a resource.
    pub fn verifier(&self) -> &Verifier {
        &self.inner.verifier
    }

    /// Returns the verifier of this client's own sessions: the resource that a token is bound to is
    /// another party's.
    pub(crate) fn session_verifier(&self) -> &Verifier {
        &self.inner.session_verifier
    }

    /// Starts the registration of a user (SignUp).
    pub fn sign_up(&self, username: impl Into<String>) -> SignUpBuilder {
        SignUpBuilder::new(self.clone(), username.into())
    }

    /// Confirms a registration with the code that the user was sent (ConfirmSignUp).
    ///
    /// It is sent when it is awaited, and fails with
    /// [`CodeMismatch`](ErrorKind::CodeMismatch) or [`CodeExpired`](ErrorKind::CodeExpired) for the
    /// code, [`NotAuthorized`](ErrorKind::NotAuthorized) for a user who is confirmed already,
    /// [`AliasExists`](ErrorKind::AliasExists) for an address that is another user's.
    pub fn confirm_sign_up(
        &self,
        username: impl Into<String>,
        code: impl Into<Code>,
    ) -> ConfirmSignUp {
        ConfirmSignUp::new(self.clone(), username.into(), code)
    }

    /// Sends the code that confirms a registration again (ResendConfirmationCode).
    ///
    /// It is sent when it is awaited, and fails with
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for a user who is confirmed already,
    /// [`AttemptsExceeded`](ErrorKind::AttemptsExceeded) when it was sent too often.
    pub fn resend_confirmation_code(&self, username: impl Into<String>) -> ResendConfirmationCode {
        ResendConfirmationCode::new(self.clone(), username.into())
    }

    /// Sends a code to a user who has forgotten the password (ForgotPassword).
    ///
    /// It is sent when it is awaited, and fails with
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for a user without a verified address,
    /// [`AttemptsExceeded`](ErrorKind::AttemptsExceeded) when it was asked for too often.
    pub fn forgot_password(&self, username: impl Into<String>) -> ForgotPassword {
        ForgotPassword::new(self.clone(), username.into())
    }

    /// Sets a new password with the code that was sent (ConfirmForgotPassword).
    ///
    /// It is sent when it is awaited, and fails with
    /// [`CodeMismatch`](ErrorKind::CodeMismatch) or [`CodeExpired`](ErrorKind::CodeExpired) for the
    /// code, [`InvalidPassword`](ErrorKind::InvalidPassword) for one against the policy.
    pub fn confirm_forgot_password(
        &self,
        username: impl Into<String>,
        code: impl Into<Code>,
        password: impl Into<Password>,
    ) -> ConfirmForgotPassword {
        let (username, code, password) = (username.into(), code.into(), password.into());
        ConfirmForgotPassword::new(self.clone(), username, code, password)
    }

    /// Starts a sign-in.
    ///
    /// The name may be an alias, such as an e-mail address, where the pool allows it.
    pub fn sign_in(&self, username: impl Into<String>) -> SignInBuilder {
        SignInBuilder::new(self.clone(), None, username.into())
    }

    /// The same pool with AWS credentials, to sign users in on their behalf.
    ///
    /// Requests go where the pool's go.
    pub fn as_admin(&self, config: &SdkConfig) -> PoolAsAdmin {
        PoolAsAdmin::new(self.clone(), config)
    }

    /// The same pool for its administration with AWS credentials.
    ///
    /// Requests go where the pool's go, whatever the configuration says.
    pub fn admin(&self, config: &SdkConfig) -> Admin {
        Admin::of_client(self.signing_client(config), self.id().clone())
    }

    /// Resumes a sign-in from a saved challenge.
    ///
    /// # Errors
    ///
    /// [`Configuration`](ErrorKind::Configuration) for a challenge of another pool or app client,
    /// or of an administrator's sign-in; [`ChallengeExpired`](ErrorKind::ChallengeExpired) after
    /// its deadline.
    pub fn resume(&self, saved: SavedChallenge) -> Result<Challenge, Error> {
        Challenge::resume(saved, self.clone(), None)
    }

    /// Creates a session of tokens from elsewhere, which are verified first.
    ///
    /// Tokens that have expired are refreshed first.
    pub fn session(&self, tokens: TokenSet) -> AdoptedSession {
        AdoptedSession::of_set(self.clone(), tokens)
    }

    /// Creates a session of a refresh token alone (GetTokensFromRefreshToken).
    pub fn session_from_refresh_token(&self, token: impl Into<RefreshToken>) -> AdoptedSession {
        AdoptedSession::of_refresh_token(self.clone(), token.into())
    }

    /// A session of an access token alone, as a back end receives it; it cannot be refreshed.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`](ErrorKind::InvalidToken) or [`TokenExpired`](ErrorKind::TokenExpired) for
    /// the token, [`KeysUnavailable`](ErrorKind::KeysUnavailable).
    pub async fn with_access_token(&self, token: impl Into<AccessToken>) -> Result<Session, Error> {
        Session::of_access_token(self.clone(), token.into()).await
    }

    /// Revokes a refresh token, with all access tokens that came from it (RevokeToken).
    ///
    /// # Errors
    ///
    /// [`Configuration`](ErrorKind::Configuration) for an app client that cannot revoke tokens.
    pub async fn revoke(&self, token: &RefreshToken) -> Result<(), Error> {
        self.carrier().revoke(token).await
    }

    /// Returns the key of the session that the store has under a name: that of `store_as`, or the
    /// random one of [`Session::key`], as from a cookie.
    pub fn session_key(&self, name: impl Into<String>) -> SessionKey {
        SessionKey::new(self.id().clone(), self.client_id().clone(), name)
    }

    /// Returns the key of a session with a random name, as from a cookie, or `None` for a text that
    /// is no such name.
    ///
    /// Use it for names that come from a browser: the store may have records under names that can
    /// be guessed, those of `store_as` and of remembered devices.
    pub fn random_session_key(&self, name: &str) -> Option<SessionKey> {
        is_random_name(name).then(|| self.session_key(name))
    }

    /// Returns the session that the pool's store has under a key, or `None` if it has none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] for a pool without a store or a key of another pool,
    /// [`ErrorKind::Store`] when the store fails or does not respond in
    /// [`STORE_TIMEOUT`](crate::STORE_TIMEOUT), [`ErrorKind::UnreadableSession`] when it holds a
    /// session that cannot be read, [`ErrorKind::InvalidToken`] when the tokens are not of this pool
    /// or not of the user that the record names,
    /// [`ErrorKind::SessionEnded`] when they have expired and the service refuses to refresh them.
    pub async fn restore(&self, key: &SessionKey) -> Result<Option<Session>, Error> {
        Session::restore(self.clone(), key).await
    }

    pub(crate) fn carrier(&self) -> &Carrier {
        &self.inner.carrier
    }

    /// What triggers receive with refreshes.
    pub(crate) fn refresh_metadata(&self) -> &ClientMetadata {
        &self.inner.refresh_metadata
    }

    /// The sessions that are in use.
    pub(crate) fn live_sessions(&self) -> &LiveSessions {
        &self.inner.live_sessions
    }

    /// The name that new devices get.
    pub(crate) fn device_name(&self) -> Option<&str> {
        self.inner.device_name.as_deref()
    }

    /// A client with credentials that sends requests where this pool's go.
    pub(crate) fn signing_client(&self, config: &SdkConfig) -> Client {
        let own = self.carrier().client.config();
        let region = own.region().map_or_else(|| self.id().region(), Region::as_ref);
        let plain_http = Some(self.inner.plain_http.clone());
        let mut signed = sdk_config::signed(config, region, plain_http);
        if config.http_client().is_none() {
            signed.set_http_client(own.http_client());
        }
        if let Some(endpoint) = &self.inner.endpoint {
            signed.set_endpoint_url(Some(endpoint.clone()));
        }
        Client::from_conf(signed.build())
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

    /// Returns the time that claims are signed at, by the pool's clock.
    pub(crate) fn timestamp(&self) -> Result<Timestamp, Error> {
        self.timestamp_at(None)
    }

    /// Returns the time that claims are signed at: that of the server, if the pool's clock differs
    /// much from it.
    ///
    /// AWS refuses a claim whose time differs by more than five minutes in the words for a wrong
    /// password. The service verifies the claim, so it gains nothing from choosing its time.
    pub(crate) fn timestamp_at(&self, server: Option<SystemTime>) -> Result<Timestamp, Error> {
        let own = self.clock().now();
        let differs_much = |server: &SystemTime| {
            let ahead = own.duration_since(*server).unwrap_or_default();
            ahead.max(server.duration_since(own).unwrap_or_default()) > TOLERATED_SKEW
        };
        let now = server.filter(differs_much).unwrap_or(own);
        let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_seconds(since_epoch.as_secs())
            .map_err(|error| Error::new(ErrorKind::Configuration).with_source(error))
    }
}

/// How far the pool's clock may be from the server's before the latter is used for claims.
const TOLERATED_SKEW: Duration = Duration::from_secs(60);

impl fmt::Debug for UserPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserPool")
            .field("id", &self.inner.id)
            .field("client_id", self.client_id())
            .finish_non_exhaustive()
    }
}
