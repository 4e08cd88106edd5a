//! From the SDK's errors to this crate's.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::{Cause, Error, ErrorKind, Fault, classify, typed};

impl Error {
    /// Converts an error of the SDK, keeping nothing of it that could hold a secret.
    pub(crate) fn from_sdk<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let request_id = error.request_id().map(str::to_owned);
        let retry_after = retry_after(&error);
        let exception = error.code().map(str::to_owned);
        let converted = convert(error);
        let message = converted.service_message().unwrap_or_default();
        let is_typed = exception.is_some()
            && converted.kind() == ErrorKind::InvalidParameter
            && typed::refuses_typed_value(operation, message);
        converted.changed(|inner| {
            inner.operation = Some(operation);
            inner.request_id = request_id;
            inner.exception = exception;
            inner.retry_after = retry_after;
            if is_typed {
                inner.fault = Fault::User;
            }
        })
    }
}

/// Reads the header Retry-After in seconds; dates, which it may hold too, are ignored.
fn retry_after<E>(error: &SdkError<E, HttpResponse>) -> Option<Duration> {
    let header = error.raw_response()?.headers().get("retry-after")?;
    header.trim().parse().ok().map(Duration::from_secs)
}

/// Converts an error to its kind with the reason.
fn convert<E>(error: SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    match (&error, error.raw_response()) {
        (SdkError::ServiceError(_) | SdkError::ResponseError(_), Some(response)) => {
            answered(response, error.code(), error.message())
        }
        (SdkError::DispatchFailure(_), _) => not_sent(error),
        (SdkError::TimeoutError(_), _) => Error::new(ErrorKind::Transport).with_detail("timed out"),
        // Other causes may quote the request, which holds passwords and tokens.
        (SdkError::ConstructionFailure(_), _) => {
            Cause::find(&error).unwrap_or_else(|| Cause::new("the request cannot be built")).into()
        }
        _ => Error::new(ErrorKind::Service).with_detail("the response cannot be understood"),
    }
}

fn answered(response: &HttpResponse, exception: Option<&str>, message: Option<&str>) -> Error {
    let status = response.status().as_u16();
    if let Some(exception) = exception {
        let message = message.unwrap_or_default();
        let error = Error::new(classify::of_exception(status, exception, message));
        return error.changed(|inner| inner.service_message = Some(message.to_owned()));
    }
    // Servers of AWS send this header, firewalls and proxies do not: the response was damaged.
    let is_damaged = response.headers().contains_key("x-amzn-requestid") && status != 429;
    if status < 300 || is_damaged {
        return Error::new(ErrorKind::Service).with_detail("the response cannot be understood");
    }
    // A firewall, a proxy or a portal on the way has responded, and no user pool.
    let detail = format!("the response has status {status} and no exception of the service");
    Error::new(classify::of_status(status)).with_detail(detail)
}

fn not_sent<E>(error: SdkError<E, HttpResponse>) -> Error
where
    E: StdError + Send + Sync + 'static,
{
    let converted = if lacks_credentials(&error) {
        const DETAIL: &str = "there are no AWS credentials to sign the request with";
        Error::new(ErrorKind::Configuration).with_detail(DETAIL)
    } else {
        Error::new(ErrorKind::Transport)
    };
    let source = error.into_source().ok().map(Arc::from);
    converted.changed(|inner| inner.source = source)
}

/// Returns whether a request was not sent because there is nothing to sign it with.
fn lacks_credentials(error: &(dyn StdError + 'static)) -> bool {
    use CredentialsError::{CredentialsNotLoaded, InvalidConfiguration};
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.any(|error| {
        let credentials = error.downcast_ref();
        matches!(credentials, Some(CredentialsNotLoaded(_) | InvalidConfiguration(_)))
    })
}
