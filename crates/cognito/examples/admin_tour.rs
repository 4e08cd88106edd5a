//! Administers a user pool from its creation to its deletion: an app client, a group and users.
//!
//! Requests go to the emulator in this process. With `UserPools::from_env()` (feature `aws-config`) they
//! go to AWS, where the AWS user needs the permissions of `docs/iam-permissions.md`.

#![allow(clippy::print_stdout)] // The example prints its results.

use std::error::Error;

use cognito::admin::{Credentials, Filter, SdkConfig, SdkRegion, SharedCredentialsProvider};
use cognito::admin::{UserHandle, UserStatus};
use cognito::sdk::types::ExplicitAuthFlowsType::{AllowRefreshTokenAuth, AllowUserSrpAuth};
use cognito::{Admin, ErrorKind, SignIn, UserPool, UserPools};
use cognito_emulator::Emulator;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const PASSWORD: &str = "Correct-horse1";

#[tokio::main]
async fn main() -> Outcome {
    let emulator = Emulator::builder().in_process();
    let pools = UserPools::new(&config(&emulator));
    let shop = pools.create("shop", |pool| pool.user_pool_tags("team", "shop")).await?;
    let admin = pools.admin(shop.id().ok_or("the pool has no id")?.parse()?);
    println!("created the pool {}", admin.pool_id());

    let pool = client_of(&admin, &emulator).await?;
    add_staff(&admin, &["alice", "bob", "carol"]).await?;
    list(&admin).await?;
    sign_in_and_disable(&pool, &admin.user("alice")).await?;
    delete(&admin).await?;

    admin.pool().delete().await?;
    assert!(pools.list().await?.is_empty());
    println!("deleted the pool");
    Ok(())
}

fn config(emulator: &Emulator) -> SdkConfig {
    let credentials = Credentials::new("id", "secret", None, None, "example");
    SdkConfig::builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .region(SdkRegion::from_static("us-east-1"))
        .endpoint_url(emulator.endpoint())
        .http_client(emulator.http_client())
        .build()
}

/// Creates an app client with a secret, and returns the pool as users of this client sign in to it.
async fn client_of(admin: &Admin, emulator: &Emulator) -> Outcome<UserPool> {
    let client = admin
        .create_client("web", |client| {
            let client = client.generate_secret(true).explicit_auth_flows(AllowUserSrpAuth);
            client.explicit_auth_flows(AllowRefreshTokenAuth)
        })
        .await?;
    let id = client.client_id().ok_or("the client has no id")?;
    let secret = client.client_secret().ok_or("the client has no secret")?;
    assert_eq!(admin.clients().await?.len(), 1);
    println!("created the app client web");
    let pool = UserPool::builder(admin.pool_id().clone(), id).client_secret(secret);
    Ok(pool.endpoint(emulator.endpoint()).http_client(emulator.http_client()).build()?)
}

/// Creates a group and users in it, who have a password and get no invitation.
async fn add_staff(admin: &Admin, names: &[&str]) -> Outcome {
    admin.create_group("staff").description("employees").precedence(10).await?;
    for &name in names {
        let user = admin.create_user(name).attribute("email", format!("{name}@example.com"));
        let created = user.attribute("email_verified", true).suppress_invitation().await?;
        assert_eq!(created.status(), &UserStatus::ForceChangePassword);
        admin.user(name).set_password(PASSWORD).await?;
        admin.user(name).add_to_group("staff").await?;
    }
    let members = admin.group("staff").users().await?;
    assert_eq!(members.len(), names.len());
    println!("created the group staff with {} users", members.len());
    Ok(())
}

async fn list(admin: &Admin) -> Outcome {
    let found = admin.users().filter(Filter::email().starts_with("b")).await?;
    let names: Vec<_> = found.iter().map(|user| user.username()).collect();
    assert_eq!(names, ["bob"]);

    let mut users = admin.users().attributes(["email"]).page_size(2).stream();
    while let Some(user) = users.next().await {
        let user = user?;
        println!("  {:<6} {}", user.username(), user.attributes().email().unwrap_or("no address"));
    }
    Ok(())
}

/// Signs a user in, and shows that a user who is disabled can neither refresh nor sign in.
async fn sign_in_and_disable(pool: &UserPool, user: &UserHandle) -> Outcome {
    let SignIn::Done(session) = pool.sign_in(user.username()).password(PASSWORD).await? else {
        return Err("a challenge was returned".into());
    };
    assert!(session.access_claims().await?.in_group("staff"));

    user.sign_out_everywhere().await?;
    user.disable().await?;
    assert!(!user.get().await?.is_enabled());
    assert!(session.refresh().await.is_err());
    assert!(pool.sign_in(user.username()).password(PASSWORD).await.is_err());
    println!("disabled {}, whose session has ended", user.username());
    Ok(())
}

async fn delete(admin: &Admin) -> Outcome {
    for user in admin.users().await? {
        admin.user(user.username()).delete().await?;
    }
    let missing = admin.user("bob").get().await.err();
    assert_eq!(missing.map(|error| error.kind()), Some(ErrorKind::UserNotFound));
    admin.group("staff").delete().await?;
    assert!(admin.groups().await?.is_empty());
    println!("deleted the users and the group");
    Ok(())
}
