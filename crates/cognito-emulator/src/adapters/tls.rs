//! TLS on a second port, with certificates of a CA that the emulator creates.

mod authority;
mod ca_files;
mod certificates;
mod client;
mod handshake;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::http::Uri;
use rustls::pki_types::ServerName;
use tokio::net::TcpListener;

use self::authority::Authority;
use self::certificates::Certificates;
use self::client::TlsClient;
use self::handshake::TlsHandshake;
use crate::adapters::error::bind_advice;
use crate::adapters::host::TlsInfo;

/// The addresses of localhost, for which certificates are always issued.
const LOCALHOST: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// A port for TLS.
pub(crate) struct TlsListener {
    pub(crate) listener: TcpListener,
    pub(crate) handshake: TlsHandshake,
}

/// The settings of TLS.
#[derive(Clone, Default)]
pub(crate) struct TlsSettings {
    /// The port; 0 for a free one.
    pub(crate) port: u16,
    /// The directory that keeps the CA; `None` creates a new CA at every start.
    pub(crate) ca: Option<PathBuf>,
}

/// A reason why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("cannot listen on {address}; {}", bind_advice(source))]
    Bind { address: SocketAddr, source: io::Error },
    #[error(
        "no certificate can be issued for the host of the URL `{0}`; use a URL with a DNS name or an \
         IP address"
    )]
    Host(String),
    #[error("cannot create a certificate")]
    Certificate(#[from] rcgen::Error),
    #[error("cannot configure TLS")]
    Protocol(#[from] rustls::Error),
    #[error("{}: {reason}", path.display())]
    Ca { path: PathBuf, reason: String },
}

impl TlsError {
    fn ca(path: &Path, reason: impl ToString) -> Self {
        Self::Ca { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// Binds the port and prepares certificates for localhost and its addresses, for the address itself
/// and for the hosts of `urls`.
pub(crate) async fn bind(
    settings: &TlsSettings,
    ip: IpAddr,
    urls: &[&str],
) -> Result<(TlsListener, TlsInfo), TlsError> {
    let hosts = hosts(ip, urls)?;
    let authority = match &settings.ca {
        Some(directory) => ca_files::load_or_create(directory, &hosts)?,
        None => Authority::create(&hosts)?,
    };
    let ca_certificate = authority.pem().to_owned();
    let address = SocketAddr::new(ip, settings.port);
    let bind = |source| TlsError::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(bind)?;
    let port = listener.local_addr().map_err(bind)?.port();
    let certificates = Arc::new(Certificates::new(authority, hosts)?);
    let client = Arc::new(TlsClient::trusting(&ca_certificate)?);
    let info = TlsInfo { endpoint: endpoint(ip, port), ca_certificate, client };
    let handshake = TlsHandshake::new(certificates)?;
    Ok((TlsListener { listener, handshake }, info))
}

/// Returns the address for clients: the name localhost, which works for all clients, where it
/// resolves to the bound address for certain, and the IP address otherwise.
fn endpoint(ip: IpAddr, port: u16) -> String {
    if ip == IpAddr::from(Ipv4Addr::LOCALHOST) || ip.is_unspecified() {
        return format!("https://localhost:{port}");
    }
    format!("https://{}", SocketAddr::new(ip, port))
}

/// Returns the hosts that certificates are issued for, in addition to localhost, the names below it
/// and [`LOCALHOST`].
fn hosts(ip: IpAddr, urls: &[&str]) -> Result<Vec<ServerName<'static>>, TlsError> {
    let mut hosts = Vec::new();
    for url in urls {
        let invalid = || TlsError::Host((*url).to_owned());
        let uri: Uri = url.parse().map_err(|_| invalid())?;
        uri.scheme().ok_or_else(invalid)?;
        let host = uri.host().ok_or_else(invalid)?.trim_matches(['[', ']']).to_ascii_lowercase();
        hosts.push(ServerName::try_from(host).map_err(|_| invalid())?);
    }
    if !ip.is_unspecified() {
        hosts.push(ServerName::from(ip));
    }
    let is_served = |ip: IpAddr| LOCALHOST.contains(&ip);
    hosts.retain(|host| match host {
        ServerName::IpAddress(ip) => !is_served(IpAddr::from(*ip)),
        name => !is_localhost(name),
    });
    hosts.sort_by_key(|host| host.to_str().into_owned());
    hosts.dedup();
    Ok(hosts)
}

/// Returns whether a name always resolves to this host (RFC 6761, 6.3).
fn is_localhost(name: &ServerName<'_>) -> bool {
    let name = name.to_str();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_urls_and_the_address_are_added_to_localhost() {
        let texts = |urls: &[&str], ip: &str| {
            let hosts = hosts(ip.parse().unwrap(), urls).unwrap();
            hosts.iter().map(|host| host.to_str().into_owned()).collect::<Vec<_>>()
        };
        let loopback = ["http://127.0.0.1:4567", "https://localhost", "https://a.localhost:1/x"];
        assert!(texts(&loopback, "127.0.0.1").is_empty());
        assert!(texts(&["https://[::1]:4568"], "::").is_empty());
        let public = ["https://Auth.shop.test:8443/path", "http://cognito:4567"];
        assert_eq!(texts(&public, "0.0.0.0"), ["auth.shop.test", "cognito"]);
        assert_eq!(texts(&["https://10.0.0.7"], "10.0.0.7"), ["10.0.0.7"]);
        assert_eq!(texts(&["https://127.0.0.3"], "127.0.0.2"), ["127.0.0.2", "127.0.0.3"]);
        for invalid in ["auth", "https://", "https://a_b c", "https://-a", "https://.localhost"] {
            let refused = hosts("127.0.0.1".parse().unwrap(), &[invalid]);
            assert!(refused.is_err(), "{invalid}: {refused:?}");
        }
    }

    #[test]
    fn address_for_clients_resolves_to_the_bound_address() {
        for (ip, expected) in [
            ("127.0.0.1", "https://localhost:4568"),
            ("0.0.0.0", "https://localhost:4568"),
            ("::", "https://localhost:4568"),
            ("127.0.0.2", "https://127.0.0.2:4568"),
            ("10.0.0.7", "https://10.0.0.7:4568"),
            ("::1", "https://[::1]:4568"),
        ] {
            assert_eq!(endpoint(ip.parse().unwrap(), 4568), expected, "{ip}");
        }
    }
}
