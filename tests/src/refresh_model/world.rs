//! The simulated environment of the programs: the time, the store and the network, with the effects
//! of a schedule, and the rules.

use std::collections::BTreeSet;
use std::fmt;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cognito::session::{Revision, SessionKey, StoreError, StoredSession, Swap};
use cognito::types::{BoxFuture, Clock, HttpError, HttpErrorKind, SendHttp};
use cognito::{MemoryStore, TokenStore};
use http::{Request, Response};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::schedule::Schedule;
use super::service::{Service, Tokens, refusal};
use super::{Defect, System};

/// The state that programs share. Clones share it.
#[derive(Clone)]
pub(super) struct World {
    pub(super) system: System,
    pub(super) tokens: Tokens,
    start: Instant,
    store: Arc<MemoryStore>,
    state: Arc<Mutex<State>>,
}

pub(super) struct State {
    pub(super) schedule: Schedule,
    pub(super) service: Service,
    pub(super) kills: usize,
    pub(super) lost_responses: usize,
    /// The number of failures, without delays.
    pub(super) faults: usize,
    /// The first violated rule.
    pub(super) broken: Option<String>,
    pub(super) history: Vec<String>,
    /// True if no more faults are selected.
    pub(super) is_calm: bool,
    stored: BTreeSet<String>,
    record: Option<Value>,
}

/// The outcome of a request or a store operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Done,
    LateEffect,
    LateReport,
    /// The result arrives after every timeout.
    TooLate,
    Fails,
    /// The operation takes effect, and a failure is reported.
    FailsAfterEffect,
    Throttled,
    KilledBefore,
    KilledAfter,
}

const LOAD: &[(Event, &str)] = &[
    (Event::Done, ""),
    (Event::LateReport, "late load"),
    (Event::Fails, "failed load"),
    (Event::KilledBefore, "kill before a load"),
];

const SWAP: &[(Event, &str)] = &[
    (Event::Done, ""),
    (Event::LateEffect, "late swap"),
    (Event::LateReport, "late report of a swap"),
    (Event::Fails, "failed swap"),
    (Event::FailsAfterEffect, "swap with a lost report"),
    (Event::KilledBefore, "kill before a swap"),
    (Event::KilledAfter, "kill after a swap"),
];

const REQUEST: &[(Event, &str)] = &[
    (Event::Done, ""),
    (Event::LateEffect, "late request"),
    (Event::LateReport, "late response"),
    (Event::TooLate, "response after the timeout"),
    (Event::Fails, "unreachable service"),
    (Event::FailsAfterEffect, "lost response"),
    (Event::Throttled, "throttling"),
    (Event::KilledBefore, "kill before a request"),
    (Event::KilledAfter, "kill after a request"),
];

/// The latency of a request in each direction, and of a store operation.
const LATENCY: Duration = Duration::from_millis(10);

/// A delay that is not a fault: shorter than every timeout, and longer than the other program
/// needs.
const DELAY: Duration = Duration::from_secs(2);

/// Longer than the timeout of an attempt.
const TOO_LATE: Duration = Duration::from_secs(12);

impl World {
    pub(super) fn new(system: System, tokens: Tokens, schedule: Schedule) -> Self {
        let state = State {
            schedule,
            service: Service::new(system.grace),
            kills: 0,
            lost_responses: 0,
            faults: 0,
            broken: None,
            history: Vec::new(),
            is_calm: false,
            stored: BTreeSet::new(),
            record: None,
        };
        let (store, state) = (Arc::default(), Arc::new(Mutex::new(state)));
        Self { system, tokens, start: Instant::now(), store, state }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Records an action of a program.
    pub(super) fn note(&self, text: String) {
        let at = self.elapsed().as_millis();
        self.state().history.push(format!("{at:>8} ms  {text}"));
    }

    /// Checks a rule.
    pub(super) fn check(&self, holds: bool, rule: &str) {
        let mut state = self.state();
        if !holds && state.broken.is_none() {
            state.broken = Some(rule.to_owned());
        }
    }

    /// Returns whether an access token was stored at any time so far.
    pub(super) fn was_stored(&self, token: &str) -> bool {
        self.state().stored.contains(token)
    }

    /// Returns whether the service accepts the refresh token of the record.
    pub(super) fn honours_record(&self) -> bool {
        self.honours_record_for(Duration::ZERO)
    }

    /// Returns whether the service will still accept it after a time.
    pub(super) fn honours_record_for(&self, time: Duration) -> bool {
        let (state, then) = (self.state(), self.elapsed() + time);
        let token = state.record.as_ref().and_then(|record| record["refresh_token"].as_str());
        token.is_some_and(|token| state.service.honours(token, then))
    }

    /// Selects one of the options; the first one after faults have ended.
    pub(super) fn choose<T: Copy>(&self, options: &[(T, &'static str)]) -> T {
        let mut state = self.state();
        if state.is_calm { options[0].0 } else { state.schedule.choose(options) }
    }

    /// Applies a change to the store, and checks the rules.
    async fn swap(
        &self,
        key: &SessionKey,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> Result<Swap, StoreError> {
        let deletes_honoured = new.is_none() && self.honours_record();
        let record = new.as_ref().map(|new| serde_json::from_slice(new.expose_secret()).unwrap());
        let swap = self.store.swap(key, expected, new).await?;
        if matches!(swap, Swap::Done(_)) {
            self.check(!deletes_honoured, "a session was deleted that the service honours");
            let mut state = self.state();
            let access = record.as_ref().and_then(|record: &Value| record["access_token"].as_str());
            state.stored.extend(access.map(str::to_owned));
            state.record = record;
        }
        Ok(swap)
    }
}

/// A running program, which can be killed.
#[derive(Clone)]
pub(super) struct Incarnation {
    pub(super) name: String,
    pub(super) world: World,
    killed: Arc<Mutex<bool>>,
    pub(super) kill: Arc<Notify>,
}

impl Incarnation {
    pub(super) fn new(world: &World, name: String) -> Self {
        Self { name, world: world.clone(), killed: Arc::default(), kill: Arc::default() }
    }

    /// Selects the outcome; never returns in a killed program.
    async fn event(&self, what: &str, options: &'static [(Event, &'static str)]) -> Event {
        self.unless_killed().await;
        let event = self.world.choose(options);
        self.world.note(format!("{}: {what}: {event:?}", self.name));
        {
            let mut state = self.world.state();
            let is_delay = matches!(event, Event::LateEffect | Event::LateReport);
            state.faults += usize::from(event != Event::Done && !is_delay);
            let is_lost = matches!(event, Event::FailsAfterEffect | Event::TooLate);
            state.lost_responses += usize::from(is_lost);
        }
        if event == Event::KilledBefore {
            self.die().await;
        }
        sleep(if event == Event::LateEffect { DELAY } else { LATENCY }).await;
        self.unless_killed().await;
        event
    }

    /// Returns the result after an event; `None` is a failure.
    async fn report<T>(&self, event: Event, outcome: T) -> Option<T> {
        if event == Event::KilledAfter {
            self.die().await;
        }
        sleep(match event {
            Event::LateReport => DELAY,
            Event::TooLate => TOO_LATE,
            _ => LATENCY,
        })
        .await;
        self.unless_killed().await;
        (event != Event::FailsAfterEffect).then_some(outcome)
    }

    async fn die(&self) {
        self.world.state().kills += 1;
        *self.killed.lock().unwrap() = true;
        self.kill.notify_one();
        pending().await
    }

    /// Blocks the tasks of a killed program forever, so that it has no more effects.
    async fn unless_killed(&self) {
        let is_killed = *self.killed.lock().unwrap();
        if is_killed {
            pending::<()>().await;
        }
    }

    async fn send_request(&self, request: Request<Bytes>) -> Result<Response<Vec<u8>>, HttpError> {
        if request.method() == http::Method::GET {
            return Ok(response(200, self.world.tokens.keys()));
        }
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let revoked = body["Token"].as_str();
        let token = revoked.or_else(|| body["RefreshToken"].as_str()).unwrap();
        let event = self.event(token, REQUEST).await;
        match event {
            Event::Fails if self.world.system.defect == Some(Defect::TakesOutagesForRefusals) => {
                let (status, body) = refusal("NotAuthorizedException", "Refresh Token has expired");
                return Ok(response(status, body.to_string()));
            }
            Event::Fails => return Err(HttpError::new(HttpErrorKind::NotConnected)),
            Event::Throttled => {
                let (status, body) = refusal("TooManyRequestsException", "Rate exceeded");
                return Ok(response(status, body.to_string()));
            }
            _ => {}
        }
        let now = self.world.elapsed();
        let (status, body) = match revoked {
            Some(_) => {
                // No program signs out.
                let is_over = !self.world.state().service.honours(token, now);
                self.world.check(is_over, "a program revokes a token that the service accepts");
                (200, json!({}))
            }
            None => self.world.state().service.refresh(token, now, &self.world.tokens),
        };
        self.world.note(format!("{}: the service responds {status} to {token}", self.name));
        let response = self.report(event, response(status, body.to_string())).await;
        response.ok_or_else(|| HttpError::new(HttpErrorKind::Lost))
    }

    async fn load_record(
        &self,
        key: SessionKey,
    ) -> Result<Option<(StoredSession, Revision)>, StoreError> {
        let event = self.event("load", LOAD).await;
        if event == Event::Fails {
            return Err(StoreError::new("the store is away"));
        }
        let mut loaded = self.world.store.load(&key).await?;
        if let (Some(Defect::IgnoresClaims), Some((stored, _))) =
            (self.world.system.defect, &mut loaded)
        {
            let mut record: Value = serde_json::from_slice(stored.expose_secret()).unwrap();
            record.as_object_mut().unwrap().remove("claim");
            *stored = record.to_string().into_bytes().into();
        }
        let loaded = self.report(event, loaded).await;
        loaded.ok_or_else(|| StoreError::new("the store is away"))
    }

    async fn swap_record(
        &self,
        key: SessionKey,
        mut expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> Result<Swap, StoreError> {
        let event = self.event("swap", SWAP).await;
        if event == Event::Fails {
            return Err(StoreError::new("the store is away"));
        }
        match self.world.system.defect {
            Some(Defect::ReplacesWithoutComparing) => {
                expected = self.world.store.load(&key).await?.map(|(_, revision)| revision);
            }
            Some(Defect::ShowsBeforeStoring) if expected.is_some() => {
                return Ok(self.swap_later(key, expected, new));
            }
            _ => {}
        }
        let swap = self.world.swap(&key, expected, new).await?;
        let swap = self.report(event, swap).await;
        swap.ok_or_else(|| StoreError::new("the report was lost"))
    }

    /// Reports a change that is applied later.
    fn swap_later(
        &self,
        key: SessionKey,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> Swap {
        let program = self.clone();
        tokio::spawn(async move {
            sleep(LATENCY).await;
            program.unless_killed().await;
            program.world.swap(&key, expected, new).await
        });
        // The memory store counts its changes.
        Swap::Done(Revision::new(expected.map_or(1, |revision| revision.number() + 1)))
    }
}

fn response(status: u16, body: String) -> Response<Vec<u8>> {
    let response = Response::builder().status(status);
    response.header("content-type", "application/x-amz-json-1.1").body(body.into()).unwrap()
}

impl SendHttp for Incarnation {
    fn send(
        &self,
        request: Request<Bytes>,
        _: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, HttpError>> {
        Box::pin(self.send_request(request))
    }
}

impl TokenStore for Incarnation {
    fn load(
        &self,
        key: &SessionKey,
    ) -> BoxFuture<'_, Result<Option<(StoredSession, Revision)>, StoreError>> {
        Box::pin(self.load_record(key.clone()))
    }

    fn swap(
        &self,
        key: &SessionKey,
        expected: Option<Revision>,
        new: Option<StoredSession>,
    ) -> BoxFuture<'_, Result<Swap, StoreError>> {
        Box::pin(self.swap_record(key.clone(), expected, new))
    }
}

impl Clock for World {
    fn now(&self) -> SystemTime {
        self.tokens.issued_at() + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

impl fmt::Debug for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Incarnation")
    }
}
