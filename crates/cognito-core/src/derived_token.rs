//! Tokens of a token exchange (RFC 8693): those presented, and the one that is issued.

use std::fmt;
use std::time::Duration;

use cognito_types::{AccessToken, IdToken};
use zeroize::Zeroizing;

/// A token that is presented in a token exchange: that of the user, or that of the service which
/// acts for the user.
///
/// ```
/// # mod cognito { pub mod session { pub use cognito_core::*; } pub mod types { pub use cognito_core::*; } }
/// use cognito::session::SecurityToken;
/// use cognito::types::AccessToken;
///
/// let token = SecurityToken::from(AccessToken::from("eyJraWQi.eyJzdWIi.c2ln"));
/// assert!(!format!("{token:?}").contains("eyJ"));
/// let assertion = SecurityToken::saml2("PHNhbWw+").issued_by("corporate");
/// ```
#[derive(Clone)]
#[must_use]
pub struct SecurityToken {
    token: Zeroizing<String>,
    kind: &'static str,
    provider: Option<String>,
}

impl SecurityToken {
    /// Creates one of a SAML 2.0 assertion; name its identity provider by
    /// [`issued_by`](Self::issued_by).
    pub fn saml2(assertion: impl Into<String>) -> Self {
        Self::new(assertion.into(), "SAML2")
    }

    /// Names the identity provider of the pool that issued the token. Tokens of the pool have none.
    pub fn issued_by(self, provider: impl Into<String>) -> Self {
        Self { provider: Some(provider.into()), ..self }
    }

    fn new(token: String, kind: &'static str) -> Self {
        Self { token: Zeroizing::new(token), kind, provider: None }
    }

    pub(crate) fn expose_secret(&self) -> &str {
        &self.token
    }

    /// Returns its TokenTypeIdentifierType.
    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    pub(crate) fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }
}

impl From<&AccessToken> for SecurityToken {
    fn from(token: &AccessToken) -> Self {
        Self::new(token.expose_secret().to_owned(), "ACCESS_TOKEN")
    }
}

impl From<&IdToken> for SecurityToken {
    fn from(token: &IdToken) -> Self {
        Self::new(token.expose_secret().to_owned(), "ID_TOKEN")
    }
}

impl From<AccessToken> for SecurityToken {
    fn from(token: AccessToken) -> Self {
        Self::from(&token)
    }
}

impl From<IdToken> for SecurityToken {
    fn from(token: IdToken) -> Self {
        Self::from(&token)
    }
}

impl fmt::Debug for SecurityToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecurityToken")
            .field("kind", &self.kind)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// The token that was issued in a token exchange (GetDerivedToken).
///
/// It is for the service that it is bound to, which verifies it; there is no refresh token with it.
#[derive(Clone, Debug)]
pub struct DerivedToken {
    pub(crate) token: Issued,
    pub(crate) expires_in: Option<Duration>,
    pub(crate) scopes: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Issued {
    Access(AccessToken),
    Id(IdToken),
}

impl DerivedToken {
    /// Returns the access token, unless an ID token was requested.
    pub fn access_token(&self) -> Option<&AccessToken> {
        match &self.token {
            Issued::Access(token) => Some(token),
            Issued::Id(_) => None,
        }
    }

    /// Returns the ID token, if one was requested.
    pub fn id_token(&self) -> Option<&IdToken> {
        match &self.token {
            Issued::Access(_) => None,
            Issued::Id(token) => Some(token),
        }
    }

    /// Returns the time for which it is valid (ExpiresIn).
    pub fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }

    /// Returns the scopes that were granted, which may be fewer than requested.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }
}
