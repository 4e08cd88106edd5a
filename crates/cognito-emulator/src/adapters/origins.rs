//! The web origins and host names from which an emulator accepts every request.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::header::{HeaderName, HeaderValue, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method};
use url::{Host, Url};

/// Fetch metadata of browsers: the relation between the page and the server.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origins of pages and the host names that belong to an emulator.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    /// The hosts of the addresses for clients and browsers, in lower case.
    hosts: Vec<String>,
    /// Further origins, in the form in which browsers send them.
    allowed: Vec<String>,
    /// True if other host names are rejected: only programs of this host reach the server, so that
    /// another name is that of a web site which resolves to this host (DNS rebinding).
    pub(crate) checks_host: bool,
}

impl Origins {
    /// Creates the rules for an emulator with these addresses, which allows further origins.
    pub(crate) fn new<'a>(urls: impl Iterator<Item = &'a str>, allowed: &[String]) -> Self {
        let host = |url: &str| Some(Url::parse(url).ok()?.host_str()?.to_ascii_lowercase());
        Self {
            hosts: urls.filter_map(host).collect(),
            allowed: allowed.iter().filter_map(|origin| parse(origin)).collect(),
            checks_host: false,
        }
    }

    /// Returns whether a page of an origin that does not belong to the emulator sends a request.
    /// Programs other than browsers send none of these headers.
    pub(crate) fn is_foreign(&self, method: &Method, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(ORIGIN).iter().peekable();
        if origins.peek().is_some() {
            return origins.any(|origin| !self.contains(origin));
        }
        // Browsers send no Origin with GET, which changes nothing.
        let is_cross_site = headers.get(FETCH_SITE).is_some_and(|site| site == "cross-site");
        is_cross_site && !method.is_safe()
    }

    /// Returns whether an origin belongs to the emulator. `null` does not: every page can have it.
    fn contains(&self, origin: &HeaderValue) -> bool {
        let Some(origin) = origin.to_str().ok().and_then(parse) else { return false };
        let Ok(url) = Url::parse(&origin) else { return false };
        let is_web = ["http", "https"].contains(&url.scheme());
        let is_own = |host: Host<&str>| is_local(&host) || self.hosts.contains(&host.to_string());
        self.allowed.contains(&origin) || (is_web && url.host().is_some_and(is_own))
    }

    /// Returns whether the emulator serves requests with this value of the header Host.
    pub(crate) fn serves(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else { return false };
        let name = authority.host().to_ascii_lowercase();
        let address = name.trim_start_matches('[').trim_end_matches(']');
        let of_allowed = |origin: &String| host_of(origin).is_some_and(|host| host == name);
        address.parse::<IpAddr>().is_ok()
            || is_private_name(&name)
            || self.hosts.contains(&name)
            || self.allowed.iter().any(of_allowed)
    }
}

/// Parses an origin, and returns it as browsers send it: in lower case, without a default port.
pub(crate) fn parse(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty() && !host.contains('*'))?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let origin = format!("{}://{host}{port}", url.scheme()).to_ascii_lowercase();
    // Anything else in the text is a path, a query or a user.
    let rest = url.as_str().to_ascii_lowercase();
    rest.strip_prefix(&origin).is_some_and(|rest| ["", "/"].contains(&rest)).then_some(origin)
}

/// Returns whether a URL has nothing but an http scheme, a host and a port.
pub(crate) fn is_of_host(url: &str) -> bool {
    let host = ["http://", "https://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    // `Url` ignores an empty user, and removes or replaces some characters.
    let is_plain = |c: char| c.is_ascii_graphic() && !['/', '?', '#', '@', '\\'].contains(&c);
    host.is_some_and(|host| host.chars().all(is_plain))
        && Url::parse(url).is_ok_and(|url| url.port() != Some(0))
}

fn host_of(origin: &str) -> Option<String> {
    Url::parse(origin).ok()?.host_str().map(str::to_owned)
}

/// Returns whether no web site can have a host.
fn is_local(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => is_private_name(name),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => Ipv6Addr::to_canonical(ip).is_loopback(),
    }
}

/// Returns whether no web site can have a name, because public DNS has none of the kind: names without
/// a dot, `.localhost` and `.test` (RFC 6761, 6.2 and 6.3), and `.internal` (reserved by ICANN), such
/// as `host.docker.internal`.
fn is_private_name(name: &str) -> bool {
    const ENDS: [&str; 3] = [".internal", ".localhost", ".test"];
    let name = name.strip_suffix('.').unwrap_or(name);
    !name.is_empty() && (!name.contains('.') || ENDS.iter().any(|end| name.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins() -> Origins {
        let urls = ["http://cognito:4567/behind/a/proxy", "https://Auth.shop.test"];
        let allowed = ["https://App.example:443/", "http://192.168.1.5:3000", "app://desktop"];
        Origins::new(urls.into_iter(), &allowed.map(str::to_owned))
    }

    fn is_foreign(method: &Method, name: &'static str, value: &str) -> bool {
        let value = HeaderValue::from_str(value).unwrap();
        let headers = HeaderMap::from_iter([(HeaderName::from_static(name), value)]);
        origins().is_foreign(method, &headers)
    }

    #[test]
    fn only_origins_of_this_host_and_named_ones_belong_to_the_emulator() {
        for origin in [
            "http://localhost",
            "https://localhost:3000",
            "http://app.localhost:5173",
            "http://127.0.0.1:3000",
            "http://127.8.9.10",
            "http://[::1]:3000",
            "http://[::ffff:127.0.0.1]",
            "http://cognito:8080",
            "https://auth.shop.test",
            "http://auth.shop.test:8443",
            "https://app.example",
            "http://192.168.1.5:3000",
            "app://desktop",
            "http://web:3000",
            "http://app.test:5173",
            "https://host.docker.internal",
        ] {
            assert!(!is_foreign(&Method::POST, "origin", origin), "{origin}");
        }
        for origin in [
            "null",
            "",
            "localhost",
            "http://test.example",
            "http://localhost.example",
            "http://notlocalhost.example",
            "http://127.0.0.1.example",
            "http://128.0.0.1",
            "http://192.168.1.5",
            "http://app.example",
            "https://app.example:8443",
            "https://other.app.example",
            "app://localhost",
            "http://localhost@evil.example",
            "http://localhost, http://evil.example",
        ] {
            assert!(is_foreign(&Method::POST, "origin", origin), "{origin}");
            assert!(is_foreign(&Method::GET, "origin", origin), "{origin}");
        }
    }

    #[test]
    fn cross_site_request_without_an_origin_is_foreign_unless_it_only_reads() {
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            assert!(is_foreign(&method, "sec-fetch-site", "cross-site"));
            for site in ["same-site", "same-origin", "none"] {
                assert!(!is_foreign(&method, "sec-fetch-site", site));
            }
            assert!(!origins().is_foreign(&method, &HeaderMap::new()));
        }
        assert!(!is_foreign(&Method::GET, "sec-fetch-site", "cross-site"));
    }

    #[test]
    fn second_origin_of_a_request_counts_too() {
        let pair = |value| (ORIGIN, HeaderValue::from_static(value));
        let mut headers = HeaderMap::new();
        for (name, value) in [pair("http://localhost"), pair("https://evil.example")] {
            headers.append(name, value);
        }
        assert!(origins().is_foreign(&Method::GET, &headers));
    }

    #[test]
    fn host_is_an_address_or_a_name_of_the_emulator() {
        for host in [
            "localhost:4567",
            "LOCALHOST",
            "localhost.:80",
            "shop.auth.eu-west-1.localhost",
            "127.0.0.1:4567",
            "10.0.0.7",
            "[::1]:4567",
            "cognito:4567",
            "Auth.Shop.test",
            "app.example:4567",
            "192.168.1.5",
            "emulator:4567",
            "host.docker.internal:4567",
            "shop.test.",
        ] {
            assert!(origins().serves(host), "{host}");
        }
        for host in ["evil.example:4567", "localhost.evil.example", "127.0.0.1.evil.example", ""] {
            assert!(!origins().serves(host), "{host}");
        }
        for host in ["localhost@evil.example", "shop.test.example", ".", "\u{e9}"] {
            assert!(!origins().serves(host), "{host}");
        }
    }

    #[test]
    fn text_that_is_no_single_origin_is_rejected() {
        for text in
            ["*", "null", "", "app.example", "https://*.example", "https://", "https://a.example/b"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        for text in ["https://a.example?b", "https://a.example#b", "https://user@a.example"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
