//! The trait of token sources, which sessions and machine clients implement.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use crate::future::BoxFuture;
use crate::secret::RefreshToken;
use crate::token_set::TokenSet;

/// Something that has a current token: a session, a client of its own, a closure.
pub trait TokenSource: Send + Sync + 'static {
    /// The current token of the wanted kind, refreshed first if it is about to expire.
    fn token(&self, want: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>>;

    /// Reports that a server rejected the token, so that the next call of
    /// [`token`](Self::token) refreshes it.
    ///
    /// An implementation ignores a token that is no longer the current one, because many requests
    /// may be rejected with the same token, and limits how often a rejection causes a refresh: see
    /// [`RejectionPauses`](crate::RejectionPauses). While the refresh fails for a reason that
    /// passes, it returns the rejected token, which other servers may accept.
    fn reject(&self, token: &IssuedToken);
}

/// Refreshes tokens by another request than that of the service's API, such as at the token endpoint
/// of managed login.
pub trait TokenRefresher: fmt::Debug + Send + Sync + 'static {
    /// Requests new tokens for a refresh token, once.
    ///
    /// The caller verifies and stores them, and sends no second request before the first has ended.
    /// The refresh token in the set is the new one of a rotation; without one the old one stays.
    ///
    /// # Errors
    ///
    /// [`TokenErrorKind::Ended`] only if this refresh token will never be accepted again, because
    /// it ends the session; [`TokenErrorKind::Transient`] for failures that pass, with
    /// [`retry_after`](TokenError::retry_after) where the server limits the rate.
    fn refresh<'a>(
        &'a self,
        token: &'a RefreshToken,
    ) -> BoxFuture<'a, Result<TokenSet, TokenError>>;
}

/// The kind and the scopes of a wanted token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TokenRequest {
    kind: TokenKind,
    scopes: Vec<String>,
}

impl TokenRequest {
    /// An access token.
    pub fn access() -> Self {
        Self::default()
    }

    /// An ID token.
    pub fn id() -> Self {
        Self { kind: TokenKind::Id, scopes: Vec::new() }
    }

    /// The same request for a token with these scopes.
    #[must_use]
    pub fn with_scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        Self { scopes: scopes.into_iter().map(Into::into).collect(), ..self }
    }

    /// The wanted kind.
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// Returns the wanted scopes; none for the default scopes of the source.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }
}

/// The kinds of token that go onto requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// An access token.
    #[default]
    Access,
    /// An ID token.
    Id,
}

/// A token as its source returned it, with the data by which the source recognises it.
///
/// Clones share the token, so that one which is asked for often is neither copied nor wiped often.
#[derive(Clone)]
pub struct IssuedToken {
    token: Arc<Zeroizing<String>>,
    expires_at: SystemTime,
    generation: u64,
}

impl IssuedToken {
    /// A token of the source's `generation`: a number that grows with every refresh.
    pub fn new(token: impl Into<String>, expires_at: SystemTime, generation: u64) -> Self {
        Self { token: Arc::new(Zeroizing::new(token.into())), expires_at, generation }
    }

    /// The same token by another number, for a source that hands out those of others.
    #[must_use]
    pub fn with_generation(self, generation: u64) -> Self {
        Self { generation, ..self }
    }

    /// The token itself, to be sent.
    pub fn expose_secret(&self) -> &str {
        &self.token
    }

    /// Returns the time at which it expires.
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// The generation that the source gave it.
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken")
            .field("token", &format_args!("[redacted]"))
            .field("expires_at", &self.expires_at)
            .field("generation", &self.generation)
            .finish()
    }
}

/// The error of a source that has no token.
#[derive(Clone, Debug)]
pub struct TokenError {
    kind: TokenErrorKind,
    retry_after: Option<Duration>,
    source: Arc<dyn Error + Send + Sync>,
}

impl TokenError {
    /// An error of that kind with its cause.
    pub fn new(kind: TokenErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, retry_after: None, source: source.into().into() }
    }

    /// The same error with the time that a server asks to wait.
    #[must_use]
    pub fn with_retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    /// Returns the time that a server asks to wait, if it does.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the kind of the error, which decides the caller's next step.
    pub fn kind(&self) -> TokenErrorKind {
        self.kind
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TokenErrorKind::Transient => "no token can be had right now",
            TokenErrorKind::Ended => "the session has ended",
            TokenErrorKind::Configuration => "tokens cannot be had in this configuration",
        })
    }
}

// By hand, because callers downcast the source, and thiserror would return the `Arc` as one.
impl Error for TokenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

/// The kinds of errors, which decide the caller's next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenErrorKind {
    /// Try again later.
    Transient,
    /// The user has to sign in again.
    Ended,
    /// The program or the pool has to be changed.
    Configuration,
}
