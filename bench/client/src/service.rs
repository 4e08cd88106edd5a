//! Serves the name of the user of a request's access token: `bench-service POOL_ID CLIENT_ID`.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use cognito::UserPoolId;
use cognito::Verifier;
use cognito::http::{VerifiedAccess, VerifyLayer};
use cognito::verify::{Clients, ReqwestFetcher};
use tokio::net::TcpListener;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [pool_id, client_id] = &*arguments else {
        return Err("usage: bench-service POOL_ID CLIENT_ID".into());
    };
    let pool_id: UserPoolId = pool_id.parse()?;
    let fetcher = Arc::new(ReqwestFetcher::new()?);
    let verifier = Verifier::builder(&pool_id, Clients::only(client_id.as_str()), fetcher).build();
    let service = Router::new().route("/", get(name)).layer(VerifyLayer::access_tokens(verifier));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, service).await?)
}

async fn name(VerifiedAccess(claims): VerifiedAccess) -> String {
    claims.username().unwrap_or("a program").to_owned()
}
