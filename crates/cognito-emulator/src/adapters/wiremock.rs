//! The pool behind a mock server of wiremock.

use std::fmt;
use std::sync::Arc;

use axum::http;
use wiremock::{Request, Respond, ResponseTemplate};

use crate::adapters::http::{Answer, answer};
use crate::flows::service::Service;
use crate::operations::reply::Delivery;

/// Answers the requests to a mock server, beside whatever else the server mocks.
///
/// Give the emulator the server's address as its own, so that tokens name it as their issuer.
/// A mock server cannot end a connection: faults that do so ([`AnswerLost`] and its neighbours)
/// are answered with 502, as by a gateway that lost the connection.
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
/// [`AnswerLost`]: crate::Fault::AnswerLost
#[derive(Clone)]
pub struct Responder {
    service: Arc<Service>,
}

impl Responder {
    pub(crate) fn new(service: Arc<Service>) -> Self {
        Self { service }
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").finish_non_exhaustive()
    }
}

impl Respond for Responder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut asked = http::Request::new(request.body.clone());
        *asked.method_mut() = request.method.clone();
        *asked.headers_mut() = request.headers.clone();
        match request.url.as_str().parse() {
            Ok(uri) => *asked.uri_mut() = uri,
            Err(_) => return ResponseTemplate::new(400),
        }
        let Answer { response, delivery, delay } =
            pollster::block_on(answer(&self.service, &asked));
        if delivery != Delivery::Whole {
            return ResponseTemplate::new(502);
        }
        let (parts, body) = response.into_parts();
        let mut template = ResponseTemplate::new(parts.status.as_u16()).set_delay(delay);
        template = template.set_body_bytes(body);
        for (name, value) in &parts.headers {
            template = template.insert_header(name, value);
        }
        template
    }
}
