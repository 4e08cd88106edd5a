//! An HTTP client between a pool and its server that records requests and injects failures.

use std::fmt;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cognito::types::{BoxFuture, HttpError, HttpErrorKind, SendHttp};
use cognito_emulator::InProcessClient;
use http::{Request, Response};
use serde_json::json;

/// The handling of a request.
#[derive(Clone, Debug)]
pub enum Action {
    /// The request is passed on.
    Pass,
    /// The request never arrives.
    Unreachable,
    /// The request arrives, and the response is lost.
    LoseResponse,
    /// The request arrives, and the response is delayed.
    Late(Duration),
    /// The request does not arrive, and this status and body are returned.
    Respond(u16, String),
    /// The request arrives, and the response is cut off.
    Truncate,
    /// The request never completes.
    Hang,
}

impl Action {
    /// Returns a response with status 400 and an exception.
    pub fn refusal(name: &str, message: &str) -> Self {
        Self::Respond(400, json!({ "__type": name, "message": message }).to_string())
    }
}

type Rule = dyn Fn(&str) -> Action + Send + Sync;

/// An HTTP client that passes requests on to a local pool, or handles them by a rule.
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
    /// The body.
    pub body: String,
}

impl Interposer {
    /// Creates a client that passes all requests on.
    pub fn new(inner: InProcessClient) -> Self {
        let rule: Arc<Rule> = Arc::new(|_| Action::Pass);
        Self { inner, rule: Arc::new(Mutex::new(rule)), seen: Arc::default() }
    }

    /// Handles each operation by a rule from now on.
    pub fn rule(&self, rule: impl Fn(&str) -> Action + Send + Sync + 'static) {
        *self.rule.lock().unwrap() = Arc::new(rule);
    }

    /// Handles one operation in this way from now on, and passes all others on.
    pub fn on(&self, operation: &'static str, action: Action) {
        self.rule(move |seen| if seen == operation { action.clone() } else { Action::Pass });
    }

    /// Passes all requests on from now on.
    pub fn heal(&self) {
        self.rule(|_| Action::Pass);
    }

    /// Returns the requests of one operation.
    pub fn seen(&self, operation: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| seen.operation == operation).cloned().collect()
    }

    async fn handle(
        &self,
        request: Request<Bytes>,
        max_body_bytes: usize,
    ) -> Result<Response<Vec<u8>>, HttpError> {
        let operation = operation(&request);
        let body = String::from_utf8_lossy(request.body()).into_owned();
        self.seen.lock().unwrap().push(Seen { operation: operation.clone(), body });
        let rule = Arc::clone(&*self.rule.lock().unwrap());
        match rule(&operation) {
            Action::Pass => self.inner.send(request, max_body_bytes).await,
            Action::Unreachable => Err(HttpError::new(HttpErrorKind::NotConnected)),
            Action::LoseResponse => {
                drop(self.inner.send(request, max_body_bytes).await);
                Err(HttpError::new(HttpErrorKind::Lost))
            }
            Action::Late(delay) => {
                let response = self.inner.send(request, max_body_bytes).await;
                tokio::time::sleep(delay).await;
                response
            }
            Action::Respond(status, body) => Ok(response(status, body)),
            Action::Truncate => {
                drop(self.inner.send(request, max_body_bytes).await);
                Ok(response(200, r#"{"Authent"#.to_owned()))
            }
            Action::Hang => pending().await,
        }
    }
}

fn operation(request: &Request<Bytes>) -> String {
    match request.headers().get("x-amz-target") {
        Some(target) => target.to_str().unwrap().rsplit('.').next().unwrap_or_default().to_owned(),
        None => "GetKeySet".to_owned(),
    }
}

fn response(status: u16, body: String) -> Response<Vec<u8>> {
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.1")
        .body(body.into_bytes())
        .unwrap()
}

impl SendHttp for Interposer {
    fn send(
        &self,
        request: Request<Bytes>,
        max_body_bytes: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, HttpError>> {
        Box::pin(self.handle(request, max_body_bytes))
    }
}

impl fmt::Debug for Interposer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interposer")
    }
}
