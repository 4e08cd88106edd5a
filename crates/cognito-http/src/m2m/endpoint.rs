//! The URLs at which machine tokens are requested.

use cognito_tokens::PlainHttpHosts;
use cognito_types::UserPoolId;
use url::Url;

use super::error::MachineTokenError;

/// The path of the token endpoint in a pool's domain.
const TOKEN_PATH: &str = "/oauth2/token";

/// The first parts of the paths of a domain's other pages.
const PAGES: [&str; 4] = ["oauth2", "login", "logout", ".well-known"];

/// An endpoint that issues tokens.
#[derive(Clone, Debug)]
pub(super) enum Endpoint {
    /// The pool's domain.
    Domain(String),
    /// The service's API in the Region of a pool.
    Region { region: String, suffix: &'static str, fips: bool },
    /// The service's API at this URL.
    Service(String),
}

impl Endpoint {
    pub(super) fn of_pool(pool: &UserPoolId) -> Self {
        let (region, suffix) = (pool.region().to_owned(), pool.partition_suffix());
        Self::Region { region, suffix, fips: false }
    }

    /// The same kind of endpoint at another URL.
    pub(super) fn at(self, url: String) -> Self {
        match self {
            Self::Domain(_) => Self::Domain(url),
            Self::Region { .. } | Self::Service(_) => Self::Service(url),
        }
    }

    pub(super) fn with_fips(self, fips: bool) -> Self {
        match self {
            Self::Region { region, suffix, .. } => Self::Region { region, suffix, fips },
            other => other,
        }
    }

    pub(super) fn is_domain(&self) -> bool {
        matches!(self, Self::Domain(_))
    }

    pub(super) fn url(&self, plain_http: &PlainHttpHosts) -> Result<Url, MachineTokenError> {
        let text = match self {
            Self::Domain(text) | Self::Service(text) => text.clone(),
            Self::Region { region, suffix, fips } => {
                let service = if *fips { "cognito-idp-fips" } else { "cognito-idp" };
                format!("https://{service}.{region}.{suffix}/")
            }
        };
        let mut url = Url::parse(&text).map_err(|_| MachineTokenError::InvalidEndpoint)?;
        let is_bare = url.query().is_none() && url.fragment().is_none() && !has_user(&url);
        if !is_bare || !plain_http.allow(url.as_str()) {
            return Err(MachineTokenError::InvalidEndpoint);
        }
        if self.is_domain() {
            let path = token_path(url.path()).ok_or(MachineTokenError::InvalidEndpoint)?;
            url.set_path(&path);
        }
        Ok(url)
    }
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// The path of the token endpoint, whether or not the domain was given with it; none for another
/// page of the domain.
///
/// A path before it is that of a reverse proxy.
fn token_path(path: &str) -> Option<String> {
    let path = path.trim_end_matches('/');
    let base = path.strip_suffix(TOKEN_PATH).unwrap_or(path);
    let is_page = base.split('/').any(|part| PAGES.contains(&part));
    (!is_page).then(|| format!("{}{TOKEN_PATH}", base.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(endpoint: Endpoint) -> Result<String, MachineTokenError> {
        endpoint.url(&PlainHttpHosts::new(["auth"])).map(String::from)
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
            assert_eq!(url(Endpoint::Domain(domain.to_owned())).unwrap(), endpoint);
        }
    }

    #[test]
    fn other_urls_are_not_token_endpoints() {
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
        ] {
            let refused = url(Endpoint::Domain(domain.to_owned()));
            assert!(matches!(refused, Err(MachineTokenError::InvalidEndpoint)), "{domain}");
        }
    }

    #[test]
    fn the_fips_host_is_that_of_the_region() {
        let of = |pool: &str| Endpoint::of_pool(&pool.parse().unwrap());
        let host = "https://cognito-idp.us-east-1.amazonaws.com/";
        assert_eq!(url(of("us-east-1_Ab12Cd34E")).unwrap(), host);
        let fips = of("us-gov-west-1_Ab12Cd34E").with_fips(true);
        assert_eq!(url(fips).unwrap(), "https://cognito-idp-fips.us-gov-west-1.amazonaws.com/");
        let set = of("us-east-1_Ab12Cd34E").at("https://vpce.example".to_owned()).with_fips(true);
        assert_eq!(url(set).unwrap(), "https://vpce.example/");
    }
}
