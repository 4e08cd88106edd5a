//! Endpoints of services in the variables and files of the AWS SDKs.

use aws_config::profile;
use aws_types::os_shim_internal::Fs;
use aws_types::service_config::ServiceConfigKey;
use cognito::admin::SdkConfig;
use http::Uri;

use crate::configuration::{ENDPOINT_VARIABLE, Environment, IGNORE_ENDPOINTS_VARIABLE};
use crate::failure::{Failure, Outcome};
use crate::output::printable;

/// The key of a profile that disables the endpoints of variables and files.
const IGNORE_ENDPOINTS_KEY: &str = "ignore_configured_endpoint_urls";

/// Returns whether the variable or, without it, the key of the profile disables the endpoints of
/// variables and files.
///
/// An invalid value is an error: the AWS SDK for JavaScript rejects it too, and without it a request
/// could be sent to the wrong server.
pub(crate) async fn are_ignored(environment: &Environment, profile: Option<&str>) -> Outcome<bool> {
    if let Some(value) = environment.get(IGNORE_ENDPOINTS_VARIABLE) {
        let origin = format!("variable {IGNORE_ENDPOINTS_VARIABLE}");
        return parse(&value, IGNORE_ENDPOINTS_VARIABLE, &origin);
    }
    // A file that is a pipe can be read only once, and the AWS SDK reads it for requests.
    if !environment.has_endpoints() {
        return Ok(false);
    }
    let name = profile.map(|name| name.to_owned().into());
    let (files, variables) = (Default::default(), environment.for_sdk());
    // A request that needs the files returns their error.
    match profile::load(&Fs::real(), &variables, &files, name).await {
        Ok(profiles) => parse_key(profiles.get(IGNORE_ENDPOINTS_KEY)),
        Err(_) => Ok(false),
    }
}

/// Fails if the key of the profile is invalid: the AWS SDK would use the endpoints of the profile.
pub(super) fn check(config: &SdkConfig) -> Outcome {
    let key = ServiceConfigKey::builder().service_id("").env(IGNORE_ENDPOINTS_VARIABLE);
    let key = key.profile(IGNORE_ENDPOINTS_KEY).build().ok();
    let value = config.service_config().zip(key).and_then(|(all, key)| all.load_config(key));
    // The variable was checked before, and an empty one counts as unset.
    parse_key(value.as_deref().filter(|value| !value.is_empty())).map(drop)
}

fn parse_key(value: Option<&str>) -> Outcome<bool> {
    value.map_or(Ok(false), |value| parse(value, IGNORE_ENDPOINTS_KEY, "profile of the AWS CLI"))
}

fn parse(value: &str, key: &str, origin: &str) -> Outcome<bool> {
    match value {
        _ if value.eq_ignore_ascii_case("true") => Ok(true),
        _ if value.eq_ignore_ascii_case("false") => Ok(false),
        _ => {
            let value = printable(value);
            let reason = "it must be true or false";
            Err(Failure::usage(format!("`{value}` is not a valid {key}: {reason} ({origin})")))
        }
    }
}

/// The name of Amazon Cognito user pools in profiles.
const USER_POOLS: &str = "Cognito Identity Provider";

/// Returns the endpoint of user pools in the settings of the program, which include variables, or in
/// the profile.
pub(crate) fn of_user_pools(config: &SdkConfig) -> Outcome<Option<String>> {
    match config.get_origin("endpoint_url").is_client_config() {
        true => config.endpoint_url().and_then(given).map(|url| base(USER_POOLS, url)).transpose(),
        false => of_profile(config, USER_POOLS),
    }
}

/// Returns the endpoint of a service, such as `SQS`, in variables or in the profile.
pub(crate) fn of_service(
    config: &SdkConfig,
    environment: &Environment,
    id: &str,
) -> Outcome<Option<String>> {
    let variable = format!("{ENDPOINT_VARIABLE}_{id}");
    let mut names = [&*variable, ENDPOINT_VARIABLE].into_iter();
    let url =
        names.find_map(|name| environment.get(name).as_deref().and_then(given).map(str::to_owned));
    match url {
        Some(url) => base(id, &url).map(Some),
        None => of_profile(config, id),
    }
}

/// Returns the endpoint of a service in the profile. The AWS SDK reads variables too, and takes an
/// empty one for an endpoint.
fn of_profile(config: &SdkConfig, id: &str) -> Outcome<Option<String>> {
    let key = ServiceConfigKey::builder().service_id(id).env(ENDPOINT_VARIABLE);
    let key = key.profile("endpoint_url").build().ok();
    let url = config.service_config().zip(key).and_then(|(all, key)| all.load_config(key));
    url.as_deref().and_then(given).map(|url| base(id, url)).transpose()
}

fn given(url: &str) -> Option<&str> {
    Some(url.trim()).filter(|url| !url.is_empty())
}

/// Returns the endpoint of a service without slashes at its end.
///
/// The error does not quote the URL, which may contain a password.
fn base(service: &str, url: &str) -> Outcome<String> {
    let uri = http_url(url).filter(|uri| uri.query().is_none());
    uri.map(|_| url.trim_end_matches('/').to_owned()).ok_or_else(|| {
        let wanted = "it must be a URL that begins with http:// or https://, without a user name, \
                      a password and a query";
        Failure::usage(format!("the endpoint of {service} is invalid: {wanted}"))
    })
}

/// Parses an absolute URL of HTTP without a user name and a password, which a signed request would
/// send in its header Host.
pub(crate) fn http_url(url: &str) -> Option<Uri> {
    let uri: Uri = url.parse().ok()?;
    let host = uri.host().filter(|host| !host.is_empty())?;
    let after_host = uri.authority()?.as_str().strip_prefix(host)?;
    let is_host_with_port = match uri.port() {
        Some(port) => after_host.strip_prefix(':') == Some(port.as_str()),
        // A port that is not a number is none.
        None => matches!(after_host, "" | ":"),
    };
    let is_http = uri.scheme().is_some_and(|scheme| ["http", "https"].contains(&scheme.as_str()));
    (is_http && is_host_with_port).then_some(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the outcome for a value of the variable, and one of the profile `local`.
    async fn ignored(variable: &str, in_profile: &str, profile: Option<&str>) -> Outcome<bool> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config");
        let line = |value: &str| match value {
            "" => String::new(),
            value => format!("{IGNORE_ENDPOINTS_KEY} = {value}\n"),
        };
        let other = "[default]\nregion = eu-west-1\n";
        let text = format!("{other}[profile local]\n{}", line(in_profile));
        std::fs::write(&path, text).unwrap();
        let path = path.display().to_string();
        let variables = [
            ("AWS_CONFIG_FILE", &*path),
            (IGNORE_ENDPOINTS_VARIABLE, variable),
            ("AWS_ENDPOINT_URL_SQS", "http://localhost:1"),
        ];
        are_ignored(&Environment::of(&variables, "/"), profile).await
    }

    #[tokio::test]
    async fn variable_comes_before_the_key_of_the_selected_profile() {
        for (variable, in_profile, profile, expected) in [
            ("", "", Some("local"), false),
            ("", "true", Some("local"), true),
            ("", "TRUE", Some("local"), true),
            ("", "False", Some("local"), false),
            ("", "true", None, false),
            ("", "true", Some("absent"), false),
            ("true", "", None, true),
            ("True", "false", Some("local"), true),
            ("false", "true", Some("local"), false),
            ("false", "maybe", Some("local"), false),
        ] {
            let ignored = ignored(variable, in_profile, profile).await.unwrap();
            assert_eq!(ignored, expected, "{variable:?} {in_profile:?} {profile:?}");
        }
    }

    #[tokio::test]
    async fn invalid_values_are_usage_errors_that_name_the_key() {
        for (variable, in_profile, expected) in [
            (
                "1",
                "true",
                "`1` is not a valid AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: it must be true \
                           or false (variable AWS_IGNORE_CONFIGURED_ENDPOINT_URLS)",
            ),
            (
                "",
                "yes",
                "`yes` is not a valid ignore_configured_endpoint_urls: it must be true or \
                         false (profile of the AWS CLI)",
            ),
        ] {
            let failure = ignored(variable, in_profile, Some("local")).await.unwrap_err();
            assert_eq!((failure.exit().code(), failure.message()), (2, expected));
        }
    }

    #[test]
    fn endpoints_are_urls_of_http_without_a_query() {
        for (url, expected) in [
            ("http://127.0.0.1:4566/", "http://127.0.0.1:4566"),
            ("HTTPS://gateway.example/sqs", "HTTPS://gateway.example/sqs"),
        ] {
            assert_eq!(base("SQS", url).unwrap(), expected);
        }
        let wrong =
            ["localhost:1", "ftp://x", "http://", "http://[::1", "http://a/?q", "//x", "a b"];
        let ports = ["http://h:port", "http://h:65536"];
        let users = ["http://u:p@h", "https://p@h/sqs", "http://h:80@h:80", "http://u:p w@h"];
        for url in wrong.into_iter().chain(ports).chain(users) {
            let failure = base("SQS", url).unwrap_err();
            assert_eq!(failure.exit().code(), 2, "{url}");
            assert!(failure.message().starts_with("the endpoint of SQS is invalid: "), "{url}");
            assert!(url == "http://" || !failure.message().contains(url), "{url}");
        }
        assert_eq!((given(" "), given(" http://a ")), (None, Some("http://a")));
    }
}
