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
use http::{HeaderValue, Request, StatusCode, header};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::aws::endpoints::http_url;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::printable;

/// The timeout of a request. Amazon SQS waits up to 20 seconds for messages.
const TIMEOUT: Duration = Duration::from_secs(40);

/// The lifetime of credentials without an expiration, and the time before the expiration at which
/// credentials are loaded again, as for requests of administrators.
const DEFAULT_EXPIRY: Duration = Duration::from_secs(15 * 60);
const EXPIRY_BUFFER: Duration = Duration::from_secs(10);

/// The maximum size of a response. A message of Amazon SQS has at most 1 MiB.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// The statuses, such as those of proxies, after which the same request may succeed.
const PASSING: [StatusCode; 3] =
    [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];

/// The exceptions of Amazon SQS, AWS Step Functions and Amazon Cognito for too many requests: the
/// common errors of AWS, and those of ReceiveMessage and SendTaskSuccess in the API reference.
const THROTTLING: [&str; 10] = [
    "KmsThrottled",
    "KmsThrottlingException",
    "OverLimit",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
];

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
    provider: SharedCredentialsProvider,
    /// The last credentials, and the time at which they are loaded again. Loading them may run a
    /// program or assume a role.
    cached: Mutex<Option<(Credentials, SystemTime)>>,
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
    pub(crate) fn new(provider: SharedCredentialsProvider) -> Self {
        Self { http: HttpsClient::new(), provider, cached: Mutex::default() }
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
        received(response.status(), response.body())
    }

    /// Returns the last credentials until shortly before they expire.
    async fn credentials(&self, now: SystemTime) -> Result<Credentials, JsonFailure> {
        let mut cached = self.cached.lock().await;
        if let Some((credentials, _)) = cached.as_ref().filter(|(_, reload)| now < *reload) {
            return Ok(credentials.clone());
        }
        let loaded = timeout(TIMEOUT, self.provider.provide_credentials()).await;
        let loaded = loaded.map_err(|_| CredentialsError::provider_error("it did not respond"));
        let credentials = loaded.and_then(|loaded| loaded).map_err(no_credentials)?;
        let reload = match credentials.expiry() {
            Some(expiry) => expiry.checked_sub(EXPIRY_BUFFER),
            None => now.checked_add(DEFAULT_EXPIRY),
        };
        *cached = Some((credentials.clone(), reload.unwrap_or(now)));
        Ok(credentials)
    }

    async fn request(
        &self,
        service: &JsonService,
        operation: &str,
        body: &Value,
    ) -> Result<Request<Bytes>, JsonFailure> {
        let credentials = self.credentials(SystemTime::now()).await?;
        let mut request = Request::post(format!("{}/", service.endpoint))
            .header(header::CONTENT_TYPE, format!("application/x-amz-json-{}", service.version))
            .header("x-amz-target", format!("{}.{operation}", service.target))
            .body(Bytes::from(body.to_string()))
            .map_err(|_| unsignable())?;
        // The endpoint may have a path, such as that of a gateway.
        let host = request.uri().authority().map_or("", |authority| authority.as_str());
        let host = HeaderValue::from_str(host).map_err(|_| unsignable())?;
        request.headers_mut().insert(header::HOST, host);
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

/// Returns the failure of a source of credentials. It is retryable if the source did not respond,
/// was throttled or failed, such as AWS STS for the role of a profile.
fn no_credentials(error: CredentialsError) -> JsonFailure {
    // The errors of sources have a generic text; the reason is their innermost cause.
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    let reason = causes.last().map_or_else(|| error.to_string(), ToString::to_string);
    match cognito::Error::from(error).is_transient() {
        true => JsonFailure::Unavailable(format!("the AWS credentials cannot be loaded: {reason}")),
        false => JsonFailure::NoCredentials(reason),
    }
}

fn unsignable() -> JsonFailure {
    let message = "the request cannot be signed; check the address".to_owned();
    JsonFailure::Refused { code: "Unsignable".to_owned(), message }
}

/// Returns the JSON of a response.
fn received(status: StatusCode, body: &[u8]) -> Result<Value, JsonFailure> {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let exception = json.as_ref().and_then(exception);
    match (status.is_success(), exception, json) {
        // Operations without a result may have an empty body.
        (true, _, None) if body.is_empty() => Ok(Value::Null),
        (true, _, Some(json)) => Ok(json),
        // Such as the page of a proxy, in place of the service.
        (true, _, None) => Err(JsonFailure::Unavailable("the response is not JSON".to_owned())),
        (false, _, _) if status.is_server_error() || PASSING.contains(&status) => {
            Err(JsonFailure::Unavailable(format!("the response has the status {status}")))
        }
        (false, Some((code, message)), _) => Err(JsonFailure::Refused { code, message }),
        _ => {
            let (code, message) = ("UnknownError".to_owned(), format!("status {status}"));
            Err(JsonFailure::Refused { code, message })
        }
    }
}

/// Parses the name and the message of an exception. The name may follow a namespace.
fn exception(body: &Value) -> Option<(String, String)> {
    let text = |member: &str| body.get(member).and_then(Value::as_str);
    let code = text("__type").or_else(|| text("code"))?;
    let code = code.rsplit(['#', '.']).next().unwrap_or(code).to_owned();
    let message = text("message").or_else(|| text("Message")).unwrap_or("without a message");
    Some((code, message.to_owned()))
}

impl JsonFailure {
    /// Returns whether the same request may succeed later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::NoCredentials(_) => false,
            Self::Refused { code, .. } => THROTTLING.contains(&&**code),
        }
    }

    /// Returns the reason, for warnings of commands that continue.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Unavailable(reason) | Self::NoCredentials(reason) => printable(reason),
            Self::Refused { code, message } => printable(&format!("{code}: {message}")),
        }
    }

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
                let failure = Failure::failed("refused", format!("{action} was refused: {reason}"));
                match THROTTLING.contains(&&*code) {
                    true => failure.exit_with(Exit::Throttled),
                    false => failure,
                }
            }
        }
    }
}

impl fmt::Debug for JsonClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonClient").finish_non_exhaustive()
    }
}

/// Returns the scheme and the host of the address of a queue.
///
/// The error does not quote the URL, which may contain a password.
pub(crate) fn origin(url: &str) -> Outcome<String> {
    let uri = http_url(url);
    let origin = uri.and_then(|uri| Some(format!("{}://{}", uri.scheme()?, uri.authority()?)));
    origin.ok_or_else(|| {
        let hint = "the address begins with https://, without a user name and a password";
        Failure::usage("the address of the queue is invalid").hint(hint)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn failure(status: u16, body: &str) -> JsonFailure {
        received(StatusCode::from_u16(status).unwrap(), body.as_bytes()).unwrap_err()
    }

    #[tokio::test]
    async fn host_of_a_request_is_that_of_the_endpoint_without_its_path() {
        let keys = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
        let client = JsonClient::new(SharedCredentialsProvider::new(keys));
        let endpoint = "http://127.0.0.1:4566/sqs".to_owned();
        let (name, target, version) = ("sqs", "AmazonSQS", "1.0");
        let region = "eu-west-1".to_owned();
        let service = JsonService { name, target, version, endpoint, region };
        let request = client.request(&service, "ReceiveMessage", &json!({})).await.unwrap();
        assert_eq!(request.headers()[header::HOST], "127.0.0.1:4566");
        assert_eq!(request.uri().path(), "/sqs/");
    }

    #[test]
    fn exceptions_are_named_without_their_namespace() {
        for (body, name) in [
            (json!({ "__type": "com.amazonaws.sqs#QueueDoesNotExist" }), "QueueDoesNotExist"),
            (json!({ "__type": "TaskTimedOut", "message": "gone" }), "TaskTimedOut"),
            (json!(null), "UnknownError"),
        ] {
            let JsonFailure::Refused { code, .. } = failure(400, &body.to_string()) else {
                panic!("{body}")
            };
            assert_eq!(code, name);
        }
    }

    #[test]
    fn failures_that_pass_are_told_apart_from_refusals() {
        for (status, body, may_pass) in [
            (400, r#"{ "__type": "ThrottlingException" }"#, true),
            (403, r#"{ "__type": "com.amazonaws.sqs#RequestThrottled" }"#, true),
            (503, r#"{ "__type": "ServiceUnavailable" }"#, true),
            (502, "<html>", true),
            (500, "", true),
            (429, "", true),
            (429, r#"{ "code": "rate_limited" }"#, true),
            (400, r#"{ "__type": "RequestThrottledException" }"#, true),
            (400, r#"{ "__type": "KmsThrottlingException" }"#, true),
            (408, "<html>", true),
            (200, "<html>", true),
            (200, r#"{ "Messages": ["#, true),
            (400, r#"{ "__type": "AccessDeniedException" }"#, false),
            (403, "<html>", false),
            (302, "", false),
        ] {
            assert_eq!(failure(status, body).may_pass(), may_pass, "{status} {body}");
        }
        assert_eq!(received(StatusCode::OK, b"").unwrap(), Value::Null);
        assert_eq!(received(StatusCode::OK, b"{}").unwrap(), json!({}));
        let exit = failure(400, r#"{ "__type": "ThrottlingException" }"#).of("it").exit();
        assert_eq!(exit, Exit::Throttled);
    }

    #[test]
    fn origins_are_those_of_addresses() {
        let queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/parts";
        assert_eq!(origin(queue).unwrap(), "https://sqs.eu-west-1.amazonaws.com");
        let wrong = ["parts", "redis://host/1", "httpx://host/1", "http://:1/1", "http://u:p@h/1"];
        for url in wrong.into_iter().chain(["http://u:p w@h/1"]) {
            let failure = origin(url).unwrap_err();
            assert_eq!(failure.exit().code(), 2, "{url}");
            assert!(!failure.message().contains(url), "{url}");
        }
    }
}
