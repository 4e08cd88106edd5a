//! The URLs that may carry tokens, secrets and key sets.

use std::net::IpAddr;

use url::{Host, Url};

/// The hosts that requests may reach over plain HTTP, besides loopback addresses.
///
/// An attacker on the network could read a token or replace a key set, so HTTPS is required unless
/// the host is named. It is the one rule for key sets, token endpoints and outgoing
/// requests; `allow_plain_http` of their builders fills it.
///
/// ```
/// use cognito_tokens::PlainHttpHosts;
///
/// let hosts = PlainHttpHosts::new(["orders"]);
/// assert!(hosts.allow("https://api.example.com"));
/// assert!(hosts.allow("http://127.0.0.1:8080"));
/// assert!(hosts.allow("http://orders:8080/path"));
/// assert!(!hosts.allow("http://payments:8080"));
/// ```
#[doc(hidden)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainHttpHosts(Vec<Host>);

impl PlainHttpHosts {
    /// Creates the list from names and IP addresses, without scheme and port.
    ///
    /// An entry that is no host matches nothing.
    pub fn new<H: AsRef<str>>(hosts: impl IntoIterator<Item = H>) -> Self {
        Self(hosts.into_iter().filter_map(|host| parse(host.as_ref())).collect())
    }

    /// Returns whether requests may be sent to this URL: over HTTPS, to a loopback address or to a
    /// named host.
    pub fn allow(&self, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else {
            return false;
        };
        match (url.scheme(), url.host()) {
            ("https", Some(_)) => true,
            ("http", Some(host)) => is_loopback_host(&host) || self.0.contains(&host.to_owned()),
            _ => false,
        }
    }
}

/// Returns whether the URL names this machine, so that no proxy must see the request.
#[doc(hidden)]
pub fn is_loopback(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.host().is_some_and(|host| is_loopback_host(&host)))
}

fn is_loopback_host<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        // Resolvers must not send it to the network: RFC 6761, 6.3.
        Host::Domain(name) => name.as_ref() == "localhost",
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}

/// The same parser as for URLs, so that both sides are normalised alike.
fn parse(host: &str) -> Option<Host> {
    Host::parse(host).or_else(|_| Host::parse(&format!("[{host}]"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_and_named_hosts() {
        let hosts = PlainHttpHosts::new(["Orders", "10.0.0.5", "fd00::1", "bücher.example"]);
        for (url, allowed) in [
            ("https://api.example.com/orders", true),
            ("http://localhost:3000", true),
            ("http://127.1.2.3", true),
            ("http://[::1]:80/x", true),
            ("http://orders:8080", true),
            ("http://ORDERS/x", true),
            ("http://10.0.0.5", true),
            ("http://[fd00::1]:8080", true),
            ("http://xn--bcher-kva.example", true),
            ("http://orders.evil.example", false),
            ("http://orders@evil.example", false),
            ("http://api.example.com", false),
            ("http://10.0.0.50", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://localhost.evil.example", false),
            ("ftp://127.0.0.1", false),
            ("file:///etc/keys.json", false),
            ("orders:8080", false),
            ("", false),
        ] {
            assert_eq!(hosts.allow(url), allowed, "{url}");
        }
    }

    #[test]
    fn entries_that_are_no_hosts_match_nothing() {
        let entries = ["", "http://orders", "orders:8080", "orders/path", "*", "or ders"];
        let hosts = PlainHttpHosts::new(entries);
        assert!(!hosts.allow("http://orders:8080"));
        assert!(!hosts.allow("http://orders:8080/path"));
    }

    #[test]
    fn loopback_is_this_machine_alone() {
        for (url, loopback) in [
            ("http://localhost/", true),
            ("https://127.0.0.1:1/x", true),
            ("http://[::1]/", true),
            ("http://orders", false),
            ("http://10.0.0.1", false),
            ("no url", false),
        ] {
            assert_eq!(is_loopback(url), loopback, "{url}");
        }
    }
}
