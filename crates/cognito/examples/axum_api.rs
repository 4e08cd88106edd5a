//! An API that verifies tokens, and a user and a machine client that call it: all in this process, over
//! HTTP, against the emulator.

#![allow(clippy::print_stdout)] // The example prints its results.

use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use cognito::session::TokenRequest;
use cognito::verify::Clients;
use cognito::{UserPool, Verifier};
use cognito_emulator::{Emulator, LocalPool, PoolSettings};
use cognito_http::{
    BearerAuth, ClientCredentials, LazySession, Origins, VerifiedAccess, VerifyLayer, require_scope,
};
use cognito_tokens::ReqwestFetcher;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tokio::net::TcpListener;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const PASSWORD: &str = "Correct-horse1";

#[tokio::main]
async fn main() -> Result<()> {
    let emulator = Emulator::start().await?;
    let local = emulator.create_pool(PoolSettings::default())?;
    let machine = local.create_machine_client(["orders/read", "orders/write"])?;
    let url = serve(api(verifier(&local, [local.client_id(), machine.0.clone()])?)).await?;
    println!("An API listens at {url}.\n");

    let anonymous = ClientBuilder::new(reqwest::Client::new()).build();
    show("Anonymous", &anonymous, &format!("{url}/me")).await?;

    // The token goes to the API and to no other server.
    let origins = Origins::only([&url])?;
    let alice = with(BearerAuth::new(user(&local).await?, origins.clone()));
    show("Alice", &alice, &format!("{url}/me")).await?;
    show("Alice", &alice, &format!("{url}/orders")).await?;

    let program = ClientCredentials::at_pool(&local.id(), machine.0)
        .endpoint(local.endpoint())
        .client_secret(machine.1)
        .scopes(["orders/read"])
        .build()?;
    let program = with(BearerAuth::new(program, origins));
    show("A program", &program, &format!("{url}/orders")).await?;
    let request = program.post(format!("{url}/orders"));
    let status = request.try_clone().ok_or("the body is a stream")?.send().await?.status();
    println!("  {:<10} POST /orders  {status}, with the scope orders/read", "A program");
    let write = TokenRequest::access().with_scopes(["orders/write"]);
    let status = request.with_extension(write).send().await?.status();
    println!("  {:<10} POST /orders  {status}, with the scope orders/write", "A program");
    Ok(())
}

/// Returns the API: `/me` for every valid token, orders by scope.
fn api(verifier: Verifier) -> Router {
    let orders = get(async || "two orders").layer(require_scope("orders/read"));
    let orders = orders.merge(post(async || "made").layer(require_scope("orders/write")));
    Router::new()
        .route("/me", get(me))
        .route("/orders", orders)
        .layer(VerifyLayer::access_tokens(verifier))
}

async fn me(VerifiedAccess(claims): VerifiedAccess) -> String {
    format!("you are {}", claims.username().unwrap_or("a program"))
}

fn verifier(local: &LocalPool, clients: [cognito::types::ClientId; 2]) -> Result<Verifier> {
    let fetcher = Arc::new(ReqwestFetcher::new()?);
    let issuer = format!("{}/{}", local.endpoint(), local.id());
    let verifier = Verifier::builder(&local.id(), Clients::any_of(clients), fetcher);
    // For a pool of AWS, the issuers follow from its id.
    let verifier = verifier.issuers([issuer]).clock(local.clock());
    Ok(verifier.cache(NonZeroUsize::MIN.saturating_add(9_999)).build())
}

/// Serves on a free port of 127.0.0.1, and returns its URL.
async fn serve(api: Router) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, api).await });
    Ok(url)
}

/// Registers a user, who signs in when the first token is needed.
async fn user(local: &LocalPool) -> Result<LazySession> {
    let pool =
        UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint()).build()?;
    let sign_up = pool.sign_up("alice").password(PASSWORD);
    sign_up.attribute("email", "alice@example.com").await?;
    pool.confirm_sign_up("alice", local.code_for("alice").ok_or("no code was sent")?).await?;
    Ok(LazySession::with_password(pool, "alice", PASSWORD))
}

fn with(auth: BearerAuth) -> ClientWithMiddleware {
    ClientBuilder::new(reqwest::Client::new()).with(auth).build()
}

async fn show(caller: &str, client: &ClientWithMiddleware, url: &str) -> Result<()> {
    let response = client.get(url).send().await?;
    let (status, path) = (response.status(), response.url().path().to_owned());
    let challenge = response.headers().get("www-authenticate").cloned();
    let text = match challenge {
        Some(challenge) => format!("WWW-Authenticate: {}", challenge.to_str()?),
        None => response.text().await?,
    };
    println!("  {caller:<10} GET {path:<8} {status}: {text}");
    Ok(())
}
