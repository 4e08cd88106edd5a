//! Fetching key sets: a trait and its implementation with reqwest.

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

/// The largest key set that is read, in bytes. The key sets of Cognito are smaller than 1 KiB.
pub const MAX_KEY_SET_BYTES: usize = 64 * 1024;

/// The time limit for a fetch. A fetch without a response in that time counts as failed.
///
/// A response that arrives later is still used.
pub const FETCH_TIME_LIMIT: Duration = Duration::from_secs(10);

/// Fetches the document at the URL of a key set.
///
/// An implementation must not follow redirects and must not read more than [`MAX_KEY_SET_BYTES`]:
/// the document decides whose tokens are accepted. It should return within [`FETCH_TIME_LIMIT`],
/// because a caller waits for it. A panic counts as a failed fetch.
pub trait FetchKeys: fmt::Debug + Send + Sync + 'static {
    /// Fetches the document with one GET and returns its body if the status is 200.
    fn fetch<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<String, FetchError>>;
}

/// The error for a key set that could not be fetched. Clones share the cause.
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
    /// Creates an error for a problem, such as `connection failed`.
    pub fn new(problem: impl Into<String>) -> Self {
        Failure { problem: problem.into(), status: None, source: None }.into()
    }

    /// Creates the error for a response with a status other than 200.
    ///
    /// The service responds with 403 for the UPDATED issuer of a pool that does not use it, which
    /// is not a failure of the pool.
    pub fn from_status(status: u16) -> Self {
        let problem = format!("status {status}");
        Failure { problem, status: Some(status), source: None }.into()
    }

    /// Adds the cause of the error.
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let Failure { problem, status, .. } = &*self.0;
        let (problem, status) = (problem.clone(), *status);
        Failure { problem, status, source: Some(source.into()) }.into()
    }

    /// Returns whether the service refused the set, as it does for the UPDATED issuer of pools that
    /// do not use it: aws-jwt-verify#279.
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
