//! Calls of operations in JSON, signed with AWS credentials.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_types::SdkConfig;
use aws_types::region::Region;
use reqwest::Url;
use serde_json::{Value, json};

use super::Fallible;

/// The maximum number of attempts of a throttled call.
const ATTEMPTS: u32 = 6;

/// A server and its credentials.
#[derive(Clone)]
pub struct Caller {
    /// The Region.
    pub region: String,
    /// The endpoint, if it differs from that of the Region's service.
    pub endpoint: Option<String>,
    credentials: Credentials,
    client: reqwest::Client,
}

/// The body of a response, or the exception and its message.
pub type Response = Result<Value, (String, String)>;

impl Caller {
    /// Creates a caller for a Region's service, or for another endpoint.
    pub fn new(region: &str, endpoint: Option<String>, credentials: Credentials) -> Self {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build();
        let (region, client) = (region.to_owned(), client.unwrap_or_default());
        Self { region, endpoint, credentials, client }
    }

    /// Creates a caller for an emulator.
    pub fn emulator(endpoint: &str, region: &str) -> Self {
        let credentials = Credentials::new("test", "test", None, None, "test");
        Self::new(region, Some(endpoint.to_owned()), credentials)
    }

    /// Returns the configuration of the AWS SDK for the same server.
    pub fn sdk_config(&self) -> SdkConfig {
        let provider = SharedCredentialsProvider::new(self.credentials.clone());
        let builder = SdkConfig::builder().credentials_provider(provider);
        let mut builder = builder.region(Region::new(self.region.clone()));
        builder.set_endpoint_url(self.endpoint.clone());
        builder.build()
    }

    /// Calls an operation, and retries after a pause if the server throttles.
    ///
    /// # Errors
    ///
    /// Returns an error if the server cannot be reached.
    pub async fn call(&self, operation: &str, request: &Value) -> Fallible<Response> {
        let mut pause = Duration::from_millis(250);
        for _ in 1..ATTEMPTS {
            match self.call_once(operation, request).await? {
                Err((name, _)) if is_throttle(&name) => tokio::time::sleep(pause).await,
                response => return Ok(response),
            }
            pause *= 2;
        }
        self.call_once(operation, request).await
    }

    async fn call_once(&self, operation: &str, request: &Value) -> Fallible<Response> {
        let failed = |error: reqwest::Error| format!("{operation}: {}", error.without_url());
        let request = self.signed(operation, request)?;
        let response = self.client.execute(request).await.map_err(failed)?;
        let status = response.status();
        let body = response.bytes().await.map_err(failed)?;
        let parsed = if body.is_empty() { Ok(json!({})) } else { serde_json::from_slice(&body) };
        Ok(match parsed {
            Ok(body) if status.is_success() => Ok(body),
            Ok(body) => Err(exception(&body)),
            // moto returns an HTML page for an operation that it does not implement, which is a
            // difference and must not end the run.
            Err(_) => Err((format!("HTTP {}", status.as_u16()), "no JSON".to_owned())),
        })
    }

    fn signed(&self, operation: &str, request: &Value) -> Fallible<reqwest::Request> {
        let url = self.url()?;
        let body = request.to_string();
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", &*target)];
        let identity = self.credentials.clone().into();
        let params = SigningParams::builder().identity(&identity).region(&self.region);
        let params = params.name("cognito-idp").time(SystemTime::now());
        let params = params.settings(SigningSettings::default()).build();
        let params = params.map_err(|error| error.to_string())?.into();
        let signable = SignableBody::Bytes(body.as_bytes());
        let signable = SignableRequest::new("POST", url.as_str(), headers.into_iter(), signable);
        let signed = sign(signable.map_err(|error| error.to_string())?, &params);
        let (instructions, _) = signed.map_err(|error| error.to_string())?.into_parts();
        let mut builder = self.client.post(url);
        for (name, value) in headers.into_iter().chain(instructions.headers()) {
            builder = builder.header(name, value);
        }
        builder.body(body).build().map_err(|error| error.to_string())
    }

    fn url(&self) -> Fallible<Url> {
        let of_region = || format!("https://cognito-idp.{}.amazonaws.com", self.region);
        let url = self.endpoint.clone().unwrap_or_else(of_region);
        url.parse().map_err(|_| "the endpoint is not a URL".to_owned())
    }
}

fn is_throttle(name: &str) -> bool {
    ["TooManyRequestsException", "ThrottlingException", "Throttling"].contains(&name)
}

/// Returns the name of an exception, without its namespace, and its message.
fn exception(body: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = text(&body["__type"]);
    let name = name.rsplit('#').next().unwrap_or_default().to_owned();
    let message = if body["message"].is_null() { &body["Message"] } else { &body["message"] };
    (name, text(message))
}
