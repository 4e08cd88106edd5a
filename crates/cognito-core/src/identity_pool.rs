//! AWS credentials from identity pools, for a signed-in session or a guest.

mod builder;
mod client;
mod identities;
mod identity_cache;
mod issued;
mod login;
mod provide;
mod shared;

use std::fmt;
use std::sync::Arc;

use cognito_types::{IdentityId, IdentityPoolId};

pub use self::builder::{IdentityPoolCredentialsBuilder, IdentityPoolLogin};
pub use self::identity_cache::{IdentityCache, IdentityKey};
pub use self::issued::{IdentityCredentials, OpenIdToken};
use self::shared::{Age, Shared};
use crate::error::Error;

/// A provider of AWS credentials from an identity pool, for clients of the AWS SDK.
///
/// The provider needs no AWS credentials. For each request it gets the ID token of the session,
/// which is refreshed if it is about to expire, and the user's identity from the cache. Concurrent
/// callers share one request for the identity and one for the credentials. Clones share all state.
///
/// # Security
///
/// Use one provider and one client of the SDK per session. The provider returns credentials only
/// for the ID token that the service accepted, never those of a previous user or of previous
/// groups. A client of the SDK, however, caches credentials until they expire.
///
/// ```no_run
/// # mod cognito { pub use cognito_core as identity_pool; pub use cognito_core::Session; }
/// use cognito::identity_pool::IdentityPoolCredentials;
/// use cognito::Session;
///
/// # async fn run(session: Session) -> Result<(), Box<dyn std::error::Error>> {
/// let pool = "eu-west-1:1f0c7a5e-3d2b-4c1a-9e8f-0123456789ab".parse()?;
/// let provider = IdentityPoolCredentials::builder(pool).session(session).build()?;
/// let credentials = provider.credentials().await?;
/// println!("{} until {:?}", credentials.identity_id(), credentials.expires_at());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct IdentityPoolCredentials {
    shared: Arc<Shared>,
}

impl IdentityPoolCredentials {
    /// Starts a builder with the identity pool; set the login next. Everything else has a default.
    pub fn builder(id: IdentityPoolId) -> IdentityPoolLogin {
        IdentityPoolLogin::new(id)
    }

    /// Returns the id of the identity pool.
    pub fn pool_id(&self) -> &IdentityPoolId {
        self.shared.client().identities.pool()
    }

    /// Returns credentials, requesting new ones first if they are about to expire
    /// (GetCredentialsForIdentity).
    ///
    /// New credentials are requested in the last fifth of their lifetime, at most five minutes
    /// before its end, and for each new ID token: a token of another user, or with other groups,
    /// may give another role.
    ///
    /// # Errors
    ///
    /// The errors of the session's `id_token`;
    /// [`LoginNotAccepted`](crate::ErrorKind::LoginNotAccepted) for a user pool or app client that
    /// the identity pool does not list; [`GuestsNotAllowed`](crate::ErrorKind::GuestsNotAllowed);
    /// [`NotFound`](crate::ErrorKind::NotFound) if the identity pool does not exist;
    /// [`Configuration`](crate::ErrorKind::Configuration) for a role without a trust policy for the
    /// identity pool; [`LoginInUse`](crate::ErrorKind::LoginInUse);
    /// [`NotAuthorized`](crate::ErrorKind::NotAuthorized) for a role that the user does not have.
    /// [`TokenExpired`](crate::ErrorKind::TokenExpired) and
    /// [`IdentityMismatch`](crate::ErrorKind::IdentityMismatch) only after a retry with another
    /// token or identity; `TokenExpired` also if the session belongs to another user by then.
    pub async fn credentials(&self) -> Result<IdentityCredentials, Error> {
        self.shared.credentials(Age::Any).await
    }

    /// Returns the identity of the user or the guest, from the cache or with GetId.
    ///
    /// # Errors
    ///
    /// The errors of [`credentials`](Self::credentials).
    pub async fn identity_id(&self) -> Result<IdentityId, Error> {
        match self.shared.client().identity_id().await? {
            Some(id) => Ok(id),
            // GetCredentialsForIdentity may return another identity than the login had first.
            None => Ok(self.credentials().await?.identity_id),
        }
    }

    /// Returns an OpenID token of the identity (GetOpenIdToken), for the basic flow: AWS STS
    /// exchanges it for credentials of a role that the caller chooses.
    ///
    /// # Errors
    ///
    /// The errors of [`credentials`](Self::credentials).
    pub async fn open_id_token(&self) -> Result<OpenIdToken, Error> {
        self.shared.client().open_id_token().await
    }

    /// Removes the login from the identity (UnlinkIdentity), and drops both from the caches.
    ///
    /// The next request of the user creates another identity. Credentials are dropped after an
    /// error too, because the login may be removed even if the response was lost.
    ///
    /// # Errors
    ///
    /// The errors of [`credentials`](Self::credentials);
    /// [`Configuration`](crate::ErrorKind::Configuration) for a guest, who has no login.
    pub async fn unlink(&self) -> Result<(), Error> {
        let outcome = self.shared.client().unlink().await;
        self.invalidate();
        outcome
    }

    /// Drops the credentials, so that the next call requests new ones, for example after a change
    /// of the identity pool's roles.
    ///
    /// After a change of the user's groups, refresh the session instead: the next ID token contains
    /// them. Clients of the SDK use their cached credentials until these expire.
    pub fn invalidate(&self) {
        self.shared.invalidate();
    }
}

impl fmt::Debug for IdentityPoolCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client = self.shared.client();
        f.debug_struct("IdentityPoolCredentials")
            .field("pool", client.identities.pool())
            .field("login", &client.logins)
            .field("role_arn", &client.role_arn)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::error::ErrorKind;

    fn guest() -> IdentityPoolCredentialsBuilder {
        let builder = IdentityPoolCredentials::builder("eu-west-1:0-1".parse().unwrap()).guest();
        builder.endpoint("http://127.0.0.1:9")
    }

    #[test]
    fn a_provider_is_shared_by_threads_and_prints_its_settings() {
        fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
        let provider = guest().role_arn("arn:aws:iam::123456789012:role/a").build().unwrap();
        shared(&provider);
        let expected = "IdentityPoolCredentials { pool: IdentityPoolId(\"eu-west-1:0-1\"), \
            login: Guest, role_arn: Some(\"arn:aws:iam::123456789012:role/a\"), .. }";
        assert_eq!(format!("{provider:?}"), expected);
    }

    #[test]
    fn calls_outside_a_runtime_are_errors() {
        let provider = guest().build().unwrap();
        let kinds = [
            provider.credentials().now_or_never().unwrap().map(drop),
            provider.identity_id().now_or_never().unwrap().map(drop),
            provider.open_id_token().now_or_never().unwrap().map(drop),
        ]
        .map(|outcome| outcome.unwrap_err().kind());
        assert_eq!(kinds, [ErrorKind::NoRuntime; 3]);
    }
}
