//! The domain of a user pool, which hosts its OAuth 2.0 endpoints and its pages.

use cognito_tokens::PlainHttpHosts;
use url::Url;

/// The path of the token endpoint in a pool's domain.
pub(crate) const TOKEN_PATH: &str = "/oauth2/token";

/// The first path segments of a domain's own pages.
const PAGES: [&str; 4] = ["oauth2", "login", "logout", ".well-known"];

/// The URL of a domain. Its path is empty or that of a reverse proxy.
#[derive(Clone, Debug)]
pub(crate) struct Domain(Url);

impl Domain {
    /// Parses the URL of a domain, with or without the path of the token endpoint; `None` for
    /// another page of the domain, or plain HTTP to a host that is not allowed.
    pub(crate) fn parse(text: &str, plain_http: &PlainHttpHosts) -> Option<Self> {
        let mut url = parse_bare(text, plain_http)?;
        let base = base_path(url.path())?;
        url.set_path(&base);
        Some(Self(url))
    }

    /// Returns the URL of a page or an endpoint; the path starts with a slash.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url
    }
}

/// Parses a URL without query, fragment and credentials, over HTTPS unless plain HTTP is allowed.
pub(crate) fn parse_bare(text: &str, plain_http: &PlainHttpHosts) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    let is_bare = url.query().is_none() && url.fragment().is_none() && !has_user;
    (is_bare && plain_http.allow(url.as_str())).then_some(url)
}

/// Returns the path before that of the token endpoint, if any.
fn base_path(path: &str) -> Option<String> {
    let path = path.trim_end_matches('/');
    let base = path.strip_suffix(TOKEN_PATH).unwrap_or(path);
    let is_page = base.split('/').any(|part| PAGES.contains(&part));
    (!is_page).then(|| base.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token_url(text: &str) -> Option<String> {
        let domain = Domain::parse(text, &PlainHttpHosts::new(["auth"]))?;
        Some(domain.url(TOKEN_PATH).into())
    }

    #[test]
    fn the_token_endpoint_may_be_given_with_or_without_its_path() {
        for (domain, endpoint) in [
            ("https://auth.example.com", "https://auth.example.com/oauth2/token"),
            ("https://auth.example.com/", "https://auth.example.com/oauth2/token"),
            ("https://auth.example.com/oauth2/token", "https://auth.example.com/oauth2/token"),
            ("https://auth.example.com/oauth2/token/", "https://auth.example.com/oauth2/token"),
            ("https://auth.example.com//", "https://auth.example.com/oauth2/token"),
            ("https://example.com/auth", "https://example.com/auth/oauth2/token"),
            ("https://example.com/auth/oauth2/token", "https://example.com/auth/oauth2/token"),
            ("https://example.com/logins", "https://example.com/logins/oauth2/token"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/oauth2/token"),
            ("http://auth:8080", "http://auth:8080/oauth2/token"),
        ] {
            assert_eq!(token_url(domain).unwrap(), endpoint);
        }
    }

    #[test]
    fn other_urls_are_not_domains() {
        for domain in [
            "",
            "auth.example.com",
            "http://auth.example.com",
            "ftp://127.0.0.1",
            "https://auth.example.com/oauth2",
            "https://auth.example.com/oauth2/authorize",
            "https://auth.example.com/oauth2/token/x",
            "https://auth.example.com/login",
            "https://auth.example.com/login?client_id=x",
            "https://auth.example.com/.well-known/openid-configuration",
            "https://auth.example.com/?x=y",
            "https://auth.example.com/#x",
            "https://user:word@auth.example.com",
            "https://user@auth.example.com",
            "https://:word@auth.example.com",
        ] {
            assert_eq!(token_url(domain), None, "{domain}");
        }
    }
}
