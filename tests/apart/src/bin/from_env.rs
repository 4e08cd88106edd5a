//! Prints the number of users in a pool and the number of pools, with the credentials of the
//! environment.
//!
//! Usage: `from_env POOL_ID [ENDPOINT]`. With an endpoint it prints the number of users from a
//! client with this endpoint.

use cognito::{Admin, UserPool, UserPools};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [pool_id, endpoint @ ..] = &*arguments else {
        return Err("usage: from_env POOL_ID [ENDPOINT]".into());
    };
    let pool_id = pool_id.parse()?;
    if let [endpoint] = endpoint {
        let pool = UserPool::builder(pool_id, "client").endpoint(endpoint).build()?;
        println!("{}", pool.admin_from_env().await.users().await?.len());
        return Ok(());
    }
    let admin = Admin::from_env(pool_id).await;
    let pools = UserPools::from_env().await;
    println!("{} {}", admin.users().await?.len(), pools.list().await?.len());
    Ok(())
}
