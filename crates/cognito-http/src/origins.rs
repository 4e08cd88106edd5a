//! The servers that may see a token.

use std::fmt;

use cognito_tokens::PlainHttpHosts;
use url::Url;

/// The origins that tokens are sent to: scheme, host and port, and nothing else of an address.
///
/// ```
/// use cognito_http::Origins;
///
/// let origins = Origins::only(["https://api.example.com", "http://127.0.0.1:8080"])?;
/// assert!(Origins::only(["http://api.example.com"]).is_err(), "everybody could read along");
/// # Ok::<(), cognito_http::InvalidOrigin>(())
/// ```
#[derive(Clone, Debug)]
pub struct Origins(Vec<Origin>);

#[derive(Clone, Debug)]
struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origins {
    /// These origins, as `https://host` or `https://host:port`; plain HTTP only for loopback
    /// addresses and `localhost`.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`] for anything else, and for none at all.
    pub fn only<O: AsRef<str>>(
        origins: impl IntoIterator<Item = O>,
    ) -> Result<Self, InvalidOrigin> {
        let origins = origins.into_iter().map(|origin| Origin::parse(origin.as_ref()));
        let origins: Vec<Origin> = origins.collect::<Result<_, _>>()?;
        if origins.is_empty() {
            return Err(InvalidOrigin("no origin is named"));
        }
        Ok(Self(origins))
    }

    pub(crate) fn allow(&self, url: &Url) -> bool {
        self.0.iter().any(|origin| origin.is_of(url))
    }
}

impl Origin {
    fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let url = Url::parse(text).map_err(|_| InvalidOrigin("it is no absolute address"))?;
        if !PlainHttpHosts::default().allow(url.as_str()) {
            return Err(InvalidOrigin("it is neither HTTPS nor a loopback address"));
        }
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidOrigin("it has more than a scheme, a host and a port"));
        }
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(InvalidOrigin("it has no host"));
        };
        Ok(Self { scheme: url.scheme().to_owned(), host: host.to_owned(), port })
    }

    /// Both sides were normalised by the same parser.
    fn is_of(&self, url: &Url) -> bool {
        url.scheme() == self.scheme
            && url.host_str() == Some(&*self.host)
            && url.port_or_known_default() == Some(self.port)
    }
}

/// A text is no origin that a token can be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidOrigin(&'static str);

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an origin for tokens: {}", self.0)
    }
}

impl std::error::Error for InvalidOrigin {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let origins = Origins::only(["https://api.example.com", "http://[::1]:8080"]).unwrap();
        for (url, allowed) in [
            ("https://api.example.com/orders?x=1", true),
            ("https://API.Example.com:443/", true),
            ("https://user:word@api.example.com/", true),
            ("http://[::1]:8080/a", true),
            ("http://api.example.com/", false),
            ("https://api.example.com:8443/", false),
            ("https://api.example.com.evil.example/", false),
            ("https://evil.example/https://api.example.com", false),
            ("https://api.example.com@evil.example/", false),
            ("https://api.example.com./", false),
            ("http://[::1]:8081/", false),
        ] {
            assert_eq!(origins.allow(&Url::parse(url).unwrap()), allowed, "{url}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "api.example.com",
            "http://api.example.com",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "ftp://127.0.0.1",
            "https://api.example.com/path",
            "https://api.example.com/?query",
            "https://api.example.com/#part",
            "https://user@api.example.com",
            "data:text/plain,x",
        ] {
            assert!(Origins::only([text]).is_err(), "{text}");
        }
        assert!(Origins::only([""; 0]).is_err());
        Origins::only(["http://localhost:3000", "http://127.1.2.3", "https://x/"]).unwrap();
    }
}
