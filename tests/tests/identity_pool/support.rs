//! A source of ID tokens for changing users, and responses of an identity pool.

mod identities;

use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito::identity_pool::{
    IdentityCache, IdentityPoolCredentials, IdentityPoolCredentialsBuilder,
};
use cognito::session::{IssuedToken, TokenError, TokenErrorKind, TokenRequest, TokenSource};
use cognito::sign_in::Retries;
use cognito::types::{BoxFuture, Clock};
use cognito_emulator::TestClock;
use cognito_tests::recorder::Recorder;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

pub use self::identities::Identities;

pub const POOL: &str = "eu-west-1:1f0c7a5e-3d2b-4c1a-9e8f-0123456789ab";
pub const PROVIDER: &str = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab12Cd34E";
pub const EXPIRED: &str = "Invalid login token. Token expired: 1795000000 >= 1794999999";
pub const MISMATCH: &str = "Logins don't match. Please include at least one valid login for this identity or identity pool.";

/// The lifetime of ID tokens and credentials.
pub const HOUR: Duration = Duration::from_secs(3600);

/// Returns an identity of the pool by number.
pub fn identity(number: u8) -> String {
    format!("eu-west-1:00000000-0000-0000-0000-0000000000{number:02}")
}

/// A source of unsigned ID tokens. Clones share it.
#[derive(Clone)]
pub struct Tokens(Arc<Mutex<Inner>>);

struct Inner {
    clock: Arc<TestClock>,
    claims: Value,
    issued: u64,
    current: Option<IssuedToken>,
    rejections: usize,
    can_refresh: bool,
    next_user: Option<String>,
    failure: Option<TokenErrorKind>,
}

impl Tokens {
    /// Creates a source of tokens of the user alice.
    pub fn new(clock: &Arc<TestClock>) -> Self {
        let source = Self(Arc::new(Mutex::new(Inner {
            clock: Arc::clone(clock),
            claims: Value::Null,
            issued: 0,
            current: None,
            rejections: 0,
            can_refresh: true,
            next_user: None,
            failure: None,
        })));
        source.be("alice", &[]);
        source
    }

    /// Signs in a user with groups.
    pub fn be(&self, subject: &str, groups: &[&str]) {
        let issuer = format!("https://{PROVIDER}");
        self.claim(json!({
            "iss": issuer, "sub": subject, "token_use": "id", "cognito:groups": groups,
        }));
    }

    /// Issues a token with these claims.
    pub fn claim(&self, claims: Value) {
        let mut inner = self.0.lock().unwrap();
        inner.claims = claims;
        inner.refresh();
    }

    /// Returns the current token.
    pub fn current(&self) -> String {
        self.0.lock().unwrap().current.as_ref().unwrap().expose_secret().to_owned()
    }

    /// Returns the number of rejections.
    pub fn rejections(&self) -> usize {
        self.0.lock().unwrap().rejections
    }

    /// Keeps the token after a rejection, like a session that cannot be refreshed.
    pub fn keep_rejected(&self) {
        self.0.lock().unwrap().can_refresh = false;
    }

    /// Signs in another user at the next rejection.
    pub fn switch_when_rejected(&self, subject: &str) {
        self.0.lock().unwrap().next_user = Some(subject.to_owned());
    }

    /// Returns no token from now on.
    pub fn fail(&self, kind: TokenErrorKind) {
        self.0.lock().unwrap().failure = Some(kind);
    }
}

impl Inner {
    fn refresh(&mut self) {
        self.issued += 1;
        let expires_at = self.clock.now() + HOUR;
        self.claims["exp"] = expires_at.duration_since(UNIX_EPOCH).unwrap().as_secs().into();
        self.claims["jti"] = self.issued.into();
        let payload = URL_SAFE_NO_PAD.encode(self.claims.to_string());
        let token = format!("e30.{payload}.cGxhbnRlZA");
        self.current = Some(IssuedToken::new(token, expires_at, self.issued));
    }
}

impl TokenSource for Tokens {
    fn token(&self, request: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        assert_eq!(*request, TokenRequest::id());
        let inner = self.0.lock().unwrap();
        let outcome = match inner.failure {
            Some(kind) => Err(TokenError::new(kind, "no token")),
            None => Ok(inner.current.clone().unwrap()),
        };
        Box::pin(std::future::ready(outcome))
    }

    fn reject(&self, token: &IssuedToken) {
        let mut inner = self.0.lock().unwrap();
        inner.rejections += 1;
        let current = inner.current.as_ref().map(IssuedToken::generation);
        if let Some(subject) = inner.next_user.take() {
            inner.claims["sub"] = subject.into();
        }
        if inner.can_refresh && current == Some(token.generation()) {
            inner.refresh();
        }
    }
}

/// A server, a source of tokens, and their clock.
pub struct Scene {
    pub server: Recorder,
    pub clock: Arc<TestClock>,
    pub tokens: Tokens,
}

impl Scene {
    /// Creates a server that issues credentials of the first identity.
    pub async fn new() -> Self {
        let scene = Self::without_responses().await;
        scene.server.respond("GetId", json!({ "IdentityId": identity(1) }));
        scene.issue(1);
        scene
    }

    pub async fn without_responses() -> Self {
        let clock = Arc::new(TestClock::default());
        let tokens = Tokens::new(&clock);
        Self { server: Recorder::start().await, clock, tokens }
    }

    /// Adds a response with credentials of an identity, after the responses added before.
    pub fn issue(&self, number: u8) {
        self.server.respond_with("GetCredentialsForIdentity", self.response(number));
    }

    /// Returns the response with credentials of an identity.
    pub fn response(&self, number: u8) -> ResponseTemplate {
        let expiration = (self.clock.now() + HOUR).duration_since(UNIX_EPOCH).unwrap();
        ResponseTemplate::new(200).set_body_json(json!({
            "IdentityId": identity(number),
            "Credentials": {
                "AccessKeyId": format!("ASIA{number}"),
                "SecretKey": "planted key",
                "SessionToken": "planted token",
                "Expiration": expiration.as_secs_f64(),
            },
        }))
    }

    pub fn builder(&self) -> IdentityPoolCredentialsBuilder {
        let builder = IdentityPoolCredentials::builder(POOL.parse().unwrap());
        self.at_server(builder.session(self.tokens.clone()))
    }

    /// Returns a provider for the user.
    pub fn provider(&self) -> IdentityPoolCredentials {
        self.builder().build().unwrap()
    }

    /// Returns a provider for a guest, with a cache.
    pub fn guest(&self, cache: Arc<dyn IdentityCache>) -> IdentityPoolCredentials {
        let builder = IdentityPoolCredentials::builder(POOL.parse().unwrap()).guest();
        self.at_server(builder).identity_cache(cache).build().unwrap()
    }

    fn at_server(&self, builder: IdentityPoolCredentialsBuilder) -> IdentityPoolCredentialsBuilder {
        let retries = Retries::default().first_pause(Duration::ZERO);
        builder.endpoint(self.server.url()).clock(self.clock.clone()).retries(retries)
    }

    /// Returns the number of requests of GetId, and of GetCredentialsForIdentity.
    pub async fn counts(&self) -> (usize, usize) {
        let ids = self.server.count("GetId").await;
        (ids, self.server.count("GetCredentialsForIdentity").await)
    }

    /// Returns the logins of a request with the current token.
    pub fn logins(&self) -> Value {
        json!({ PROVIDER: self.tokens.current() })
    }
}
