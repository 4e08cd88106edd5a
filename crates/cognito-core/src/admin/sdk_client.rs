//! Requests of administrators with the AWS SDK, whose own retries are disabled.

use std::cell::Cell;
use std::error::Error as StdError;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::RequestId;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, SensitiveOutput};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use cognito_tokens::PlainHttpHosts;
use tracing::field::display;
use tracing::instrument::{WithDispatch, WithSubscriber};
use tracing::{Dispatch, Span};

use super::sdk_config::{SignedEndpoint, interceptors};
use crate::error::{Error, ErrorKind};
use crate::transport::{Gate, Limits, Operation, Transport};

/// A client of the SDK, the transport for operations that it lacks, and the limits and retries of
/// requests.
#[derive(Clone, Debug)]
pub(crate) struct SdkClient {
    pub(crate) client: Client,
    pub(crate) limits: Limits,
    /// Sends signed requests of operations that the SDK lacks.
    pub(crate) transport: Transport,
    pub(crate) endpoint: SignedEndpoint,
}

impl SdkClient {
    /// Returns the client with other hosts that plain HTTP is allowed to.
    pub(super) fn with_plain_http(&self, plain_http: PlainHttpHosts) -> Self {
        let mut builder = self.client.config().to_builder();
        builder.set_interceptors(interceptors(plain_http.clone()));
        let mut client = self.clone();
        client.client = Client::from_conf(builder.build());
        client.endpoint.plain_http = plain_http;
        client.transport.uri = client.endpoint.uri();
        client
    }

    /// Returns the client with another time limit for a request with its retries.
    pub(super) fn within(&self, timeout: Option<Duration>) -> Self {
        Self {
            limits: self.limits.clone().within(timeout),
            transport: self.transport.within(timeout),
            ..self.clone()
        }
    }

    /// Returns the client with permits for its requests.
    pub(super) fn with_gate(&self, gate: Gate) -> Self {
        let mut client = self.clone();
        client.limits.gate = Some(gate.clone());
        client.transport.limits.gate = Some(gate);
        client
    }

    /// Returns the client with changed permits, if it has any.
    pub(super) fn gated(&self, change: impl FnOnce(Gate) -> Gate) -> Self {
        match self.limits.gate.clone() {
            Some(gate) => self.with_gate(change(gate)),
            None => self.clone(),
        }
    }
}

/// Sends a request, with retries.
pub(super) async fn sent<O, E, F>(
    limits: Limits,
    operation: Operation,
    request: impl Fn() -> F + Send + Sync,
) -> Result<O, Error>
where
    O: RequestId + Send,
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    F: Future<Output = Result<O, SdkError<E, HttpResponse>>> + Send,
{
    let signer = limits.signer.clone();
    let attempt = |span| {
        // Box the SDK's futures: they are large, and each layer above would contain a copy.
        let (signer, request) = (signer.clone(), Box::pin(request()));
        async move {
            // Otherwise the timeout of the attempt, which is retried, would include the time to load
            // the credentials.
            if let Some(signer) = signer {
                signer.load().await?;
            }
            attempt(operation, span, request).await
        }
    };
    limits.run(operation, attempt).await.map_err(Error::of_administrator)
}

async fn attempt<O, E>(
    operation: Operation,
    span: Span,
    request: impl Future<Output = Result<O, SdkError<E, HttpResponse>>> + Send,
) -> Result<O, Error>
where
    O: RequestId,
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let noting = async { (request.await, IS_EMPTY.with(Cell::get)) };
    let (outcome, is_empty) = IS_EMPTY.scope(Cell::default(), noting).await;
    if let Some(id) = outcome.as_ref().map_or_else(RequestId::request_id, RequestId::request_id) {
        span.record("request_id", display(id));
    }
    let output = outcome.map_err(|error| Error::from_sdk(operation.name(), error))?;
    if is_empty && !operation.may_respond_with_nothing() {
        return Err(Error::new(ErrorKind::Service).with_detail("the response is empty"));
    }
    Ok(output)
}

/// Runs a request whose response contains secrets that the SDK would log.
pub(super) fn unlogged<F: Future>(request: F) -> WithDispatch<F> {
    request.with_subscriber(Dispatch::none())
}

tokio::task_local! {
    /// True if the response to the current request has no body.
    static IS_EMPTY: Cell<bool>;
}

/// Records empty responses, which the SDK treats as `{}`; every client of the SDK has it.
#[derive(Debug)]
pub(super) struct NoteEmptyResponses;

#[dyn_dispatch_hint]
impl Intercept for NoteEmptyResponses {
    fn name(&self) -> &'static str {
        "NoteEmptyResponses"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_empty = context.response().body().bytes().is_some_and(<[u8]>::is_empty);
        // Requests that the application sends with the SDK client itself are not recorded.
        let _ = IS_EMPTY.try_with(|noted| noted.set(is_empty));
        Ok(())
    }
}

/// Makes the SDK treat every response as sensitive; every client of the SDK has it.
///
/// Otherwise the SDK logs bodies that its model does not mark as sensitive, such as descriptions of
/// identity providers with their secrets.
#[derive(Debug)]
pub(super) struct UnloggedResponses;

#[dyn_dispatch_hint]
impl Intercept for UnloggedResponses {
    fn name(&self) -> &'static str {
        "UnloggedResponses"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(SensitiveOutput);
        Ok(())
    }
}
