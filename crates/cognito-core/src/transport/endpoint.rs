//! The endpoint of the service in a Region.

use cognito_tokens::PlainHttpHosts;
use http::Uri;

use super::operation::Service;
use crate::error::Cause;
use crate::settings;

/// The choice of an endpoint of the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EndpointChoice {
    /// A URL that replaces the service's own endpoints.
    pub(crate) url: Option<String>,
    /// Use the FIPS 140 endpoint.
    pub(crate) fips: bool,
    /// Use the dual-stack endpoint (IPv4 and IPv6).
    pub(crate) dual_stack: bool,
}

impl EndpointChoice {
    /// Returns this choice, or the other one if none is made here.
    #[cfg(feature = "admin")]
    pub(crate) fn or(&self, other: Self) -> Self {
        if *self == Self::default() { other } else { self.clone() }
    }

    /// Returns the URL that requests are sent to.
    pub(crate) fn uri(
        &self,
        service: Service,
        region: &str,
        plain_http: &PlainHttpHosts,
    ) -> Result<Uri, Cause> {
        let url = match &self.url {
            None => service_url(service, region, self.fips, self.dual_stack),
            Some(_) if self.fips || self.dual_stack => {
                let both = "an endpoint cannot be set together with FIPS or dual stack";
                return Err(Cause::new(both));
            }
            Some(url) => {
                let url = settings::base_url("endpoint", url)?;
                settings::secure("endpoint", &url, plain_http)?;
                url
            }
        };
        let invalid = |_| Cause::new("the endpoint is not a URL");
        format!("{url}/").parse().map_err(invalid)
    }
}

/// Returns the URL of a service in a Region, by the endpoint rules of the services' models.
fn service_url(service: Service, region: &str, fips: bool, dual_stack: bool) -> String {
    let partition = Partition::of(region);
    let (service, fips_suffix) = (service.host(), if fips { "-fips" } else { "" });
    // These endpoints are dual-stack under their usual names.
    let has_usual_name = if fips {
        ["us-east-1", "us-east-2", "us-west-1", "us-west-2"].contains(&region)
    } else {
        partition.is_standard
    };
    let suffix = if dual_stack && !has_usual_name { partition.dual_stack } else { partition.usual };
    format!("https://{service}{fips_suffix}.{region}.{suffix}")
}

/// The domains of an AWS partition.
struct Partition {
    usual: &'static str,
    dual_stack: &'static str,
    is_standard: bool,
}

impl Partition {
    const STANDARD: Self =
        Self { usual: "amazonaws.com", dual_stack: "api.aws", is_standard: true };

    fn of(region: &str) -> Self {
        let (usual, dual_stack) = match region.split_once('-') {
            Some(("cn", _)) => ("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
            Some(("eusc", _)) => ("amazonaws.eu", "api.amazonwebservices.eu"),
            Some(("us", rest)) if rest.starts_with("gov-") => ("amazonaws.com", "api.aws"),
            Some(("us", rest)) if rest.starts_with("iso-") => ("c2s.ic.gov", "c2s.ic.gov"),
            Some(("us", rest)) if rest.starts_with("isob-") => ("sc2s.sgov.gov", "sc2s.sgov.gov"),
            Some(("us", rest)) if rest.starts_with("isof-") => ("csp.hci.ic.gov", "csp.hci.ic.gov"),
            Some(("eu", rest)) if rest.starts_with("isoe-") => ("cloud.adc-e.uk", "cloud.adc-e.uk"),
            _ => return Self::STANDARD,
        };
        Self { usual, dual_stack, is_standard: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases are those of the service's endpoint rule set.
    #[test]
    fn each_region_has_the_endpoint_of_the_services_model() {
        for (region, fips, dual_stack, host) in [
            ("eu-west-1", false, false, "cognito-idp.eu-west-1.amazonaws.com"),
            ("us-east-1", true, false, "cognito-idp-fips.us-east-1.amazonaws.com"),
            ("us-west-2", true, true, "cognito-idp-fips.us-west-2.amazonaws.com"),
            ("us-east-1", false, true, "cognito-idp.us-east-1.amazonaws.com"),
            ("ca-central-1", true, true, "cognito-idp-fips.ca-central-1.api.aws"),
            ("cn-north-1", false, false, "cognito-idp.cn-north-1.amazonaws.com.cn"),
            ("cn-north-1", true, true, "cognito-idp-fips.cn-north-1.api.amazonwebservices.com.cn"),
            ("cn-north-1", false, true, "cognito-idp.cn-north-1.api.amazonwebservices.com.cn"),
            ("us-gov-west-1", true, false, "cognito-idp-fips.us-gov-west-1.amazonaws.com"),
            ("us-gov-east-1", true, true, "cognito-idp-fips.us-gov-east-1.api.aws"),
            ("us-gov-east-1", false, true, "cognito-idp.us-gov-east-1.api.aws"),
            ("us-iso-east-1", true, false, "cognito-idp-fips.us-iso-east-1.c2s.ic.gov"),
            ("us-isob-east-1", false, false, "cognito-idp.us-isob-east-1.sc2s.sgov.gov"),
            ("eusc-de-east-1", false, false, "cognito-idp.eusc-de-east-1.amazonaws.eu"),
        ] {
            let url = service_url(Service::UserPools, region, fips, dual_stack);
            assert_eq!(url, format!("https://{host}"), "{region} {fips} {dual_stack}");
            let url = service_url(Service::IdentityPools, region, fips, dual_stack);
            let host = host.replace("cognito-idp", "cognito-identity");
            assert_eq!(url, format!("https://{host}"), "{region} {fips} {dual_stack}");
        }
    }

    #[cfg(feature = "admin")]
    #[test]
    fn a_choice_with_any_member_replaces_the_other_choice() {
        let url = EndpointChoice { url: Some("https://a.example".into()), ..Default::default() };
        let fips = EndpointChoice { fips: true, ..Default::default() };
        let dual_stack = EndpointChoice { dual_stack: true, ..Default::default() };
        let choices = [&url, &fips, &dual_stack];
        for choice in choices {
            for other in choices {
                assert_eq!(choice.or(other.clone()), *choice);
            }
            assert_eq!(EndpointChoice::default().or(choice.clone()), *choice);
        }
    }

    #[test]
    fn a_url_replaces_the_endpoint_of_the_region() {
        let choice =
            EndpointChoice { url: Some("http://[::1]:4701/x/".into()), ..Default::default() };
        let hosts = PlainHttpHosts::default();
        let uri = choice.uri(Service::UserPools, "eu-west-1", &hosts).unwrap();
        assert_eq!(uri.to_string(), "http://[::1]:4701/x/");
        let with_fips = EndpointChoice { fips: true, ..choice };
        let refused = with_fips.uri(Service::UserPools, "eu-west-1", &hosts).unwrap_err();
        assert!(refused.to_string().contains("FIPS"), "{refused}");
    }
}
