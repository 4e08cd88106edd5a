//! Responses for a mock server of wiremock.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http;
use wiremock::{Request, Respond, ResponseTemplate};

use crate::adapters::host::Host;
use crate::adapters::http::{Outgoing, respond};
use crate::flows::workers::block_on;
use crate::operations::dispatch::Delivery;

/// A responder for a wiremock server, which can have other mocks too.
///
/// Set the server's address as the endpoint of the emulator, so that it is the issuer of tokens. A
/// mock server cannot close a connection: faults that do so (such as [`ResponseLost`]) become
/// responses with status 502, like those of a gateway.
///
/// A mock server handles one request at a time. A trigger that calls the emulator through the same
/// server would wait forever, so that a trigger fails after a [limit](Self::trigger_limit); it may
/// use [`Emulator::call`](crate::Emulator::call) or another server.
///
/// ```
/// use cognito_emulator::{Emulator, PoolSettings};
/// use wiremock::matchers::any;
/// use wiremock::{Mock, MockServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = MockServer::start().await;
/// let emulator = Emulator::builder().endpoint(server.uri()).in_process();
/// let local = emulator.create_pool(PoolSettings::default())?;
/// Mock::given(any()).respond_with(emulator.responder()).mount(&server).await;
/// assert_eq!(local.endpoint(), server.uri());
/// # Ok(())
/// # }
/// ```
///
/// [`ResponseLost`]: crate::InjectedFault::ResponseLost
#[derive(Clone)]
pub struct Responder {
    host: Arc<Host>,
    trigger_limit: Duration,
}

/// Shorter than the timeout of functions, so that the error names the mock server.
const TRIGGER_LIMIT: Duration = Duration::from_secs(4);

impl Responder {
    pub(crate) fn new(host: Arc<Host>) -> Self {
        Self { host, trigger_limit: TRIGGER_LIMIT }
    }

    /// Sets the time after which a trigger fails; 4 seconds by default.
    #[must_use]
    pub fn trigger_limit(self, trigger_limit: Duration) -> Self {
        Self { trigger_limit, ..self }
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").finish_non_exhaustive()
    }
}

impl Respond for Responder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut converted = http::Request::new(request.body.clone());
        *converted.method_mut() = request.method.clone();
        *converted.headers_mut() = request.headers.clone();
        match request.url.as_str().parse() {
            Ok(uri) => *converted.uri_mut() = uri,
            Err(_) => return ResponseTemplate::new(400),
        }
        let Outgoing { response, delivery, delay } =
            block_on(respond(&self.host, converted, Some(self.trigger_limit)));
        if delivery != Delivery::Whole {
            return ResponseTemplate::new(502);
        }
        let (parts, body) = response.into_parts();
        let mut template = ResponseTemplate::new(parts.status.as_u16()).set_delay(delay);
        template = template.set_body_bytes(body);
        for (name, value) in &parts.headers {
            // A response may set several cookies.
            template = template.append_header(name, value);
        }
        template
    }
}
