//! Sends a request to a pool that does not exist, so that a test can observe its route.
//!
//! Usage: `ask_pool ENDPOINT`

use cognito::UserPool;
use cognito::verify::{FetchKeys, ReqwestFetcher};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let endpoint = std::env::args().nth(1).ok_or("usage: ask_pool ENDPOINT")?;
    let pool = UserPool::builder("eu-west-1_Ab12Cd34E".parse()?, "client").endpoint(&endpoint);
    let pool = pool.allow_plain_http(["pool.invalid"]).build()?;
    println!("operation: {}", pool.resend_confirmation_code("alice").await.is_ok());
    println!("key set: {}", pool.verifier().prefetch().await.is_ok());
    println!("reqwest: {}", ReqwestFetcher::new()?.fetch(&format!("{endpoint}/r")).await.is_ok());
    Ok(())
}
