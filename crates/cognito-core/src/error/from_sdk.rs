//! Errors of the AWS SDK, which administrators' requests are sent with.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::{Cause, Error, ErrorKind, Refusal};

impl Error {
    /// Converts an error of the SDK, keeping nothing of it that could hold a secret.
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

    /// Converts a failure to load AWS credentials.
    pub(crate) fn from_credentials(error: CredentialsError) -> Self {
        if is_missing(&error) { no_credentials() } else { Self::new(ErrorKind::Transport) }
            .with_source(error)
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
        // In seconds; dates, which it may hold too, are ignored.
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
        SdkError::DispatchFailure(_) => not_sent(error),
        SdkError::TimeoutError(_) => Error::new(ErrorKind::Transport).with_detail("timed out"),
        // Other causes may quote the request, which holds passwords and tokens.
        SdkError::ConstructionFailure(_) => {
            Cause::find(&error).unwrap_or_else(|| Cause::new("the request cannot be built")).into()
        }
        _ => Error::new(ErrorKind::Service).with_detail("the response cannot be understood"),
    }
}

fn not_sent<E>(error: SdkError<E, HttpResponse>) -> Error
where
    E: StdError + Send + Sync + 'static,
{
    let converted =
        if lacks_credentials(&error) { no_credentials() } else { Error::new(ErrorKind::Transport) };
    let source = error.into_source().ok().map(Arc::from);
    converted.changed(|inner| inner.source = source)
}

fn no_credentials() -> Error {
    const DETAIL: &str = "there are no AWS credentials to sign the request with";
    Error::new(ErrorKind::Configuration).with_detail(DETAIL)
}

/// Returns whether a request was not sent because there is nothing to sign it with.
fn lacks_credentials(error: &(dyn StdError + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.any(|error| error.downcast_ref().is_some_and(is_missing))
}

fn is_missing(error: &CredentialsError) -> bool {
    use CredentialsError::{CredentialsNotLoaded, InvalidConfiguration};
    matches!(error, CredentialsNotLoaded(_) | InvalidConfiguration(_))
}
