//! Key sets through the HTTP client that the pool's other requests take.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cognito_tokens::{FetchError, FetchKeys, MAX_KEY_SET_BYTES};
use cognito_types::{BoxFuture, HttpError, HttpErrorKind, SendHttp};
use http::{Request, Uri};
use tokio::time::timeout;

/// Time for the whole of a fetch.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Fetches key sets through an HTTP client, which follows no redirects.
#[derive(Clone, Debug)]
pub(crate) struct KeyFetcher {
    http: Arc<dyn SendHttp>,
}

impl KeyFetcher {
    pub(crate) fn new(http: Arc<dyn SendHttp>) -> Self {
        Self { http }
    }

    async fn get(&self, uri: &str) -> Result<String, FetchError> {
        let uri: Uri = uri
            .parse()
            .map_err(|error| FetchError::new("the address is not valid").with_source(error))?;
        if uri.scheme().is_none() || uri.authority().is_none() {
            return Err(FetchError::new("the address is not absolute"));
        }
        let request = Request::get(uri).body(Bytes::new());
        let request = request.map_err(|_| FetchError::new("the address is not valid"))?;
        let response = timeout(TIMEOUT, self.http.send(request, MAX_KEY_SET_BYTES));
        let response = response.await.map_err(|_| FetchError::new("timed out"))?.map_err(failed)?;
        match response.status().as_u16() {
            200 => Ok(String::from_utf8_lossy(response.body()).into_owned()),
            status => Err(FetchError::from_status(status)),
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
        HttpErrorKind::TooLong => "the response is longer than a key set",
        _ => "the connection failed",
    };
    FetchError::new(problem).with_source(error)
}
