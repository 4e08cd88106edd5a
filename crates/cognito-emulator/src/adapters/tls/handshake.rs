//! The handshake of a connection over TLS.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::TlsError;
use super::certificates::Certificates;
use crate::adapters::server::Handshake;

/// The time limit of a handshake.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// The record type of a handshake (RFC 8446, 5.1).
const HANDSHAKE_RECORD: u8 = 22;

/// The response to a request without TLS.
const NOT_TLS: &str = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Length: 75\r\n\r\n\
    This port is for https. Use https:// in the address, or the port for http.\n";

/// The handshake of a port, with certificates of the emulator's CA.
pub(crate) struct TlsHandshake(TlsAcceptor);

impl TlsHandshake {
    pub(super) fn new(certificates: Arc<Certificates>) -> Result<Self, TlsError> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(certificates);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let mut first = [0];
        stream.peek(&mut first).await?;
        match first {
            [HANDSHAKE_RECORD] => self.0.accept(stream).await,
            _ => Err(reject(stream, first[0]).await),
        }
    }
}

impl Handshake for TlsHandshake {
    type Stream = TlsStream<TcpStream>;

    async fn shake_hands(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        timeout(HANDSHAKE_LIMIT, self.accept(stream)).await?
    }
}

/// Responds to a connection that begins with an HTTP method, and closes every other.
async fn reject(mut stream: TcpStream, first: u8) -> io::Error {
    if first.is_ascii_uppercase() {
        let _closed = stream.write_all(NOT_TLS.as_bytes()).await;
        let _closed = stream.shutdown().await;
        // Reads the request, because closing with unread bytes would reset the connection and lose
        // the response.
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
