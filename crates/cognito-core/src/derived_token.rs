//! The token that is issued in a token exchange (RFC 8693).

use std::time::Duration;

use cognito_types::{AccessToken, IdToken};

/// The token that was issued in a token exchange (GetDerivedToken).
///
/// It is meant for the service that it is bound to, which verifies it. It has no refresh token.
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

    /// Returns the lifetime of the token (ExpiresIn).
    pub fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }

    /// Returns the scopes that were granted, which may be fewer than requested.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }
}
