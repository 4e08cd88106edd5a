//! The body of a response whose connection ends too early.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};

/// A body that fails before its end. The default fails at once, so that nothing of the response is
/// sent.
#[derive(Default)]
pub(crate) struct TruncatedBody {
    begin: Option<Bytes>,
    /// The announced length in bytes.
    length: u64,
    flushed: bool,
}

impl TruncatedBody {
    /// Creates a body that announces the whole text and sends its first half.
    pub(crate) fn half_of(text: &str) -> Self {
        let length = u64::try_from(text.len()).unwrap_or_default();
        let begin = text.bytes().take(text.len() / 2).collect();
        Self { begin: Some(begin), length, flushed: false }
    }
}

impl Body for TruncatedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(begin) = self.begin.take() {
            return Poll::Ready(Some(Ok(Frame::data(begin))));
        }
        // hyper flushes the sent bytes only when the body is pending.
        if !self.flushed && self.length > 0 {
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }

    fn size_hint(&self) -> SizeHint {
        match self.length {
            0 => SizeHint::default(),
            length => SizeHint::with_exact(length),
        }
    }
}
