//! Token exchange at the emulator's token endpoint.

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito::http::{ClientCredentials, TokenEndpointError, TokenExchanger, TokenExchangerBuilder};
use cognito::session::{TokenErrorKind, TokenRequest, TokenSource};
use cognito::types::{AccessToken, ClientId, ClientSecret};
use cognito::verify::{Clients, Required, ReqwestFetcher, VerifyError};
use cognito::{AccessClaims, Verifier};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{access, endpoint_error, kind};

const SCOPE: &str = "aws.cognito.signin.user.admin";

/// A pool over HTTP with a frozen clock, users and services.
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

    /// Returns the tokens of a machine client, and its id.
    fn program(&self) -> (ClientCredentials, ClientId) {
        let (id, secret) = self.0.create_machine_client(["stock/read"]).unwrap();
        let source = ClientCredentials::at_domain(self.0.endpoint(), &id).client_secret(secret);
        (source.clock(self.0.clock()).build().unwrap(), id)
    }

    fn token_of(&self, username: &str) -> AccessToken {
        self.0.access_token_for(json!({ "username": username })).unwrap()
    }

    /// Verifies a token like the service with a name.
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

fn claims_of(token: &str) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[tokio::test]
async fn exchanged_token_is_valid_for_the_user_at_the_named_service_only() {
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
            // With more keys than capacity an exchange may be rejected, but never mixed up.
            let Ok(token) = access(&source).await else { return 0 };
            let claims = claims_of(&token);
            assert_eq!((&claims["username"], &claims["aud"]), (&json!(user), &json!(audience)));
            1
        }
    });
    let served: usize = join_all(requests).await.into_iter().sum();
    assert!(served >= 60, "{served}");
}
