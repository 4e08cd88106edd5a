//! Addresses that secrets may be sent to.

use std::net::IpAddr;

use url::{Host, Url};

/// Whether nobody on the way can read what is sent: HTTPS, or a loopback address.
pub(crate) fn is_secure(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => match url.host() {
            // Resolved to loopback by everybody (RFC 6761, 6.3).
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
            None => false,
        },
        _ => false,
    }
}
