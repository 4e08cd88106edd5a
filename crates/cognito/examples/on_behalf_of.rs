//! Three services, each of which calls the next one on behalf of the user: web, orders and stock, in
//! this process, over HTTP, against the emulator.
//!
//! No service forwards the token that it received. It exchanges the token for one that only the next
//! service accepts, and that names the services in between.

#![allow(clippy::print_stdout)] // The example prints its results.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use cognito::session::TokenErrorKind;
use cognito::types::{ClientId, ClientSecret};
use cognito::verify::{Clients, Required};
use cognito::{AccessClaims, Verifier};
use cognito_emulator::{Emulator, LocalPool, PoolSettings};
use cognito_http::{
    BearerAuth, ClientCredentials, Origins, TokenExchanger, TokenFrom, VerifiedAccess,
    VerifiedToken, VerifyLayer, require_scope, token_error,
};
use cognito_tokens::ReqwestFetcher;
use reqwest_middleware::ClientWithMiddleware;
use serde_json::{Value, json};
use tokio::net::TcpListener;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SCOPES: [&str; 3] = ["orders/read", "stock/read", "stock/write"];

/// A service that calls the next one.
#[derive(Clone)]
struct Caller {
    exchanger: TokenExchanger,
    client: ClientWithMiddleware,
    next: &'static str,
    url: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let emulator = Emulator::start().await?;
    let local = emulator.create_pool(PoolSettings::default())?;
    for server in ["orders", "stock"] {
        let scopes =
            ["read", "write"].map(|name| json!({ "ScopeName": name, "ScopeDescription": name }));
        let server = json!({ "Identifier": server, "Name": server, "Scopes": scopes });
        local.call("CreateResourceServer", server)?;
    }

    let stock = Router::new().route("/", get(stock)).layer(require_scope("stock/read"));
    let stock = serve(stock.layer(accepts(&local, "stock")?)).await?;
    let orders = caller(&local, "stock", stock.clone())?;
    let orders = Router::new().route("/", get(call_next)).with_state(orders);
    let orders = serve(orders.layer(accepts(&local, "orders")?)).await?;
    let web = caller(&local, "orders", orders.clone())?;
    let web = Router::new().route("/", get(call_next)).with_state(web);
    let web = serve(web.layer(VerifyLayer::access_tokens(verifier(&local)?))).await?;

    local.add_user("alice", "Correct-horse1")?;
    let claims = json!({ "username": "alice", "scope": SCOPES.join(" ") });
    let alice = local.access_token_for(claims)?;
    for (name, url, expected) in
        [("web", &web, 200), ("orders", &orders, 401), ("stock", &stock, 401)]
    {
        let request = reqwest::Client::new().get(url).bearer_auth(alice.expose_secret());
        let response = request.send().await?;
        let status = response.status();
        print!("alice to {name}: {status}\n{}", response.text().await?);
        assert_eq!(status, expected);
    }
    Ok(())
}

/// Calls the next service on behalf of the user whose token came with the request.
async fn call_next(
    State(service): State<Caller>,
    VerifiedToken(token): VerifiedToken,
    VerifiedAccess(claims): VerifiedAccess,
) -> std::result::Result<String, StatusCode> {
    let source = service.exchanger.on_behalf_of(token).audience(service.next);
    let request = service.client.get(&service.url).with_extension(TokenFrom::new(source));
    let response = request.send().await.map_err(|error| match token_error(&error) {
        // The user's token has been revoked in the meantime.
        Some(error) if error.kind() == TokenErrorKind::Ended => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_GATEWAY,
    })?;
    let text = response.text().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(format!("{}{text}", line(&claims)))
}

/// Handles requests to the last service.
async fn stock(VerifiedAccess(claims): VerifiedAccess) -> String {
    line(&claims)
}

fn line(claims: &AccessClaims) -> String {
    let (user, scopes) = (claims.username().unwrap_or("?"), claims.scopes().collect::<Vec<_>>());
    let (audience, actors) = (claims.audience(), claims.actors().len());
    format!("  a token of {user} for {audience:?}, {actors} actors, scopes {scopes:?}\n")
}

/// Returns the layer of a service, which accepts tokens that are bound to it, including those of services
/// that act on behalf of a user.
fn accepts(local: &LocalPool, name: &'static str) -> Result<VerifyLayer> {
    let verifier = verifier(local)?
        .with_rules(|rules| rules.audience(Required::any_of([name])).allow_delegated());
    Ok(VerifyLayer::access_tokens(verifier))
}

fn verifier(local: &LocalPool) -> Result<Verifier> {
    let fetcher = Arc::new(ReqwestFetcher::new()?);
    let verifier = Verifier::builder(&local.id(), Clients::Any, fetcher);
    Ok(verifier.endpoint(local.endpoint()).clock(local.clock()).build())
}

/// Creates a service with an app client for exchanges, and with machine tokens that identify it.
fn caller(local: &LocalPool, next: &'static str, url: String) -> Result<Caller> {
    let (id, secret) = local.create_machine_client(["orders/read"])?;
    let own = ClientCredentials::at_domain(local.endpoint(), id).client_secret(secret);
    let (id, secret) = exchange_client(local)?;
    let exchanger = TokenExchanger::at_domain(local.endpoint(), id)
        .client_secret(secret)
        .actor(own.build()?)
        .build()?;
    let auth = BearerAuth::per_request(Origins::only([&url])?);
    let client = auth.client(reqwest::Client::builder())?.build();
    Ok(Caller { exchanger, client, next, url })
}

/// Creates an app client that may exchange tokens for tokens with at most these scopes.
fn exchange_client(local: &LocalPool) -> Result<(ClientId, ClientSecret)> {
    let client = json!({
        "ClientName": "exchange", "GenerateSecret": true,
        "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_DELEGATION"],
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["orders/read", "stock/read"],
        "CallbackURLs": ["https://example.com/"], "SupportedIdentityProviders": ["COGNITO"],
    });
    let client = local.call("CreateUserPoolClient", client)?;
    let member =
        |name| client.pointer(name).and_then(Value::as_str).ok_or("the app client has no secret");
    let id = member("/UserPoolClient/ClientId")?;
    Ok((id.into(), member("/UserPoolClient/ClientSecret")?.into()))
}

/// Serves on a free port of 127.0.0.1, and returns its URL.
async fn serve(service: Router) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(url)
}
