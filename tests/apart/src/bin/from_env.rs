//! Tells how many users a pool has, and how many pools there are, with the credentials of the
//! environment.
//!
//! Usage: `from_env POOL_ID`

use cognito::{Admin, UserPools};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool_id = std::env::args().nth(1).ok_or("usage: from_env POOL_ID")?.parse()?;
    let admin = Admin::from_env(pool_id).await;
    let pools = UserPools::from_env().await;
    println!("{} {}", admin.users().await?.len(), pools.list().await?.len());
    Ok(())
}
