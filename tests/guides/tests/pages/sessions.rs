//! Guides about sessions and token stores.

use cognito::UserPool;
use cognito_guides::{Outcome, PASSWORD, pool, register, sent_code, signed_in, with_alice};

use crate::pages::{blocking, first_sign_in, sessions, token_stores};

#[test]
fn blocking_sign_in() -> Outcome {
    let (local, pool) = pool()?;
    let sign_up = pool.sign_up("alice").password(PASSWORD).attribute("email", "a@b.io");
    cognito::blocking::run(sign_up)??;
    cognito::blocking::run(pool.confirm_sign_up("alice", sent_code(&local, "alice")))??;
    let session = blocking::sign_in(&pool, String::new)?;
    assert!(blocking::header(&session)?.starts_with("Bearer ey"));
    Ok(())
}

#[tokio::test]
async fn use_session() -> Outcome {
    let (_local, _pool, session) = with_alice().await?;
    first_sign_in::use_session(session).await?;

    Ok(())
}

#[tokio::test]
async fn restore() -> Outcome {
    let (local, pool) = pool()?;
    register(&local, &pool, "alice").await?;
    first_sign_in::restore(&pool).await?;
    assert_eq!(first_sign_in::pool_with_store()?.id().region(), "eu-west-1");
    Ok(())
}

#[tokio::test]
async fn tokens_of_a_session() -> Outcome {
    let (_local, _pool, session) = with_alice().await?;
    let token = sessions::tokens(&session).await?;
    assert!(token.expose_secret().starts_with("ey"));
    Ok(())
}

#[tokio::test]
async fn log_events() -> Outcome {
    let (_local, _pool, session) = with_alice().await?;
    sessions::log_events(session).await?;

    Ok(())
}

#[tokio::test]
async fn take_over() -> Outcome {
    let (local, pool) = pool()?;
    let tokens = signed_in(&local, &pool, "bob").await?.into_tokens().await?;
    let access_token = tokens.access_token().clone();
    sessions::take_over(&pool, tokens, access_token).await?;

    Ok(())
}

#[tokio::test]
async fn session_by_cookie() -> Outcome {
    let (_local, pool, session) = with_alice().await?; // without store_as
    token_stores::cookie(&pool, &session).await?;

    Ok(())
}

#[tokio::test]
async fn session_in_files() -> Outcome {
    let home = tempfile::tempdir()?;
    let (local, registered) = pool()?;
    register(&local, &registered, "alice").await?;
    let builder = UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint());
    let builder = builder.http_client(local.http_client()).clock(local.clock());
    token_stores::sign_in(builder, home.path()).await?;

    Ok(())
}

#[tokio::test]
async fn damaged_file() -> Outcome {
    let home = tempfile::tempdir()?;
    let (_local, pool) = pool()?;
    token_stores::damaged(&pool, home.path()).await?;

    Ok(())
}

#[tokio::test]
async fn remove_old_sessions() -> Outcome {
    let home = tempfile::tempdir()?;
    token_stores::remove_old(home.path()).await?;

    Ok(())
}
