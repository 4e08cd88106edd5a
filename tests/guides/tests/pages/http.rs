//! Guides about tokens on requests: outgoing and incoming requests, machine clients, and
//! verification.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use cognito::Verifier;
use cognito::emulator::{Emulator, PoolSettings, SigningKeys};
use cognito::types::BoxFuture;
use cognito::verify::{Clients, FetchError, FetchKeys, KeySet};
use cognito_guides::{Outcome, PASSWORD, pool, pool_with, register, signed_in, with_alice};
use tower::ServiceExt;

use crate::pages::{
    m2m, many_pools, operation, outgoing_requests, token_exchange, verification, web_services,
};

#[tokio::test]
async fn machine_tokens() -> Outcome {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await?;
    let local = emulator.create_pool(PoolSettings::default())?;
    let (client_id, secret) = local.create_machine_client(["orders/read", "orders/write"])?;
    m2m::tokens(local.endpoint(), client_id, secret).await?;

    Ok(())
}

#[tokio::test]
async fn client_with_tokens() -> Outcome {
    let (_local, _pool, session) = with_alice().await?;
    let http = outgoing_requests::client(session)?;
    let [health, profile] = outgoing_requests::requests(&http);
    assert!(health.build()?.headers().is_empty() && profile.build()?.headers().is_empty());
    Ok(())
}

#[tokio::test]
async fn client_with_a_token_per_request() -> Outcome {
    let (_local, _pool, session) = with_alice().await?;
    let request = outgoing_requests::orders(session)?.build()?;
    assert_eq!(request.url().path(), "/orders");

    Ok(())
}

#[tokio::test]
async fn client_with_id_tokens() -> Outcome {
    let (_local, _pool, session) = with_alice().await?;
    outgoing_requests::id_tokens(session)?;
    outgoing_requests::origins()?;
    Ok(())
}

#[tokio::test]
async fn header_without_middleware() -> Outcome {
    let (local, pool) = pool()?;
    register(&local, &pool, "alice").await?;
    let value = outgoing_requests::header(pool, PASSWORD).await?;
    assert!(value.to_str()?.starts_with("Bearer ey"));
    Ok(())
}

#[tokio::test]
async fn exchange_a_token() -> Outcome {
    let flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_TOKEN_EXCHANGE_DELEGATION"];
    let settings = PoolSettings::default();
    let (local, pool) = pool_with(settings.client_member("ExplicitAuthFlows", flows))?;
    let of_user = signed_in(&local, &pool, "alice").await?.access_token().await?;
    let of_gateway = signed_in(&local, &pool, "gateway").await?.access_token().await?;
    token_exchange::exchange(&pool, of_user, of_gateway).await?;

    Ok(())
}

#[test]
fn revoked_tokens() -> Outcome {
    let rules = verification::rules(&Default::default())?;
    let verifier = Verifier::offline(rules, KeySet::default()).build();
    assert!(verifier.access_token_offline("").is_err());
    Ok(())
}

#[test]
fn verifier_of_many_pools() -> Outcome {
    let verifier = verification::verifier_of_pools(Arc::new(NoKeys))?;
    assert_eq!(verifier.key_sets().len(), 6);
    Ok(())
}

#[test]
fn verifier_of_an_emulator() -> Outcome {
    verification::verifier_of_emulator(Arc::new(NoKeys))?;

    Ok(())
}

#[tokio::test]
async fn keep_keys() -> Outcome {
    let directory = tempfile::tempdir()?;
    let error =
        verification::keep_keys(Arc::new(NoKeys), &directory.path().join("keys.json")).await;
    assert!(error.is_err());
    Ok(())
}

#[tokio::test]
async fn service_of_axum() -> Outcome {
    let (_local, pool, session) = with_alice().await?;
    let app = web_services::app(pool.verifier().clone());
    let token = session.access_token().await?;
    let status = async |path: &str, token: &str| -> Outcome<u16> {
        let request = Request::get(path).header("authorization", format!("Bearer {token}"));
        Ok(app.clone().oneshot(request.body(Body::empty())?).await?.status().as_u16())
    };
    assert_eq!(status("/me", token.expose_secret()).await?, 200);
    assert_eq!(status("/me", "nonsense").await?, 401);
    assert_eq!(status("/users", token.expose_secret()).await?, 403);
    Ok(())
}

/// A key fetcher without a network.
#[derive(Debug)]
struct NoKeys;

impl FetchKeys for NoKeys {
    fn fetch<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<String, FetchError>> {
        Box::pin(async { Err(FetchError::new("there is no network")) })
    }
}

#[tokio::test]
async fn layer_of_hyper_clients() -> Outcome {
    let (_local, _pool, session) = with_alice().await?;
    let _client = outgoing_requests::with_tokens(session, ())?;
    Ok(())
}

#[tokio::test]
async fn service_with_rules_for_each_route() -> Outcome {
    let (_local, pool, session) = with_alice().await?;
    let app = web_services::api(pool.verifier().clone());
    let token = session.access_token().await?;
    let status = async |path: &str, header: Option<String>| -> Outcome<u16> {
        let request = Request::get(path);
        let request = match header {
            Some(header) => request.header("authorization", header),
            None => request,
        };
        Ok(app.clone().oneshot(request.body(Body::empty())?).await?.status().as_u16())
    };
    let bearer = format!("Bearer {}", token.expose_secret());
    assert_eq!(status("/", None).await?, 200);
    assert_eq!(status("/", Some(bearer.clone())).await?, 200);
    assert_eq!(status("/orders", Some(bearer)).await?, 403);
    assert_eq!(status("/orders", None).await?, 401);
    Ok(())
}

#[tokio::test]
async fn health_of_a_verifier() -> Outcome {
    let (_local, pool, session) = with_alice().await?;
    session.access_claims().await?;
    let app = operation::routes(pool.verifier().clone());
    let request = Request::get("/health").body(Body::empty())?;
    assert_eq!(app.oneshot(request).await?.status(), 200);
    let id = "eu-west-1_Ab12Cd34E".parse()?;
    let never_had_keys = Verifier::new(&id, Clients::only("client-id"))?;
    let request = Request::get("/health").body(Body::empty())?;
    assert_eq!(operation::routes(never_had_keys).oneshot(request).await?.status(), 503);
    assert_eq!(operation::pool()?.id().region(), "eu-west-1");
    Ok(())
}

#[tokio::test]
async fn key_of_a_user_over_all_pools() -> Outcome {
    let (local, _pool, session) = with_alice().await?;
    let claims = session.access_claims().await?;
    let (issuer, subject) = many_pools::user_key(&claims);
    assert_eq!((issuer, subject.len()), (local.issuer(), 36));
    Ok(())
}
