//! Checks of settings that often come from the environment, before a request is sent.

use cognito_tokens::PlainHttpHosts;
use http::Uri;

use crate::error::Cause;

/// Returns a setting without surrounding white space, or `None` if it is blank, as after
/// `COGNITO_ENDPOINT=`.
pub(crate) fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// Checks that requests with passwords and tokens may be sent to a URL.
pub(crate) fn secure(setting: &str, url: &str, plain_http: &PlainHttpHosts) -> Result<(), Cause> {
    if plain_http.allow(url) {
        return Ok(());
    }
    let advice = "use https, or name its host in allow_plain_http";
    Err(Cause::new(format!("the {setting} is neither https nor loopback; {advice}")))
}

/// Checks a URL and returns it without trailing slashes.
///
/// The error does not quote the URL, which may contain a password.
pub(crate) fn base_url(setting: &str, text: &str) -> Result<String, Cause> {
    let url = absolute_url(setting, text)?;
    if url.query().is_some() {
        return Err(Cause::new(format!("the {setting} must not have a query")));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Checks that a text is an absolute HTTP URL.
pub(crate) fn absolute_url(setting: &str, text: &str) -> Result<Uri, Cause> {
    let refuse = || {
        let wanted = "must be a URL that begins with http:// or https://";
        Cause::new(format!("the {setting} {wanted}, such as http://localhost:4701"))
    };
    let url: Uri = text.parse().map_err(|_| refuse())?;
    let scheme = url.scheme_str().unwrap_or_default();
    let host = url.host().unwrap_or_default();
    let after_host = url.authority().map_or("", |all| all.as_str()).split_once(host);
    let has_bad_port = after_host.is_some_and(|(_, rest)| rest.len() > 1) && url.port().is_none();
    if !["http", "https"].contains(&scheme) || host.is_empty() || has_bad_port {
        return Err(refuse());
    }
    if url.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(Cause::new(format!("the {setting} must not have a user name or a password")));
    }
    Ok(url)
}

/// Checks that a text has the form of a Region name, which becomes part of a host name.
pub(crate) fn region(name: &str) -> Result<(), Cause> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.chars().all(fits) && name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Ok(());
    }
    Err(Cause::new(format!("{name:?} is not the name of a Region, such as eu-west-1")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_settings_count_as_not_set() {
        for blank in ["", " ", "\n", "\t \r\n"] {
            assert_eq!(given(blank), None, "{blank:?}");
        }
        assert_eq!(given(" http://a \n"), Some("http://a"));
    }

    #[test]
    fn urls_without_a_scheme_or_a_host_are_refused() {
        let malformed = [
            "localhost:4701",
            "localhost",
            "/path",
            "not a url",
            "http://",
            "http:///path",
            "http://a b",
            "ftp://host",
            "file:///etc/hosts",
            "http://host:port",
            "https://user:planted@host",
            "http://host/?query",
        ];
        for text in malformed {
            let refused = base_url("endpoint", text).unwrap_err().to_string();
            assert!(refused.contains("endpoint") && !refused.contains("planted"), "{refused}");
        }
    }

    #[test]
    fn urls_lose_trailing_slashes() {
        for (text, kept) in [
            ("http://localhost:4701", "http://localhost:4701"),
            ("http://127.0.0.1:4701//", "http://127.0.0.1:4701"),
            ("https://[::1]:8443/prefix/", "https://[::1]:8443/prefix"),
        ] {
            assert_eq!(base_url("endpoint", text).unwrap(), kept);
        }
    }

    #[test]
    fn plain_http_is_limited_to_loopback_and_named_hosts() {
        let named = PlainHttpHosts::new(["emulator"]);
        for (url, is_secure) in [
            ("https://cognito.example.com", true),
            ("http://localhost:4701", true),
            ("http://[::1]:4701/prefix", true),
            ("http://emulator:4701", true),
            ("http://emulator.example.com:4701", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(secure("endpoint", url, &named).is_ok(), is_secure, "{url}");
        }
        let refused = secure("endpoint", "http://emulator", &PlainHttpHosts::default());
        assert!(refused.unwrap_err().to_string().contains("allow_plain_http"));
    }

    #[test]
    fn names_of_regions_fit_into_a_host_name() {
        for name in ["eu-west-1", "us-gov-west-1", "eusc-de-east-1"] {
            assert!(region(name).is_ok(), "{name}");
        }
        for name in ["no such", "EU-WEST-1", "eu_west_1", "evil.example/", "-1", "1"] {
            let refused = region(name).unwrap_err().to_string();
            assert!(refused.contains("Region"), "{refused}");
        }
    }
}
