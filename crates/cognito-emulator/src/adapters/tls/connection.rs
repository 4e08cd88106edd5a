//! A connection over TLS, which counts as one until it is closed.

use std::future::Future;
use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep, sleep};
use tokio_rustls::server::TlsStream;

/// The time without a request after which a connection can be closed.
const IDLE_LIMIT: Duration = Duration::from_secs(5);

pub(crate) struct Connection<S = TlsStream<TcpStream>> {
    stream: S,
    /// Makes room for another connection when it is dropped.
    permit: OwnedSemaphorePermit,
    /// Whether no request is under way: nothing was received since the last response.
    is_idle: bool,
    idle_limit: Pin<Box<Sleep>>,
}

impl<S> Connection<S> {
    pub(super) fn new(stream: S, permit: OwnedSemaphorePermit) -> Self {
        Self { stream, permit, is_idle: true, idle_limit: Box::pin(sleep(IDLE_LIMIT)) }
    }

    /// Waits until the connection has been idle for a while and its room is needed: pools of clients
    /// that are never closed would keep every other client waiting.
    fn poll_needed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.idle_limit.as_mut().poll(context));
            if self.permit.semaphore().available_permits() == 0 {
                return Poll::Ready(());
            }
            self.restart_limit();
        }
    }

    fn restart_limit(&mut self) {
        self.idle_limit.as_mut().reset(Instant::now() + IDLE_LIMIT);
    }

    /// Notes that a part of a response is sent.
    fn begin_idle(&mut self) {
        self.is_idle = true;
        self.restart_limit();
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_pending() && self.is_idle && self.poll_needed(context).is_ready() {
            // As if the client had closed it.
            return Poll::Ready(Ok(()));
        }
        self.is_idle &= buffer.filled().len() == before;
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        self.begin_idle();
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        self.begin_idle();
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::sync::Semaphore;
    use tokio::time::timeout;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const EOF: ErrorKind = ErrorKind::UnexpectedEof;

    /// Returns a connection and its client, where so many connections can be served.
    fn connection(room: usize) -> (Connection<DuplexStream>, DuplexStream) {
        let (client, server) = duplex(64);
        let permit = Arc::new(Semaphore::new(room)).try_acquire_owned().unwrap();
        (Connection::new(server, permit), client)
    }

    #[tokio::test(start_paused = true)]
    async fn idle_connection_is_closed_if_its_room_is_needed() {
        let (mut full, _client) = connection(1);
        let started = Instant::now();
        assert_eq!(timeout(HOUR, full.read_u8()).await.unwrap().unwrap_err().kind(), EOF);
        assert!(started.elapsed() >= IDLE_LIMIT && started.elapsed() < 2 * IDLE_LIMIT);
        let (mut with_room, _client) = connection(2);
        assert!(timeout(HOUR, with_room.read_u8()).await.is_err());
        let other = Arc::clone(with_room.permit.semaphore()).try_acquire_owned().unwrap();
        assert!(timeout(HOUR, with_room.read_u8()).await.unwrap().is_err());
        drop(other);
    }

    #[tokio::test(start_paused = true)]
    async fn request_under_way_keeps_its_connection_until_the_response() {
        let (mut connection, mut client) = connection(1);
        for _ in 0..2 {
            client.write_all(b"r").await.unwrap();
            assert_eq!(connection.read_u8().await.unwrap(), b'r');
            assert!(timeout(HOUR, connection.read_u8()).await.is_err());
            connection.write_all(b"a").await.unwrap();
            assert!(timeout(IDLE_LIMIT / 2, connection.read_u8()).await.is_err());
        }
        assert_eq!(timeout(HOUR, connection.read_u8()).await.unwrap().unwrap_err().kind(), EOF);
    }
}
