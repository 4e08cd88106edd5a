//! A server, a clock and a source of numbered tokens, for tests of outgoing requests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::mock_server::MockServer;
use cognito::http::{BearerAuth, CachedTokens, MIN_REJECTED_AGE, Origins};
use cognito::session::{TokenError, TokenErrorKind, TokenRequest, TokenSet, TokenSource};
use cognito::types::Clock;
use cognito_emulator::TestClock;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use wiremock::{Mock, Request, Respond, ResponseTemplate, matchers};

/// A source that counts its fetches and numbers its tokens.
#[derive(Clone)]
pub struct Counted {
    /// The source.
    pub tokens: CachedTokens,
    fetched: Arc<AtomicUsize>,
    failure: Arc<Mutex<Option<TokenErrorKind>>>,
}

impl Counted {
    /// Creates a source whose tokens are valid for an hour of this clock.
    pub fn new(clock: &Arc<TestClock>) -> Self {
        let fetched = Arc::new(AtomicUsize::new(0));
        let failure = Arc::new(Mutex::new(None));
        let (count, fails, time) = (fetched.clone(), failure.clone(), clock.clone());
        let tokens = CachedTokens::new(move |request: TokenRequest| {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            let token = format!("token{number}{}", request.scopes().concat());
            let set = TokenSet::new(token, time.now(), Duration::from_secs(3600));
            let failure: Option<TokenErrorKind> = *fails.lock().unwrap();
            async move {
                match failure {
                    Some(kind) => Err(TokenError::new(kind, "the pool is unreachable")),
                    None => Ok(set.with_id_token(format!("id{number}"))),
                }
            }
        });
        Self { tokens: tokens.clock(clock.clone()), fetched, failure }
    }

    /// Returns the number of fetches so far, including failed ones.
    pub fn fetched(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }

    /// Makes fetches fail with this kind of error, or succeed.
    pub fn fail(&self, kind: impl Into<Option<TokenErrorKind>>) {
        *self.failure.lock().unwrap() = kind.into();
    }
}

/// A server, a clock, and a source.
pub struct Scene {
    /// The server that the tokens are for.
    pub server: MockServer,
    /// The clock of the source.
    pub clock: Arc<TestClock>,
    /// The source of tokens.
    pub source: Counted,
}

impl Scene {
    /// Creates a scene whose server has this response.
    pub async fn new(responses: impl Respond + 'static) -> Self {
        let clock = Arc::new(TestClock::default());
        let source = Counted::new(&clock);
        Self { server: server(responses).await, clock, source }
    }

    /// Creates a scene with a token that is old enough for its rejection to count.
    pub async fn with_old_token(responses: impl Respond + 'static) -> Self {
        let scene = Self::new(responses).await;
        scene.source.tokens.token(&TokenRequest::access()).await.unwrap();
        scene.clock.advance(MIN_REJECTED_AGE);
        scene
    }

    /// Returns the middleware for the server.
    pub fn auth(&self) -> BearerAuth {
        self.auth_for([self.server.uri()])
    }

    /// Returns the middleware for these servers.
    pub fn auth_for(&self, origins: impl IntoIterator<Item = String>) -> BearerAuth {
        BearerAuth::new(self.source.tokens.clone(), Origins::only(origins).unwrap())
    }

    /// Returns a client of the server.
    pub fn client(&self) -> ClientWithMiddleware {
        client(self.auth())
    }

    /// Returns a URL of the server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.uri())
    }

    /// Returns the `Authorization` headers of all requests so far.
    pub async fn sent(&self) -> Vec<Option<String>> {
        values(&self.server, "authorization").await
    }
}

/// Returns a default reqwest client with this middleware.
pub fn client(auth: BearerAuth) -> ClientWithMiddleware {
    ClientBuilder::new(reqwest::Client::new()).with(auth).build()
}

/// Starts a server with this response to all requests.
pub async fn server(responses: impl Respond + 'static) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(responses).mount(&server).await;
    server
}

/// Returns the values of a header in all requests so far.
pub async fn values(server: &MockServer, name: &str) -> Vec<Option<String>> {
    let value = |request: &Request| {
        request.headers.get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    server.received_requests().await.unwrap().iter().map(value).collect()
}

/// Returns a response with this status.
pub fn status(code: u16) -> ResponseTemplate {
    ResponseTemplate::new(code)
}

/// A responder that rejects every token but this one.
pub struct Only(pub &'static str);

impl Respond for Only {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let expected = format!("Bearer {}", self.0);
        let found = request.headers.get("authorization");
        status(if found.is_some_and(|value| *value == *expected) { 200 } else { 401 })
    }
}
