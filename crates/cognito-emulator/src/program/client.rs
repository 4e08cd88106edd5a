//! Requests to the test interface of a running emulator.

use std::error::Error;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::HOST;
use axum::http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::runtime::Builder;

use crate::program::printable;

/// Time limit of a request.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Largest response that is read, in bytes.
const MAX_RESPONSE_BYTES: usize = 64 * 1024 * 1024;

/// A running emulator.
pub(super) struct Emulator<'a> {
    pub(super) url: &'a str,
}

/// An error of a request.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    #[error("the URL {0} is not an http address; pass the http address of the emulator with --url")]
    Scheme(String),
    #[error("no emulator responds at {url}; check that it is running ({reason})")]
    NoResponse { url: String, reason: String },
    #[error(
        "{url} responded with status 404: {message}; check that it is the address of an emulator"
    )]
    NotFound { url: String, message: String },
    #[error("the emulator rejected the request with status {status}: {message}")]
    Rejected { status: u16, message: String },
    #[error("the response from {0} is not from an emulator; check the address")]
    Unreadable(String),
}

impl Emulator<'_> {
    /// Sends a request below `/_emulator/`, and returns the JSON of the response.
    pub(super) fn request(&self, method: Method, path: &str) -> Result<Value, Box<dyn Error>> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let sending = async {
            let sent = tokio::time::timeout(TIME_LIMIT, self.send(method, path)).await;
            sent.unwrap_or_else(|_| Err(self.no_response("the request timed out")))
        };
        let (status, body) = runtime.block_on(sending)?;
        let json: Option<Value> = serde_json::from_slice(&body).ok();
        if status.is_success() {
            return Ok(json.ok_or_else(|| RequestError::Unreadable(self.url.to_owned()))?);
        }
        let message = json.as_ref().and_then(|json| json.get("message")?.as_str());
        // The server may not be an emulator: a line break would look like another message.
        let message = printable(message.unwrap_or("no message"));
        Err(match status {
            StatusCode::NOT_FOUND => RequestError::NotFound { url: self.url.to_owned(), message },
            _ => RequestError::Rejected { status: status.as_u16(), message },
        }
        .into())
    }

    async fn send(&self, method: Method, path: &str) -> Result<(StatusCode, Bytes), RequestError> {
        let scheme = || RequestError::Scheme(self.url.to_owned());
        let uri: Uri = self.url.parse().map_err(|_| scheme())?;
        let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(scheme());
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let address = (host, authority.port_u16().unwrap_or(80));
        let stream = TcpStream::connect(address).await.map_err(|error| self.no_response(error))?;
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|error| self.no_response(error))?;
        // The task ends with the runtime.
        tokio::spawn(connection);
        let request = Request::builder().method(method).uri(format!("/_emulator/{path}"));
        let request = request.header(HOST, authority.as_str()).body(Full::new(Bytes::new()));
        let request = request.map_err(|error| self.no_response(error))?;
        let response = sender.send_request(request).await;
        let (head, body) = response.map_err(|error| self.no_response(error))?.into_parts();
        let body = Limited::new(body, MAX_RESPONSE_BYTES).collect().await;
        let unreadable = |_| RequestError::Unreadable(self.url.to_owned());
        Ok((head.status, body.map_err(unreadable)?.to_bytes()))
    }

    fn no_response(&self, reason: impl ToString) -> RequestError {
        RequestError::NoResponse { url: self.url.to_owned(), reason: reason.to_string() }
    }
}
