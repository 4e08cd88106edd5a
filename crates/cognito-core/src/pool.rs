//! A user pool, used through one app client.

mod builder;
mod in_use;
mod random_name;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cognito_srp::Timestamp;
use cognito_tokens::Verifier;
use cognito_types::{ClientId, Clock, SessionKey, TokenRefresher, TokenStore, UserPoolId};

#[cfg(feature = "admin")]
use self::access::AdminDefaults;
pub use self::builder::{DEFAULT_AUTH_SESSION_VALIDITY, UserPoolBuilder};
use self::in_use::InUse;
use self::random_name::is_random_name;
pub(crate) use self::random_name::random_name;
use crate::app_client::AppClient;
use crate::context::ClientMetadata;
use crate::error::{Error, ErrorKind};

/// A user pool, used through one of its app clients: sign-up, sign-in, sessions.
///
/// It needs no AWS credentials. Clones are cheap and share connections and keys.
///
/// ```
/// # mod cognito { pub use cognito_core::*; }
/// use cognito::UserPool;
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
    app_client: AppClient,
    verifier: Verifier,
    session_verifier: Verifier,
    clock: Arc<dyn Clock>,
    store: Option<Arc<dyn TokenStore>>,
    token_refresher: Option<Arc<dyn TokenRefresher>>,
    session_validity: Duration,
    #[cfg(feature = "admin")]
    for_admin: AdminDefaults,
    device_name: Option<String>,
    refresh_metadata: ClientMetadata,
    sessions_in_use: InUse,
}

impl UserPool {
    /// Creates a builder from the pool and the app client; everything else has a default.
    pub fn builder(id: UserPoolId, client: impl Into<ClientId>) -> UserPoolBuilder {
        UserPoolBuilder::new(id, client.into())
    }

    /// Returns the pool's id.
    pub fn id(&self) -> &UserPoolId {
        &self.inner.id
    }

    /// Returns the app client's id.
    pub fn client_id(&self) -> &ClientId {
        &self.inner.app_client.client_id
    }

    /// Returns the verifier of the pool's tokens for this app client.
    ///
    /// It rejects access tokens that are bound to a resource (`aud`); a service that is such a
    /// resource sets it with [`with_rules`](Verifier::with_rules).
    pub fn verifier(&self) -> &Verifier {
        &self.inner.verifier
    }

    /// Returns the verifier for the client's own sessions, which accepts tokens that are bound to a
    /// resource of another party.
    pub(crate) fn session_verifier(&self) -> &Verifier {
        &self.inner.session_verifier
    }

    /// Returns the key of a stored session by its name: that of `store_as`, or the random one of
    /// [`Session::key`](crate::Session::key).
    ///
    /// Every name is valid. For a name from a browser, use
    /// [`random_session_key`](Self::random_session_key).
    pub fn session_key(&self, name: impl Into<String>) -> SessionKey {
        SessionKey::new(self.id().clone(), self.client_id().clone(), name)
    }

    /// Returns the key of a session with a random name, for example from a cookie, or `None` for a
    /// text that is not such a name.
    ///
    /// Use it for names that come from a browser: the store may also have sessions with names that
    /// can be guessed, such as those of `store_as`.
    pub fn random_session_key(&self, name: &str) -> Option<SessionKey> {
        is_random_name(name).then(|| self.session_key(name))
    }

    pub(crate) fn app_client(&self) -> &AppClient {
        &self.inner.app_client
    }

    /// Returns the ClientMetadata of refreshes.
    pub(crate) fn refresh_metadata(&self) -> &ClientMetadata {
        &self.inner.refresh_metadata
    }

    /// Returns the sessions that are in use.
    pub(crate) fn sessions_in_use(&self) -> &InUse {
        &self.inner.sessions_in_use
    }

    /// Returns the name of new devices.
    pub(crate) fn device_name(&self) -> Option<&str> {
        self.inner.device_name.as_deref()
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    pub(crate) fn store(&self) -> Option<&Arc<dyn TokenStore>> {
        self.inner.store.as_ref()
    }

    /// Returns the refresher of sessions of managed login.
    pub(crate) fn token_refresher(&self) -> Option<&dyn TokenRefresher> {
        self.inner.token_refresher.as_deref()
    }

    /// Returns the time in which a challenge must be responded to.
    pub(crate) fn session_validity(&self) -> Duration {
        self.inner.session_validity
    }

    /// Returns the TIMESTAMP of SRP proofs, by the pool's clock.
    pub(crate) fn timestamp(&self) -> Result<Timestamp, Error> {
        self.timestamp_at(None)
    }

    /// Returns the TIMESTAMP of SRP proofs: by the server's clock, if the pool's clock differs much
    /// from it.
    ///
    /// AWS refuses a proof whose time differs by more than five minutes with the message for a
    /// wrong password. The service verifies the proof, so it gains nothing by choosing the time.
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

/// The largest difference between the clocks at which the pool's clock is used.
const TOLERATED_SKEW: Duration = Duration::from_secs(60);

// Declared below the main methods, so that the documentation lists those first.
mod operations;

#[cfg(feature = "admin")]
mod access;

impl fmt::Debug for UserPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserPool")
            .field("id", &self.inner.id)
            .field("client_id", self.client_id())
            .finish_non_exhaustive()
    }
}
