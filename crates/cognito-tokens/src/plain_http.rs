//! The URLs that may carry tokens, secrets and key sets.

use std::iter;
use std::net::{IpAddr, Ipv6Addr};

use http::Uri;

/// The hosts that requests may reach over plain HTTP, besides loopback addresses.
///
/// An attacker on the network could read a token or replace a key set. HTTPS is therefore required
/// unless the host is named. The same rule applies to key sets, token endpoints and outgoing
/// requests; `allow_plain_http` of their builders sets the hosts.
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

/// The names of this machine in URLs.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// A host in a normalized form.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Name(String),
    Address(IpAddr),
}

impl PlainHttpHosts {
    /// Creates the list from names and IP addresses, without scheme and port.
    ///
    /// Names must be in ASCII, as in URLs. An entry that is not a host matches nothing.
    pub fn new<H: AsRef<str>>(hosts: impl IntoIterator<Item = H>) -> Self {
        Self(hosts.into_iter().filter_map(|host| parse(host.as_ref())).collect())
    }

    /// Returns whether requests may be sent to this URL: over HTTPS, to a loopback address or to a
    /// named host.
    pub fn allow(&self, url: &str) -> bool {
        match parts(url) {
            Some((scheme, _)) if scheme == "https" => true,
            Some((scheme, host)) if scheme == "http" => {
                is_loopback_host(&host) || self.0.contains(&host)
            }
            _ => false,
        }
    }
}

/// Returns whether the URL names this machine, so that the request must not go through a proxy.
#[doc(hidden)]
pub fn is_loopback(url: &str) -> bool {
    parts(url).is_some_and(|(_, host)| is_loopback_host(&host))
}

/// Returns the spellings of an endpoint that an issuer can begin with, without a slash at the end:
/// first its own, then with scheme and host in lower case, and for loopback each name of this
/// machine, because a server does not know by which name its clients reach it.
pub(crate) fn spellings(endpoint: &str) -> Vec<String> {
    let mut spellings = vec![endpoint.trim_end_matches('/').to_owned()];
    let uri: Option<Uri> = endpoint.parse().ok();
    let Some((uri, (scheme, host))) = uri.zip(parts(endpoint)) else { return spellings };
    let own = uri.host().unwrap_or_default().to_ascii_lowercase();
    let others = LOOPBACK.iter().filter(|name| is_loopback_host(&host) && **name != own);
    let names: Vec<_> = iter::once(&*own).chain(others.copied()).collect();
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    let path = uri.path().trim_end_matches('/');
    spellings.extend(names.iter().map(|name| format!("{scheme}://{name}{port}{path}")));
    spellings
}

fn is_loopback_host(host: &Host) -> bool {
    match host {
        // Resolvers must not query the network for it: RFC 6761, 6.3.
        Host::Name(name) => name == "localhost",
        Host::Address(address) => address.is_loopback(),
    }
}

/// Returns the scheme and the host of a URL.
///
/// It uses the grammar of RFC 3986, which is narrower than that of browsers and reqwest. Where
/// both accept a URL, they agree on its host. Other spellings of an address, such as `127.1`, are
/// treated as names and therefore not as loopback addresses.
fn parts(url: &str) -> Option<(String, Host)> {
    let uri: Uri = url.parse().ok()?;
    Some((uri.scheme_str()?.to_ascii_lowercase(), parse(uri.host()?)?))
}

fn parse(host: &str) -> Option<Host> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse::<Ipv6Addr>() {
        return Some(Host::Address(address.into()));
    }
    if let Ok(address) = host.parse() {
        return Some(Host::Address(IpAddr::V4(address)));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_name = !host.is_empty() && host.chars().all(fits);
    is_name.then(|| Host::Name(host.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_and_named_hosts() {
        let hosts = PlainHttpHosts::new(["Orders", "10.0.0.5", "fd00::1", "xn--bcher-kva.example"]);
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
            ("http://127.1", false),
            ("http://localhost\\@evil.example", false),
            ("http://evil.example\\@localhost", false),
            ("http://%6cocalhost", false),
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
    fn entries_that_are_not_hosts_match_nothing() {
        let entries = ["", "http://orders", "orders:8080", "orders/path", "*", "or ders"];
        let hosts = PlainHttpHosts::new(entries);
        assert!(!hosts.allow("http://orders:8080"));
        assert!(!PlainHttpHosts::new(["or!ders"]).allow("http://or!ders"));
        assert!(!hosts.allow("http://orders:8080/path"));
    }

    #[test]
    fn names_of_this_machine_are_spellings_of_each_other() {
        for endpoint in ["http://localhost:4701/", "HTTP://127.0.0.1:04701", "http://[::1]:4701"] {
            let mut found = spellings(endpoint).split_off(1);
            found.sort_unstable();
            let names = ["http://127.0.0.1:4701", "http://[::1]:4701", "http://localhost:4701"];
            assert_eq!(found, names, "{endpoint}");
        }
        assert_eq!(spellings("HTTP://127.0.0.2:1")[1], "http://127.0.0.2:1");
        let with_path = spellings("https://LOCALHOST/a/");
        assert_eq!(with_path[..2], ["https://LOCALHOST/a", "https://localhost/a"]);
        let other = ["https://Example.com:443/A", "https://example.com:443/A"];
        assert_eq!(spellings("https://Example.com:443/A"), other);
        assert_eq!(spellings("not a url/"), ["not a url"]);
    }

    #[test]
    fn only_addresses_of_this_machine_are_loopback() {
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
