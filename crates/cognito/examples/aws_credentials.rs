//! Requests AWS credentials for a signed-in user. Their role depends on the user's group.

#![allow(clippy::print_stdout)] // The example prints its results.

use std::error::Error;

use cognito::identity_pool::IdentityPoolCredentials;
use cognito::{SignIn, UserPool};
use cognito_emulator::{Emulator, IdentityPoolSettings, PoolSettings};
use serde_json::json;

const EDITOR: &str = "arn:aws:iam::123456789012:role/editor";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let emulator = Emulator::builder().in_process();
    let local = emulator.create_pool(PoolSettings::default())?;
    local.add_user("alice", "Correct-horse1")?;
    let mapping = json!({ "Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole" });
    let settings = IdentityPoolSettings::default().user_pool(&local);
    let identities = emulator.create_identity_pool(settings.role_mapping(&local, mapping))?;

    let users = UserPool::builder(local.id(), local.client_id())
        .endpoint(local.endpoint())
        .http_client(local.http_client())
        .build()?;
    let SignIn::Done(session) = users.sign_in("alice").password("Correct-horse1").await? else {
        return Err("a challenge was returned".into());
    };
    let provider = IdentityPoolCredentials::builder(identities.id())
        .session(session.clone())
        .endpoint(identities.endpoint()) // for AWS it follows from the id
        .http_client(local.http_client())
        .build()?;
    print_role(&emulator, &provider).await?;

    local.call("CreateGroup", json!({ "GroupName": "editors", "RoleArn": EDITOR }))?;
    local.call("AdminAddUserToGroup", json!({ "Username": "alice", "GroupName": "editors" }))?;
    session.refresh().await?; // the next ID token has the group
    print_role(&emulator, &provider).await
}

/// Prints the role of the credentials. On AWS, GetCallerIdentity of STS returns it.
async fn print_role(
    emulator: &Emulator,
    provider: &IdentityPoolCredentials,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let issued = provider.credentials().await?;
    let record = emulator.issued_credentials(issued.credentials().access_key_id());
    println!(
        "{} is {}",
        issued.identity_id(),
        record.ok_or("the credentials are unknown")?.role_arn
    );
    Ok(())
}
