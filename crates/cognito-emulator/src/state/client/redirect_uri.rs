//! Validation of redirect URIs, and of resources that tokens are bound to.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::model::ServiceError;

/// Rejects a URI that is not absolute, has a fragment, or is plain http to another machine (AWS
/// guide, app clients). Custom schemes of applications are allowed.
pub(crate) fn check(url: &str) -> Result<(), ServiceError> {
    let invalid = || ServiceError::invalid_parameter(format!("{url} is not a valid redirect URI."));
    let parsed = Url::parse(url).map_err(|_| invalid())?;
    if parsed.fragment().is_some() || !is_unambiguous(url, &parsed) {
        return Err(invalid());
    }
    match parsed.scheme() == "http" && !is_loopback(&parsed) {
        true => {
            Err(ServiceError::invalid_parameter(format!("{url} cannot use the HTTP protocol.")))
        }
        false => Ok(()),
    }
}

/// Returns whether all parsers find the same host in a URL. Browsers treat a backslash as a slash,
/// and `https:host` as `https://host`.
fn is_unambiguous(url: &str, parsed: &Url) -> bool {
    let rest = url.split_once(':').map_or("", |(_, rest)| rest);
    let has_authority = rest.strip_prefix("//").is_some_and(|rest| !rest.starts_with('/'));
    let is_of_web = matches!(parsed.scheme(), "http" | "https");
    !url.contains('\\') && (has_authority || !is_of_web)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == Ipv6Addr::LOCALHOST,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_parsed_and_not_compared_by_prefix() {
        for good in [
            "https://app.example.com",
            "https://app.example.com/back?tenant=a",
            "http://localhost",
            "http://localhost:3000/back",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080/",
            "myapp://in",
            "com.example.app:/in",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "app.example.com",
            "/back",
            "https://app.example.com/#a",
            "myapp://in#",
            "https:app.example.com",
            "https:///app.example.com",
            "https://",
            "http://app.example.com",
            "http://localhost.example.com",
            "http://localhost@example.com",
            "http://localhost:80@example.com",
            "http://127.0.0.1.example.com",
            "http://localhost\\@example.com",
            "http://[::2]/",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
