//! The trait of token sources, which sessions and machine clients implement.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use crate::future::BoxFuture;
use crate::secret::RefreshToken;
use crate::token_set::TokenSet;

/// A source of current tokens, such as a session or a machine client.
pub trait TokenSource: Send + Sync + 'static {
    /// Returns the current token of the requested kind, refreshed first if it has expired.
    ///
    /// A token that is still valid is returned at once. If it is about to expire, it is refreshed in
    /// the background.
    ///
    /// # Errors
    ///
    /// [`TokenErrorKind::Ended`] when the user must sign in again,
    /// [`TokenErrorKind::Configuration`] for a kind or scopes that the source does not have, and
    /// [`TokenErrorKind::Transient`] when no token can be fetched at the moment.
    fn token(&self, request: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>>;

    /// Reports that a server rejected the token, so that the next call of
    /// [`token`](Self::token) refreshes it.
    ///
    /// An implementation ignores a token that is no longer current, because many requests may be
    /// rejected with the same token, and limits the refreshes that rejections cause: see
    /// [`RejectionPauses`](crate::RejectionPauses). While the refresh fails with a transient error,
    /// it returns the rejected token, which other servers may accept.
    fn reject(&self, token: &IssuedToken);
}

/// Refreshes tokens with a request other than that of the API, for example at the token endpoint of
/// managed login.
pub trait TokenRefresher: fmt::Debug + Send + Sync + 'static {
    /// Requests new tokens with a refresh token, once.
    ///
    /// The caller verifies and stores the tokens, and sends no second request before the first has
    /// ended. The refresh token in the result is the new one after a rotation; if it is missing,
    /// the old one stays valid.
    ///
    /// # Errors
    ///
    /// [`TokenErrorKind::Ended`] only if the refresh token will never be accepted again, because it
    /// ends the session; [`TokenErrorKind::Transient`] for transient failures, with
    /// [`retry_after`](TokenError::retry_after) if the server limits the rate.
    fn refresh<'a>(
        &'a self,
        token: &'a RefreshToken,
    ) -> BoxFuture<'a, Result<TokenSet, TokenError>>;
}

/// A request for a token of a kind, with scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TokenRequest {
    kind: TokenKind,
    scopes: Vec<String>,
}

impl TokenRequest {
    /// Creates a request for an access token.
    pub fn access() -> Self {
        Self::default()
    }

    /// Creates a request for an ID token.
    pub fn id() -> Self {
        Self { kind: TokenKind::Id, scopes: Vec::new() }
    }

    /// Returns the request with these scopes.
    ///
    /// A machine client requests a token with these scopes only. A session returns its token if
    /// that has these scopes, possibly among others.
    #[must_use]
    pub fn with_scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        Self { scopes: scopes.into_iter().map(Into::into).collect(), ..self }
    }

    /// Returns the requested kind.
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// Returns the requested scopes; empty for the default scopes of the source.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }
}

/// The kind of a token for requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// An access token.
    #[default]
    Access,
    /// An ID token.
    Id,
}

/// A token from a source, with the data by which the source recognises it.
///
/// Clones share the token, so that frequent reads do not copy and wipe it.
#[derive(Clone)]
pub struct IssuedToken {
    token: Arc<Zeroizing<String>>,
    expires_at: SystemTime,
    generation: u64,
}

impl IssuedToken {
    /// Creates a token of the source's `generation`, a number that grows with every refresh.
    pub fn new(token: impl Into<String>, expires_at: SystemTime, generation: u64) -> Self {
        Self { token: Arc::new(Zeroizing::new(token.into())), expires_at, generation }
    }

    /// Returns the token with another generation, for a source that passes on tokens of other
    /// sources.
    #[must_use]
    pub fn with_generation(self, generation: u64) -> Self {
        Self { generation, ..self }
    }

    /// Returns the token, to send it.
    pub fn expose_secret(&self) -> &str {
        &self.token
    }

    /// Returns the time at which it expires.
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// Returns the token's generation.
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
    /// Creates an error of this kind with its cause.
    pub fn new(kind: TokenErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, retry_after: None, source: source.into().into() }
    }

    /// Returns the error with the pause before a retry that a server asked for.
    #[must_use]
    pub fn with_retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    /// Returns the pause before a retry that a server asked for, if any.
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
            TokenErrorKind::Transient => "no token is available right now; try again later",
            TokenErrorKind::Ended => "the session has ended; the user must sign in again",
            TokenErrorKind::Configuration => "the source is configured incorrectly",
        })
    }
}

// Implemented by hand, because callers downcast the source, and thiserror would return the `Arc`.
impl Error for TokenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

/// The kind of an error, which decides the caller's next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenErrorKind {
    /// The failure is transient: try again later.
    Transient,
    /// The user must sign in again.
    Ended,
    /// The configuration of the program or the pool must be changed.
    Configuration,
}
