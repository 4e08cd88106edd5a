//! Machine-to-machine tokens, from the emulator and from servers that fail.

mod shared_cache;

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cognito::http::{ClientCredentials, FETCH_TIMEOUT, TokenEndpointError, TokenExchanger};
use cognito::session::{TokenErrorKind, TokenRequest, TokenSource};
use cognito::types::{ClientId, ClientSecret};
use cognito::verify::{Callers, Clients, ReqwestFetcher};
use cognito::{AccessClaims, Verifier};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use cognito_tests::mock_server::MockServer;
use cognito_tests::outgoing::server;
use serde_json::{Value, json};
use wiremock::{Mock, Request, ResponseTemplate, matchers};

use self::shared_cache::Keys;

const SCOPES: [&str; 2] = ["orders/read", "orders/write"];

/// A pool over HTTP, and a machine client.
struct Pool {
    local: LocalPool,
    client: ClientId,
    secret: ClientSecret,
}

impl Pool {
    async fn start() -> Self {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await;
        let local = emulator.unwrap().create_pool(PoolSettings::default()).unwrap();
        let (client, secret) = local.create_machine_client(SCOPES).unwrap();
        Self { local, client, secret }
    }

    fn at_domain(&self) -> cognito::http::ClientCredentialsBuilder {
        ClientCredentials::at_domain(self.local.endpoint(), &self.client)
            .clock(self.local.clock())
            .client_secret(self.secret.clone())
    }

    fn at_pool(&self) -> cognito::http::ClientCredentialsBuilder {
        ClientCredentials::at_pool(&self.local.id(), &self.client)
            .endpoint(self.local.endpoint())
            .clock(self.local.clock())
            .client_secret(self.secret.clone())
    }

    async fn verified(&self, token: &str) -> AccessClaims {
        let fetcher = Arc::new(ReqwestFetcher::new().unwrap());
        let verifier = Verifier::builder(&self.local.id(), Clients::only(&self.client), fetcher)
            .endpoint(self.local.endpoint())
            .clock(self.local.clock())
            .rules(|rules| rules.callers(Callers::Machines).allow_any_audience())
            .build();
        verifier.access_token(token).await.unwrap()
    }

    /// Returns the response of the token endpoint to a form.
    async fn post(&self, login: Option<(&str, &str)>, form: &str) -> (u16, Value) {
        let url = format!("{}/oauth2/token", self.local.endpoint());
        let request = reqwest::Client::new().post(url).body(form.to_owned());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = match login {
            Some((id, secret)) => request.basic_auth(id, Some(secret)),
            None => request,
        };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }
}

async fn token(source: &ClientCredentials) -> Result<String, TokenErrorKind> {
    let token = source.token(&TokenRequest::access()).await;
    token.map(|token| token.expose_secret().to_owned()).map_err(|error| error.kind())
}

#[tokio::test]
async fn both_endpoints_return_a_valid_token() {
    let pool = Pool::start().await;
    for builder in [pool.at_domain(), pool.at_pool()] {
        let source = builder.scopes(["orders/read"]).build().unwrap();
        let claims = pool.verified(&token(&source).await.unwrap()).await;
        assert_eq!(claims.scopes().collect::<Vec<_>>(), ["orders/read"]);
        assert!(claims.is_machine());
        let write = TokenRequest::access().with_scopes(["orders/write"]);
        let claims = pool.verified(source.token(&write).await.unwrap().expose_secret()).await;
        assert_eq!(claims.scopes().collect::<Vec<_>>(), ["orders/write"]);
        let id = source.token(&TokenRequest::id()).await.unwrap_err();
        assert_eq!(id.kind(), TokenErrorKind::Configuration);
    }
    let all = pool.verified(&token(&pool.at_pool().build().unwrap()).await.unwrap()).await;
    assert_eq!(all.scopes().collect::<Vec<_>>(), SCOPES);
}

/// The emulator rejects a request with a resource, so that a token shows that none was sent.
#[tokio::test]
#[allow(deprecated)]
async fn resource_of_a_machine_client_is_not_sent() {
    let pool = Pool::start().await;
    for builder in [pool.at_domain(), pool.at_pool()] {
        let source = builder.resource("https://api.example.com").build().unwrap();
        let claims = pool.verified(&token(&source).await.unwrap()).await;
        assert!(claims.audience().is_empty());
    }
}

#[tokio::test]
async fn wrong_secrets_and_scopes_are_errors_of_the_configuration() {
    let pool = Pool::start().await;
    for builder in [pool.at_domain(), pool.at_pool()] {
        let wrong = builder.clone().client_secret("a-secret-of-nobody-0123456789");
        let wrong_scope = builder.scopes(["orders/delete"]);
        for builder in [wrong, wrong_scope] {
            let result = token(&builder.build().unwrap()).await;
            assert_eq!(result, Err(TokenErrorKind::Configuration));
        }
    }
}

#[tokio::test]
async fn rejected_secret_is_read_again() {
    let pool = Pool::start().await;
    let client = pool.client.as_str();
    let added = pool.local.call("AddUserPoolClientSecret", json!({ "ClientId": client })).unwrap();
    let next = added["ClientSecretDescriptor"]["ClientSecretValue"].as_str().unwrap().to_owned();
    let listed = pool.local.call("ListUserPoolClientSecrets", json!({ "ClientId": client }));
    let first = listed.unwrap()["ClientSecrets"][0]["ClientSecretId"].clone();
    let input = json!({ "ClientId": client, "ClientSecretId": first });
    pool.local.call("DeleteUserPoolClientSecret", input).unwrap();

    let refused = Arc::new(Mutex::new(Vec::new()));
    let (record, old) = (Arc::clone(&refused), pool.secret.clone());
    let source = pool.at_domain().client_secret_from(move |refused| {
        let secret = if refused.is_some() { next.clone().into() } else { old.clone() };
        record.lock().unwrap().push(refused.map(|refused| refused.expose_secret().to_owned()));
        async move { Ok::<ClientSecret, std::io::Error>(secret) }
    });
    token(&source.build().unwrap()).await.unwrap();
    let old = Some(pool.secret.expose_secret().to_owned());
    assert_eq!(*refused.lock().unwrap(), [None, old]);
}

#[tokio::test]
async fn rejected_secret_is_not_sent_again() {
    let response = ResponseTemplate::new(400).set_body_json(json!({ "error": "invalid_client" }));
    let (server, count) = counting(Some(response)).await;
    let source = ClientCredentials::at_domain(server.uri(), "client-id")
        .client_secret_from(async |_| Ok::<ClientSecret, std::io::Error>("the same".into()));
    assert_eq!(token(&source.build().unwrap()).await, Err(TokenErrorKind::Configuration));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_unreadable_secret_is_retried_after_a_pause() {
    let (server, count) = counting(None).await;
    let clock = Arc::new(cognito_emulator::TestClock::default());
    let reads = Arc::new(AtomicUsize::new(0));
    let read = Arc::clone(&reads);
    let source = ClientCredentials::at_domain(server.uri(), "client-id").clock(clock.clone());
    let source = source.client_secret_from(move |_| {
        let number = read.fetch_add(1, Ordering::SeqCst);
        async move { if number == 0 { Err("the vault is sealed") } else { Ok("secret".into()) } }
    });
    let source = source.build().unwrap();
    for _ in 0..3 {
        let error = source.token(&TokenRequest::access()).await.unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Transient);
        let mut causes = std::iter::successors(std::error::Error::source(&error), |e| e.source());
        assert!(causes.any(|cause| cause.to_string() == "the vault is sealed"));
    }
    assert_eq!((reads.load(Ordering::SeqCst), count.load(Ordering::SeqCst)), (1, 0));
    clock.advance(Duration::from_secs(1));
    assert_eq!(token(&source).await.unwrap(), "token1");
}

#[tokio::test]
async fn response_may_be_512_kib_long() {
    for (length, expected) in [(512 * 1024, true), (512 * 1024 + 1, false)] {
        let granted = json!({ "access_token": "token", "expires_in": 3600 }).to_string();
        let body = granted.clone() + &" ".repeat(length - granted.len());
        let server = server(ResponseTemplate::new(200).set_body_string(body)).await;
        let source =
            ClientCredentials::at_domain(server.uri(), "client-id").client_secret("secret");
        assert_eq!(token(&source.build().unwrap()).await.is_ok(), expected, "{length}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_is_never_read_fails_the_request_after_the_time_limit() {
    let source = ClientCredentials::at_domain("https://auth.example.com", "client-id")
        .client_secret_from(|_| std::future::pending::<Result<ClientSecret, std::io::Error>>());
    let began = tokio::time::Instant::now();
    let result = token(&source.build().unwrap()).await;
    assert_eq!(result, Err(TokenErrorKind::Transient));
    assert_eq!(began.elapsed(), FETCH_TIMEOUT);
}

#[tokio::test(start_paused = true)]
async fn fips_host_and_time_limit_can_be_set() {
    let keys = Arc::new(Keys::default());
    for (fips, host) in [(true, "cognito-idp-fips"), (false, "cognito-idp")] {
        let pool = "us-east-1_Ab12Cd34E".parse().unwrap();
        let source = ClientCredentials::at_pool(&pool, "client-id")
            .client_secret_from(|_| std::future::pending::<Result<ClientSecret, std::io::Error>>())
            .use_fips(fips)
            .timeout(Duration::from_secs(3))
            .cache(keys.clone());
        let began = tokio::time::Instant::now();
        assert_eq!(token(&source.build().unwrap()).await, Err(TokenErrorKind::Transient));
        assert_eq!(began.elapsed().as_secs(), 3);
        let key = keys.0.lock().unwrap().remove(0);
        assert_eq!(key.endpoint(), format!("https://{host}.us-east-1.amazonaws.com/"));
    }
}

#[tokio::test]
async fn a_named_host_is_reached_over_plain_http_with_settings_of_the_http_client() {
    let (server, count) = counting(None).await;
    let url = format!("http://auth:{}/oauth2/token", server.address().port());
    let with = |hosts: &[&str]| {
        let builder = ClientCredentials::at_domain(&*url, "client-id").client_secret("secret");
        let http = reqwest::Client::builder().resolve("auth", *server.address());
        builder.allow_plain_http(hosts).build_with(http)
    };
    let refused = with(&["other"]).unwrap_err();
    assert!(matches!(refused, TokenEndpointError::InvalidEndpoint));
    assert_eq!(token(&with(&["auth"]).unwrap()).await.unwrap(), "token1");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

/// Returns a token endpoint that counts requests, and grants a token unless another response is
/// set.
async fn counting(other: Option<ResponseTemplate>) -> (MockServer, Arc<AtomicUsize>) {
    let (server, count) = (MockServer::start().await, Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&count);
    let respond = move |_: &Request| {
        let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
        let granted = json!({ "access_token": format!("token{number}"), "expires_in": 3600 });
        let granted = ResponseTemplate::new(200).set_body_json(granted);
        other.clone().unwrap_or(granted)
    };
    Mock::given(matchers::any()).respond_with(respond).mount(&server).await;
    (server, count)
}

#[tokio::test]
async fn throttling_endpoint_gets_no_requests_during_its_pause() {
    let response = ResponseTemplate::new(429).insert_header("retry-after", "30");
    let (server, count) = counting(Some(response)).await;
    let source = ClientCredentials::at_domain(server.uri(), "client-id");
    let source = source.client_secret("secret").build().unwrap();
    for _ in 0..5 {
        let error = source.token(&TokenRequest::access()).await.unwrap_err();
        assert_eq!(error.kind(), TokenErrorKind::Transient);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn redirects_are_not_followed_with_a_secret() {
    let (elsewhere, count) = counting(None).await;
    let response = ResponseTemplate::new(307).insert_header("location", elsewhere.uri());
    let (server, _) = counting(Some(response)).await;
    let builder = ClientCredentials::at_domain(server.uri(), "client-id").client_secret("secret");
    let following = reqwest::Client::builder().redirect(reqwest::redirect::Policy::limited(5));
    for source in [builder.clone().build().unwrap(), builder.build_with(following).unwrap()] {
        token(&source).await.unwrap_err();
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[test]
fn invalid_settings_of_a_client_are_rejected() {
    let build =
        |domain: &str| ClientCredentials::at_domain(domain, "id").client_secret("s").build();
    for domain in ["http://auth.example.com", "auth.example.com", "ftp://127.0.0.1", ""] {
        let refused = build(domain).unwrap_err();
        assert!(matches!(refused, TokenEndpointError::InvalidEndpoint), "{domain}");
    }
    build("https://auth.example.com/").unwrap();
    let pool = "eu-west-1_Ab12Cd34E".parse().unwrap();
    let without = ClientCredentials::at_pool(&pool, "id").build().unwrap_err();
    assert!(matches!(without, TokenEndpointError::NoSecret));
    let url = "https://auth.example.com";
    let client = ClientCredentials::at_domain(url, "id").client_secret("s\n").build();
    let exchanger = TokenExchanger::at_domain(url, "id").client_secret("s\n").build();
    for error in [client.unwrap_err(), exchanger.unwrap_err()] {
        assert_eq!(error.kind(), TokenErrorKind::Configuration);
        assert!(error.to_string().contains("line break"), "{error}");
    }
}

#[tokio::test]
async fn invalid_secret_of_a_function_is_an_error_of_the_configuration() {
    let url = "https://auth.example.com";
    let client = ClientCredentials::at_domain(url, "id")
        .client_secret_from(async |_| Ok::<_, Infallible>("s\n".into()))
        .build();
    let error = client.unwrap().token(&TokenRequest::access()).await.unwrap_err();
    assert_eq!(error.kind(), TokenErrorKind::Configuration);
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.to_string().contains("line break"), "{source}");
}

#[tokio::test]
async fn the_token_endpoint_is_as_strict_as_the_service() {
    let pool = Pool::start().await;
    let (id, secret) = (pool.client.as_str(), pool.secret.expose_secret());
    let public = pool.local.client_id();
    let good = Some((id, secret));
    let by_form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let twice = "grant_type=client_credentials&grant_type=client_credentials";
    for (login, form, error) in [
        (None, "grant_type=client_credentials".to_owned(), "invalid_request"),
        (Some((id, "wrong")), "grant_type=client_credentials".to_owned(), "invalid_client"),
        (Some(("nobody", secret)), "grant_type=client_credentials".to_owned(), "invalid_client"),
        (good, by_form.clone(), "invalid_request"),
        (good, "grant_type=client_credentials&client_id=other".to_owned(), "invalid_request"),
        (good, twice.to_owned(), "invalid_request"),
        (good, "scope=orders%2Fread".to_owned(), "invalid_request"),
        (good, "grant_type=password".to_owned(), "unsupported_grant_type"),
        (
            good,
            "grant_type=authorization_code&code=x&redirect_uri=x:y".to_owned(),
            "unauthorized_client",
        ),
        (good, "grant_type=refresh_token".to_owned(), "invalid_request"),
        (good, "grant_type=refresh_token&refresh_token=x".to_owned(), "invalid_grant"),
        (good, "grant_type=client_credentials&scope=openid".to_owned(), "invalid_scope"),
        (good, "grant_type=client_credentials&scope=orders%2Fx".to_owned(), "invalid_scope"),
        (good, "grant_type=client_credentials&aws_client_metadata=x".to_owned(), "invalid_request"),
        (good, "grant_type=client_credentials&resource=orders".to_owned(), "invalid_request"),
        (None, format!("grant_type=client_credentials&client_id={public}"), "unauthorized_client"),
    ] {
        assert_eq!(pool.post(login, &form).await, (400, json!({ "error": error })), "{form}");
    }
    let (status, granted) = pool.post(None, &by_form).await;
    assert_eq!((status, &granted["expires_in"]), (200, &json!(3600)));
    assert_eq!(granted["token_type"], "Bearer");
    let url = format!("{}/oauth2/token", pool.local.endpoint());
    let json = reqwest::Client::new().post(url).header("content-type", "application/json");
    assert_eq!(json.body("{}").send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn discovery_returns_the_keys_and_the_endpoint() {
    let pool = Pool::start().await;
    let issuer = format!("{}/{}", pool.local.endpoint(), pool.local.id());
    let get = async |url: &str| {
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let document = get(&format!("{issuer}/.well-known/openid-configuration")).await;
    assert_eq!(document["issuer"], issuer);
    let keys = get(document["jwks_uri"].as_str().unwrap()).await;
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    let endpoint = document["token_endpoint"].as_str().unwrap();
    assert_eq!(endpoint, format!("{}/oauth2/token", pool.local.endpoint()));
    let nowhere = format!("{}/x/.well-known/openid-configuration", pool.local.endpoint());
    assert_eq!(reqwest::get(nowhere).await.unwrap().status(), 404);
}

#[tokio::test]
async fn user_tokens_are_refreshed_at_the_token_endpoint() {
    let pool = Pool::start().await;
    let user = json!({ "Username": "alice", "MessageAction": "SUPPRESS" });
    pool.local.call("AdminCreateUser", user).unwrap();
    let password = json!({ "Username": "alice", "Password": "Correct-horse1", "Permanent": true });
    pool.local.call("AdminSetUserPassword", password).unwrap();
    let flows = json!({ "ClientName": "c", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"] });
    let made = pool.local.call("CreateUserPoolClient", flows).unwrap();
    let client = made["UserPoolClient"]["ClientId"].as_str().unwrap();
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": "Correct-horse1" });
    let input = json!({
        "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters
    });
    let signed_in = pool.local.call("InitiateAuth", input).unwrap();
    let refresh = signed_in["AuthenticationResult"]["RefreshToken"].as_str().unwrap();
    let form = format!("grant_type=refresh_token&client_id={client}&refresh_token={refresh}");
    let (status, renewed) = pool.post(None, &form).await;
    assert_eq!(status, 200, "{renewed}");
    assert!(renewed["access_token"].is_string() && renewed["id_token"].is_string());
    assert!(renewed.get("refresh_token").is_none(), "it goes on");
}
