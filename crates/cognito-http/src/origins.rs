//! The servers that may receive a token.

use cognito_tokens::PlainHttpHosts;
use url::Url;

/// The origins that tokens are sent to. An origin is a scheme, a host and a port.
///
/// ```
/// # mod cognito { pub use cognito_http as http; }
/// use cognito::http::Origins;
///
/// let origins = Origins::only(["https://api.example.com", "http://127.0.0.1:8080"])?;
/// assert!(Origins::only(["http://api.example.com"]).is_err(), "the token would not be encrypted");
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
    /// Creates the list from origins such as `https://host` or `https://host:port`. Plain HTTP is
    /// allowed only for loopback addresses and `localhost`.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`] for anything else, and for an empty list.
    pub fn only<O: AsRef<str>>(
        origins: impl IntoIterator<Item = O>,
    ) -> Result<Self, InvalidOrigin> {
        OriginsBuilder(PlainHttpHosts::default()).only(origins)
    }

    /// Allows plain HTTP to these hosts, such as the services of a mesh that encrypts their
    /// connections.
    ///
    /// ```
    /// # mod cognito { pub use cognito_http as http; }
    /// use cognito::http::Origins;
    ///
    /// let origins = Origins::allow_plain_http(["orders"]).only(["http://orders:8080"])?;
    /// # Ok::<(), cognito_http::InvalidOrigin>(())
    /// ```
    ///
    /// # Security
    ///
    /// An attacker on the network path to such a host can read the token.
    pub fn allow_plain_http<H: AsRef<str>>(hosts: impl IntoIterator<Item = H>) -> OriginsBuilder {
        OriginsBuilder(PlainHttpHosts::new(hosts))
    }

    pub(crate) fn allow(&self, url: &Url) -> bool {
        self.0.iter().any(|origin| origin.is_of(url))
    }

    #[cfg(any(feature = "reqwest", test))]
    pub(crate) fn have_plain_http(&self) -> bool {
        self.0.iter().any(|origin| origin.scheme == "http")
    }
}

/// A builder of [`Origins`] with hosts that plain HTTP is allowed to.
#[derive(Clone, Debug)]
#[must_use]
pub struct OriginsBuilder(PlainHttpHosts);

impl OriginsBuilder {
    /// Creates the list like [`Origins::only`].
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`] for an entry that is not an origin or is plain HTTP to another host, and
    /// for an empty list.
    pub fn only<O: AsRef<str>>(
        self,
        origins: impl IntoIterator<Item = O>,
    ) -> Result<Origins, InvalidOrigin> {
        let origins = origins.into_iter().map(|origin| Origin::parse(origin.as_ref(), &self.0));
        let origins: Vec<Origin> = origins.collect::<Result<_, _>>()?;
        if origins.is_empty() {
            return Err(InvalidOrigin("no origin is named"));
        }
        Ok(Origins(origins))
    }
}

impl Origin {
    fn parse(text: &str, plain_http: &PlainHttpHosts) -> Result<Self, InvalidOrigin> {
        let url = Url::parse(text)
            .map_err(|_| InvalidOrigin("it is not a URL; write it as https://host"))?;
        if !plain_http.allow(url.as_str()) {
            let advice =
                "it is neither HTTPS nor a loopback address; use HTTPS or allow_plain_http";
            return Err(InvalidOrigin(advice));
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

    /// Returns whether a URL has this origin. The same parser normalised both.
    fn is_of(&self, url: &Url) -> bool {
        url.scheme() == self.scheme
            && url.host_str() == Some(&*self.host)
            && url.port_or_known_default() == Some(self.port)
    }
}

/// The error for a text that is not an origin that may receive a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an origin for tokens: {0}")]
pub struct InvalidOrigin(&'static str);

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
    fn plain_http_is_allowed_for_named_hosts() {
        let allow = || Origins::allow_plain_http(["orders", "10.0.0.5"]);
        let origins = allow().only(["http://orders:8080", "http://10.0.0.5"]).unwrap();
        for (url, allowed) in [
            ("http://orders:8080/x", true),
            ("http://10.0.0.5/", true),
            ("http://orders/", false),
            ("https://orders:8080/", false),
        ] {
            assert_eq!(origins.allow(&Url::parse(url).unwrap()), allowed, "{url}");
        }
        assert!(origins.have_plain_http());
        allow().only(["http://payments:8080"]).unwrap_err();
        allow().only(["http://orders.example.com"]).unwrap_err();
        let other = allow().only(["https://payments.example.com"]).unwrap();
        assert!(!other.have_plain_http());
    }

    #[test]
    fn texts_that_are_not_origins_are_refused() {
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
