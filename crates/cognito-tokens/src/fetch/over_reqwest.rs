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
            // An idle connection may belong to a tokio runtime that is no longer driven, and a
            // request on another runtime would wait for it. Fetches are too rare to reuse any.
            let built = builder.redirect(Policy::none()).pool_max_idle_per_host(0).build();
            built.map_err(|error| FetchError::new("TLS cannot be set up").with_source(error))
        };
        Ok(Self { client: build(Client::builder())?, direct: build(Client::builder().no_proxy())? })
    }

    /// Creates a fetcher that uses this client, with its proxies, certificates and name resolution.
    ///
    /// If several tokio runtimes share it, drive each of them, or build the client with
    /// `pool_max_idle_per_host(0)`: an idle connection is served by the runtime that opened it.
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::error::Error;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::runtime::Builder;

    use super::*;

    /// Responds to each request with this text, and returns the address.
    async fn serve(response: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _request = stream.read(&mut [0; 1024]).await.unwrap();
                stream.write_all(response.as_bytes()).await.unwrap();
            }
        });
        format!("http://{address}/jwks.json")
    }

    fn response(status: &str, body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
    }

    fn fetchers() -> [ReqwestFetcher; 2] {
        let following = Client::builder().no_proxy().build().unwrap();
        [ReqwestFetcher::new().unwrap(), ReqwestFetcher::with_client(following)]
    }

    #[tokio::test]
    async fn body_of_a_response_with_status_200_is_returned() {
        let good = serve(response("200 OK", "a document")).await;
        let other = serve(response("403 Forbidden", "a document")).await;
        for fetcher in fetchers() {
            assert_eq!(fetcher.fetch(&good).await.unwrap(), "a document");
            assert_eq!(fetcher.fetch(&other).await.unwrap_err().status(), Some(403));
        }
    }

    #[tokio::test]
    async fn no_redirect_is_followed() {
        let target = serve(response("200 OK", "a document")).await;
        let redirect = format!("302 Found\r\nLocation: {target}");
        let address = serve(response(&redirect, "")).await;
        let [own, following] = fetchers();
        assert_eq!(own.fetch(&address).await.unwrap_err().status(), Some(302));
        let error = following.fetch(&address).await.unwrap_err();
        assert!(error.to_string().contains("redirected to another address"), "{error}");
    }

    #[tokio::test]
    async fn body_is_read_up_to_the_limit() {
        let [fetcher, _] = fetchers();
        let longest = serve(response("200 OK", &"a".repeat(MAX_KEY_SET_BYTES))).await;
        assert_eq!(fetcher.fetch(&longest).await.unwrap().len(), MAX_KEY_SET_BYTES);
        let longer = serve(response("200 OK", &"a".repeat(MAX_KEY_SET_BYTES + 1))).await;
        let error = fetcher.fetch(&longer).await.unwrap_err();
        assert!(error.to_string().contains("longer than 65536 bytes"), "{error}");
    }

    #[tokio::test]
    async fn lost_connection_is_an_error_without_the_address() {
        let [fetcher, _] = fetchers();
        let address = serve("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_owned()).await;
        let error = fetcher.fetch(&address).await.unwrap_err();
        assert!(error.to_string().contains("connection failed"), "{error}");
        assert!(!format!("{:?}", error.source()).contains("jwks.json"));
    }

    /// Responds to every request with the number of its connection, and keeps the connections open.
    async fn keep_alive(listener: TcpListener) {
        for number in 100..999 {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                    let response = format!("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{number}");
                    stream.write_all(response.as_bytes()).await.unwrap();
                }
            });
        }
    }

    /// Returns a pause after which a client with idle connections reuses one, with a margin. During
    /// the pause, a separate task returns the connection to the pool.
    async fn pause_until_reuse(address: &str) -> Duration {
        let mut pause = Duration::from_millis(5);
        loop {
            let [_, pooled] = fetchers();
            let first = pooled.fetch(address).await.unwrap();
            tokio::time::sleep(pause).await;
            if pooled.fetch(address).await.unwrap() == first {
                return pause.saturating_mul(4);
            }
            pause = pause.saturating_mul(2);
            assert!(pause < Duration::from_secs(10), "no connection is reused");
        }
    }

    #[test]
    fn a_runtime_does_not_wait_for_a_connection_of_another_one() {
        let server = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = server.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        server.spawn(keep_alive(listener));
        let [fetcher, _] = fetchers();
        // Each runtime only runs inside `block_on`, so its connections are not served later.
        let runtimes =
            [(); 2].map(|()| Builder::new_current_thread().enable_all().build().unwrap());
        let pause = runtimes[0].block_on(pause_until_reuse(&address));
        let mut connections = BTreeSet::new();
        for runtime in runtimes.iter().chain(&runtimes) {
            let fetched = runtime.block_on(async {
                let fetched = fetcher.fetch(&address).await;
                tokio::time::sleep(pause).await;
                fetched
            });
            assert!(connections.insert(fetched.unwrap()), "a connection is reused");
        }
        server.shutdown_background();
    }
}
