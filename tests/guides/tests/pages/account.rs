//! Guides about user accounts: registration, MFA, passkeys, devices and identity pools.

use cognito::emulator::{IdentityPoolSettings, Mfa, PoolSettings};
use cognito_guides::{
    Outcome, app_code, pool, pool_with, register, sent_code, signed_in, with_alice,
};
use serde_json::json;

use crate::pages::{devices, identity_pools, mfa, registration};

#[tokio::test]
async fn devices() -> Outcome {
    let devices = json!({ "DeviceOnlyRememberedOnUserPrompt": true });
    let settings = PoolSettings::default().pool_member("DeviceConfiguration", devices);
    let (local, pool) = pool_with(settings)?;
    let session = signed_in(&local, &pool, "alice").await?;
    devices::devices(&session).await?;
    let session = devices::sign_in(&pool, "sVG0wq5kzT3yB7nE9XcJ2A").await?;
    assert_eq!(session.username(), "alice");

    Ok(())
}

#[tokio::test]
async fn change_role() -> Outcome {
    let (local, _pool, session) = with_alice().await?;
    let editor = "arn:aws:iam::123456789012:role/editor";
    local.call("CreateGroup", json!({ "GroupName": "editors", "RoleArn": editor }))?;
    let mapping = json!({ "Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole" });
    let settings = IdentityPoolSettings::default().user_pool(&local);
    let settings = settings.role_mapping(&local, mapping);
    let identities = local.emulator().create_identity_pool(settings)?;
    identity_pools::change_role(&session, &local, &identities, editor).await?;

    Ok(())
}

#[tokio::test]
async fn set_up_an_authenticator_app() -> Outcome {
    let (local, pool) = pool_with(PoolSettings::default().mfa(Mfa::Optional))?;
    let session = signed_in(&local, &pool, "alice").await?;
    mfa::set_up(&session, |key| app_code(&local, key).unwrap_or_default()).await?;

    Ok(())
}

#[tokio::test]
async fn register_and_confirm() -> Outcome {
    let (local, pool) = pool()?;
    registration::register(&pool, || sent_code(&local, "alice")).await?;

    Ok(())
}

#[tokio::test]
async fn recover_a_password() -> Outcome {
    let (local, pool) = pool()?;
    register(&local, &pool, "bob").await?;
    registration::recover(&pool, || sent_code(&local, "bob")).await?;

    Ok(())
}

#[tokio::test]
async fn edit_a_profile() -> Outcome {
    let (local, pool) = pool()?;
    let session = signed_in(&local, &pool, "carol").await?;
    registration::edit(session).await?;
    Ok(())
}
