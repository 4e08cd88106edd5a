//! Guides about administration: users, groups, pools, app clients and identity providers.

use cognito::emulator::PoolSettings;
use cognito_guides::{
    Outcome, PASSWORD, administered, aws_config, pool, pool_with, signed_in, staff,
};

use crate::pages::{administration, groups_and_roles, identity_providers, pools_and_app_clients};

#[tokio::test]
async fn create_and_delete() -> Outcome {
    let (_local, _, admin) = administered()?;
    administration::create_and_delete(&admin).await?;

    Ok(())
}

#[tokio::test]
async fn rename() -> Outcome {
    let (_local, _, admin) = administered()?;
    staff(&admin, &["bob"]).await?;
    administration::rename(&admin).await?;

    Ok(())
}

#[tokio::test]
async fn list() -> Outcome {
    let (_local, _, admin) = administered()?;
    staff(&admin, &["anna", "bella", "bob", "carl"]).await?;
    administration::list(&admin).await?;

    Ok(())
}

#[tokio::test]
async fn sign_in_as_administrator() -> Outcome {
    let (local, pool, admin) = administered()?;
    staff(&admin, &["bob"]).await?;
    administration::sign_in(&pool, &aws_config(&local), PASSWORD).await?;

    Ok(())
}

#[tokio::test]
async fn assign_groups() -> Outcome {
    let (_local, _, admin) = administered()?;
    staff(&admin, &["alice", "bob"]).await?;
    groups_and_roles::assign(&admin).await?;

    Ok(())
}

#[tokio::test]
async fn groups_in_tokens() -> Outcome {
    let (local, pool, admin) = administered()?;
    let session = signed_in(&local, &pool, "alice").await?;
    admin.create_group("editors").await?;
    groups_and_roles::publish(&admin, &session).await?;

    Ok(())
}

#[tokio::test]
async fn add_provider() -> Outcome {
    let (local, _, admin) = administered()?;
    identity_providers::add_provider(&admin, local.client_id().as_str(), "a-secret").await?;
    admin.identity_provider("Corp").delete().await?;
    Ok(())
}

#[tokio::test]
async fn change_issuer() -> Outcome {
    let (_local, _, admin) = administered()?;
    identity_providers::change_issuer(&admin).await?;

    Ok(())
}

#[tokio::test]
async fn create_a_pool() -> Outcome {
    let (local, _) = pool()?;
    pools_and_app_clients::create(&aws_config(&local)).await?;

    Ok(())
}

#[tokio::test]
async fn update_a_pool() -> Outcome {
    let (local, _, admin) = administered()?;
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:greet";
    pools_and_app_clients::update(&admin, local.client_id(), arn).await?;

    Ok(())
}

#[tokio::test]
async fn allow_mfa() -> Outcome {
    let (_local, _, admin) = administered()?;
    pools_and_app_clients::allow_mfa(&admin).await?;

    Ok(())
}

#[tokio::test]
async fn rotate_secret() -> Outcome {
    let settings = PoolSettings::default().client_secret("a-secret-of-the-app-client");
    let (local, pool) = pool_with(settings)?;
    let admin = pool.admin(&aws_config(&local));
    pools_and_app_clients::rotate_secret(&admin, local.client_id()).await?;

    Ok(())
}
