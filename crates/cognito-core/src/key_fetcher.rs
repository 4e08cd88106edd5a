//! Fetches key sets with the HTTP client of the pool's other requests.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cognito_tokens::{FetchError, FetchKeys, MAX_KEY_SET_BYTES};
use cognito_types::{BoxFuture, HttpError, HttpErrorKind, SendHttp};
use http::{Request, Response, Uri};
use tokio::time::timeout;

/// The time limit of a fetch, with its retry.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Fetches key sets with an HTTP client that follows no redirects.
#[derive(Clone, Debug)]
pub(crate) struct KeyFetcher {
    http: Arc<dyn SendHttp>,
}

impl KeyFetcher {
    pub(crate) fn new(http: Arc<dyn SendHttp>) -> Self {
        Self { http }
    }

    async fn get(&self, uri: &str) -> Result<String, FetchError> {
        let uri: Uri = uri.parse().map_err(|error| {
            FetchError::new("the URL of the key set is invalid").with_source(error)
        })?;
        if uri.scheme().is_none() || uri.authority().is_none() {
            return Err(FetchError::new("the URL of the key set is not absolute"));
        }
        let request = Request::get(uri).body(Bytes::new());
        let request = request.map_err(|_| FetchError::new("the URL of the key set is invalid"))?;
        let response = timeout(TIMEOUT, self.send(request)).await;
        let response = response.map_err(|_| FetchError::new("timed out"))?.map_err(failed)?;
        match response.status().as_u16() {
            200 => Ok(String::from_utf8_lossy(response.body()).into_owned()),
            status => Err(FetchError::from_status(status)),
        }
    }

    /// Sends a request, and retries it once if the connection is lost: a server may close an idle
    /// connection just when it is reused, and a GET has no side effect.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Vec<u8>>, HttpError> {
        match self.http.send(request.clone(), MAX_KEY_SET_BYTES).await {
            Err(error) if error.kind() == HttpErrorKind::Lost => {
                self.http.send(request, MAX_KEY_SET_BYTES).await
            }
            result => result,
        }
    }
}

impl FetchKeys for KeyFetcher {
    fn fetch<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<String, FetchError>> {
        Box::pin(self.get(uri))
    }
}

fn failed(error: HttpError) -> FetchError {
    let problem = match error.kind() {
        HttpErrorKind::TooLong => "the response is too long for a key set",
        _ => "the connection failed",
    };
    FetchError::new(problem).with_source(error)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A client whose first connections are lost.
    #[derive(Debug)]
    struct Losing {
        lost: usize,
        sent: AtomicUsize,
    }

    impl SendHttp for Losing {
        fn send(
            &self,
            _: Request<Bytes>,
            _: usize,
        ) -> BoxFuture<'_, Result<Response<Vec<u8>>, HttpError>> {
            let sent = self.sent.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move {
                match sent < self.lost {
                    true => Err(HttpError::new(HttpErrorKind::Lost)),
                    false => Ok(Response::new(b"{}".to_vec())),
                }
            })
        }
    }

    #[tokio::test]
    async fn a_fetch_is_retried_once_when_the_connection_is_lost() {
        for (lost, sent, succeeds) in [(0, 1, true), (1, 2, true), (2, 2, false)] {
            let http = Arc::new(Losing { lost, sent: AtomicUsize::new(0) });
            let fetcher = KeyFetcher::new(Arc::<Losing>::clone(&http));
            let fetched = fetcher.get("https://pool.example/.well-known/jwks.json").await;
            assert_eq!(fetched.is_ok(), succeeds, "{fetched:?}");
            assert_eq!(http.sent.load(Ordering::Relaxed), sent);
        }
    }
}
