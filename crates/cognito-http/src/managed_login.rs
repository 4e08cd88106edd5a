//! Sign-in with the browser and the pool's managed login: the authorization code flow with PKCE.
//!
//! Start at [`ManagedLogin`].

mod authorization;
mod builder;
mod callback;
mod endpoint;
mod error;
mod loopback;
mod pending;
mod rejection;
#[cfg(test)]
mod tests;
mod verified;

use std::fmt;
use std::sync::Arc;

use cognito_tokens::Verifier;
use cognito_types::{
    BoxFuture, ClientId, Clock, RefreshToken, TokenError, TokenRefresher, TokenSet, UserPoolId,
};

pub use self::authorization::{AuthorizationRequest, AuthorizationUrl, Prompt};
pub use self::builder::ManagedLoginBuilder;
use self::endpoint::Endpoint;
pub use self::error::ManagedLoginError;
pub use self::loopback::{LOOPBACK_TIMEOUT, LoopbackListener};
pub use self::pending::PendingSignIn;
pub use self::rejection::{Rejection, RejectionKind};
pub use self::verified::{UnverifiedTokens, VerifiedTokens};

/// The managed login of a user pool, through one of its app clients.
///
/// A sign-in has two steps. The application sends the user's browser to the URL of an
/// [`AuthorizationRequest`]. The browser returns to a callback URL of the application, whose query
/// is exchanged for tokens:
///
/// ```no_run
/// # mod cognito { pub use cognito_http::*; }
/// use cognito::managed_login::{ManagedLogin, ManagedLoginError};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = "eu-west-1_Ab12Cd34E".parse()?;
/// let login = ManagedLogin::builder(&pool, "client-id", "https://auth.example.com")
///     .client_secret("the client's secret")
///     .scopes(["openid", "email"])
///     .build()?;
///
/// let request = login.authorization_url("https://www.example.com/callback").build()?;
/// println!("redirect the browser to {}", request.url());
/// let pending = request.into_pending(); // kept for this browser
///
/// let query = "code=9a1b&state=Zm9v"; // of the request to /callback
/// let tokens = login.exchange(&pending, query).await?;
/// println!("welcome, {:?}", tokens.access_claims().username());
/// # Ok(())
/// # }
/// ```
///
/// Clones are cheap and share connections and keys. It needs a tokio runtime with a timer.
///
/// It is also a [`TokenRefresher`]: pass it to `token_refresher` of the `UserPool` that keeps the
/// sessions.
///
/// See [the endpoints of managed login](https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html)
/// and [RFC 6749, 4.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1).
#[derive(Clone)]
pub struct ManagedLogin {
    inner: Arc<Inner>,
}

struct Inner {
    scopes: Vec<String>,
    endpoint: Endpoint,
    verifier: Verifier,
    clock: Arc<dyn Clock>,
}

impl ManagedLogin {
    /// Creates a builder from the pool, the app client and the URL of the pool's domain, such as
    /// `https://auth.example.com`.
    pub fn builder(
        pool: &UserPoolId,
        client: impl Into<ClientId>,
        domain: impl Into<String>,
    ) -> ManagedLoginBuilder {
        ManagedLoginBuilder::new(pool.clone(), client.into(), domain.into())
    }

    /// Starts a sign-in with this callback URL, which must be one of the app client's CallbackURLs.
    ///
    /// The service compares it byte by byte, including the port and a trailing slash.
    pub fn authorization_url(&self, redirect_uri: impl Into<String>) -> AuthorizationUrl {
        AuthorizationUrl::new(self.clone(), redirect_uri.into())
    }

    /// Exchanges the query of a callback for tokens, and verifies them.
    ///
    /// `callback` is the query of the request to the callback URL, or the whole URL, as mobile and
    /// desktop shells pass it for a custom URL scheme. Nothing is sent unless its `state` is that
    /// of the pending sign-in.
    ///
    /// The code can be used once, so exchange a callback only once: a page that is reloaded gets
    /// [`GrantRefused`](ManagedLoginError::GrantRefused). So does a second call after the future of
    /// the first was dropped while the request was sent.
    ///
    /// # Errors
    ///
    /// [`MalformedCallback`](ManagedLoginError::MalformedCallback) and
    /// [`WrongState`](ManagedLoginError::WrongState) for a callback that does not belong to this
    /// sign-in, [`Rejected`](ManagedLoginError::Rejected) with the reason why the user was not
    /// signed in, the errors of the token endpoint, and
    /// [`InvalidTokens`](ManagedLoginError::InvalidTokens).
    /// [`Unverified`](ManagedLoginError::Unverified) contains the tokens, for
    /// [`verify`](Self::verify).
    pub async fn exchange(
        &self,
        pending: &PendingSignIn,
        callback: &str,
    ) -> Result<VerifiedTokens, ManagedLoginError> {
        if pending.client_id() != self.inner.endpoint.client.as_str() {
            const OTHER: &str = "the pending sign-in belongs to another app client";
            return Err(ManagedLoginError::InvalidSetting(OTHER));
        }
        let code = callback::code(callback, pending)?;
        let granted = self.inner.endpoint.redeem(pending, &code).await?;
        let tokens = granted.issued_at(self.inner.clock.now());
        self.verify(UnverifiedTokens::new(tokens, pending)).await
    }

    /// Verifies tokens whose key set could not be fetched, or lacked their key, when they were issued.
    ///
    /// # Errors
    ///
    /// [`InvalidTokens`](ManagedLoginError::InvalidTokens), or
    /// [`Unverified`](ManagedLoginError::Unverified) again.
    pub async fn verify(
        &self,
        tokens: UnverifiedTokens,
    ) -> Result<VerifiedTokens, ManagedLoginError> {
        tokens.verify(&self.inner.verifier).await
    }

    /// Returns the URL that ends the browser's session at the domain and redirects to this URL,
    /// which must be one of the app client's LogoutURLs.
    ///
    /// The tokens stay valid: sign out of the session, or [`revoke`](Self::revoke) its refresh
    /// token, before redirecting the browser. The session at an OpenID Connect provider stays valid
    /// too.
    ///
    /// See [the logout endpoint](https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html).
    pub fn logout_url(&self, logout_uri: &str) -> String {
        // The endpoint does not support post_logout_redirect_uri of OpenID Connect:
        // streamlit#14601.
        let mut url = self.inner.endpoint.domain.url("/logout");
        let mut query = url.query_pairs_mut();
        query.append_pair("client_id", self.inner.endpoint.client.as_str());
        query.append_pair("logout_uri", logout_uri);
        drop(query);
        url.into()
    }

    /// Revokes a refresh token and all access tokens that were issued with it.
    ///
    /// Revoking a revoked token succeeds.
    ///
    /// See [the revoke endpoint](https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html).
    ///
    /// # Errors
    ///
    /// [`Refused`](ManagedLoginError::Refused) for a text that is not a refresh token or an app
    /// client that does not allow revocation; the errors of a request.
    pub async fn revoke(&self, token: &RefreshToken) -> Result<(), ManagedLoginError> {
        self.inner.endpoint.revoke(token).await
    }
}

impl TokenRefresher for ManagedLogin {
    fn refresh<'a>(
        &'a self,
        token: &'a RefreshToken,
    ) -> BoxFuture<'a, Result<TokenSet, TokenError>> {
        Box::pin(async move {
            let granted = self.inner.endpoint.refresh(token).await?;
            Ok(granted.issued_at(self.inner.clock.now()))
        })
    }
}

impl fmt::Debug for ManagedLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedLogin")
            .field("client", &self.inner.endpoint.client)
            .field("domain", &self.inner.endpoint.domain)
            .field("scopes", &self.inner.scopes)
            .finish_non_exhaustive()
    }
}
