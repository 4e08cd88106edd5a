//! How key sets are fetched: a trait, and its implementation over reqwest.

use std::error::Error;
use std::fmt;

use crate::future::BoxFuture;

#[cfg(feature = "fetch")]
mod over_reqwest;

#[cfg(feature = "fetch")]
pub use over_reqwest::ReqwestFetcher;

/// The most bytes of a key set that are read; Cognito's have under 1 KiB.
pub const MAX_KEY_SET_BYTES: usize = 64 * 1024;

/// Fetches the document at the address of a key set.
///
/// An implementation must not follow redirects, must bound the time it takes, and must read no
/// more than [`MAX_KEY_SET_BYTES`]: what comes back decides whose tokens are accepted.
pub trait FetchKeys: fmt::Debug + Send + Sync + 'static {
    /// Fetches the document with one GET and returns its body if the status is 200.
    fn fetch<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<String, FetchError>>;
}

/// A key set could not be fetched.
#[derive(Debug)]
pub struct FetchError {
    problem: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl FetchError {
    /// An error that says what went wrong, such as `status 503`.
    pub fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), source: None }
    }

    /// The same error with its cause.
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot fetch the key set: {}", self.problem)
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source: &(dyn Error + 'static) = self.source.as_deref()?;
        Some(source)
    }
}
