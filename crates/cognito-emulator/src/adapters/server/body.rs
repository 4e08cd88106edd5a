//! Reading of request bodies: too long bodies are discarded, and few long bodies are read
//! concurrently.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::header::EXPECT;
use axum::http::request::Parts;
use http_body::Body;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::adapters::http::{MAX_REQUEST_BYTES, is_upload};
use crate::state::import_file::MAX_FILE_BYTES;

/// The length up to which bodies are read without a limit of concurrency.
const SHORT_BYTES: usize = 16 * 1024;

/// The maximum number of concurrent longer requests. Others wait, at most for the time limit of a
/// request.
const MAX_LONG: usize = 64;

/// Limits of concurrent long requests on all connections, and of concurrent import files.
pub(super) struct LongRequests {
    requests: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
}

/// A body, which can hold a permit for a long request.
pub(super) struct Received {
    pub(super) bytes: Vec<u8>,
    pub(super) place: Option<OwnedSemaphorePermit>,
}

/// A body is too long or does not end.
#[derive(Debug)]
pub(super) struct Unreadable;

impl LongRequests {
    pub(super) fn new() -> Self {
        Self { requests: Arc::new(Semaphore::new(MAX_LONG)), uploads: Arc::new(Semaphore::new(1)) }
    }

    /// Reads a body. A body that is too long is still read to its end: the client would not see the
    /// response if the connection were reset.
    pub(super) async fn read<B>(&self, head: &Parts, mut body: B) -> Result<Received, Unreadable>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        let (most, places) = match is_upload(&head.method, head.uri.path()) {
            true => (MAX_FILE_BYTES, &self.uploads),
            false => (MAX_REQUEST_BYTES, &self.requests),
        };
        let mut is_too_long = announced > most;
        if is_too_long && head.headers.contains_key(EXPECT) {
            // The client has not sent the body yet (`100 Continue`).
            return Err(Unreadable);
        }
        let mut received = Received { bytes: Vec::new(), place: None };
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| Unreadable)?.into_data() else { continue };
            let length = received.bytes.len().saturating_add(data.len());
            is_too_long |= length > most;
            if is_too_long {
                received = Received { bytes: Vec::new(), place: None };
                continue;
            }
            if received.place.is_none() && length > SHORT_BYTES {
                received.place = Arc::clone(places).acquire_owned().await.ok();
            }
            received.bytes.extend_from_slice(&data);
        }
        if is_too_long { Err(Unreadable) } else { Ok(received) }
    }
}
