//! Signs in with `cognito`: `bench-cognito ENDPOINT POOL_ID CLIENT_ID USERNAME PASSWORD`.
//!
//! Prints `ready` after the first sign-in. Then it reads a count from each line,
//! repeats the sign-in that often, and prints the total time in seconds.

mod counts;

use cognito::{Session, SignIn, UserPool};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, pool_id, client_id, username, password] = &*arguments else {
        return Err("usage: bench-cognito ENDPOINT POOL_ID CLIENT_ID USERNAME PASSWORD".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let pool = UserPool::builder(pool_id.parse()?, client_id.as_str());
    let pool = pool.endpoint(endpoint).build()?;
    counts::serve(|| {
        let session = runtime.block_on(sign_in(&pool, username, password))?;
        let claims = runtime.block_on(session.access_claims())?;
        match claims.username() == Some(username) {
            true => Ok(()),
            false => Err("the token belongs to another user".into()),
        }
    })
}

async fn sign_in(pool: &UserPool, username: &str, password: &str) -> Result<Session> {
    match pool.sign_in(username).password(password).await? {
        SignIn::Done(session) => Ok(session),
        SignIn::Challenge(challenge) => Err(challenge.question().into()),
    }
}
