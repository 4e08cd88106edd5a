//! Tokens on behalf of users: exchanged at the emulator's token endpoint, and at servers that count
//! and fail.

use std::collections::HashMap;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito::http::{
    BearerAuth, BearerLayer, CachedTokens, ClientCredentials, MIN_REJECTED_AGE, OnBehalfOf,
    Origins, TokenEndpointError, TokenExchanger, TokenExchangerBuilder, TokenFrom, token_error,
};
use cognito::session::{
    SecurityToken, TokenError, TokenErrorKind, TokenRequest, TokenSet, TokenSource,
};
use cognito::types::{AccessToken, ClientId, ClientSecret, Clock};
use cognito::verify::{Clients, Required, ReqwestFetcher, VerifyError};
use cognito::{AccessClaims, Verifier};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys, TestClock};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tower::{ServiceBuilder, ServiceExt};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

const SCOPE: &str = "aws.cognito.signin.user.admin";

/// A pool over HTTP whose clock stands still, with users and services.
struct Pool(LocalPool);

/// An app client that exchanges tokens.
struct Service {
    id: ClientId,
    secret: ClientSecret,
}

impl Pool {
    async fn start() -> Self {
        Self::with(PoolSettings::default()).await
    }

    async fn with(settings: PoolSettings) -> Self {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await;
        let local = emulator.unwrap().create_pool(settings).unwrap();
        local.clock().freeze();
        local.add_user("alice", "Correct-horse1").unwrap();
        let scope = json!({ "ScopeName": "read", "ScopeDescription": "of stock" });
        let server = json!({ "Identifier": "stock", "Name": "Stock", "Scopes": [scope] });
        local.call("CreateResourceServer", server).unwrap();
        Self(local)
    }

    fn service(&self) -> Service {
        let client = json!({
            "ClientName": "service", "GenerateSecret": true,
            "ExplicitAuthFlows":
                ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"],
            "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": [SCOPE, "stock/read"],
            "CallbackURLs": ["https://example.com/"], "SupportedIdentityProviders": ["COGNITO"],
        });
        let client = self.0.call("CreateUserPoolClient", client).unwrap();
        let member = |name: &str| client["UserPoolClient"][name].as_str().unwrap().to_owned();
        Service { id: member("ClientId").into(), secret: member("ClientSecret").into() }
    }

    fn exchanger(&self, service: &Service) -> TokenExchangerBuilder {
        TokenExchanger::at_domain(self.0.endpoint(), &service.id)
            .client_secret(service.secret.clone())
            .clock(self.0.clock())
    }

    /// The tokens of a program, and its id.
    fn program(&self) -> (ClientCredentials, ClientId) {
        let (id, secret) = self.0.create_machine_client(["stock/read"]).unwrap();
        let source = ClientCredentials::at_domain(self.0.endpoint(), &id).client_secret(secret);
        (source.clock(self.0.clock()).build().unwrap(), id)
    }

    fn token_of(&self, username: &str) -> AccessToken {
        self.0.access_token_for(json!({ "username": username })).unwrap()
    }

    /// Verifies a token as the service of that name does.
    async fn verified(&self, name: &'static str, token: &str) -> Result<AccessClaims, VerifyError> {
        let fetcher = Arc::new(ReqwestFetcher::new().unwrap());
        let verifier = Verifier::builder(&self.0.id(), Clients::Any, fetcher)
            .endpoint(self.0.endpoint())
            .clock(self.0.clock())
            .rules(move |rules| rules.audience(Required::any_of([name])).allow_delegated())
            .build();
        verifier.access_token(token).await
    }
}

async fn access(source: &OnBehalfOf) -> Result<String, TokenError> {
    let token = source.token(&TokenRequest::access()).await;
    token.map(|token| token.expose_secret().to_owned())
}

async fn kind(source: &OnBehalfOf) -> TokenErrorKind {
    access(source).await.unwrap_err().kind()
}

fn claims_of(token: &str) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// The error of the endpoint in an error of a source.
fn endpoint_error(error: &TokenError) -> &TokenEndpointError {
    std::error::Error::source(error).unwrap().downcast_ref().unwrap()
}

#[tokio::test]
async fn exchanged_token_is_the_users_own_for_the_named_service_alone() {
    let pool = Pool::start().await;
    let service = pool.service();
    let exchanger = pool.exchanger(&service).build().unwrap();
    let alice = exchanger.on_behalf_of(pool.token_of("alice"));
    for source in [alice.clone().audience("stock"), alice.resource("stock")] {
        let token = access(&source).await.unwrap();
        let claims = pool.verified("stock", &token).await.unwrap();
        assert_eq!((claims.username(), claims.client_id()), (Some("alice"), &service.id));
        assert!(claims.actors().is_empty());
        let refused = pool.verified("billing", &token).await.unwrap_err();
        assert!(matches!(refused, VerifyError::WrongAudience { .. }), "{refused:?}");
    }
}

#[tokio::test]
async fn actors_of_a_chain_are_in_the_token_the_last_one_first() {
    let pool = Pool::start().await;
    let (web, orders) = (pool.service(), pool.service());
    let ((of_web, web_id), (of_orders, orders_id)) = (pool.program(), pool.program());
    let web = pool.exchanger(&web).actor(of_web).build().unwrap();
    let orders = pool.exchanger(&orders).actor(of_orders).build().unwrap();

    let first = web.on_behalf_of(pool.token_of("alice")).audience("orders");
    let first = access(&first).await.unwrap();
    let claims = pool.verified("orders", &first).await.unwrap();
    assert_eq!(claims.actors(), [web_id.as_str()]);

    let second = orders.on_behalf_of(AccessToken::from(first)).audience("stock");
    let claims = pool.verified("stock", &access(&second).await.unwrap()).await.unwrap();
    assert_eq!(claims.username(), Some("alice"));
    assert_eq!(claims.actors(), [orders_id.as_str(), web_id.as_str()]);

    // An actor of a single exchange replaces that of the exchanger.
    let agent = pool.token_of("alice");
    let agent_id = claims_of(agent.expose_secret())["sub"].as_str().unwrap().to_owned();
    let other = web.on_behalf_of(pool.token_of("alice")).audience("stock").actor(agent);
    let claims = pool.verified("stock", &access(&other).await.unwrap()).await.unwrap();
    assert_eq!(claims.actors(), [agent_id]);
}

#[tokio::test]
async fn scopes_never_exceed_those_of_the_user_and_the_client() {
    let pool = Pool::start().await;
    let exchanger = pool.exchanger(&pool.service()).build().unwrap();
    let held = format!("{SCOPE} stock/read stock/write");
    let subject = pool.0.access_token_for(json!({ "username": "alice", "scope": held })).unwrap();
    let alice = exchanger.on_behalf_of(subject).audience("stock");
    for (wanted, granted) in [
        (&[][..], &[SCOPE, "stock/read"][..]),
        (&["stock/read", "stock/write", "billing/pay"], &["stock/read"]),
        (&["stock/read"], &["stock/read"]),
        (&["billing/pay"], &[]),
    ] {
        let token = access(&alice.clone().scopes(wanted.iter().copied())).await.unwrap();
        let claims = pool.verified("stock", &token).await.unwrap();
        assert_eq!(claims.scopes().collect::<Vec<_>>(), granted, "{wanted:?}");
    }
}

#[tokio::test]
async fn id_token_is_exchanged_for_an_id_token() {
    let pool = Pool::start().await;
    let exchanger = pool.exchanger(&pool.service()).build().unwrap();
    let subject = pool.0.id_token_for(json!({ "cognito:username": "alice" })).unwrap();
    let source = exchanger.on_behalf_of(subject).audience("stock");
    let token = source.token(&TokenRequest::id()).await.unwrap();
    let claims = claims_of(token.expose_secret());
    assert_eq!((&claims["token_use"], &claims["aud"]), (&json!("id"), &json!("stock")));
    let access = source.token(&TokenRequest::access()).await.unwrap();
    assert_ne!(access.expose_secret(), token.expose_secret());
}

#[tokio::test]
async fn expired_and_revoked_tokens_of_users_end_the_session_of_the_user() {
    let pool = Pool::start().await;
    let exchanger = pool.exchanger(&pool.service()).build().unwrap();
    let revoked = pool.token_of("alice");
    pool.0.call("GlobalSignOut", json!({ "AccessToken": revoked.expose_secret() })).unwrap();
    let expired = pool.token_of("alice");
    pool.0.clock().advance(Duration::from_secs(3600));
    for subject in [revoked, expired, "not a token".into()] {
        let source = exchanger.on_behalf_of(subject).audience("stock");
        let error = access(&source).await.unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Ended);
        assert!(matches!(endpoint_error(&error), TokenEndpointError::SubjectRefused));
    }
}

#[tokio::test]
async fn revocation_takes_effect_at_the_latest_at_the_maximum_age_of_a_cached_token() {
    let pool = Pool::start().await;
    let builder = pool.exchanger(&pool.service()).max_age(Duration::from_secs(60));
    let (limited, unlimited) = (builder.build().unwrap(), pool.exchanger(&pool.service()));
    let (unlimited, alice) = (unlimited.build().unwrap(), pool.token_of("alice"));
    let sources = [limited, unlimited].map(|e| e.on_behalf_of(&alice).audience("stock"));
    for source in &sources {
        access(source).await.unwrap();
    }
    pool.0.call("GlobalSignOut", json!({ "AccessToken": alice.expose_secret() })).unwrap();
    pool.0.clock().advance(Duration::from_secs(60));
    let [limited, unlimited] = &sources;
    assert_eq!(kind(limited).await, TokenErrorKind::Ended);
    access(unlimited).await.unwrap();
}

#[tokio::test]
async fn trigger_that_fails_does_not_end_the_session_of_the_user() {
    let settings = PoolSettings::default();
    let pool = settings.pre_token_generation(|_| Err("the subject token is fine".to_owned()));
    let pool = Pool::with(pool).await;
    let exchanger = pool.exchanger(&pool.service()).build().unwrap();
    let source = exchanger.on_behalf_of(pool.token_of("alice"));
    let error = access(&source).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Configuration, "{error:?}");
    let refused = endpoint_error(&error).to_string();
    assert!(refused.contains("trigger"), "{refused}");
}

#[tokio::test]
async fn settings_of_the_pool_that_allow_no_exchange_are_errors_of_the_configuration() {
    let pool = Pool::start().await;
    let service = pool.service();
    let plain = json!({ "ClientName": "plain", "GenerateSecret": true });
    let plain = pool.0.call("CreateUserPoolClient", plain).unwrap()["UserPoolClient"].clone();
    let text = |name: &str| plain[name].as_str().unwrap().to_owned();
    let plain = Service { id: text("ClientId").into(), secret: text("ClientSecret").into() };
    let without_flow = pool.exchanger(&plain).build().unwrap();
    let wrong_secret = pool.exchanger(&service).client_secret("wrong").build().unwrap();
    let no_secret = TokenExchanger::at_domain(pool.0.endpoint(), &service.id);
    let exchanger = pool.exchanger(&service).build().unwrap();
    for (source, code) in [
        (without_flow.on_behalf_of(pool.token_of("alice")), "unauthorized_client"),
        (wrong_secret.on_behalf_of(pool.token_of("alice")), "invalid_client"),
        (
            no_secret.clock(pool.0.clock()).build().unwrap().on_behalf_of(pool.token_of("alice")),
            "invalid_client",
        ),
        (exchanger.on_behalf_of(pool.token_of("alice")).resource("unknown"), "invalid_target"),
    ] {
        let error = access(&source).await.unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Configuration);
        let TokenEndpointError::Refused(refused) = endpoint_error(&error) else {
            panic!("{error:?}");
        };
        assert_eq!(*refused, code);
    }
}

#[tokio::test]
async fn secret_that_was_replaced_is_read_again() {
    let pool = Pool::start().await;
    let Service { id, secret } = pool.service();
    let refused = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&refused);
    let exchanger = TokenExchanger::at_domain(pool.0.endpoint(), id)
        .clock(pool.0.clock())
        .client_secret_from(move |refused: Option<ClientSecret>| {
            let next = if refused.is_some() { secret.clone() } else { "old".into() };
            record.lock().unwrap().push(refused.map(|refused| refused.expose_secret().to_owned()));
            async move { Ok::<_, Infallible>(next) }
        });
    let exchanger = exchanger.build().unwrap();
    access(&exchanger.on_behalf_of(pool.token_of("alice"))).await.unwrap();
    assert_eq!(*refused.lock().unwrap(), [None, Some("old".to_owned())]);
}

/// A token endpoint that counts requests and numbers its tokens, and an exchanger.
struct Counting {
    server: MockServer,
    clock: Arc<TestClock>,
    count: Arc<AtomicUsize>,
}

impl Counting {
    async fn start(delay: Duration) -> Self {
        let (server, count) = (MockServer::start().await, Arc::new(AtomicUsize::new(0)));
        let counter = Arc::clone(&count);
        let respond = move |_: &Request| {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            let granted = json!({ "access_token": format!("token{number}"), "expires_in": 3600 });
            ResponseTemplate::new(200).set_body_json(granted).set_delay(delay)
        };
        Mock::given(matchers::any()).respond_with(respond).mount(&server).await;
        let clock = Arc::new(TestClock::default());
        clock.freeze();
        clock.set(UNIX_EPOCH + Duration::from_secs(2_000_000_000)); // Tokens end at a full second.
        Self { server, clock, count }
    }

    fn builder(&self) -> TokenExchangerBuilder {
        TokenExchanger::at_domain(self.server.uri(), "client-id").clock(self.clock.clone())
    }

    fn exchanger(&self) -> TokenExchanger {
        self.builder().build().unwrap()
    }

    /// A token of a user that ends after that many seconds.
    fn subject(&self, name: &str, seconds: u64) -> AccessToken {
        let now = self.clock.now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let payload = json!({ "sub": name, "exp": now + seconds }).to_string();
        format!("e30.{}.AA", URL_SAFE_NO_PAD.encode(payload)).into()
    }

    fn exchanges(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// The forms that were sent.
    async fn forms(&self) -> Vec<HashMap<String, String>> {
        let requests = self.server.received_requests().await.unwrap();
        let form = |request: &Request| {
            let body = String::from_utf8(request.body.clone()).unwrap();
            let url = reqwest::Url::parse(&format!("http://localhost/?{body}")).unwrap();
            url.query_pairs().into_owned().collect::<HashMap<_, _>>()
        };
        requests.iter().map(form).collect()
    }
}

#[tokio::test]
async fn tokens_are_cached_by_everything_that_they_differ_by() {
    let server = Counting::start(Duration::ZERO).await;
    let exchanger = server.exchanger();
    let (alice, bob) = (server.subject("alice", 3600), server.subject("bob", 3600));
    let of_alice = |audience: &str| exchanger.on_behalf_of(&alice).audience(audience);
    let actor = server.subject("agent", 3600);
    let sources = [
        of_alice("orders"),
        of_alice("stock"),
        of_alice("").resource("orders"),
        of_alice("orders").scopes(["a/x", "a/y"]),
        of_alice("orders").actor(&actor),
        exchanger.on_behalf_of(&alice),
        exchanger.on_behalf_of(&bob).audience("orders"),
    ];
    for _ in 0..2 {
        for (number, source) in sources.iter().enumerate() {
            assert_eq!(access(source).await.unwrap(), format!("token{}", number + 1));
        }
    }
    assert_eq!(server.exchanges(), sources.len());
    let reordered = of_alice("orders").scopes(["a/y", "a/x", "a/y"]);
    assert_eq!(access(&reordered).await.unwrap(), "token4", "the order of scopes means nothing");
    let narrower = TokenRequest::access().with_scopes(["a/x"]);
    let token = of_alice("orders").token(&narrower).await.unwrap();
    assert_eq!(token.expose_secret(), "token8");
}

#[tokio::test]
async fn request_has_the_parameters_of_rfc_8693() {
    let server = Counting::start(Duration::ZERO).await;
    let alice = server.subject("alice", 3600);
    let source = server.exchanger().on_behalf_of(&alice).audience("replaced").resource("stock");
    access(&source.scopes(["stock/read", "stock/list"])).await.unwrap();
    let own_type = "urn:ietf:params:oauth:token-type:access_token";
    let expected = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("client_id", "client-id"),
        ("subject_token", alice.expose_secret()),
        ("subject_token_type", own_type),
        ("requested_token_type", own_type),
        ("resource", "stock"),
        ("scope", "stock/list stock/read"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(server.forms().await, [HashMap::from(expected)]);
}

#[tokio::test]
async fn concurrent_requests_for_one_token_share_an_exchange() {
    let server = Counting::start(Duration::from_millis(50)).await;
    let (exchanger, alice) = (server.exchanger(), server.subject("alice", 3600));
    let sources = (0..100).map(|_| exchanger.on_behalf_of(&alice).audience("stock"));
    let tokens = join_all(sources.map(|source| async move { access(&source).await.unwrap() }));
    assert!(tokens.await.iter().all(|token| token == "token1"));
    assert_eq!(server.exchanges(), 1);
}

#[tokio::test]
async fn cached_token_ends_with_the_token_of_the_user() {
    let server = Counting::start(Duration::ZERO).await;
    let (exchanger, alice) = (server.exchanger(), server.subject("alice", 600));
    let source = exchanger.on_behalf_of(&alice).audience("stock");
    let ends = source.token(&TokenRequest::access()).await.unwrap().expires_at();
    assert_eq!(ends, server.clock.now() + Duration::from_secs(600));
    server.clock.advance(Duration::from_secs(599));
    assert_eq!(access(&source).await.unwrap(), "token1");
    tokio::task::yield_now().await;
    assert_eq!(server.exchanges(), 1, "another token would end no later");
    server.clock.advance(Duration::from_secs(1));
    assert_eq!(kind(&source).await, TokenErrorKind::Ended);
    assert_eq!(server.exchanges(), 1);
}

#[tokio::test]
async fn token_that_ends_before_that_of_the_user_is_exchanged_again() {
    let server = Counting::start(Duration::ZERO).await;
    let (exchanger, alice) = (server.exchanger(), server.subject("alice", 2 * 3600));
    let source = exchanger.on_behalf_of(&alice).audience("stock");
    assert_eq!(access(&source).await.unwrap(), "token1");
    server.clock.advance(Duration::from_secs(3600));
    assert_eq!(access(&source).await.unwrap(), "token2");
}

#[tokio::test]
async fn no_user_gets_the_token_of_another_one() {
    let pool = Pool::start().await;
    let exchanger = pool.exchanger(&pool.service()).capacity(NonZeroUsize::new(8).unwrap());
    let exchanger = exchanger.build().unwrap();
    let users: Vec<String> = (0..6).map(|number| format!("user{number}")).collect();
    for user in &users {
        pool.0.add_user(user, "Correct-horse1").unwrap();
    }
    let subjects: Vec<AccessToken> = users.iter().map(|user| pool.token_of(user)).collect();
    let requests = (0..120).map(|number| {
        let (user, subject) = (&users[number % 6], &subjects[number % 6]);
        let audience = if number % 4 < 2 { "stock" } else { "orders" };
        let source = exchanger.on_behalf_of(subject).audience(audience);
        async move {
            // With more keys than room an exchange may be turned away, but never mixed up.
            let Ok(token) = access(&source).await else { return 0 };
            let claims = claims_of(&token);
            assert_eq!((&claims["username"], &claims["aud"]), (&json!(user), &json!(audience)));
            1
        }
    });
    let served: usize = join_all(requests).await.into_iter().sum();
    assert!(served >= 60, "{served}");
}

#[tokio::test]
async fn full_cache_drops_the_token_that_expires_first_and_none_that_is_being_fetched() {
    let server = Counting::start(Duration::ZERO).await;
    let two = NonZeroUsize::new(2).unwrap();
    let exchanger = server.builder().capacity(two).build().unwrap();
    let of = |name: &str, seconds| exchanger.on_behalf_of(server.subject(name, seconds));
    let (long, short, third) = (of("alice", 3000), of("bob", 2000), of("carol", 2500));
    for source in [&long, &short, &third] {
        access(source).await.unwrap();
    }
    assert_eq!(access(&long).await.unwrap(), "token1");
    assert_eq!(access(&third).await.unwrap(), "token3");
    assert_eq!(access(&short).await.unwrap(), "token4", "it made room");

    let slow = Counting::start(Duration::from_secs(5)).await;
    let exchanger = slow.builder().capacity(two).build().unwrap();
    let of = |name: &str| exchanger.on_behalf_of(slow.subject(name, 3600));
    let (first, second) = (of("alice"), of("bob"));
    let waiting = [first, second].map(|source| tokio::spawn(async move { access(&source).await }));
    tokio::task::yield_now().await;
    assert_eq!(kind(&of("carol")).await, TokenErrorKind::Transient);
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}

/// An endpoint that refuses the tokens of some actors and users, with or without a description.
struct Refusing {
    endpoint: Counting,
    refused: Arc<Mutex<Vec<String>>>,
}

impl Refusing {
    async fn start(description: Option<&'static str>) -> Self {
        let endpoint = Counting::start(Duration::ZERO).await;
        let refused = Arc::new(Mutex::new(Vec::<String>::new()));
        let listed = Arc::clone(&refused);
        let is_refused = move |request: &Request| {
            let body = String::from_utf8(request.body.clone()).unwrap();
            listed.lock().unwrap().iter().any(|token| body.contains(token))
        };
        let mut error = json!({ "error": "invalid_request" });
        if let Some(description) = description {
            error["error_description"] = description.into();
        }
        let refusal = ResponseTemplate::new(400).set_body_json(error);
        let mock = Mock::given(is_refused).respond_with(refusal).with_priority(1);
        mock.mount(&endpoint.server).await;
        Self { endpoint, refused }
    }

    fn refuse(&self, token: &str) {
        self.refused.lock().unwrap().push(token.to_owned());
    }

    /// An exchanger whose own tokens are `actor1.`, `actor2.` and so on.
    fn exchanger(&self) -> (TokenExchanger, Arc<AtomicUsize>) {
        let (clock, fetched) = (self.endpoint.clock.clone(), Arc::new(AtomicUsize::new(0)));
        let (counter, now) = (Arc::clone(&fetched), Arc::clone(&clock));
        let own = CachedTokens::new(move |_| {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            let token = AccessToken::from(format!("actor{number}."));
            let set = TokenSet::new(token, now.now(), Duration::from_secs(24 * 3600));
            async move { Ok(set) }
        });
        (self.endpoint.builder().actor(own.clock(clock)).build().unwrap(), fetched)
    }

    fn user(&self, name: &str) -> AccessToken {
        self.endpoint.subject(name, 3600)
    }
}

#[tokio::test]
async fn refused_token_of_the_service_is_replaced_and_ends_no_session() {
    for description in [None, Some("Invalid actor token"), Some("subject_token or actor_token")] {
        let server = Refusing::start(description).await;
        let (exchanger, fetched) = server.exchanger();
        access(&exchanger.on_behalf_of(server.user("alice"))).await.unwrap();
        server.endpoint.clock.advance(MIN_REJECTED_AGE);
        server.refuse("actor1.");
        for name in ["bob", "carol", "dave"] {
            access(&exchanger.on_behalf_of(server.user(name))).await.unwrap();
        }
        assert_eq!(fetched.load(Ordering::SeqCst), 2, "{description:?}");
    }
}

#[tokio::test]
async fn service_whose_every_token_is_refused_ends_no_session() {
    for description in [None, Some("Invalid actor token")] {
        let server = Refusing::start(description).await;
        let (exchanger, fetched) = server.exchanger();
        server.refuse("actor");
        for round in 0..3 {
            let error = access(&exchanger.on_behalf_of(server.user(&format!("user{round}")))).await;
            let error = error.unwrap_err();
            assert_eq!(error.kind(), TokenErrorKind::Configuration);
            assert!(matches!(endpoint_error(&error), TokenEndpointError::ActorRefused));
            server.endpoint.clock.advance(MIN_REJECTED_AGE);
        }
        let fetched = fetched.load(Ordering::SeqCst);
        assert!(fetched <= 2, "rejections cause few refreshes: {fetched}");
    }
}

#[tokio::test]
async fn refused_user_is_told_from_a_refused_service() {
    for (description, is_known) in [(None, false), (Some("Invalid subject token"), true)] {
        let server = Refusing::start(description).await;
        let (exchanger, fetched) = server.exchanger();
        let revoked = server.user("revoked");
        server.refuse(revoked.expose_secret());
        let source = |audience: &str| exchanger.on_behalf_of(&revoked).audience(audience);
        let (ended, unknown) = (TokenErrorKind::Ended, TokenErrorKind::Configuration);
        // Without a description or an exchange that succeeded, either token may be refused.
        assert_eq!(kind(&source("a")).await, if is_known { ended } else { unknown });
        access(&exchanger.on_behalf_of(server.user("alice"))).await.unwrap();
        server.endpoint.clock.advance(MIN_REJECTED_AGE);
        assert_eq!(kind(&source("b")).await, ended);
        assert_eq!(fetched.load(Ordering::SeqCst), if is_known { 1 } else { 2 });
    }
}

#[tokio::test]
async fn actor_of_one_exchange_that_is_refused_or_expired_ends_no_session() {
    let server = Refusing::start(None).await;
    let actor = server.user("agent");
    server.refuse(actor.expose_secret());
    let exchanger = server.endpoint.exchanger();
    for actor in [actor, server.endpoint.subject("agent", 0)] {
        let source = exchanger.on_behalf_of(server.user("alice")).actor(actor);
        let error = access(&source).await.unwrap_err();
        assert!(matches!(endpoint_error(&error), TokenEndpointError::ActorRefused));
        assert_eq!(error.kind(), TokenErrorKind::Configuration);
    }
}

#[tokio::test]
async fn parameters_beyond_the_limits_of_the_api_are_errors_of_the_configuration() {
    let server = Counting::start(Duration::ZERO).await;
    let of_alice = server.exchanger().on_behalf_of(server.subject("alice", 3600));
    let long = "x".repeat(257);
    for source in [
        of_alice.clone().audience("with space"),
        of_alice.clone().audience(""),
        of_alice.clone().resource(&long),
        of_alice.clone().scopes([&long]),
        of_alice.clone().scopes((0..51).map(|number| format!("stock/{number}"))),
    ] {
        assert_eq!(kind(&source).await, TokenErrorKind::Configuration);
    }
    assert_eq!(server.exchanges(), 0);
    access(&of_alice.audience("x".repeat(256))).await.unwrap();
}

#[tokio::test]
async fn expired_tokens_do_not_stay_in_memory() {
    let server = Counting::start(Duration::ZERO).await;
    let exchanger = server.exchanger();
    for number in 0..5 {
        let user = server.subject(&format!("user{number}"), 600);
        access(&exchanger.on_behalf_of(user)).await.unwrap();
    }
    server.clock.advance(Duration::from_secs(600));
    access(&exchanger.on_behalf_of(server.subject("alice", 600))).await.unwrap();
    assert!(format!("{exchanger:?}").contains("kept: 1,"), "{exchanger:?}");
}

#[tokio::test]
async fn refusals_and_failures_have_the_kind_of_their_remedy_and_a_pause() {
    for (status, body, expected) in [
        (400, json!({ "error": "invalid_request" }), TokenErrorKind::Ended),
        (400, json!({ "error": "invalid_grant" }), TokenErrorKind::Ended),
        (400, json!({ "error": "invalid_target" }), TokenErrorKind::Configuration),
        (400, json!({ "error": "invalid_scope" }), TokenErrorKind::Configuration),
        (401, json!({ "error": "invalid_client" }), TokenErrorKind::Configuration),
        (400, json!({ "error": "unsupported_grant_type" }), TokenErrorKind::Configuration),
        (400, json!({ "error": "new_error" }), TokenErrorKind::Configuration),
        (403, json!({ "message": "Forbidden" }), TokenErrorKind::Transient),
        (429, json!({}), TokenErrorKind::Transient),
        (500, json!({}), TokenErrorKind::Transient),
        (200, json!({ "access_token": "t" }), TokenErrorKind::Transient),
        (
            200,
            json!({
                "access_token": "t", "expires_in": 60,
                "issued_token_type": "urn:ietf:params:oauth:token-type:id_token",
            }),
            TokenErrorKind::Transient,
        ),
    ] {
        let server = Counting::start(Duration::ZERO).await;
        let refusal = ResponseTemplate::new(status).set_body_json(&body);
        let refusal = Mock::given(matchers::any()).respond_with(refusal).with_priority(1);
        refusal.expect(1).mount(&server.server).await;
        let source = server.exchanger().on_behalf_of(server.subject("alice", 3600));
        for _ in 0..3 {
            assert_eq!(kind(&source).await, expected, "{body}");
        }
    }
}

#[tokio::test]
async fn foreign_tokens_and_an_actor_without_a_token_are_errors_of_the_configuration() {
    let server = Counting::start(Duration::ZERO).await;
    let alice = server.subject("alice", 3600);
    let exchanger = server.exchanger();
    let foreign = SecurityToken::from(&alice).issued_by("corporate");
    for subject in [SecurityToken::saml2("PHNhbWw+"), foreign] {
        assert_eq!(kind(&exchanger.on_behalf_of(subject)).await, TokenErrorKind::Configuration);
    }
    // It is not the user who has to sign in again.
    let ended = CachedTokens::new(async |_| Err(TokenError::new(TokenErrorKind::Ended, "ended")));
    let delegating = server.builder().actor(ended).build().unwrap();
    let source = delegating.on_behalf_of(&alice);
    assert_eq!(kind(&source).await, TokenErrorKind::Configuration);
    assert_eq!(server.exchanges(), 0);
    for domain in ["http://auth.example.com", "auth.example.com", "https://a.example/login"] {
        let refused = TokenExchanger::at_domain(domain, "client-id").build().unwrap_err();
        assert!(matches!(refused, TokenEndpointError::InvalidEndpoint), "{domain}");
    }
}

#[tokio::test]
async fn middleware_sends_each_user_a_token_of_their_own_and_exchanges_a_rejected_one_again() {
    let server = Counting::start(Duration::ZERO).await;
    let exchanger = server.exchanger();
    let api = MockServer::start().await;
    let rejected = matchers::header("authorization", "Bearer token1");
    let challenge = ResponseTemplate::new(401).insert_header("www-authenticate", "Bearer");
    Mock::given(rejected).respond_with(challenge).with_priority(1).mount(&api).await;
    Mock::given(matchers::any()).respond_with(ResponseTemplate::new(200)).mount(&api).await;
    let auth = BearerAuth::per_request(Origins::only([api.uri()]).unwrap());
    let client = auth.client(reqwest::Client::builder()).unwrap().build();
    let (alice, bob) = (server.subject("alice", 3600), server.subject("bob", 3600));
    let of = |user: &AccessToken| TokenFrom::new(exchanger.on_behalf_of(user).audience("stock"));
    access(&exchanger.on_behalf_of(&alice).audience("stock")).await.unwrap();
    server.clock.advance(MIN_REJECTED_AGE);
    for user in [&alice, &bob, &alice] {
        let response = client.get(api.uri()).with_extension(of(user)).send().await.unwrap();
        assert_eq!(response.status(), 200);
    }
    let sent = api.received_requests().await.unwrap();
    let sent: Vec<_> = sent.iter().map(|r| r.headers["authorization"].to_str().unwrap()).collect();
    assert_eq!(sent, ["Bearer token1", "Bearer token2", "Bearer token3", "Bearer token2"]);

    let error = client.get(api.uri()).send().await.unwrap_err();
    assert_eq!(token_error(&error).unwrap().kind(), TokenErrorKind::Configuration);
    assert_eq!(api.received_requests().await.unwrap().len(), 4, "nothing goes without a token");
}

#[tokio::test]
async fn layer_sends_the_token_of_the_source_that_the_request_names() {
    let server = Counting::start(Duration::ZERO).await;
    let exchanger = server.exchanger();
    let origins = Origins::only(["https://stock.example.com"]).unwrap();
    let service = ServiceBuilder::new().layer(BearerLayer::per_request(origins).retry());
    let service = service.service_fn(async |request: http::Request<()>| {
        let value = request.headers()["authorization"].to_str().unwrap().to_owned();
        Ok::<_, Infallible>(http::Response::new(value))
    });
    let alice = exchanger.on_behalf_of(server.subject("alice", 3600)).audience("stock");
    let request = http::Request::get("https://stock.example.com/");
    let request = request.extension(TokenFrom::new(alice)).body(()).unwrap();
    let response = service.clone().oneshot(request).await.unwrap();
    assert_eq!(response.body(), "Bearer token1");
    let request = http::Request::get("https://stock.example.com/").body(()).unwrap();
    let error = service.oneshot(request).await.unwrap_err();
    let error: &TokenError = error.downcast_ref().unwrap();
    assert_eq!(error.kind(), TokenErrorKind::Configuration);
}
