//! An HTTP client for the AWS SDK whose requests never leave the process.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use axum::http::Request;

use crate::adapters::host::Host;
use crate::adapters::http::{self, Outgoing};
use crate::adapters::truncated_body::TruncatedBody;
use crate::operations::dispatch::Delivery;

/// An HTTP client for the AWS SDK that passes requests to the emulator without a socket.
///
/// It serves key sets and the token endpoint too.
#[derive(Clone)]
pub struct InProcessClient {
    host: Arc<Host>,
}

impl InProcessClient {
    pub(crate) fn new(host: Arc<Host>) -> Self {
        Self { host }
    }

    async fn respond(
        self,
        request: HttpRequest,
    ) -> Result<(HttpResponse, Duration), ConnectorError> {
        let request =
            request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (parts, body) = request.into_parts();
        let body = body
            .bytes()
            .ok_or_else(|| ConnectorError::user("streamed requests are not supported".into()))?;
        let request = Request::from_parts(parts, body.to_vec());
        let Outgoing { response, delivery, delay } = http::respond(&self.host, &request).await;
        let response = match delivery {
            Delivery::Whole => response.map(SdkBody::from),
            Delivery::Truncated => {
                response.map(|body| SdkBody::from_body_1_x(TruncatedBody::half_of(&body)))
            }
            Delivery::Lost => {
                return Err(ConnectorError::io("the connection ended before the response".into()));
            }
            Delivery::Refused => {
                return Err(ConnectorError::io(Error::from(ErrorKind::ConnectionRefused).into()));
            }
        };
        let response = HttpResponse::try_from(response)
            .map_err(|error| ConnectorError::other(error.into(), None))?;
        Ok((response, delay))
    }
}

impl fmt::Debug for InProcessClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcessClient").finish_non_exhaustive()
    }
}

impl HttpConnector for InProcessClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let responded = self.clone().respond(request);
        HttpConnectorFuture::new(async move {
            let (response, delay) = responded.await?;
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            Ok(response)
        })
    }
}

impl HttpClient for InProcessClient {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
