//! Sources of tokens, requests with tokens, and key fetches that are dropped at each of their
//! awaits, and runtimes that stop there: the next caller is served, with as few requests.

mod managed_login;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use cognito::UserPool;
use cognito::http::{
    BearerLayer, CachedTokens, ClientCredentials, LazySession, MemoryTokenCache, Origins,
    TokenExchanger, VerifiedAccess, VerifyLayer,
};
use cognito::session::{TokenRequest, TokenSet, TokenSource};
use cognito::types::AccessToken;
use cognito::verify::ROTATION_GRACE;
use cognito_emulator::PoolSettings;
use cognito_tests::cancelled::{
    Stopped, Yielding, at_each_await, at_each_round, within_polls, within_rounds,
};
use cognito_tests::fixture::{Fixture, PASSWORD, done};
use cognito_tests::mock_server::MockServer;
use cognito_tests::outgoing::{self, Only};
use futures_util::poll;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;
use tokio::time::timeout;
use tower::{ServiceBuilder, ServiceExt, service_fn};
use wiremock::{Mock, Request, ResponseTemplate, matchers};

/// The time limit of a caller; a paused runtime reaches it at once when nothing else can happen.
const LIMIT: Duration = Duration::from_secs(300);

/// A source of tokens, and the number of its requests.
struct Source {
    tokens: Arc<dyn TokenSource>,
    requests: Box<dyn Fn() -> usize>,
}

impl Source {
    fn new(tokens: impl TokenSource, requests: impl Fn() -> usize + 'static) -> Self {
        Self { tokens: Arc::new(tokens), requests: Box::new(requests) }
    }

    /// Creates a source whose function yields.
    fn cached() -> Self {
        let count = Arc::new(AtomicUsize::new(0));
        let fetches = Arc::clone(&count);
        let tokens = CachedTokens::new(move |_| {
            fetches.fetch_add(1, Ordering::SeqCst);
            async {
                for _ in 0..3 {
                    yield_now().await;
                }
                Ok(TokenSet::new("token", SystemTime::now(), Duration::from_secs(3600)))
            }
        });
        Self::new(tokens, move || count.load(Ordering::SeqCst))
    }

    /// Creates a source that signs in with an HTTP client that yields.
    fn signing_in() -> Self {
        let fixture = Fixture::new(PoolSettings::default());
        fixture.local.add_user("alice", PASSWORD).unwrap();
        let pool = yielding(&fixture);
        let tokens = LazySession::with_password(pool, "alice", PASSWORD);
        Self::new(tokens, move || fixture.wire.seen("InitiateAuth").len())
    }

    async fn assert_serves(&self, context: &str) {
        self.tokens.token(&TokenRequest::access()).await.expect(context);
    }
}

fn yielding(fixture: &Fixture) -> UserPool {
    fixture.another_client(|builder| builder.http_client(Yielding(fixture.wire.clone())))
}

type Start = fn() -> Source;

/// Returns the sources whose requests are not sent over sockets.
fn sources() -> [(&'static str, Start); 2] {
    [("CachedTokens", Source::cached), ("LazySession", Source::signing_in)]
}

/// A token endpoint that numbers its tokens.
struct Endpoint {
    server: MockServer,
    count: Arc<AtomicUsize>,
}

impl Endpoint {
    /// Starts an endpoint whose first responses, by their number, are delayed for ten minutes.
    async fn start(late: usize) -> Self {
        let (server, count) = (MockServer::start().await, Arc::new(AtomicUsize::new(0)));
        let counter = Arc::clone(&count);
        let respond = move |_: &Request| {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            let granted = json!({ "access_token": format!("token{number}"), "expires_in": 3600 });
            let response = ResponseTemplate::new(200).set_body_json(granted);
            if number > late { response } else { response.set_delay(Duration::from_secs(600)) }
        };
        Mock::given(matchers::any()).respond_with(respond).mount(&server).await;
        Self { server, count }
    }

    fn machine(&self) -> ClientCredentials {
        let builder = ClientCredentials::at_domain(self.server.uri(), "client-id");
        let cache = Arc::new(Yielding(MemoryTokenCache::default()));
        builder.client_secret("secret").cache(cache).build().unwrap()
    }

    /// Returns a source of exchanged tokens, whose actor has a token of the same endpoint.
    fn exchanged(&self) -> impl TokenSource + use<> {
        let builder = TokenExchanger::at_domain(self.server.uri(), "client-id");
        let exchanger = builder.actor(self.machine()).build().unwrap();
        // The header and the claims {"exp":99999999999}.
        let user = AccessToken::from("e30.eyJleHAiOjk5OTk5OTk5OTk5fQ.AA");
        exchanger.on_behalf_of(user).audience("stock")
    }

    fn source(&self, tokens: impl TokenSource) -> Source {
        let count = Arc::clone(&self.count);
        Source::new(tokens, move || count.load(Ordering::SeqCst))
    }
}

#[tokio::test]
async fn a_dropped_caller_costs_no_further_request() {
    for (name, source) in sources() {
        at_each_await(name, async |rounds| {
            let source = source();
            let token = source.tokens.token(&TokenRequest::access());
            let done = within_rounds(token, rounds).await.is_some();
            source.assert_serves(name).await;
            assert_eq!((source.requests)(), 1, "{name} after {rounds} rounds");
            done
        })
        .await;
    }
}

#[tokio::test]
async fn a_dropped_caller_of_an_endpoint_costs_no_further_request() {
    for (name, requests) in [("ClientCredentials", 1), ("TokenExchanger", 2)] {
        at_each_await(name, async |polls| {
            let endpoint = Endpoint::start(0).await;
            let source = match requests {
                1 => endpoint.source(endpoint.machine()),
                _ => endpoint.source(endpoint.exchanged()),
            };
            let token = source.tokens.token(&TokenRequest::access());
            let done = within_polls(token, polls).await.is_some();
            source.assert_serves(name).await;
            assert_eq!((source.requests)(), requests, "{name} after {polls} polls");
            done
        })
        .await;
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Requests a token on a runtime while a stopped one may be fetching it; the stopped runtime is shut
/// down meanwhile, if it is passed.
fn ask(runtime: &Runtime, source: &Source, shut_down: Option<Stopped>, context: &str) {
    runtime.block_on(async {
        let mut token = source.tokens.token(&TokenRequest::access());
        let outcome = poll!(&mut token);
        tokio::task::spawn_blocking(move || drop(shut_down)).await.unwrap();
        let outcome = match outcome {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => timeout(LIMIT, token).await.expect(context),
        };
        outcome.expect(context);
    });
}

#[test]
fn a_caller_is_served_when_the_runtime_that_fetches_is_shut_down() {
    for (name, source) in sources() {
        at_each_round(name, |rounds| {
            let source = source();
            let stopped = Stopped::after(rounds, first(&source));
            let (done, context) = (stopped.has_completed, format!("{name} after {rounds} rounds"));
            ask(&runtime(), &source, Some(stopped), &context);
            done
        });
    }
}

/// A runtime of one thread runs its tasks only inside of `block_on`.
#[test]
fn a_caller_is_served_when_the_runtime_that_fetches_is_not_driven() {
    for (name, source) in sources() {
        at_each_round(name, |rounds| {
            let source = source();
            let stopped = Stopped::after(rounds, first(&source));
            let paused = Builder::new_current_thread().enable_all().start_paused(true).build();
            ask(&paused.unwrap(), &source, None, &format!("{name} after {rounds} rounds"));
            stopped.has_completed
        });
    }
}

fn first(source: &Source) -> impl Future<Output = ()> + Send + 'static + use<> {
    let tokens = Arc::clone(&source.tokens);
    async move { drop(tokens.token(&TokenRequest::access()).await) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_of_a_runtime_that_is_shut_down_is_sent_again_for_other_callers() {
    for is_exchange in [false, true] {
        let endpoint = Endpoint::start(1).await;
        let source = match is_exchange {
            false => endpoint.source(endpoint.machine()),
            true => endpoint.source(endpoint.exchanged()),
        };
        let other = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        other.spawn(first(&source));
        while (source.requests)() == 0 {
            yield_now().await;
        }
        let mut waiting = source.tokens.token(&TokenRequest::access());
        assert!(poll!(&mut waiting).is_pending());
        other.shutdown_background();
        waiting.await.unwrap();
        assert_eq!((source.requests)(), if is_exchange { 3 } else { 2 });
    }
}

/// Returns status 401 unless the request has this token, after a yield.
async fn only(token: &str, request: http::Request<()>) -> Result<http::Response<()>, Infallible> {
    yield_now().await;
    let is_accepted = request.headers()["authorization"] == format!("Bearer {token}");
    let response = http::Response::builder().status(if is_accepted { 200 } else { 401 });
    Ok(response.body(()).unwrap())
}

#[tokio::test]
async fn a_dropped_request_rejects_its_token_once() {
    let url = "https://api.example.com/";
    at_each_await("BearerLayer", async |rounds| {
        let scene = outgoing::Scene::with_old_token(outgoing::status(200)).await;
        let layer = BearerLayer::new(scene.source.tokens.clone(), Origins::only([url]).unwrap());
        let service = service_fn(|request| only("token2", request));
        let client = ServiceBuilder::new().layer(layer.retry()).service(service);
        let request = || http::Request::get(url).body(()).unwrap();
        let sent = within_rounds(client.clone().oneshot(request()), rounds).await;
        let response = client.oneshot(request()).await.unwrap();
        assert_eq!(response.status(), 200, "after {rounds} rounds");
        assert_eq!(scene.source.fetched(), 2, "after {rounds} rounds");
        sent.is_some()
    })
    .await;
}

#[tokio::test]
async fn a_dropped_request_of_reqwest_rejects_its_token_once() {
    at_each_await("BearerAuth", async |polls| {
        let scene = outgoing::Scene::with_old_token(Only("token2")).await;
        let client = scene.client();
        let sent = within_polls(client.get(scene.url("/")).send(), polls).await;
        let response = client.get(scene.url("/")).send().await.unwrap();
        assert_eq!(response.status(), 200, "after {polls} polls");
        assert_eq!(scene.source.fetched(), 2, "after {polls} polls");
        sent.is_some()
    })
    .await;
}

#[tokio::test]
async fn a_dropped_request_leaves_its_key_fetch_to_the_next_one() {
    at_each_await("VerifyLayer", async |rounds| {
        let fixture = Fixture::new(PoolSettings::default());
        fixture.local.add_user("alice", PASSWORD).unwrap();
        let token = fixture.local.access_token_for(json!({ "username": "alice" })).unwrap();
        let handler = |VerifiedAccess(claims): VerifiedAccess| async move {
            claims.username().unwrap_or_default().to_owned()
        };
        let layer = VerifyLayer::access_tokens(yielding(&fixture).verifier().clone());
        let router = Router::new().route("/", get(handler)).layer(layer);
        let request = || {
            let bearer = format!("Bearer {}", token.expose_secret());
            http::Request::get("/").header("authorization", bearer).body(Body::empty()).unwrap()
        };
        let done = within_rounds(router.clone().oneshot(request()), rounds).await.is_some();
        let response = router.oneshot(request()).await.unwrap();
        assert_eq!(response.status(), 200, "after {rounds} rounds");
        assert_eq!(fixture.wire.seen("GetKeySet").len(), 1, "after {rounds} rounds");
        done
    })
    .await;
}

#[test]
fn tokens_with_a_new_key_are_kept_when_the_runtime_that_fetches_the_key_is_shut_down() {
    let runtime = runtime();
    at_each_round("access_token", |rounds| {
        let fixture = Fixture::new(PoolSettings::default());
        fixture.local.add_user("alice", PASSWORD).unwrap();
        let pool = yielding(&fixture);
        let session = runtime.block_on(pool.sign_in("alice").password(PASSWORD).into_future());
        let session = done(session.unwrap());
        fixture.advance(ROTATION_GRACE.as_secs());
        fixture.local.rotate_keys();
        let token = fixture.local.access_token_for(json!({ "username": "alice" })).unwrap();
        let verifier = pool.verifier().clone();
        let verify = async move { drop(verifier.access_token(token.expose_secret()).await) };
        let done = Stopped::after(rounds, verify).has_completed;
        let refreshed = runtime.block_on(async { session.refresh().await });
        refreshed.unwrap_or_else(|error| panic!("after {rounds} rounds: {error}"));
        done
    });
}
