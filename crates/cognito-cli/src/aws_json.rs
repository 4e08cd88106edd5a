//! Signed requests without an SDK crate: those of Amazon SQS and AWS Step Functions, and operations
//! of Amazon Cognito that are newer than its crate.

use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningParams, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use cognito::sign_in::HttpsClient;
use cognito::types::SendHttp;
use http::{HeaderValue, Request, header};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use crate::failure::{Exit, Failure, Outcome};
use crate::output::printable;

/// The timeout of a request. Amazon SQS waits up to 20 seconds for messages.
const TIMEOUT: Duration = Duration::from_secs(40);

/// The maximum size of a response. A message of Amazon SQS has at most 1 MiB.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// A service with a JSON protocol.
#[derive(Clone, Debug)]
pub(crate) struct JsonService {
    /// The name in signatures, such as `sqs`.
    pub(crate) name: &'static str,
    /// The prefix of operations in `x-amz-target`.
    pub(crate) target: &'static str,
    /// The version of the protocol, 1.0 or 1.1.
    pub(crate) version: &'static str,
    /// The scheme and the host of its endpoint.
    pub(crate) endpoint: String,
    pub(crate) region: String,
}

/// A client that signs requests with the AWS credentials of the program.
pub(crate) struct JsonClient {
    http: HttpsClient,
    credentials: SharedCredentialsProvider,
}

/// The reason why a request failed.
#[derive(Debug)]
pub(crate) enum JsonFailure {
    /// The service cannot be reached, or failed. The request can be retried.
    Unavailable(String),
    /// There are no AWS credentials, for example because a sign-in has expired.
    NoCredentials(String),
    /// The service refused the request with this exception.
    Refused { code: String, message: String },
}

impl JsonClient {
    pub(crate) fn new(credentials: SharedCredentialsProvider) -> Self {
        Self { http: HttpsClient::new(), credentials }
    }

    /// Sends a request, and returns the JSON of its response.
    pub(crate) async fn call(
        &self,
        service: &JsonService,
        operation: &str,
        body: &Value,
    ) -> Result<Value, JsonFailure> {
        let request = self.request(service, operation, body).await?;
        let sent = timeout(TIMEOUT, self.http.send(request, MAX_BODY_BYTES)).await;
        let response = sent
            .map_err(|_| {
                let seconds = TIMEOUT.as_secs();
                JsonFailure::Unavailable(format!("there was no response within {seconds} seconds"))
            })?
            .map_err(|error| JsonFailure::Unavailable(error.to_string()))?;
        let status = response.status();
        let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        if status.is_success() {
            return Ok(body);
        }
        if status.is_server_error() {
            return Err(JsonFailure::Unavailable(format!("the response has the status {status}")));
        }
        Err(refused(&body, status.as_u16()))
    }

    async fn request(
        &self,
        service: &JsonService,
        operation: &str,
        body: &Value,
    ) -> Result<Request<Bytes>, JsonFailure> {
        let credentials = self.credentials.provide_credentials().await.map_err(no_credentials)?;
        let host = service.endpoint.split_once("://").map_or("", |(_, host)| host);
        let request = Request::post(format!("{}/", service.endpoint))
            .header(header::HOST, host)
            .header(header::CONTENT_TYPE, format!("application/x-amz-json-{}", service.version))
            .header("x-amz-target", format!("{}.{operation}", service.target))
            .body(Bytes::from(body.to_string()))
            .map_err(|_| unsignable())?;
        signed(request, service, credentials)
    }
}

/// Signs a request (Signature Version 4).
fn signed(
    mut request: Request<Bytes>,
    service: &JsonService,
    credentials: Credentials,
) -> Result<Request<Bytes>, JsonFailure> {
    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&service.region)
        .name(service.name)
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .map_err(|_| unsignable())?;
    let headers = request.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    // The body is passed as a digest, because the signing crate would log it at the level trace.
    let digest = Sha256::digest(request.body());
    let digest = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let body = SignableBody::Precomputed(digest);
    let signable = SignableRequest::new("POST", request.uri().to_string(), headers, body);
    let signable = signable.map_err(|_| unsignable())?;
    let output = sign(signable, &SigningParams::V4(params)).map_err(|_| unsignable())?;
    let (instructions, _) = output.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    if let Some(authorization) = request.headers_mut().get_mut(header::AUTHORIZATION) {
        HeaderValue::set_sensitive(authorization, true);
    }
    Ok(request)
}

/// Returns the failure of a source of credentials. It is retryable only if the source did not
/// respond in time.
fn no_credentials(error: CredentialsError) -> JsonFailure {
    // The errors of sources have a generic text; the reason is their innermost cause.
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    let reason = causes.last().map_or_else(|| error.to_string(), ToString::to_string);
    match error {
        CredentialsError::ProviderTimedOut(_) => JsonFailure::Unavailable(reason),
        _ => JsonFailure::NoCredentials(reason),
    }
}

fn unsignable() -> JsonFailure {
    let message = "the request cannot be signed; check the address".to_owned();
    JsonFailure::Refused { code: "Unsignable".to_owned(), message }
}

/// Parses the exception of a response. Its name may follow a namespace.
fn refused(body: &Value, status: u16) -> JsonFailure {
    let text = |member: &str| body.get(member).and_then(Value::as_str);
    let code = text("__type").or_else(|| text("code")).unwrap_or("UnknownError");
    let code = code.rsplit(['#', '.']).next().unwrap_or(code).to_owned();
    let message = text("message").or_else(|| text("Message"));
    let message = message.map_or_else(|| format!("status {status}"), str::to_owned);
    JsonFailure::Refused { code, message }
}

impl JsonFailure {
    /// Converts it to the failure of a command. `action` completes "… failed".
    pub(crate) fn of(self, action: &str) -> Failure {
        match self {
            Self::Unavailable(reason) => {
                Failure::failed("unavailable", format!("{action} failed: {reason}"))
            }
            Self::NoCredentials(reason) => {
                let reason = printable(&reason);
                let message = format!("{action} failed: there are no AWS credentials ({reason})");
                Failure::new(Exit::NotSignedIn, "no_credentials", message)
                    .hint("`aws sts get-caller-identity` with the same profile shows the problem")
            }
            Self::Refused { code, message } => {
                let reason = printable(&format!("{code}: {message}"));
                Failure::failed("refused", format!("{action} was refused: {reason}"))
            }
        }
    }
}

impl fmt::Debug for JsonClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonClient").finish_non_exhaustive()
    }
}

/// Returns the scheme and the host of a URL.
pub(crate) fn origin(url: &str) -> Outcome<String> {
    let parsed: Option<http::Uri> = url.parse().ok();
    let origin = parsed.and_then(|uri| Some(format!("{}://{}", uri.scheme()?, uri.authority()?)));
    origin.filter(|origin| origin.starts_with("http")).ok_or_else(|| {
        let message = format!("`{}` is not a valid address", printable(url));
        Failure::usage(message).hint("an address begins with https://")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn exceptions_are_named_without_their_namespace() {
        for (body, name) in [
            (json!({ "__type": "com.amazonaws.sqs#QueueDoesNotExist" }), "QueueDoesNotExist"),
            (json!({ "__type": "TaskTimedOut", "message": "gone" }), "TaskTimedOut"),
            (json!(null), "UnknownError"),
        ] {
            let JsonFailure::Refused { code, .. } = refused(&body, 400) else { panic!("{body}") };
            assert_eq!(code, name);
        }
    }

    #[test]
    fn origins_are_those_of_addresses() {
        let queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/parts";
        assert_eq!(origin(queue).unwrap(), "https://sqs.eu-west-1.amazonaws.com");
        assert!(origin("parts").is_err() && origin("redis://host/1").is_err());
    }
}
