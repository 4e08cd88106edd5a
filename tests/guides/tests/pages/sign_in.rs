//! Guides about sign-in: first sign-in, challenges and errors.

use cognito::account::Attributes;
use cognito::emulator::{Mfa, PoolSettings};
use cognito::{Challenge, SignIn};
use cognito_guides::{
    Outcome, PASSWORD, administered, app_code, aws_config, pool, pool_with, register, sent_code,
    with_authenticator_app,
};
use serde_json::json;

use crate::pages::{challenges, errors, first_sign_in, readme};

#[tokio::test]
async fn finish_with_every_challenge() -> Outcome {
    let (local, pool) = pool_with(PoolSettings::default().mfa(Mfa::Optional))?;
    let app = with_authenticator_app(&local, &pool, "alice").await?;
    let code = app_code(&local, &app)?;
    let next = pool.sign_in("alice").password(PASSWORD).await?;
    let session = challenges::line_32::finish(next, |_| code.clone()).await?;
    assert_eq!(session.username(), "alice");
    Ok(())
}

#[tokio::test]
async fn replace_password() -> Outcome {
    let (local, pool) = pool()?;
    let bob = json!({ "Username": "bob", "TemporaryPassword": PASSWORD });
    local.call("AdminCreateUser", bob)?;
    let next = pool.sign_in("bob").password(PASSWORD).await?;
    let SignIn::Challenge(Challenge::NewPassword(challenge)) = next else {
        return Err("another step".into());
    };
    let next = challenges::replace_password(challenge, Attributes::default()).await?;
    assert!(matches!(next, SignIn::Done(_)));
    Ok(())
}

#[tokio::test]
async fn retry_after_a_wrong_code() -> Outcome {
    let (local, pool) = pool_with(PoolSettings::default().mfa(Mfa::Optional))?;
    let app = with_authenticator_app(&local, &pool, "alice").await?;
    let code = app_code(&local, &app)?;
    challenges::retry(&pool, || code.clone()).await?;

    Ok(())
}

#[tokio::test]
async fn finish_any() -> Outcome {
    let (local, pool) = pool_with(PoolSettings::default().mfa(Mfa::Optional))?;
    let app = with_authenticator_app(&local, &pool, "alice").await?;
    let code = app_code(&local, &app)?;
    let next = pool.sign_in("alice").password(PASSWORD).await?;
    let session = challenges::finish_any(next, |_| code.clone()).await?;
    assert_eq!(session.username(), "alice");
    Ok(())
}

#[tokio::test]
async fn challenge_over_two_requests() -> Outcome {
    let (local, pool) = pool()?;
    let bob = json!({ "Username": "bob", "TemporaryPassword": PASSWORD });
    local.call("AdminCreateUser", bob)?;
    challenges::two_requests(&pool).await?;

    Ok(())
}

#[tokio::test]
async fn sign_in_through_the_administrator() -> Outcome {
    let (local, pool) = pool()?;
    register(&local, &pool, "carol").await?;
    challenges::sign_in_as_administrator(&pool, &aws_config(&local)).await?;

    Ok(())
}

#[tokio::test]
async fn explain_an_error() -> Outcome {
    let (_local, pool) = pool()?;
    errors::explain(&pool).await?;

    Ok(())
}

#[tokio::test]
async fn register_a_user() -> Outcome {
    let (local, pool) = pool()?;
    first_sign_in::register(&pool, || sent_code(&local, "alice")).await?;

    Ok(())
}

#[tokio::test]
async fn sign_in_with_challenges() -> Outcome {
    let (local, pool) = pool()?;
    register(&local, &pool, "alice").await?;
    let session = first_sign_in::sign_in(&pool).await?;
    assert_eq!(session.user().await?.username(), "alice");
    Ok(())
}

#[tokio::test]
async fn sign_in_of_the_readme() -> Outcome {
    let (local, pool) = pool()?;
    register(&local, &pool, "alice").await?;
    let session = readme::sign_in(&pool, |_| PASSWORD.to_owned()).await?;
    assert_eq!(session.username(), "alice");
    Ok(())
}

#[tokio::test]
async fn administration_of_the_readme() -> Outcome {
    let (_local, _pool, admin) = administered()?;
    assert_eq!(readme::welcome(&admin).await?, 1);
    Ok(())
}
