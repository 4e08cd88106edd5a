//! `cognito verify`.

use serde_json::json;

use crate::support::{Home, pool, unreachable};

#[tokio::test(flavor = "multi_thread")]
async fn invalid_tokens_are_named_with_the_reason() {
    let pool = pool().await;
    let home = Home::of(&pool);
    let token = pool.access_token_for(json!({ "username": "alice" })).unwrap();
    let token = token.expose_secret().to_owned();
    home.run(&["verify", &token]).succeeded();

    let (signed, signature) = token.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    for (text, reason) in
        [("garbage", "three parts"), ("a.b.c", "malformed"), ("", "empty"), (&*forged, "signature")]
    {
        let ran = home.run_with(&["verify"], text);
        assert!([1, 2].contains(&ran.code) && ran.stdout.is_empty(), "{text}: {ran:?}");
        assert!(ran.stderr.contains(reason), "{text}: {}", ran.stderr);
    }
    let ran = home.run(&["verify", "--client", "other", &token, "-o", "json"]).failed(1, "");
    let error = ran.error();
    assert_eq!(error["code"], "invalid_token");
    assert!(error["hint"].as_str().unwrap().contains(pool.client_id().as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_tokens_and_other_pools_are_refused() {
    let (pool, other) = (pool().await, pool().await);
    let expired = pool.access_token_for(json!({ "username": "alice", "exp": 1_000 })).unwrap();
    Home::of(&pool).run(&["verify", expired.expose_secret()]).failed(1, "expired");
    let foreign = other.id_token_for(json!({ "username": "alice" })).unwrap();
    let ran = Home::of(&pool).run(&["verify", foreign.expose_secret()]);
    ran.failed(1, "the issuer of the token is ");
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_is_the_users_choice_and_not_the_tokens() {
    let pool = pool().await;
    let token = pool.access_token_for(json!({ "username": "alice" })).unwrap();
    let mut home = Home::of(&pool);
    home.unset("COGNITO_POOL");
    let ran = home.run(&["verify", token.expose_secret()]).failed(2, "the user pool is not named");
    assert!(ran.stderr.contains(&format!("--pool {}", pool.id())), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_select_claims() {
    let pool = pool().await;
    let token = pool.access_token_for(json!({ "username": "alice" })).unwrap();
    let home = Home::of(&pool);
    let header = format!("Authorization: Bearer {}", token.expose_secret());
    let ran = home.run_with(&["verify", "--fields", "username,token_use", "-o", "jsonl"], &header);
    assert_eq!(ran.succeeded().stdout, "{\"username\":\"alice\",\"token_use\":\"access\"}\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn unreachable_keys_are_no_invalid_token() {
    let pool = pool().await;
    let token = pool.access_token_for(json!({ "username": "alice" })).unwrap();
    let _port = unreachable(&pool).await;
    let ran = Home::of(&pool).run(&["verify", token.expose_secret(), "-o", "json"]);
    assert_eq!(ran.failed(1, "").error()["code"], "keys_unavailable");
}
