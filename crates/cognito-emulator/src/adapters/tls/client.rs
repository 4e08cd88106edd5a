//! TLS to identity providers on this machine with certificates of the emulator's CA.

use std::io;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::adapters::tls::TlsError;
use crate::flows::http_client::{ConnectTls, Connecting, Connection};

/// A client that trusts one authority.
pub(super) struct TlsClient(TlsConnector);

impl TlsClient {
    /// Returns a client that trusts the authority of a certificate in PEM.
    pub(super) fn trusting(certificate: &str) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(certificate.as_bytes()).flatten() {
            roots.add(certificate)?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }
}

impl ConnectTls for TlsClient {
    fn connect(&self, host: String, stream: TcpStream) -> Connecting {
        let connector = self.0.clone();
        Box::pin(async move {
            let name = ServerName::try_from(host).map_err(io::Error::other)?;
            let connection: Box<dyn Connection> = Box::new(connector.connect(name, stream).await?);
            Ok(connection)
        })
    }
}
