//! URLs on the command line, of which those that no client could use are rejected.

use url::Url;

use crate::adapters::origins;

/// Parses the address of a server: a scheme, a host and a port.
pub(super) fn origin(text: &str) -> Result<String, String> {
    let url = parse(text, &["http://", "https://"])?;
    check(url.path() == "/", "the URL must have no path")?;
    check(url.query().is_none(), "the URL must have no query")?;
    Ok(text.to_owned())
}

/// Parses the origin of pages, which can have other schemes, such as `capacitor`.
pub(super) fn web_origin(text: &str) -> Result<String, String> {
    let expected = "an origin is a scheme, a host and a port if it is not the default, such as \
                    https://app.example:8443";
    check(origins::parse(text).is_some(), expected)?;
    Ok(text.to_owned())
}

/// Parses the address for clients, which has a path behind a proxy that removes it.
pub(super) fn endpoint(text: &str) -> Result<String, String> {
    let url = parse(text, &["http://", "https://"])?;
    check(url.query().is_none(), "the URL must have no query")?;
    Ok(text.to_owned())
}

/// Parses the URL of a function, which is called without TLS.
pub(super) fn function(text: &str) -> Result<String, String> {
    parse(text, &["http://"])?;
    Ok(text.to_owned())
}

fn parse(text: &str, schemes: &[&str]) -> Result<Url, String> {
    let host = schemes.iter().find_map(|scheme| text.strip_prefix(scheme));
    let begins_with_host = host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'));
    let expected = format!("the URL must begin with {} and have a host", schemes.join(" or "));
    check(begins_with_host, &expected)?;
    // `Url` removes or replaces these characters, but the other parsers reject them.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    check(is_plain, "the URL must consist of ASCII characters without spaces and backslashes")?;
    let url = Url::parse(text).map_err(|error| format!("the URL is invalid: {error}"))?;
    let has_user = host.is_some_and(|host| {
        host.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
    });
    check(!has_user, "the URL must have no user name and no password")?;
    check(url.fragment().is_none(), "the URL must have no fragment")?;
    check(url.port() != Some(0), "the port must not be 0")?;
    Ok(url)
}

fn check(holds: bool, error: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(error.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Parser = fn(&str) -> Result<String, String>;

    const PARSERS: [Parser; 3] = [origin, endpoint, function];

    #[test]
    fn addresses_are_kept_as_they_are() {
        for text in [
            "http://localhost",
            "http://127.0.0.1:4567/",
            "http://[::1]:4567",
            "http://Cognito:80",
            "http://a.b.example",
        ] {
            assert!(PARSERS.iter().all(|parse| parse(text).as_deref() == Ok(text)), "{text}");
        }
        assert!(origin("https://localhost:4568").is_ok());
        assert!(endpoint("https://localhost/behind/a/proxy").is_ok());
        assert!(function("http://localhost:9000/2015-03-31/functions/function?x=1").is_ok());
    }

    #[test]
    fn part_without_meaning_is_named() {
        for (text, reason) in [
            ("localhost:4567", "begin with http://"),
            ("", "begin with http://"),
            ("http://", "begin with http://"),
            ("http:///path", "begin with http://"),
            ("http:localhost", "begin with http://"),
            ("ftp://localhost", "begin with http://"),
            ("unix:///run/emulator.sock", "begin with http://"),
            ("http://user@localhost", "user name"),
            ("http://:secret@localhost", "user name"),
            ("http://@localhost", "user name"),
            ("http://localhost#pools", "fragment"),
            ("http://localhost/#", "fragment"),
            ("http://localhost:0", "port must not be 0"),
            ("http://localhost:65536", "invalid"),
            ("http://[::1", "invalid"),
            ("http://?x=1", "invalid"),
            ("http://local host", "spaces"),
            ("http://localhost\n", "spaces"),
            ("http://localhost\\pools", "backslashes"),
            ("http://jörg.example", "ASCII"),
        ] {
            for parse in PARSERS {
                let error = parse(text).unwrap_err();
                assert!(error.contains(reason), "{text}: {error}");
                assert!(!error.contains("secret"), "{text}: {error}");
            }
        }
    }

    #[test]
    fn paths_and_queries_are_rejected_where_they_are_not_used() {
        let has = |result: Result<String, String>, part: &str| result.unwrap_err().contains(part);
        assert!(has(origin("http://localhost/eu-west-1_Example01"), "path"));
        assert!(has(origin("http://localhost?x=1"), "query"));
        assert!(has(endpoint("http://localhost/?"), "query"));
        assert!(has(function("https://localhost/function"), "begin with http:// and"));
    }
}
