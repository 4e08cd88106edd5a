//! The certificates of the server: one for each name that clients request.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::authority::{Authority, RENEW_AFTER};
use super::{LOCALHOST, TlsError, is_localhost};

/// The maximum number of cached certificates: clients can request any name below localhost.
const CAPACITY: usize = 256;

/// Certificates by names, issued when they are first needed.
///
/// Each certificate has a single name: browsers and curl reject a certificate for `*.localhost`.
pub(super) struct Certificates {
    authority: Authority,
    /// The hosts with certificates, in addition to localhost.
    hosts: Vec<ServerName<'static>>,
    /// By name; the empty name is for clients that send no SNI.
    issued: Mutex<BTreeMap<String, Issued>>,
}

struct Issued {
    key: Arc<CertifiedKey>,
    at: Instant,
}

impl Certificates {
    /// Creates the cache with the certificate for clients that send no SNI.
    pub(super) fn new(
        authority: Authority,
        hosts: Vec<ServerName<'static>>,
    ) -> Result<Self, TlsError> {
        let certificates = Self { authority, hosts, issued: Mutex::default() };
        certificates.certificate_for("")?;
        Ok(certificates)
    }

    fn certificate_for(&self, name: &str) -> Result<Arc<CertifiedKey>, TlsError> {
        let (name, names) = self.names(name);
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = issued.get(&name).filter(|known| known.at.elapsed() < RENEW_AFTER) {
            return Ok(Arc::clone(&known.key));
        }
        let (certificate, key) = self.authority.issue(&names)?;
        let key = any_supported_type(&PrivateKeyDer::from(key))?;
        let key = Arc::new(CertifiedKey::new(vec![certificate], key));
        if issued.len() >= CAPACITY {
            issued.clear();
        }
        issued.insert(name, Issued { key: Arc::clone(&key), at: Instant::now() });
        Ok(key)
    }

    /// Returns the cache key of a certificate, and its names.
    ///
    /// A client that requests an unknown host gets the certificate of localhost: its error message
    /// then lists the valid names.
    fn names(&self, name: &str) -> (String, Vec<ServerName<'static>>) {
        let known = ServerName::try_from(name.to_ascii_lowercase())
            .ok()
            .filter(|name| is_localhost(name) || self.hosts.contains(name));
        match known {
            Some(name) if name.to_str() != "localhost" => (name.to_str().into_owned(), vec![name]),
            _ => (String::new(), self.names_without_sni()),
        }
    }

    /// Returns localhost and the IP addresses, which clients do not send as SNI (RFC 6066, 3).
    fn names_without_sni(&self) -> Vec<ServerName<'static>> {
        let localhost = ServerName::try_from("localhost").into_iter();
        localhost.chain(LOCALHOST.map(ServerName::from)).chain(self.hosts.iter().cloned()).collect()
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.certificate_for(client_hello.server_name().unwrap_or_default()).ok()
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificates() -> Certificates {
        let hosts = vec![ServerName::try_from("auth.shop.test").unwrap()];
        Certificates::new(Authority::create(&hosts).unwrap(), hosts).unwrap()
    }

    #[test]
    fn certificates_are_issued_once_per_name() {
        let certificates = certificates();
        let of = |name| certificates.certificate_for(name).unwrap();
        for (one, other) in [("a.localhost", "A.localhost"), ("localhost", ""), ("", "evil.test")] {
            assert!(Arc::ptr_eq(&of(one), &of(other)), "{one} {other}");
        }
        for (one, other) in [("a.localhost", "b.localhost"), ("auth.shop.test", "localhost")] {
            assert!(!Arc::ptr_eq(&of(one), &of(other)), "{one} {other}");
        }
        assert!(certificates.names("shop.test").0.is_empty());
        assert!(certificates.names("notlocalhost").0.is_empty());
    }

    #[test]
    fn the_number_of_certificates_is_limited() {
        let certificates = certificates();
        for number in 0..2 * CAPACITY {
            certificates.certificate_for(&format!("host-{number}.localhost")).unwrap();
        }
        assert!(certificates.issued.lock().unwrap().len() <= CAPACITY);
    }
}
