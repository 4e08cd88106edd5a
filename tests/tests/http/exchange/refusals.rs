//! Rejections of users, actors and parameters, and the kinds of their errors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cognito::http::{
    CachedTokens, FETCH_TIMEOUT, MIN_REJECTED_AGE, TokenEndpointError, TokenExchanger,
};
use cognito::session::{SecurityToken, TokenError, TokenErrorKind, TokenSet};
use cognito::types::{AccessToken, ClientSecret, Clock};
use serde_json::json;
use wiremock::{Mock, Request, ResponseTemplate, matchers};

use super::{Counting, access, endpoint_error, kind};

/// An endpoint that rejects the tokens of some actors and users, with or without a description.
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

    /// Returns an exchanger whose own tokens are `actor1.`, `actor2.` and so on.
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

#[test]
fn plain_http_is_limited_to_named_hosts() {
    let builder = || TokenExchanger::at_domain("http://auth.internal", "client-id");
    builder().build().unwrap_err();
    builder().allow_plain_http(["other.internal"]).build().unwrap_err();
    builder().allow_plain_http(["auth.internal"]).build().unwrap();
}

#[tokio::test(start_paused = true)]
async fn time_limit_of_an_exchange_includes_the_secret() {
    let server = Counting::start(Duration::ZERO).await;
    for (limit, builder) in [
        (FETCH_TIMEOUT, server.builder()),
        (Duration::from_secs(3), server.builder().timeout(Duration::from_secs(3))),
    ] {
        let exchanger = builder
            .client_secret_from(|_| std::future::pending::<Result<ClientSecret, std::io::Error>>());
        let source = exchanger.build().unwrap().on_behalf_of(server.subject("alice", 3600));
        let began = tokio::time::Instant::now();
        assert_eq!(kind(&source).await, TokenErrorKind::Transient);
        assert_eq!(began.elapsed(), limit);
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
async fn rejected_user_is_distinguished_from_a_rejected_service() {
    for (description, is_known) in [(None, false), (Some("Invalid subject token"), true)] {
        let server = Refusing::start(description).await;
        let (exchanger, fetched) = server.exchanger();
        let revoked = server.user("revoked");
        server.refuse(revoked.expose_secret());
        let source = |audience: &str| exchanger.on_behalf_of(&revoked).audience(audience);
        let (ended, unknown) = (TokenErrorKind::Ended, TokenErrorKind::Configuration);
        // Without a description or a successful exchange, either token may be the rejected one.
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
    // The user need not sign in again.
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
