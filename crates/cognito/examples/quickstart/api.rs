//! An API that rejects requests without a valid token, and a call to it.

use std::error::Error;

use axum::{Router, routing::get};
use cognito::{Session, UserPool};
use cognito_http::{BearerAuth, Origins, VerifiedAccess, VerifyLayer};
use reqwest_middleware::ClientBuilder;
use tokio::net::TcpListener;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Serves the API on 127.0.0.1, calls it with the session's token, and returns its greeting.
pub(crate) async fn call(pool: &UserPool, session: &Session) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let verified = VerifyLayer::access_tokens(pool.verifier().clone());
    let api: Router = Router::new().route("/", get(greet)).layer(verified);
    tokio::spawn(async move { axum::serve(listener, api).await });

    let auth = BearerAuth::new(session.clone(), Origins::only([&url])?);
    let http = ClientBuilder::new(reqwest::Client::new()).with(auth).build();
    let response = http.get(url).send().await?.error_for_status()?;
    Ok(response.text().await?)
}

async fn greet(VerifiedAccess(claims): VerifiedAccess) -> String {
    format!("welcome, {}", claims.username().unwrap_or_default())
}
