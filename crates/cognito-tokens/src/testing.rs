//! Fixtures: a test clock, a fetcher that counts, signing keys, and logs.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_types::{BoxFuture, Clock};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Level};

use crate::fetch::{FetchError, FetchKeys};

/// The start time of every test, in seconds since 1970.
pub(crate) const START: u64 = 1_800_000_000;

pub(crate) const POOL: &str = "eu-west-1_Ab12Cd34E";
pub(crate) const CLIENT: &str = "1example23456789";

/// Returns the time a number of seconds after the start of the test.
#[allow(clippy::arithmetic_side_effects)] // A test that overflows fails, as it should.
pub(crate) fn at(second: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(START + second)
}

#[derive(Debug, Default)]
pub(crate) struct TestClock(AtomicU64);

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_secs(), Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        at(self.0.load(Ordering::Relaxed))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

/// A fetcher that counts and returns the configured responses, after a notification if it has a
/// gate.
#[derive(Debug, Default)]
pub(crate) struct TestFetcher {
    answers: Mutex<HashMap<String, String>>,
    statuses: Mutex<HashMap<String, u16>>,
    asked: Mutex<Vec<String>>,
    pub(crate) gate: Option<Notify>,
}

impl TestFetcher {
    pub(crate) fn gated() -> Self {
        Self { gate: Some(Notify::new()), ..Self::default() }
    }

    /// Sets the response for the URL; `None` is a failure.
    pub(crate) fn answer(&self, uri: &str, answer: Option<&str>) {
        let mut answers = self.answers.lock().unwrap();
        match answer {
            Some(answer) => answers.insert(uri.to_owned(), answer.to_owned()),
            None => answers.remove(uri),
        };
    }

    /// Sets the status for a URL without a document; 503 by default.
    pub(crate) fn refuse(&self, uri: &str, status: u16) {
        self.statuses.lock().unwrap().insert(uri.to_owned(), status);
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl FetchKeys for TestFetcher {
    fn fetch<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<String, FetchError>> {
        self.asked.lock().unwrap().push(uri.to_owned());
        Box::pin(async move {
            if let Some(gate) = &self.gate {
                gate.notified().await;
            }
            let answer = self.answers.lock().unwrap().get(uri).cloned();
            let status = self.statuses.lock().unwrap().get(uri).copied().unwrap_or(503);
            answer.ok_or_else(|| FetchError::from_status(status))
        })
    }
}

/// A fetcher that returns the response of each fetch when the fetch's own gate is opened.
#[derive(Debug)]
pub(crate) struct OutOfOrder {
    responses: Vec<Result<String, u16>>,
    pub(crate) gates: Vec<Notify>,
    pub(crate) started: AtomicUsize,
}

impl OutOfOrder {
    /// Creates the fetcher with the document or the status of each fetch.
    pub(crate) fn new(responses: impl IntoIterator<Item = Result<String, u16>>) -> Arc<Self> {
        let responses = Vec::from_iter(responses);
        let gates = responses.iter().map(|_| Notify::new()).collect();
        Arc::new(Self { responses, gates, started: AtomicUsize::new(0) })
    }

    pub(crate) fn fetcher(self: &Arc<Self>) -> Arc<dyn FetchKeys> {
        let fetcher: Arc<Self> = Arc::clone(self);
        fetcher
    }
}

impl FetchKeys for OutOfOrder {
    fn fetch<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<String, FetchError>> {
        let at = self.started.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            self.gates[at].notified().await;
            self.responses[at].clone().map_err(FetchError::from_status)
        })
    }
}

pub(crate) struct Signer(KeyPair);

/// Returns two keys that are shared by all tests.
pub(crate) fn signers() -> [&'static Signer; 2] {
    static SIGNERS: LazyLock<[Signer; 2]> =
        LazyLock::new(|| [(); 2].map(|()| Signer(KeyPair::generate(KeySize::Rsa2048).unwrap())));
    [&SIGNERS[0], &SIGNERS[1]]
}

impl Signer {
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let public = self.0.public_key();
        let modulus = public.modulus().big_endian_without_leading_zero().to_vec();
        let exponent = public.exponent().big_endian_without_leading_zero().to_vec();
        json!({
            "kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid,
            "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent),
        })
    }

    pub(crate) fn sign(&self, kid: &str, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "kid": kid }).to_string();
        let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
        let input = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header));
        let mut signature = vec![0; self.0.public_modulus_len()];
        let random = SystemRandom::new();
        self.0.sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

pub(crate) fn key_set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

/// Returns the claims of an access token of a user, with changes.
pub(crate) fn access(changes: Value) -> Value {
    changed(
        json!({
            "iss": format!("https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"),
            "sub": "a-user", "token_use": "access", "client_id": CLIENT, "username": "alice",
            "scope": "orders/read profile", "cognito:groups": ["staff", "beta"],
            "auth_time": START - 600, "iat": START - 10, "exp": START + 86_400 * 7,
            "jti": "a-token", "origin_jti": "a-sign-in", "event_id": "an-event",
        }),
        changes,
    )
}

/// Returns the claims of an ID token of a user, with changes.
pub(crate) fn id(changes: Value) -> Value {
    changed(
        json!({
            "iss": format!("https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"),
            "sub": "a-user", "token_use": "id", "aud": CLIENT, "cognito:username": "alice",
            "email": "a@b.io", "iat": START - 10, "exp": START + 3600,
        }),
        changes,
    )
}

/// Applies changes to claims; `null` removes a claim.
fn changed(mut claims: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

/// A clock and a fetcher, with conversions to the types that a verifier needs.
pub(crate) struct Tools {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) fetcher: Arc<TestFetcher>,
}

impl Tools {
    pub(crate) fn new(fetcher: TestFetcher) -> Self {
        Self { clock: Arc::default(), fetcher: Arc::new(fetcher) }
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        let clock: Arc<TestClock> = Arc::clone(&self.clock);
        clock
    }

    pub(crate) fn fetcher(&self) -> Arc<dyn FetchKeys> {
        let fetcher: Arc<TestFetcher> = Arc::clone(&self.fetcher);
        fetcher
    }
}

/// A second subscriber. With a single one, tracing-core only asks that of the current thread whether a
/// callsite is enabled, so that another test could disable it for the thread of [`Logs::record`].
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(tracing_subscriber::registry()));

/// The lines that are logged.
#[derive(Clone, Default)]
pub(crate) struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    /// Keeps the lines of this thread until the guard is dropped.
    pub(crate) fn record(&self) -> DefaultGuard {
        LazyLock::force(&SECOND);
        let logs = self.clone();
        let subscriber = tracing_subscriber::fmt().with_max_level(Level::DEBUG).without_time();
        let subscriber = subscriber.with_ansi(false).with_writer(move || logs.clone());
        tracing::subscriber::set_default(subscriber.finish())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
