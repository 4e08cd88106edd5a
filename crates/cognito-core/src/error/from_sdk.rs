//! Conversion of errors of the AWS SDK, which sends the requests of administrators.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cognitoidentityprovider::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use cognito_types::{HttpError, HttpErrorKind};
use hyper_util::client::legacy;

use super::{Cause, Error, ErrorKind, Refusal, classify};
use crate::transport::of_http;

impl Error {
    /// Converts an error of the SDK without the parts that could contain a secret.
    pub(crate) fn from_sdk<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        match (&error, error.raw_response()) {
            (SdkError::ServiceError(_) | SdkError::ResponseError(_), Some(response)) => {
                Self::from_refusal(operation, refusal(&error, response))
            }
            _ => without_response(error).of_operation(operation),
        }
    }
}

/// Converts a failure to load AWS credentials, for programs that sign further requests with the
/// credentials of an administrator. [`is_transient`](Self::is_transient) is true if the issuer of
/// the credentials cannot be reached, timed out, throttled the request or failed (5xx); after other
/// failures, the same request fails again.
impl From<CredentialsError> for Error {
    fn from(error: CredentialsError) -> Self {
        not_loaded(&error).with_source(error)
    }
}

fn refusal<E>(error: &SdkError<E, HttpResponse>, response: &HttpResponse) -> Refusal
where
    E: ProvideErrorMetadata,
{
    let retry_after = response.headers().get("retry-after");
    Refusal {
        status: response.status().as_u16(),
        exception: error.code().map(str::to_owned),
        message: error.message().map(str::to_owned),
        request_id: error.request_id().map(str::to_owned),
        // Only the form in seconds is supported; dates are ignored.
        retry_after: retry_after
            .and_then(|header| header.trim().parse().ok())
            .map(Duration::from_secs),
    }
}

fn without_response<E>(error: SdkError<E, HttpResponse>) -> Error
where
    E: StdError + Send + Sync + 'static,
{
    match &error {
        SdkError::DispatchFailure(_) => not_dispatched(error),
        SdkError::TimeoutError(_) => Error::new(ErrorKind::Transport).with_detail("timed out"),
        // Other causes may quote the request, which contains passwords and tokens.
        SdkError::ConstructionFailure(_) => {
            let cause = find_cause(&error).cloned();
            cause.unwrap_or_else(|| Cause::new("the request cannot be built")).into()
        }
        _ => Error::new(ErrorKind::Service).with_detail("the response cannot be understood"),
    }
}

fn not_dispatched<E>(error: SdkError<E, HttpResponse>) -> Error
where
    E: StdError + Send + Sync + 'static,
{
    let converted = if let Some(error) = find_cause(&error) {
        not_loaded(error)
    } else {
        let not_connected = is_not_connected(&error).then_some(HttpErrorKind::NotConnected);
        let kind = not_connected.or_else(|| find_cause(&error).map(HttpError::kind));
        of_http(kind.unwrap_or(HttpErrorKind::Lost))
    };
    let source = error.into_source().ok().map(Arc::from);
    converted.changed(|inner| inner.source = source)
}

/// Returns the error of a request that was not sent because the credentials could not be loaded.
fn not_loaded(error: &CredentialsError) -> Error {
    // An error of an identity pool keeps its kind: an ended session cannot be retried.
    let converted = match find_cause(error).map(Error::kind) {
        _ if is_missing(error) => no_credentials(),
        Some(kind) => Error::new(kind),
        None if may_pass(error) => Error::new(ErrorKind::Transport),
        None => Error::new(ErrorKind::Transport).permanent(),
    };
    converted.not_sent()
}

/// Returns whether the same source of credentials may succeed later without any change.
///
/// Retrying other failures is harmful: a credentials program may lock an account or prompt for a
/// code each time.
fn may_pass(error: &CredentialsError) -> bool {
    let connector = find_cause(error);
    let is_lost = |error: &ConnectorError| error.is_io() || error.is_timeout();
    matches!(error, CredentialsError::ProviderTimedOut(_))
        || is_not_connected(error)
        || connector.is_some_and(is_lost)
        || is_issuer_overloaded(error)
}

/// Returns whether the service that issues credentials, such as AWS STS, has throttled the request
/// or failed.
fn is_issuer_overloaded(error: &CredentialsError) -> bool {
    // The names of STS for an internal error; user pools have another one.
    const INTERNAL: [&str; 2] = ["InternalError", "InternalFailure"];
    // An exception of the model has a type of its own, whose text starts with its name.
    const OF_MODELS: [&str; 2] = ["IdpCommunicationErrorException", "TooManyRequestsException"];
    let code = find_cause(error).and_then(ErrorMetadata::code).unwrap_or_default();
    let kind = classify::of_exception(400, code, "");
    let last = std::iter::successors(error.source(), |cause| (*cause).source()).last();
    let text = last.map(ToString::to_string).unwrap_or_default();
    let status = status_of_endpoint(&text).map(classify::of_status);
    [Some(kind), status].into_iter().flatten().any(passes)
        || INTERNAL.contains(&code)
        || OF_MODELS.iter().any(|name| text.starts_with(name))
}

/// Returns whether a failure of a service passes without any change.
fn passes(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Throttled | ErrorKind::Transport | ErrorKind::Service)
}

/// Returns the status in the text of an error of the endpoint for containers (Amazon ECS and EKS)
/// or for machines (Amazon EC2). These endpoints name no exception, and the errors of aws-config
/// 1.13 contain the status in their text only.
fn status_of_endpoint(text: &str) -> Option<u16> {
    const CONTAINER: &str = "Non-success status from HTTP credential provider: StatusCode(";
    const MACHINE: &str = "error response from IMDS (code: ";
    let rest = [CONTAINER, MACHINE].iter().find_map(|start| text.strip_prefix(start))?;
    rest.split_once(')')?.0.parse().ok()
}

fn no_credentials() -> Error {
    const DETAIL: &str = "there are no AWS credentials to sign the request with";
    Error::new(ErrorKind::Configuration).with_detail(DETAIL)
}

/// Returns whether the causes of a failure show that no connection was made, so nothing was sent.
///
/// The SDK's own kind is not enough: `ConnectorError::io` also covers a connection that was lost.
pub(crate) fn is_not_connected(error: &(dyn StdError + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.any(|cause| {
        let client = cause.downcast_ref::<legacy::Error>();
        let own = cause.downcast_ref::<HttpError>();
        let io = cause.downcast_ref::<io::Error>();
        client.is_some_and(legacy::Error::is_connect)
            || own.is_some_and(|error| error.kind() == HttpErrorKind::NotConnected)
            || io.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    })
}

fn find_cause<'a, C: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a C> {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.find_map(|error| error.downcast_ref())
}

fn is_missing(error: &CredentialsError) -> bool {
    use CredentialsError::{CredentialsNotLoaded, InvalidConfiguration};
    matches!(error, CredentialsNotLoaded(_) | InvalidConfiguration(_))
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::operation::get_user::GetUserError;

    use super::*;

    fn dispatch_failure(error: impl StdError + Send + Sync + 'static) -> Error {
        let error = ConnectorError::other(Box::new(error), None);
        Error::from_sdk::<GetUserError>("GetUser", SdkError::dispatch_failure(error))
    }

    #[test]
    fn failures_of_the_http_client_keep_their_kind_through_the_sdk() {
        let of = |kind| dispatch_failure(HttpError::new(kind));
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        for not_connected in [of(HttpErrorKind::NotConnected), dispatch_failure(refused)] {
            assert!(not_connected.is_transient() && not_connected.was_not_sent());
        }
        let reset = dispatch_failure(io::Error::from(io::ErrorKind::ConnectionReset));
        assert!(reset.leaves_outcome_unknown());
        let lost = of(HttpErrorKind::Lost);
        assert!(lost.is_transient() && lost.leaves_outcome_unknown());
        let too_long = of(HttpErrorKind::TooLong);
        assert_eq!(too_long.kind(), ErrorKind::Service);
        assert!(!too_long.is_transient() && too_long.leaves_outcome_unknown());
        let unsendable = of(HttpErrorKind::Unsendable);
        assert_eq!(unsendable.kind(), ErrorKind::Configuration);
        assert!(!unsendable.is_transient() && !unsendable.leaves_outcome_unknown());
    }

    #[test]
    fn a_request_without_credentials_was_not_sent() {
        let not_connected = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let reset = || Box::new(io::Error::from(io::ErrorKind::ConnectionReset));
        let refused = |code| ErrorMetadata::builder().code(code).build();
        let of_container = |status| {
            format!("Non-success status from HTTP credential provider: StatusCode({status})")
        };
        let of_machine = |code| format!("error response from IMDS (code: {code}). Response {{ }}");
        let sources = [
            (CredentialsError::provider_error(refused("Throttling")), true),
            (CredentialsError::provider_error(refused("ThrottledException")), true),
            (CredentialsError::provider_error(refused("ServiceUnavailable")), true),
            (CredentialsError::provider_error(refused("InternalFailure")), true),
            (CredentialsError::provider_error("TooManyRequestsException: slow down"), true),
            (CredentialsError::provider_error(of_container(500)), true),
            (CredentialsError::provider_error(of_container(429)), true),
            (CredentialsError::provider_error(of_container(403)), false),
            (CredentialsError::provider_error(of_machine(503)), true),
            (CredentialsError::provider_error(of_machine(404)), false),
            (CredentialsError::provider_error(refused("AccessDenied")), false),
            (CredentialsError::provider_error("the program ended with code 1"), false),
            (CredentialsError::unhandled("not understood"), false),
            (CredentialsError::provider_error(not_connected()), true),
            (CredentialsError::provider_error(ConnectorError::io(reset())), true),
            (CredentialsError::provider_timed_out(Duration::from_secs(1)), true),
        ];
        for (error, may_pass) in sources {
            let error = Error::from(error);
            assert_eq!(error.kind(), ErrorKind::Transport);
            assert_eq!(error.is_transient(), may_pass, "{error:?}");
            assert!(!error.leaves_outcome_unknown());
        }
        let failed = dispatch_failure(CredentialsError::provider_error("unreachable"));
        assert!(!failed.is_transient() && failed.was_not_sent());
        let ended = || CredentialsError::provider_error(Error::new(ErrorKind::SessionEnded));
        for error in [dispatch_failure(ended()), Error::from(ended())] {
            assert_eq!(error.kind(), ErrorKind::SessionEnded);
            assert!(!error.is_transient() && error.was_not_sent());
        }
        let missing = Error::from(CredentialsError::not_loaded("none"));
        assert_eq!(missing.kind(), ErrorKind::Configuration);
        assert!(!missing.is_transient());
    }
}
