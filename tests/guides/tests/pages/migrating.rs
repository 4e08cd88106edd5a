//! Guides about the migration from pycognito, amazon-cognito-identity-js and the AWS SDK.

use cognito::emulator::{Mfa, PoolSettings};
use cognito_guides::{
    Outcome, PASSWORD, administered, app_code, pool, pool_with, sent_code, staff, with_alice,
    with_authenticator_app,
};

use crate::pages::{migrating_from_identity_js, migrating_from_pycognito};

/// The program of the benchmark, whose sign-in the guide about the AWS SDK shows.
const SDK_PROGRAM: &str = include_str!("../../../../bench/client/src/aws_sdk.rs");

const SDK_GUIDE: &str = include_str!("../../../../docs/migrating-from-the-sdk.md");

#[tokio::test]
async fn register_a_user() -> Outcome {
    let (local, pool) = pool()?;
    migrating_from_pycognito::register(&pool, || sent_code(&local, "alice")).await?;

    Ok(())
}

#[tokio::test]
async fn sign_in() -> Outcome {
    let (_local, pool, _) = with_alice().await?;
    let session = migrating_from_pycognito::sign_in(&pool).await?;
    assert_eq!(session.username(), "alice");
    Ok(())
}

#[tokio::test]
async fn tokens() -> Outcome {
    let (_local, _, session) = with_alice().await?;
    migrating_from_pycognito::tokens(&session).await?;

    Ok(())
}

#[test]
fn client() -> Outcome {
    let (_local, pool) = pool()?;
    migrating_from_pycognito::client(pool)?;

    Ok(())
}

#[tokio::test]
async fn claims() -> Outcome {
    let (_local, pool, session) = with_alice().await?;
    migrating_from_pycognito::claims(&pool, &session).await?;

    Ok(())
}

#[tokio::test]
async fn rename() -> Outcome {
    let (_local, _, session) = with_alice().await?;
    migrating_from_pycognito::rename(&session).await?;

    Ok(())
}

#[tokio::test]
async fn recover() -> Outcome {
    let (local, pool, _) = with_alice().await?;
    migrating_from_pycognito::recover(&pool, || sent_code(&local, "alice")).await?;

    Ok(())
}

#[tokio::test]
async fn create() -> Outcome {
    let (_local, _, admin) = administered()?;
    migrating_from_pycognito::create(&admin).await?;

    Ok(())
}

#[tokio::test]
async fn group() -> Outcome {
    let (_local, _, admin) = administered()?;
    staff(&admin, &["bob"]).await?;
    migrating_from_pycognito::group(&admin).await?;

    Ok(())
}

#[tokio::test]
async fn sign_in_with_the_challenges_of_identity_js() -> Outcome {
    let (local, pool) = pool_with(PoolSettings::default().mfa(Mfa::Optional))?;
    let secret = with_authenticator_app(&local, &pool, "alice").await?;
    let code = app_code(&local, &secret)?;
    let ask = |question: &str| match question {
        "password" => PASSWORD.to_owned(),
        _ => code.clone(),
    };
    let session = migrating_from_identity_js::sign_in(&pool, "alice", ask).await?;
    assert_eq!(session.username(), "alice");
    Ok(())
}

#[test]
fn sign_in_of_the_sdk_is_the_one_that_is_measured() -> Outcome {
    let shown = SDK_GUIDE.split("```rs\n").nth(1).and_then(|rest| rest.split("```").next());
    assert!(SDK_PROGRAM.contains(shown.ok_or("the guide shows no sign-in of the SDK")?));
    Ok(())
}
