//! The tokens of a sign-in with the browser, before and after their verification.

use cognito_tokens::{AccessClaims, IdClaims, Verifier, VerifyError};
use cognito_types::TokenSet;
use zeroize::Zeroizing;

use super::error::ManagedLoginError;
use super::pending::PendingSignIn;

/// The verified tokens of a sign-in.
///
/// They belong to the pool and the app client, to one user, and to the sign-in that was started:
/// the ID token has its `nonce`, and the access token was issued with it (`at_hash`).
#[derive(Clone, Debug)]
pub struct VerifiedTokens {
    tokens: TokenSet,
    access: AccessClaims,
    id: Option<IdClaims>,
}

impl VerifiedTokens {
    /// Returns the claims of the access token.
    pub fn access_claims(&self) -> &AccessClaims {
        &self.access
    }

    /// Returns the claims of the ID token; `None` without the scope `openid`.
    pub fn id_claims(&self) -> Option<&IdClaims> {
        self.id.as_ref()
    }

    /// Returns the tokens.
    pub fn tokens(&self) -> &TokenSet {
        &self.tokens
    }

    /// Returns the tokens without their claims.
    pub fn into_tokens(self) -> TokenSet {
        self.tokens
    }

    /// Creates a session from the tokens, which is refreshed at the token endpoint.
    ///
    /// The pool must be of the same app client and have the [`ManagedLogin`](super::ManagedLogin)
    /// as its `token_refresher`. If the pool cannot verify, store or refresh the tokens now, for
    /// example because its key set lacks their key, the session is in the error
    /// ([`SessionError::session`](cognito_core::SessionError::session)) and keeps them.
    ///
    /// ```no_run
    /// # mod cognito { pub use cognito_http::managed_login; pub use cognito_core::*; }
    /// use cognito::managed_login::{ManagedLogin, VerifiedTokens};
    /// use cognito::{Error, Session, UserPool};
    ///
    /// fn pool(login: ManagedLogin) -> Result<UserPool, Box<dyn std::error::Error>> {
    ///     let id = "eu-west-1_Ab12Cd34E".parse()?;
    ///     Ok(UserPool::builder(id, "client-id").token_refresher(login).build()?)
    /// }
    ///
    /// async fn session(tokens: VerifiedTokens, pool: &UserPool) -> Result<Session, Error> {
    ///     Ok(tokens.session(pool).await?)
    /// }
    /// ```
    #[cfg(feature = "session")]
    pub fn session(self, pool: &cognito_core::UserPool) -> cognito_core::AdoptedSession {
        pool.session(self.tokens).newly_issued().refresh_by_token_endpoint()
    }
}

/// The tokens of a sign-in whose key set could not be fetched, or lacks their key.
///
/// They are kept because the authorization code is used up. They must not be trusted yet.
#[derive(Clone, Debug)]
pub struct UnverifiedTokens {
    tokens: TokenSet,
    nonce: Nonce,
}

#[derive(Clone)]
struct Nonce(Zeroizing<String>);

impl UnverifiedTokens {
    pub(super) fn new(tokens: TokenSet, pending: &PendingSignIn) -> Self {
        Self { tokens, nonce: Nonce(Zeroizing::new(pending.nonce().to_owned())) }
    }

    pub(super) async fn verify(
        self,
        verifier: &Verifier,
    ) -> Result<VerifiedTokens, ManagedLoginError> {
        match self.claims(verifier).await {
            Ok((access, id)) => Ok(VerifiedTokens { tokens: self.tokens, access, id }),
            // The endpoint may have signed them with a key that is newer than the key set.
            Err(error) if error.is_transient() || matches!(error, VerifyError::UnknownKey) => {
                Err(ManagedLoginError::Unverified(Box::new(self)))
            }
            Err(error) => Err(ManagedLoginError::InvalidTokens(error)),
        }
    }

    async fn claims(
        &self,
        verifier: &Verifier,
    ) -> Result<(AccessClaims, Option<IdClaims>), VerifyError> {
        let access = verifier.access_token(self.tokens.access_token().expose_secret()).await?;
        let Some(token) = self.tokens.id_token() else { return Ok((access, None)) };
        let id = verifier.id_token(token.expose_secret()).await?;
        id.require_nonce(&self.nonce.0)?;
        if id.subject() != access.subject() {
            return Err(VerifyError::InvalidClaim("sub"));
        }
        match id.require_access_token(self.tokens.access_token()) {
            // The claim is optional in this flow (OpenID Connect Core, 3.1.3.6).
            Err(VerifyError::MissingClaim(_)) | Ok(()) => Ok((access, Some(id))),
            Err(error) => Err(error),
        }
    }
}

impl std::fmt::Debug for Nonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}
