//! Tests of retries and time limits over an HTTP client with prepared outcomes.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Response as HttpResponse;
use serde_json::{Value, json};
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing::span::{Id, Record};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::*;

type Outcome = Result<HttpResponse<Vec<u8>>, HttpErrorKind>;

/// An HTTP client with prepared outcomes; requests after them get no response.
#[derive(Debug)]
struct Prepared {
    outcomes: Mutex<VecDeque<Outcome>>,
    sent: AtomicUsize,
}

impl SendHttp for Prepared {
    fn send(
        &self,
        _: Request<Bytes>,
        _: usize,
    ) -> BoxFuture<'_, Result<HttpResponse<Vec<u8>>, HttpError>> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        let outcome = self.outcomes.lock().unwrap().pop_front();
        Box::pin(async {
            match outcome {
                Some(outcome) => outcome.map_err(HttpError::new),
                None => pending().await,
            }
        })
    }
}

fn response(status: u16, headers: &[(&str, &str)]) -> Outcome {
    let mut response = HttpResponse::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(b"{}".to_vec()).unwrap())
}

/// Returns the outcome of an operation, and how many requests were sent.
async fn call(
    operation: Operation,
    outcomes: impl IntoIterator<Item = Outcome>,
    operation_timeout: Duration,
) -> (Result<Value, Error>, usize) {
    call_gated(operation, outcomes, operation_timeout, None).await
}

async fn call_gated(
    operation: Operation,
    outcomes: impl IntoIterator<Item = Outcome>,
    operation_timeout: Duration,
    gate: Option<Gate>,
) -> (Result<Value, Error>, usize) {
    let outcomes = Mutex::new(outcomes.into_iter().collect());
    let http = Arc::new(Prepared { outcomes, sent: AtomicUsize::new(0) });
    let retries = Retries::default().first_pause(Duration::ZERO);
    let transport = Transport {
        http: Arc::<Prepared>::clone(&http),
        uri: Ok(Uri::from_static("http://127.0.0.1/")),
        limits: Limits { operation_timeout, retries, gate, ..Limits::default() },
        signer: None,
    };
    let outcome = transport.call(operation, &json!({})).await;
    (outcome, http.sent.load(Ordering::SeqCst))
}

const LONG: Duration = Duration::from_secs(30);
#[cfg(feature = "admin")]
const SHORT: Duration = Duration::from_millis(20);

#[tokio::test]
async fn throttling_stays_throttling_if_no_pause_fits_into_the_time_limit() {
    let throttled = response(429, &[("retry-after", "4")]);
    let (outcome, sent) = call(Operation::SignUp, [throttled], Duration::from_secs(3)).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), sent), (ErrorKind::Throttled, 1));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(4)));
}

#[tokio::test]
async fn an_attempt_under_way_at_the_time_limit_leaves_the_outcome_unknown() {
    let limit = Duration::from_millis(50);
    for outcomes in [vec![], vec![response(429, &[])]] {
        let expected = outcomes.len() + 1;
        let (outcome, sent) = call(Operation::SignUp, outcomes, limit).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), sent), (ErrorKind::Transport, expected));
        assert!(error.leaves_outcome_unknown());
    }
}

#[tokio::test]
async fn a_request_that_was_not_sent_is_retried_for_each_operation() {
    let not_connected = || Err(HttpErrorKind::NotConnected);
    for operation in [Operation::SignUp, Operation::GetUser, Operation::RespondToAuthChallenge] {
        let outcomes = [not_connected(), not_connected(), response(200, &[])];
        let (outcome, sent) = call(operation, outcomes, LONG).await;
        assert!(outcome.is_ok() && sent == 3, "{operation:?}");

        let (outcome, sent) = call(operation, [(); 3].map(|()| not_connected()), LONG).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), sent), (ErrorKind::Transport, 3));
        assert!(error.is_transient() && !error.leaves_outcome_unknown(), "{operation:?}");
    }
    let (outcome, sent) = call(Operation::SignUp, [Err(HttpErrorKind::Lost)], LONG).await;
    assert!(outcome.unwrap_err().leaves_outcome_unknown() && sent == 1);
}

#[tokio::test]
async fn a_response_over_the_limit_is_neither_repeated_nor_transient() {
    for operation in [Operation::GetUser, Operation::GetTokensFromRefreshToken] {
        let (outcome, sent) = call(operation, [Err(HttpErrorKind::TooLong)], LONG).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), sent), (ErrorKind::Service, 1), "{operation:?}");
        assert!(!error.is_transient() && error.leaves_outcome_unknown(), "{operation:?}");
    }
}

/// Counts the values that are recorded after spans are created.
struct CountRecords(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for CountRecords {
    fn on_record(&self, _: &Id, _: &Record<'_>, _: Context<'_, S>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_disabled_span_does_not_change_the_applications_span() {
    let records = Arc::<AtomicUsize>::default();
    let count = CountRecords(Arc::clone(&records));
    let subscriber = tracing_subscriber::registry().with(LevelFilter::INFO).with(count);
    let _guard = tracing::subscriber::set_default(subscriber);
    let span = tracing::info_span!("application", request_id = Empty, attempts = Empty);
    let outcomes = [response(200, &[("x-amzn-requestid", "1")])];
    call(Operation::GetUser, outcomes, LONG).instrument(span.clone()).await.0.unwrap();
    assert_eq!(records.load(Ordering::SeqCst), 0);
    span.record("request_id", "2");
    assert_eq!(records.load(Ordering::SeqCst), 1, "the layer sees the application's span");
}

/// Permits that are counted and at last withheld.
#[cfg(feature = "admin")]
#[derive(Debug, Default)]
struct Counted {
    left: AtomicUsize,
    outcomes: Mutex<Vec<(String, Option<ErrorKind>)>>,
}

#[cfg(feature = "admin")]
impl Permits for Counted {
    fn acquire<'a>(&'a self, _: RequestAttempt<'a>) -> BoxFuture<'a, ()> {
        let take = |left: usize| left.checked_sub(1);
        let taken = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        Box::pin(async move {
            if taken.is_err() {
                pending::<()>().await;
            }
        })
    }

    fn finished(&self, attempt: RequestAttempt<'_>, outcome: AttemptOutcome) {
        let described = format!(
            "{} {:?} {:?}",
            attempt.operation,
            attempt.pool_id.map(ToString::to_string),
            attempt.username
        );
        self.outcomes.lock().unwrap().push((described, outcome.error));
    }
}

/// One permit, and whether each of the attempts that had it was dropped.
#[cfg(feature = "admin")]
#[derive(Debug)]
struct OneByOne {
    permit: tokio::sync::Semaphore,
    dropped: Mutex<Vec<bool>>,
}

#[cfg(feature = "admin")]
impl Permits for OneByOne {
    fn acquire<'a>(&'a self, _: RequestAttempt<'a>) -> BoxFuture<'a, ()> {
        Box::pin(async { self.permit.acquire().await.unwrap().forget() })
    }

    fn finished(&self, _: RequestAttempt<'_>, outcome: AttemptOutcome) {
        self.dropped.lock().unwrap().push(outcome.is_dropped);
        self.permit.add_permits(1);
    }
}

#[cfg(feature = "admin")]
#[tokio::test]
async fn a_request_dropped_in_flight_returns_its_permit() {
    let (permit, dropped) = (tokio::sync::Semaphore::new(1), Mutex::default());
    let permits = Arc::new(OneByOne { permit, dropped });
    let gate = || Some(Gate::new(Arc::<OneByOne>::clone(&permits)));
    let in_flight = call_gated(Operation::AdminGetUser, [], LONG, gate());
    assert!(timeout(SHORT, in_flight).await.is_err());

    let next = call_gated(Operation::AdminGetUser, [response(200, &[])], LONG, gate());
    assert!(next.await.0.is_ok());
    // The time limit of a request is an outcome, not a drop.
    let late = call_gated(Operation::AdminGetUser, [], SHORT, gate()).await.0;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Transport);
    assert_eq!(*permits.dropped.lock().unwrap(), [true, false, false]);
}

#[cfg(feature = "admin")]
#[tokio::test]
async fn each_attempt_waits_for_a_permit_and_reports_its_outcome() {
    let permits = Arc::new(Counted { left: AtomicUsize::new(2), ..Counted::default() });
    let pool_id = "eu-west-1_Ab12Cd34E".parse().unwrap();
    let gate = Gate::new(Arc::<Counted>::clone(&permits)).in_pool(&pool_id).of_user("alice");
    let outcomes = [response(429, &[]), response(200, &[]), response(200, &[])];
    let (outcome, sent) =
        call_gated(Operation::AdminGetUser, outcomes, LONG, Some(gate.clone())).await;
    assert!(outcome.is_ok());
    assert_eq!(sent, 2);
    let described = "AdminGetUser Some(\"eu-west-1_Ab12Cd34E\") Some(\"alice\")".to_owned();
    let expected = vec![(described.clone(), Some(ErrorKind::Throttled)), (described, None)];
    assert_eq!(*permits.outcomes.lock().unwrap(), expected);

    let (outcome, sent) = call_gated(Operation::AdminGetUser, [], SHORT, Some(gate)).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), sent), (ErrorKind::Throttled, 0));
    assert!(!error.leaves_outcome_unknown());
}
