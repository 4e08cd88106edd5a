//! Key sets through the HTTP client that the pool's other requests take.

use std::convert::Infallible;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::config::{BehaviorVersion, SharedHttpClient};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::timeout::TimeoutConfig;
use cognito_tokens::{FetchError, FetchKeys, MAX_KEY_SET_BYTES};
use cognito_types::BoxFuture;
use http::Uri;
use http::uri::InvalidUri;
use http_body_util::Limited;

/// Time for the whole of a fetch.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Fetches key sets through an HTTP client of the SDK, which follows no redirects.
#[derive(Clone, Debug)]
pub(crate) struct KeyFetcher {
    client: SharedHttpClient,
}

impl KeyFetcher {
    pub(crate) fn new(client: SharedHttpClient) -> Self {
        Self { client }
    }

    async fn get(&self, uri: &str) -> Result<(u16, String), FetchError> {
        let invalid =
            |error: InvalidUri| FetchError::new("the address is not valid").with_source(error);
        let uri: Uri = uri.parse().map_err(invalid)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(FetchError::new("the address is not absolute"));
        };
        let origin = format!("{scheme}://{authority}");
        let path = uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        let operation = Operation::builder()
            .service_name("cognito")
            .operation_name("GetKeySet")
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(self.client.clone())
            .endpoint_url(&origin)
            .no_auth()
            .no_retry()
            .sleep_impl(TokioSleep::new())
            .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
            .interceptor(LimitBody)
            .serializer(move |()| request(&path))
            .deserializer::<_, Infallible>(|response| Ok(read(response)))
            .build();
        operation.invoke(()).await.map_err(|error| failed(&error))
    }
}

impl FetchKeys for KeyFetcher {
    fn fetch<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<String, FetchError>> {
        Box::pin(async move {
            match self.get(uri).await? {
                (200, body) => Ok(body),
                (status, _) => Err(FetchError::from_status(status)),
            }
        })
    }
}

fn request(path: &str) -> Result<HttpRequest, BoxError> {
    let request = http::Request::get(path).body(SdkBody::empty())?;
    Ok(HttpRequest::try_from(request)?)
}

fn read(response: &HttpResponse) -> (u16, String) {
    let body = response.body().bytes().unwrap_or_default();
    (response.status().as_u16(), String::from_utf8_lossy(body).into_owned())
}

fn failed(error: &SdkError<Infallible, HttpResponse>) -> FetchError {
    FetchError::new(match error {
        SdkError::TimeoutError(_) => "timed out",
        SdkError::ResponseError(_) => "the answer is longer than a key set",
        _ => "the connection failed",
    })
}

/// Reads no more of an answer than a key set can have.
#[derive(Debug)]
struct LimitBody;

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
        *context.response_mut().body_mut() =
            SdkBody::from_body_1_x(Limited::new(body, MAX_KEY_SET_BYTES));
        Ok(())
    }
}
