//! Key sets over HTTP with reqwest.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};

use super::{FetchError, FetchKeys, MAX_KEY_SET_BYTES};
use crate::future::BoxFuture;

/// Time for the whole of a fetch.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Fetches key sets with reqwest: no redirects, 5 seconds, 64 KiB.
///
/// The environment's proxy variables are honoured (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`,
/// `NO_PROXY`).
#[derive(Clone, Debug)]
pub struct ReqwestFetcher {
    client: Client,
}

impl ReqwestFetcher {
    /// A fetcher with connections of its own.
    ///
    /// # Errors
    ///
    /// [`FetchError`] when TLS cannot be set up.
    pub fn new() -> Result<Self, FetchError> {
        let builder = Client::builder().redirect(Policy::none()).timeout(TIMEOUT);
        let client = builder
            .build()
            .map_err(|error| FetchError::new("TLS cannot be set up").with_source(error))?;
        Ok(Self { client })
    }
}

impl FetchKeys for ReqwestFetcher {
    fn fetch<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<String, FetchError>> {
        Box::pin(async move {
            let response = self.client.get(uri).send().await.map_err(transport)?;
            match response.status() {
                StatusCode::OK => read_bounded(response).await,
                status => Err(FetchError::new(format!("status {}", status.as_u16()))),
            }
        })
    }
}

async fn read_bounded(mut response: Response) -> Result<String, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        if chunk.len() > MAX_KEY_SET_BYTES.saturating_sub(body.len()) {
            return Err(FetchError::new(format!("longer than {MAX_KEY_SET_BYTES} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|error| FetchError::new("not UTF-8").with_source(error))
}

fn transport(error: reqwest::Error) -> FetchError {
    let problem = if error.is_timeout() { "timed out" } else { "connection failed" };
    FetchError::new(problem).with_source(error.without_url())
}
