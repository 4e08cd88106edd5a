//! The bodies of requests: those that are too long take no memory, and few long ones are read at a time.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::header::EXPECT;
use axum::http::request::Parts;
use http_body::Body;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::adapters::http::{MAX_REQUEST_BYTES, is_upload};
use crate::state::import_file::MAX_FILE_BYTES;

/// The length up to which any number of requests is read at a time.
const SHORT_BYTES: usize = 16 * 1024;

/// Longer requests at a time. Others wait, at most for the time of a request.
const MAX_LONG: usize = 64;

/// The room for long requests of all connections, and for one file of an import job at a time.
pub(super) struct LongRequests {
    requests: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
}

/// A body, which can have a place among the long ones.
pub(super) struct Received {
    pub(super) bytes: Vec<u8>,
    pub(super) place: Option<OwnedSemaphorePermit>,
}

/// A body is longer than requests of its kind can be, or does not end.
#[derive(Debug)]
pub(super) struct Unreadable;

impl LongRequests {
    pub(super) fn new() -> Self {
        Self { requests: Arc::new(Semaphore::new(MAX_LONG)), uploads: Arc::new(Semaphore::new(1)) }
    }

    /// Reads a body. One that is too long is read to its end nevertheless: its sender would not see the
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
            // The body has not been sent.
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
