//! An emulator whose clock follows tokio's paused time, and clients that take time for a request.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use cognito::admin::{SdkConfig, SdkRegion};
use cognito::types::Clock;
use cognito::{Admin, UserPools};
use cognito_emulator::{
    Emulator, InProcessClient, InjectedFault, LocalPool, PoolSettings, QuotaCategory, Quotas,
    SigningKeys,
};
use cognito_tests::fixture::admin_config;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

/// An emulator with quota counters, in tokio's paused time.
pub(crate) struct Timed {
    pub(crate) emulator: Emulator,
    pub(crate) local: LocalPool,
    start: Instant,
    time: SystemTime,
}

/// The round-trip time of a request.
const LATENCY: Duration = Duration::from_millis(120);

/// Faults of a single request, after which a job retries it or reads its effect.
pub(crate) const PASSING_FAULTS: [InjectedFault; 5] = [
    InjectedFault::Throttled,
    InjectedFault::ConnectionRefused,
    InjectedFault::InternalError,
    InjectedFault::ResponseLost,
    InjectedFault::ResponseTruncated,
];

impl Timed {
    pub(crate) fn new(quotas: Quotas) -> Self {
        Self::with(quotas, PoolSettings::default())
    }

    pub(crate) fn with(quotas: Quotas, settings: PoolSettings) -> Self {
        let builder = Emulator::builder().signing_keys(SigningKeys::ForTests).quotas(quotas);
        let emulator = builder.in_process();
        emulator.clock().freeze();
        let local = emulator.create_pool(settings).unwrap();
        let time = emulator.clock().now();
        Self { emulator, local, start: Instant::now(), time }
    }

    /// Creates users without counted requests.
    pub(crate) fn add_users(&self, count: usize) {
        for number in 0..count {
            self.add_user(number);
        }
    }

    /// Creates the user with a number and an address.
    pub(crate) fn add_user(&self, number: usize) {
        let name = format!("user{number}");
        let email = json!({ "Name": "email", "Value": format!("{name}@example.com") });
        let user = json!({
            "Username": name, "MessageAction": "SUPPRESS", "UserAttributes": [email]
        });
        self.seed("AdminCreateUser", user);
    }

    /// Runs an operation that is not throttled, because the emulator's clock is ahead of tokio's
    /// time until the next request of a client sets it.
    pub(crate) fn seed(&self, operation: &str, input: Value) {
        self.emulator.clock().advance(Duration::from_millis(250));
        self.local.call(operation, input).unwrap();
    }

    /// Sets the emulator's clock to tokio's time, like each request.
    pub(crate) fn set_clock(&self) {
        self.emulator.clock().set(self.time + self.start.elapsed());
    }

    pub(crate) fn config(&self) -> SdkConfig {
        self.config_with(Responder::new(|_, _| None))
    }

    fn config_with(&self, responder: Responder) -> SdkConfig {
        let client = TimedClient {
            client: self.emulator.http_client(),
            emulator: self.emulator.clone(),
            start: self.start,
            time: self.time,
            responder,
        };
        admin_config()
            .into_builder()
            .region(SdkRegion::new(self.local.id().region().to_owned()))
            .endpoint_url(self.emulator.endpoint())
            .http_client(client)
            .build()
    }

    pub(crate) fn admin(&self) -> Admin {
        Admin::new(&self.config(), self.local.id().clone())
    }

    /// Returns an administrator with responses in place of some of the emulator's.
    pub(crate) fn admin_with(&self, responder: Responder) -> Admin {
        Admin::new(&self.config_with(responder), self.local.id().clone())
    }

    pub(crate) fn pools(&self) -> UserPools {
        UserPools::new(&self.config())
    }

    /// Returns the requests and the throttled requests of a category.
    pub(crate) fn requests(&self, category: QuotaCategory) -> (u64, u64) {
        let usage = self.emulator.quota_usage();
        let usage = usage.iter().find(|usage| usage.category == category).unwrap();
        (usage.requests, usage.throttled)
    }
}

type Respond = dyn Fn(&str, &Value) -> Option<HttpResponse> + Send + Sync;

/// A function that can replace the emulator's response, by operation and input.
#[derive(Clone)]
pub(crate) struct Responder(Arc<Respond>);

impl Responder {
    /// Creates a responder with outputs of the operations.
    pub(crate) fn new(
        output: impl Fn(&str, &Value) -> Option<Value> + Send + Sync + 'static,
    ) -> Self {
        Self::of_responses(move |operation, input| Some(response(200, &output(operation, input)?)))
    }

    pub(crate) fn of_responses(
        respond: impl Fn(&str, &Value) -> Option<HttpResponse> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(respond))
    }

    fn respond(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let target = request.headers().get("x-amz-target")?;
        let (_, operation) = target.split_once('.')?;
        let input = serde_json::from_slice(request.body().bytes()?).ok()?;
        (self.0)(operation, &input)
    }
}

pub(crate) fn response(status: u16, body: &Value) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), body.to_string().into())
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").finish_non_exhaustive()
    }
}

/// The in-process client of an emulator, with a latency.
#[derive(Clone, Debug)]
struct TimedClient {
    client: InProcessClient,
    emulator: Emulator,
    start: Instant,
    time: SystemTime,
    responder: Responder,
}

impl HttpConnector for TimedClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let timed = self.clone();
        HttpConnectorFuture::new(async move {
            sleep(LATENCY / 2).await;
            timed.emulator.clock().set(timed.time + timed.start.elapsed());
            let response = match timed.responder.respond(&request) {
                Some(response) => Ok(response),
                None => HttpConnector::call(&timed.client, request).await,
            };
            sleep(LATENCY / 2).await;
            response
        })
    }
}

impl HttpClient for TimedClient {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
