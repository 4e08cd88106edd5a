//! Accepts connections and shakes hands, many at a time.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::TlsError;
use super::certificates::Certificates;
use super::connection::Connection;

/// The number of connections, those in a handshake included; others wait to be accepted until one of
/// these ends.
const MAX_CONNECTIONS: usize = 512;

/// The time that a handshake may take.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// The type of a record that begins a handshake (RFC 8446, 5.1).
const HANDSHAKE_RECORD: u8 = 22;

/// The response to a request without TLS.
const NOT_TLS: &str = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Length: 75\r\n\r\n\
    This port is for https. Use https:// in the address, or the port for http.\n";

/// A listener whose connections have shaken hands.
pub(crate) struct TlsListener {
    connections: mpsc::Receiver<(Connection, SocketAddr)>,
    address: io::Result<SocketAddr>,
    task: AbortHandle,
}

impl TlsListener {
    pub(super) fn new(
        listener: TcpListener,
        certificates: Arc<Certificates>,
    ) -> Result<Self, TlsError> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(certificates);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let address = listener.local_addr();
        let (sender, connections) = mpsc::channel(1);
        let accepting = accept(listener, TlsAcceptor::from(Arc::new(config)), sender);
        Ok(Self { connections, address, task: tokio::spawn(accepting).abort_handle() })
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Listener for TlsListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        match self.connections.recv().await {
            Some(connection) => connection,
            // The task ends with this value.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        match &self.address {
            Ok(address) => Ok(*address),
            Err(error) => Err(error.kind().into()),
        }
    }
}

/// Accepts connections for ever. Each shakes hands in a task of its own, so that a slow one keeps
/// no other waiting.
async fn accept(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    sender: mpsc::Sender<(Connection, SocketAddr)>,
) {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut handshakes = JoinSet::new();
    while let Ok(permit) = Arc::clone(&permits).acquire_owned().await {
        let (stream, peer) = Listener::accept(&mut listener).await;
        let (acceptor, sender) = (acceptor.clone(), sender.clone());
        handshakes.spawn(async move {
            let shaken = timeout(HANDSHAKE_LIMIT, shake_hands(&acceptor, stream)).await;
            if let Ok(Ok(stream)) = shaken {
                let connection = Connection::new(stream, permit);
                let _stopped = sender.send((connection, peer)).await;
            }
        });
        while handshakes.try_join_next().is_some() {}
    }
}

async fn shake_hands(
    acceptor: &TlsAcceptor,
    stream: TcpStream,
) -> io::Result<TlsStream<TcpStream>> {
    let mut first = [0];
    stream.peek(&mut first).await?;
    match first {
        [HANDSHAKE_RECORD] => acceptor.accept(stream).await,
        _ => Err(reject(stream, first[0]).await),
    }
}

/// Explains a connection that begins with a method of HTTP, and closes every other.
async fn reject(mut stream: TcpStream, first: u8) -> io::Error {
    if first.is_ascii_uppercase() {
        let _closed = stream.write_all(NOT_TLS.as_bytes()).await;
        let _closed = stream.shutdown().await;
        // The response would be lost if the connection were reset with the request unread.
        let mut request = [0; 1024];
        while matches!(stream.read(&mut request).await, Ok(length) if length > 0) {}
    }
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_to_a_request_without_tls_is_whole() {
        let (head, body) = NOT_TLS.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("Content-Length: {}", body.len())), "{}", body.len());
    }
}
