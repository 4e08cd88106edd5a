//! Signs a user in in the browser: `bench-login POOL_ID CLIENT_ID DOMAIN`.

use cognito::UserPoolId;
use cognito::managed_login::{LoopbackListener, ManagedLogin};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [pool_id, client_id, domain] = &*arguments else {
        return Err("usage: bench-login POOL_ID CLIENT_ID DOMAIN".into());
    };
    let pool_id: UserPoolId = pool_id.parse()?;
    let login = ManagedLogin::builder(&pool_id, client_id.as_str(), domain.as_str())
        .scopes(["openid", "email"])
        .build()?;
    let listener = LoopbackListener::bind("http://localhost:8765/callback").await?;
    let request = login.authorization_url(listener.redirect_uri()).build()?;
    println!("{}", request.url());
    let callback = listener.application("bench").callback(request.pending()).await?;
    let tokens = login.exchange(request.pending(), &callback).await?;
    println!("{}", tokens.access_claims().username().unwrap_or_default());
    Ok(())
}
