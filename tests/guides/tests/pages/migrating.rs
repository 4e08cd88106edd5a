//! Guide of the migration from pycognito.

use cognito_guides::{Outcome, administered, pool, sent_code, staff, with_alice};

use crate::pages::migrating_from_pycognito;

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
