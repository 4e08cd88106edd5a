//! Fetching key sets over HTTP with reqwest.

use std::time::Duration;

use cognito_types::BoxFuture;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};

use super::{FetchError, FetchKeys, MAX_KEY_SET_BYTES};
use crate::plain_http::is_loopback;

/// The time limit for a whole fetch.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Fetches key sets with reqwest, without redirects, within 5 seconds, and up to 64 KiB.
///
/// The environment variables for proxies are used (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`,
/// `NO_PROXY`), but not for loopback addresses.
#[derive(Clone, Debug)]
pub struct ReqwestFetcher {
    client: Client,
    /// The client for loopback addresses, without a proxy, which could replace responses over plain
    /// HTTP.
    direct: Client,
}

impl ReqwestFetcher {
    /// Creates a fetcher with its own connections.
    ///
    /// # Errors
    ///
    /// [`FetchError`] when TLS cannot be set up.
    pub fn new() -> Result<Self, FetchError> {
        let build = |builder: reqwest::ClientBuilder| {
            let built = builder.redirect(Policy::none()).build();
            built.map_err(|error| FetchError::new("TLS cannot be set up").with_source(error))
        };
        Ok(Self { client: build(Client::builder())?, direct: build(Client::builder().no_proxy())? })
    }

    /// Creates a fetcher that uses this client, with its proxies, certificates and name resolution.
    ///
    /// The limits still apply: the response to a redirected request is refused, and a fetch ends
    /// after 5 seconds.
    ///
    /// ```
    /// # mod cognito { pub use cognito_tokens as verify; }
    /// use cognito::verify::ReqwestFetcher;
    ///
    /// let client = reqwest::Client::builder().no_proxy().build()?;
    /// let fetcher = ReqwestFetcher::with_client(client);
    /// # Ok::<(), reqwest::Error>(())
    /// ```
    pub fn with_client(client: Client) -> Self {
        Self { direct: client.clone(), client }
    }

    async fn get(&self, uri: &str) -> Result<String, FetchError> {
        let client = if is_loopback(uri) { &self.direct } else { &self.client };
        let request = client.get(uri).timeout(TIMEOUT).build().map_err(transport)?;
        let requested = request.url().clone();
        let response = client.execute(request).await.map_err(transport)?;
        if *response.url() != requested {
            return Err(FetchError::new("redirected to another address"));
        }
        match response.status() {
            StatusCode::OK => read_bounded(response).await,
            status => Err(FetchError::from_status(status.as_u16())),
        }
    }
}

impl FetchKeys for ReqwestFetcher {
    fn fetch<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<String, FetchError>> {
        Box::pin(self.get(uri))
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
