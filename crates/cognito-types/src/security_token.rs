//! Tokens for a token exchange (RFC 8693).

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::secret::{AccessToken, IdToken};

/// A token for a token exchange: that of the user, or that of the service that acts for the user.
///
/// Clones share the token, which is wiped when the last one is dropped.
///
/// ```
/// # mod cognito { pub mod session { pub use cognito_types::*; } pub mod types { pub use cognito_types::*; } }
/// use cognito::session::SecurityToken;
/// use cognito::types::AccessToken;
///
/// let token = SecurityToken::from(AccessToken::from("eyJraWQi.eyJzdWIi.c2ln"));
/// assert!(!format!("{token:?}").contains("eyJ"));
/// let assertion = SecurityToken::saml2("PHNhbWw+").issued_by("corporate");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct SecurityToken {
    token: Arc<Zeroizing<String>>,
    kind: SecurityTokenKind,
    provider: Option<String>,
}

/// The kind of a token for a token exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecurityTokenKind {
    /// An access token.
    Access,
    /// An ID token.
    Id,
    /// A SAML 2.0 assertion.
    Saml2,
}

impl SecurityToken {
    /// Creates a token from a SAML 2.0 assertion; set its identity provider with
    /// [`issued_by`](Self::issued_by).
    pub fn saml2(assertion: impl Into<String>) -> Self {
        Self::new(assertion.into(), SecurityTokenKind::Saml2)
    }

    /// Sets the identity provider of the pool that issued the token. Tokens of the pool have none.
    pub fn issued_by(self, provider: impl Into<String>) -> Self {
        Self { provider: Some(provider.into()), ..self }
    }

    fn new(token: String, kind: SecurityTokenKind) -> Self {
        Self { token: Arc::new(Zeroizing::new(token)), kind, provider: None }
    }

    /// Returns the token, to send it.
    pub fn expose_secret(&self) -> &str {
        &self.token
    }

    /// Returns the kind of the token.
    pub fn kind(&self) -> SecurityTokenKind {
        self.kind
    }

    /// Returns the identity provider that issued the token; `None` for a token of the pool.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }
}

impl From<&AccessToken> for SecurityToken {
    fn from(token: &AccessToken) -> Self {
        Self::new(token.expose_secret().to_owned(), SecurityTokenKind::Access)
    }
}

impl From<&IdToken> for SecurityToken {
    fn from(token: &IdToken) -> Self {
        Self::new(token.expose_secret().to_owned(), SecurityTokenKind::Id)
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

// Implemented by hand, because `Zeroizing` does not implement `Hash`.
impl Hash for SecurityToken {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.token.as_str(), self.kind, &self.provider).hash(state);
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
