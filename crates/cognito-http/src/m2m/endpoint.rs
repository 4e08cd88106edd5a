//! The URLs at which machine tokens are requested.

use cognito_tokens::PlainHttpHosts;
use cognito_types::UserPoolId;
use url::Url;

use crate::domain::{Domain, TOKEN_PATH, parse_bare};
use crate::token_endpoint_error::TokenEndpointError;

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

    /// Returns an endpoint of the same kind at another URL.
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

    pub(super) fn url(&self, plain_http: &PlainHttpHosts) -> Result<Url, TokenEndpointError> {
        let url = match self {
            Self::Domain(text) => {
                Domain::parse(text, plain_http).map(|domain| domain.url(TOKEN_PATH))
            }
            Self::Service(text) => parse_bare(text, plain_http),
            Self::Region { region, suffix, fips } => {
                let service = if *fips { "cognito-idp-fips" } else { "cognito-idp" };
                parse_bare(&format!("https://{service}.{region}.{suffix}/"), plain_http)
            }
        };
        url.ok_or(TokenEndpointError::InvalidEndpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(endpoint: Endpoint) -> Result<String, TokenEndpointError> {
        endpoint.url(&PlainHttpHosts::new(["auth"])).map(String::from)
    }

    #[test]
    fn an_endpoint_is_the_url_of_a_domain_or_an_api() {
        let domain = Endpoint::Domain("http://auth:8080".to_owned());
        assert_eq!(url(domain).unwrap(), "http://auth:8080/oauth2/token");
        for text in ["auth.example.com", "http://auth.example.com", "https://a.example/?x=y"] {
            for endpoint in [Endpoint::Domain, Endpoint::Service] {
                let refused = url(endpoint(text.to_owned()));
                assert!(matches!(refused, Err(TokenEndpointError::InvalidEndpoint)), "{text}");
            }
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
