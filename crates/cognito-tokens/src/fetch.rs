//! Fetching key sets: a trait, and its implementation over reqwest.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
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

/// A key set could not be fetched. Clones share the cause.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct FetchError(Arc<Failure>);

#[derive(Debug, thiserror::Error)]
#[error("cannot fetch the key set: {problem}")]
struct Failure {
    problem: String,
    status: Option<u16>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl FetchError {
    /// Creates an error that names the problem, such as `connection failed`.
    pub fn new(problem: impl Into<String>) -> Self {
        Failure { problem: problem.into(), status: None, source: None }.into()
    }

    /// Creates the error for a response with another status than 200.
    ///
    /// The service answers 403 for the UPDATED issuer of a pool that is not switched to it, which
    /// is no failure of the pool.
    pub fn from_status(status: u16) -> Self {
        let problem = format!("status {status}");
        Failure { problem, status: Some(status), source: None }.into()
    }

    /// Returns the same error with its cause.
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let Failure { problem, status, .. } = &*self.0;
        let (problem, status) = (problem.clone(), *status);
        Failure { problem, status, source: Some(source.into()) }.into()
    }

    /// Returns whether the service refuses the set, as it does for the UPDATED issuer of pools that
    /// are not switched to it: aws-jwt-verify#279.
    pub(crate) fn is_refusal(&self) -> bool {
        self.status() == Some(403)
    }

    /// Returns the HTTP status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }
}

impl From<Failure> for FetchError {
    fn from(failure: Failure) -> Self {
        Self(Arc::new(failure))
    }
}
