//! Requests of administrators, and what their errors mean there.

use std::error::Error as StdError;

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tracing::Dispatch;
use tracing::instrument::{WithDispatch, WithSubscriber};

use crate::carrier;
use crate::error::Error;

/// Awaits a request of the SDK.
pub(crate) async fn sent<O, E>(
    operation: &'static str,
    request: impl Future<Output = Result<O, SdkError<E, HttpResponse>>> + Send,
) -> Result<O, Error>
where
    O: RequestId,
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    carrier::sent(operation, request).await.map_err(Error::of_administrator)
}

/// A request whose answer holds secrets that the SDK does not know as such, and would log.
pub(super) fn unlogged<F: Future>(request: F) -> WithDispatch<F> {
    request.with_subscriber(Dispatch::none())
}
