//! The URL of keys, and the check that it can be trusted.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::{FetchError, FetchKeys};
use crate::error::VerifyError;
use crate::plain_http::PlainHttpHosts;

/// A URL and the fetcher for it.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) uri: String,
    /// `None` if keys are never fetched.
    fetcher: Option<Arc<dyn FetchKeys>>,
    /// False if an attacker on the network could replace the document.
    secure: bool,
}

impl Address {
    pub(crate) fn new(
        uri: String,
        fetcher: Option<Arc<dyn FetchKeys>>,
        plain_http: &PlainHttpHosts,
    ) -> Self {
        let secure = plain_http.allow(&uri);
        Self { uri, fetcher, secure }
    }

    /// Refuses a URL that an attacker on the network could serve.
    pub(crate) fn check(&self) -> Result<(), VerifyError> {
        self.secure.then_some(()).ok_or(VerifyError::InsecureKeySet)
    }

    /// Fetches the document; returns an error if the fetcher panics.
    pub(crate) async fn fetch(&self) -> Result<String, FetchError> {
        if let Err(error) = self.check() {
            return Err(FetchError::new(error.to_string()));
        }
        let Some(fetcher) = &self.fetcher else {
            return Err(FetchError::new("the verifier has no fetcher"));
        };
        // The call can panic before it returns a future, such as without a runtime.
        let fetch = AssertUnwindSafe(async { fetcher.fetch(&self.uri).await });
        let fetched = fetch.catch_unwind().await;
        fetched.unwrap_or_else(|_| Err(FetchError::new("the fetcher panicked")))
    }
}
