//! Fetching key sets: a trait, and its implementation over reqwest.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use cognito_types::BoxFuture;

mod address;
#[cfg(feature = "fetch")]
mod over_reqwest;

pub(crate) use address::Address;
#[cfg(feature = "fetch")]
pub use over_reqwest::ReqwestFetcher;

/// The most bytes of a key set that are read; Cognito's have under 1 KiB.
pub const MAX_KEY_SET_BYTES: usize = 64 * 1024;

/// The time limit of a fetch: one without a response by then counts as failed.
///
/// A response that arrives later is still used.
pub const FETCH_TIME_LIMIT: Duration = Duration::from_secs(10);

/// Fetches the document at the address of a key set.
///
/// An implementation must not follow redirects and must read no more than [`MAX_KEY_SET_BYTES`]:
/// the document decides whose tokens are accepted. It should return within [`FETCH_TIME_LIMIT`],
/// because the caller that fetches waits for it. A panic counts as a failed fetch.
pub trait FetchKeys: fmt::Debug + Send + Sync + 'static {
    /// Fetches the document with one GET and returns its body if the status is 200.
    fn fetch<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<String, FetchError>>;
}

/// A key set could not be fetched.
#[derive(Debug)]
pub struct FetchError {
    problem: String,
    status: Option<u16>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl FetchError {
    /// Creates an error that names the problem, such as `connection failed`.
    pub fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), status: None, source: None }
    }

    /// Creates the error for a response with another status than 200.
    ///
    /// The service answers 403 for the UPDATED issuer of a pool that is not switched to it, which
    /// is no failure of the pool.
    pub fn from_status(status: u16) -> Self {
        Self { status: Some(status), ..Self::new(format!("status {status}")) }
    }

    /// Returns the same error with its cause.
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// Returns the HTTP status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.status
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
