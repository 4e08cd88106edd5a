//! Adapters between HTTP clients of the AWS SDK and of this crate.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::config::{BehaviorVersion, HttpClient, SharedHttpClient};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::shared::IntoShared;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::timeout::TimeoutConfig;
use bytes::Bytes;
use cognito_types::{BoxFuture, HttpError, HttpErrorKind, SendHttp};
use http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};

use super::sdk_client::UnloggedResponses;
use crate::error::is_not_connected;
use crate::transport::{DEFAULT_CONNECT_TIMEOUT, MAX_RESPONSE_BYTES};

/// An HTTP client of the AWS SDK, for [`UserPoolBuilder::http_client`](crate::UserPoolBuilder::http_client).
///
/// ```
/// # mod cognito { pub use cognito_core::UserPool; pub use cognito_core as admin; }
/// use cognito::UserPool;
/// use cognito::admin::SdkHttpClient;
///
/// # fn client() -> cognito_core::sdk::config::SharedHttpClient {
/// #     use cognito_core::sdk::config::IntoShared;
/// #     cognito_emulator::Emulator::builder().in_process().http_client().into_shared()
/// # }
/// let pool = UserPool::builder("eu-west-1_Ab12Cd34E".parse()?, "1example23456789");
/// let pool = pool.http_client(SdkHttpClient::new(client())).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SdkHttpClient {
    client: SharedHttpClient,
    timeouts: TimeoutConfig,
}

impl SdkHttpClient {
    /// Creates a client that sends requests with a client of the SDK.
    pub fn new(client: impl HttpClient + 'static) -> Self {
        Self::with_timeouts(client.into_shared(), Some(DEFAULT_CONNECT_TIMEOUT), None)
    }

    /// Sets the time limits for connecting and for the first byte of a response.
    pub(crate) fn with_timeouts(
        client: SharedHttpClient,
        connect: Option<Duration>,
        read: Option<Duration>,
    ) -> Self {
        let mut timeouts = TimeoutConfig::builder();
        timeouts.set_connect_timeout(connect).set_read_timeout(read);
        Self { client, timeouts: timeouts.build() }
    }

    async fn request(
        &self,
        request: Request<Bytes>,
        max_body_bytes: usize,
    ) -> Result<Response<Vec<u8>>, HttpError> {
        let unsendable = || HttpError::new(HttpErrorKind::Unsendable);
        let uri = request.uri();
        let scheme = uri.scheme_str().ok_or_else(unsendable)?;
        let authority = uri.authority().ok_or_else(unsendable)?;
        let operation = Operation::builder()
            .service_name("cognito")
            .operation_name("SendHttp")
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(WholeBodies(self.client.clone()))
            .endpoint_url(&format!("{scheme}://{authority}"))
            .no_auth()
            .no_retry()
            .sleep_impl(TokioSleep::new())
            .timeout_config(self.timeouts.clone())
            .interceptor(UnloggedResponses)
            .interceptor(LimitBody(max_body_bytes))
            .serializer(serialize)
            .deserializer::<_, Infallible>(|response| Ok(deserialize(response)))
            .build();
        operation.invoke(request).await.map(|received| received.0).map_err(failed)
    }
}

impl SendHttp for SdkHttpClient {
    fn send(
        &self,
        request: Request<Bytes>,
        max_body_bytes: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, HttpError>> {
        Box::pin(self.request(request, max_body_bytes))
    }
}

/// Converts a request to the SDK's type, which appends the path to its endpoint.
fn serialize(request: Request<Bytes>) -> Result<HttpRequest, BoxError> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = path.parse()?;
    Ok(HttpRequest::try_from(Request::from_parts(parts, unprinted(body)))?)
}

/// A response whose body the SDK does not log. Even with [`UnloggedResponses`] it logs the output
/// of an operation with `Debug`.
struct Received(Response<Vec<u8>>);

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Received").field(&self.0.status()).finish()
    }
}

fn deserialize(response: &HttpResponse) -> Received {
    let body = response.body().bytes().unwrap_or_default().to_vec();
    let mut read = Response::new(body);
    *read.status_mut() = http::StatusCode::from_u16(response.status().as_u16()).unwrap_or_default();
    for (name, value) in response.headers() {
        if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), value.parse()) {
            read.headers_mut().append(name, value);
        }
    }
    Received(read)
}

fn failed(error: SdkError<Infallible, HttpResponse>) -> HttpError {
    let kind = match &error {
        SdkError::ResponseError(_) if is_too_long(&error) => HttpErrorKind::TooLong,
        SdkError::ConstructionFailure(_) => HttpErrorKind::Unsendable,
        SdkError::DispatchFailure(_) if is_not_connected(&error) => HttpErrorKind::NotConnected,
        _ => HttpErrorKind::Lost,
    };
    let http_error = HttpError::new(kind);
    match error.into_source() {
        // Other causes may quote the request or the response.
        Ok(source) if matches!(kind, HttpErrorKind::Lost | HttpErrorKind::NotConnected) => {
            http_error.with_source(source)
        }
        _ => http_error,
    }
}

fn is_too_long(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.any(|error| error.is::<LengthLimitError>())
}

/// Limits the size of a response to what the caller allows.
#[derive(Debug)]
struct LimitBody(usize);

#[dyn_dispatch_hint]
impl Intercept for LimitBody {
    fn name(&self) -> &'static str {
        "LimitBody"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().take_body();
        *context.response_mut().body_mut() = SdkBody::from_body_1_x(Limited::new(body, self.0));
        Ok(())
    }
}

/// Passes bodies of requests to a client in memory, and bodies of responses to the SDK as streams.
///
/// The SDK logs bodies in memory; test clients support no others.
#[derive(Debug)]
struct WholeBodies<C>(C);

impl HttpClient for WholeBodies<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(WholeBodies(self.0.http_connector(settings, components)))
    }
}

impl HttpConnector for WholeBodies<SharedHttpConnector> {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.0.clone();
        HttpConnectorFuture::new(async move {
            let body = request.take_body().collect().await.map_err(ConnectorError::user)?;
            *request.body_mut() = SdkBody::from(body.to_bytes());
            connector.call(request).await.map(|response| response.map(SdkBody::from_body_1_x))
        })
    }
}

/// An HTTP client of this crate, for the AWS SDK.
#[derive(Clone, Debug)]
pub(crate) struct ForSdk(pub(crate) Arc<dyn SendHttp>);

impl HttpConnector for ForSdk {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let http = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x();
            let (parts, body) =
                request.map_err(|error| ConnectorError::user(error.into()))?.into_parts();
            let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
            let request = Request::from_parts(parts, body);
            let response = http.send(request, MAX_RESPONSE_BYTES).await.map_err(connector_error)?;
            HttpResponse::try_from(response.map(|body| unprinted(body.into())))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

impl HttpClient for ForSdk {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// Returns a body that the SDK cannot print when it logs requests and responses.
fn unprinted(body: Bytes) -> SdkBody {
    SdkBody::from_body_1_x(Full::new(body))
}

fn connector_error(error: HttpError) -> ConnectorError {
    match error.kind() {
        HttpErrorKind::Unsendable => ConnectorError::user(error.into()),
        _ => ConnectorError::io(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use aws_smithy_http_client::Builder;
    use aws_smithy_http_client::tls::Provider;
    use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    /// Sends a request through the SDK's own client, and returns the kind of its failure.
    async fn send(address: SocketAddr) -> HttpErrorKind {
        let provider = Provider::Rustls(CryptoMode::AwsLc);
        let client = SdkHttpClient::new(Builder::new().tls_provider(provider).build_https());
        let request = Request::post(format!("http://{address}/")).body(Bytes::new()).unwrap();
        client.send(request, 1024).await.unwrap_err().kind()
    }

    #[tokio::test]
    async fn a_refused_connection_differs_from_a_lost_one() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let close = async { drop(listener.accept().await) };
        let (lost, ()) = tokio::join!(send(listener.local_addr().unwrap()), close);
        assert_eq!(lost, HttpErrorKind::Lost);

        // Bound but not listening, so that no other process gets the port.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let refused = send(socket.local_addr().unwrap()).await;
        assert_eq!(refused, HttpErrorKind::NotConnected);
    }
}
