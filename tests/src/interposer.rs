//! An HTTP client between a pool and its server that counts, and fails on demand.

use std::fmt;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use cognito_emulator::InProcessClient;
use http::Response;
use serde_json::json;

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum Action {
    /// It is answered.
    Pass,
    /// It never arrives.
    Unreachable,
    /// It arrives, and the answer is lost.
    LoseAnswer,
    /// It does not arrive; this status and body come back.
    Answer(u16, String),
    /// It arrives, and the answer is cut off.
    Truncate,
    /// Nothing ever happens.
    Hang,
}

impl Action {
    /// A response with status 400 and this exception.
    pub fn refusal(name: &str, message: &str) -> Self {
        Self::Answer(400, json!({ "__type": name, "message": message }).to_string())
    }
}

type Rule = dyn Fn(&str) -> Action + Send + Sync;

/// Passes requests on to an embedded pool, or does not.
#[derive(Clone)]
pub struct Interposer {
    inner: InProcessClient,
    rule: Arc<Mutex<Arc<Rule>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request that was made.
#[derive(Clone)]
pub struct Seen {
    /// The operation's name, or `GetKeySet`.
    pub operation: String,
    /// Its body.
    pub body: String,
}

impl Interposer {
    /// Passes everything on.
    pub fn new(inner: InProcessClient) -> Self {
        let rule: Arc<Rule> = Arc::new(|_| Action::Pass);
        Self { inner, rule: Arc::new(Mutex::new(rule)), seen: Arc::default() }
    }

    /// From now on, does with each operation what the rule says.
    pub fn rule(&self, rule: impl Fn(&str) -> Action + Send + Sync + 'static) {
        *self.rule.lock().unwrap() = Arc::new(rule);
    }

    /// From now on, does this with one operation and passes all others on.
    pub fn on(&self, operation: &'static str, action: Action) {
        self.rule(move |seen| if seen == operation { action.clone() } else { Action::Pass });
    }

    /// From now on, passes everything on.
    pub fn heal(&self) {
        self.rule(|_| Action::Pass);
    }

    /// The requests of one operation.
    pub fn seen(&self, operation: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| seen.operation == operation).cloned().collect()
    }

    fn answer(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation(&request);
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        let seen = Seen { operation: operation.clone(), body: body.into_owned() };
        self.seen.lock().unwrap().push(seen);
        let rule = Arc::clone(&*self.rule.lock().unwrap());
        match rule(&operation) {
            Action::Pass => self.inner.call(request),
            Action::Unreachable => HttpConnectorFuture::ready(Err(lost())),
            Action::LoseAnswer => replaced(self.inner.call(request), Err(lost())),
            Action::Answer(status, body) => HttpConnectorFuture::ready(Ok(response(status, body))),
            Action::Truncate => {
                let cut = response(200, r#"{"Authent"#.to_owned());
                replaced(self.inner.call(request), Ok(cut))
            }
            Action::Hang => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}

fn operation(request: &HttpRequest) -> String {
    match request.headers().get("x-amz-target") {
        Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
        None => "GetKeySet".to_owned(),
    }
}

/// Has the request executed and its response replaced.
fn replaced(
    call: HttpConnectorFuture,
    response: Result<HttpResponse, ConnectorError>,
) -> HttpConnectorFuture {
    HttpConnectorFuture::new(async {
        drop(call.await);
        response
    })
}

fn lost() -> ConnectorError {
    ConnectorError::io("the connection was lost".into())
}

fn response(status: u16, body: String) -> HttpResponse {
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.1")
        .body(SdkBody::from(body))
        .unwrap();
    HttpResponse::try_from(response).unwrap()
}

impl HttpConnector for Interposer {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.answer(request)
    }
}

impl HttpClient for Interposer {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl fmt::Debug for Interposer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interposer")
    }
}
