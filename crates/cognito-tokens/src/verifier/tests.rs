//! Tests of complete verifications: which keys are fetched, and which checks apply to cached
//! tokens.

use std::num::NonZeroUsize;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::*;
use crate::fetched::MAX_FAILURE_BACK_OFF;
use crate::key_source::{KEY_SET_MAX_AGE, KEY_SET_OUTAGE_LIMIT, UNKNOWN_KEY_COOLDOWN};
use crate::testing::{
    CLIENT, Logs, POOL, START, Signer, TestFetcher, Tools, access, id, key_set, signers,
};

mod background;
mod cached;
mod withdrawn;

const URI: &str =
    "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12Cd34E/.well-known/jwks.json";
const OTHER_POOL: &str = "us-east-1_Zz98Yy76X";
const OTHER_ISSUER: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Zz98Yy76X";

fn pool() -> UserPoolId {
    POOL.parse().unwrap()
}

/// Returns a verifier for one pool whose key set has the first signer's key as `a`.
fn verifier(set_up: impl FnOnce(VerifierBuilder) -> VerifierBuilder) -> (Verifier, Tools) {
    let tools = Tools::new(TestFetcher::default());
    publish(&tools, &[("a", signers()[0])]);
    let builder = Verifier::builder(&pool(), Clients::only(CLIENT), tools.fetcher());
    (set_up(builder.clock(tools.clock())).build(), tools)
}

fn cached() -> (Verifier, Tools) {
    verifier(|builder| builder.cache(NonZeroUsize::new(8).unwrap()))
}

fn publish(tools: &Tools, keys: &[(&str, &Signer)]) {
    let keys: Vec<Value> = keys.iter().map(|(kid, signer)| signer.jwk(kid)).collect();
    tools.fetcher.answer(URI, Some(&key_set(&keys)));
}

fn token(kid: &str, changes: Value) -> String {
    signers()[0].sign(kid, &access(changes))
}

fn other_pool() -> TokenRules {
    TokenRules::new(&OTHER_POOL.parse().unwrap(), Clients::only("other-client"))
}

#[tokio::test]
async fn five_hundred_cold_verifications_cause_one_fetch() {
    let (verifier, tools) = verifier(|builder| builder);
    let token = token("a", json!({}));
    let results = join_all((0..500).map(|_| verifier.access_token(&token))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(tools.fetcher.asked(), [URI], "the set of the other issuer is not fetched");
}

#[tokio::test]
async fn a_thousand_bogus_keys_cause_one_fetch() {
    let (verifier, tools) = verifier(|builder| builder);
    let signed = token("a", json!({}));
    let (_, rest) = signed.split_once('.').unwrap();
    for bogus in 0..1000 {
        let token = format!("{}.{rest}", header(&format!("bogus-{bogus}")));
        let error = verifier.access_token(&token).await.unwrap_err();
        assert!(matches!(error, VerifyError::UnknownKey));
    }
    assert_eq!(tools.fetcher.count(), 1);
}

fn header(kid: &str) -> String {
    URL_SAFE_NO_PAD.encode(json!({ "alg": "RS256", "kid": kid }).to_string())
}

#[tokio::test]
async fn token_that_would_be_refused_anyway_causes_no_fetch() {
    let (verifier, tools) = verifier(|builder| builder);
    let refusals = [
        json!({ "exp": START - 3600 }),
        json!({ "iat": START + 3600 }),
        json!({ "client_id": "another" }),
        json!({ "token_use": "id" }),
        json!({ "iss": OTHER_ISSUER }),
        json!({ "sub": Value::Null }),
    ];
    for changes in refusals {
        let error = verifier.access_token(&token("a", changes.clone())).await.unwrap_err();
        assert_eq!(error.reason(), crate::Reason::BadToken, "{changes}");
    }
    assert_eq!(tools.fetcher.count(), 0);
}

#[tokio::test]
async fn kid_with_a_new_key_names_only_that_key() {
    let (verifier, tools) = cached();
    let (old, new) = (token("a", json!({})), signers()[1].sign("a", &access(json!({}))));
    verifier.access_token(&old).await.unwrap();
    let error = verifier.access_token(&new).await.unwrap_err();
    assert!(matches!(error, VerifyError::WrongSignature));
    publish(&tools, &[("a", signers()[1])]);
    tools.clock.advance(KEY_SET_MAX_AGE);
    assert!(verifier.access_token(&new).await.is_ok());
    let error = verifier.access_token(&old).await.unwrap_err();
    assert!(matches!(error, VerifyError::WrongSignature));
}

#[tokio::test]
async fn rotation_is_noticed_and_both_keys_are_used() {
    let (verifier, tools) = verifier(|builder| builder);
    let old = token("a", json!({}));
    verifier.access_token(&old).await.unwrap();
    publish(&tools, &[("a", signers()[0]), ("b", signers()[1])]);
    tools.clock.advance(UNKNOWN_KEY_COOLDOWN);
    let new = signers()[1].sign("b", &access(json!({})));
    assert!(verifier.access_token(&new).await.is_ok());
    assert!(verifier.access_token(&old).await.is_ok());
    assert_eq!(tools.fetcher.count(), 2);
}

#[tokio::test]
async fn each_pool_has_its_own_rules_and_keys() {
    let (verifier, tools) =
        verifier(|builder| builder.pool(other_pool(), KeysFrom::Uri("https://x/keys".to_owned())));
    tools.fetcher.answer("https://x/keys", Some(&key_set(&[signers()[1].jwk("a")])));
    let other = json!({ "iss": OTHER_ISSUER, "client_id": "other-client" });
    let of_other = signers()[1].sign("a", &access(other.clone()));
    assert_eq!(verifier.access_token(&of_other).await.unwrap().issuer(), OTHER_ISSUER);
    assert!(verifier.access_token(&token("a", json!({}))).await.is_ok());

    let error = verifier.access_token(&token("a", other)).await.unwrap_err();
    assert!(matches!(error, VerifyError::WrongSignature), "a key of the first pool");
    let foreign_client = json!({ "iss": OTHER_ISSUER });
    let error =
        verifier.access_token(&signers()[1].sign("a", &access(foreign_client))).await.unwrap_err();
    assert!(matches!(error, VerifyError::WrongClient), "a client of the first pool");
    assert_eq!(tools.fetcher.count(), 2);
    assert_eq!(verifier.key_sets().len(), 3, "one of them was never needed");
}

#[tokio::test]
async fn each_pool_has_its_own_longest_token() {
    let short = other_pool().max_token_bytes(100);
    let (verifier, tools) =
        verifier(|builder| builder.pool(short, KeysFrom::Uri("https://x/keys".to_owned())));
    assert!(verifier.access_token(&token("a", json!({}))).await.is_ok());
    let other = json!({ "iss": OTHER_ISSUER, "client_id": "other-client" });
    let error = verifier.access_token(&token("a", other)).await.unwrap_err();
    assert!(matches!(error, VerifyError::TooLong { limit: 100, .. }), "{error}");
    assert_eq!(tools.fetcher.asked(), [URI], "no key of the other pool is fetched");
}

#[tokio::test]
async fn prefetch_error_names_the_pools_without_keys() {
    let (verifier, tools) = verifier(|builder| builder.pool(other_pool(), KeysFrom::Issuer));
    let error = verifier.prefetch().await.unwrap_err();
    assert_eq!(error.to_string(), "the keys of 1 of 2 user pools cannot be fetched");
    let issuers: Vec<&str> =
        error.failures()[0].issuers.iter().map(|(issuer, _)| issuer.as_str()).collect();
    let updated = "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_Zz98Yy76X";
    assert_eq!(issuers, [OTHER_ISSUER, updated]);
    let cause = std::error::Error::source(&error).unwrap();
    assert_eq!(cause.to_string(), "cannot fetch the key set: status 503");
    assert!(verifier.access_token_offline(&token("a", json!({}))).is_ok());

    let set = key_set(&[signers()[1].jwk("a")]);
    tools.fetcher.answer(&format!("{updated}/.well-known/jwks.json"), Some(&set));
    tools.clock.advance(MAX_FAILURE_BACK_OFF);
    assert!(verifier.prefetch().await.is_ok(), "one issuer of each pool is sufficient");
}

#[tokio::test]
async fn without_waiting_only_cached_keys_are_used() {
    let (verifier, tools) = verifier(|builder| builder);
    let token = token("a", json!({}));
    let error = verifier.access_token_offline(&token).unwrap_err();
    assert!(matches!(error, VerifyError::KeysNotFetched));
    assert_eq!(tools.fetcher.count(), 0);
    verifier.prefetch().await.unwrap();
    assert!(verifier.access_token_offline(&token).is_ok());
    let id_token = signers()[0].sign("a", &id(json!({})));
    assert!(verifier.id_token_offline(&id_token).is_ok());
}

#[tokio::test]
async fn a_given_set_needs_no_fetcher() {
    let keys = KeySet::from_json(&key_set(&[signers()[0].jwk("a")])).unwrap();
    let rules = TokenRules::new(&pool(), Clients::only(CLIENT));
    let clock = Tools::new(TestFetcher::default()).clock();
    let verifier = Verifier::offline(rules, keys).clock(clock);
    let verifier = verifier.pool(other_pool(), KeysFrom::Issuer).build();
    assert!(verifier.access_token_offline(&token("a", json!({}))).is_ok());
    assert!(verifier.access_token(&token("a", json!({}))).await.is_ok());
    let other = json!({ "iss": OTHER_ISSUER, "client_id": "other-client" });
    assert!(verifier.access_token(&token("a", other)).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn keys_are_passed_from_one_process_to_the_next() {
    let (first, _) = verifier(|builder| builder);
    first.prefetch().await.unwrap();
    let exported = first.export_keys();

    let (second, tools) = verifier(|builder| builder);
    assert_eq!(second.import_keys(&exported), Ok(1));
    assert!(second.access_token_offline(&token("a", json!({}))).is_ok());
    assert!(second.access_token(&token("a", json!({}))).await.is_ok());
    assert_eq!(tools.fetcher.count(), 0);

    let (elsewhere, _) = verifier(|builder| builder.jwks_uri("https://x/keys"));
    assert_eq!(elsewhere.import_keys(&exported), Ok(0), "a set of another URL");
    for text in ["", "{}", r#"{"version":2,"key_sets":[]}"#, "[]"] {
        assert_eq!(elsewhere.import_keys(text), Err(InvalidSavedKeys), "{text}");
    }
}

const UPDATED: &str = "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12Cd34E";

fn updated_uri() -> String {
    format!("{UPDATED}/.well-known/jwks.json")
}

#[tokio::test]
async fn later_rules_can_exclude_issuers_but_not_add_any() {
    let (verifier, tools) = cached();
    tools.fetcher.answer(&updated_uri(), Some(&key_set(&[signers()[0].jwk("a")])));
    let original = token("a", json!({}));
    let updated = token("a", json!({ "iss": UPDATED }));
    let foreign = token("a", json!({ "iss": OTHER_ISSUER }));
    for token in [&original, &updated] {
        verifier.access_token(token).await.unwrap();
    }
    let narrow = verifier.with_rules(|rules| rules.issuers([UPDATED.to_owned()]));
    assert!(narrow.access_token(&updated).await.is_ok());
    let wide = narrow.with_rules(|rules| {
        rules.issuers([UPDATED.to_owned(), pool().issuer(), OTHER_ISSUER.to_owned()])
    });
    for verifier in [narrow, wide] {
        for token in [&original, &foreign] {
            let refused = verifier.access_token(token).await;
            assert!(matches!(refused, Err(VerifyError::WrongIssuer)), "{refused:?}");
            let refused = verifier.access_token_offline(token);
            assert!(matches!(refused, Err(VerifyError::WrongIssuer)), "{refused:?}");
        }
    }
    let none = verifier.with_rules(|rules| rules.issuers([]));
    let of_another = verifier.with_rules(|_| other_pool());
    for verifier in [none, of_another] {
        for token in [&original, &foreign] {
            let refused = verifier.access_token(token).await;
            assert!(matches!(refused, Err(VerifyError::Misconfigured("issuer"))), "{refused:?}");
        }
    }
}

#[tokio::test]
async fn later_rules_can_change_the_longest_token() {
    let (verifier, _) = verifier(|builder| builder.max_token_bytes(600));
    let long = token("a", json!({ "custom:text": "x".repeat(600) }));
    assert!(matches!(verifier.access_token(&long).await, Err(VerifyError::TooLong { .. })));
    let generous = verifier.with_rules(|rules| rules.max_token_bytes(10_000));
    assert!(generous.access_token(&long).await.is_ok());
}

#[tokio::test]
async fn fetched_keys_are_used_offline_until_the_outage_limit() {
    let (verifier, tools) = cached();
    verifier.prefetch().await.unwrap();
    let token = token("a", json!({}));
    tools.clock.advance(KEY_SET_OUTAGE_LIMIT - Duration::from_secs(1));
    for _ in 0..2 {
        assert!(verifier.access_token_offline(&token).is_ok());
    }
    tools.clock.advance(Duration::from_secs(1));
    let error = verifier.access_token_offline(&token).unwrap_err();
    assert!(matches!(error, VerifyError::KeysNotFetched));
    assert_eq!(tools.fetcher.count(), 2, "one fetch for each issuer at the start");
}

#[tokio::test]
async fn issuer_that_the_pool_does_not_use_is_not_a_failure() {
    for status in [403, 404, 503] {
        let (verifier, tools) = verifier(|builder| builder);
        tools.fetcher.refuse(&updated_uri(), status);
        verifier.prefetch().await.unwrap();
        let failing = || verifier.key_sets().into_iter().filter(|set| set.last_failure.is_some());
        assert_eq!(failing().count(), 0, "{status}");
        let unused = verifier.key_sets().into_iter().find(|set| !set.in_use).unwrap();
        assert_eq!((unused.uri, unused.failures), (updated_uri(), 0));

        // Any caller can send a token of the other issuer. Only a real failure of that issuer
        // counts.
        tools.clock.advance(MAX_FAILURE_BACK_OFF);
        let error = verifier.access_token(&token("a", json!({ "iss": UPDATED }))).await;
        assert!(error.unwrap_err().is_transient());
        assert_eq!(failing().count(), usize::from(status != 403), "{status}");
    }
    let (verifier, tools) = verifier(|builder| builder);
    for uri in [URI, &updated_uri()] {
        tools.fetcher.answer(uri, None);
        tools.fetcher.refuse(uri, 403);
    }
    assert!(verifier.prefetch().await.is_err());
    assert!(verifier.key_sets().iter().all(|set| set.in_use && set.last_failure.is_some()));
}

#[tokio::test]
async fn every_kind_of_verification_makes_the_same_checks_in_the_same_order() {
    let forged = |changes: Value| signers()[1].sign("a", &access(changes));
    let cases = [
        (forged(json!({ "exp": START - 3600 })), "expired"),
        (forged(json!({ "client_id": "another" })), "app client"),
        (forged(json!({ "iss": OTHER_ISSUER })), "another user pool"),
        (forged(json!({})), "signature is wrong"),
        (token("a", json!({ "aud": "https://api.example.com" })), "bound to a resource"),
        (token("b", json!({ "exp": START - 3600 })), "expired"),
        (token("b", json!({})), "no usable key"),
    ];
    let keys = KeySet::from_json(&key_set(&[signers()[0].jwk("a")])).unwrap();
    let rules = TokenRules::new(&pool(), Clients::only(CLIENT));
    let (cold, _) = cached();
    let (warm, _) = cached();
    warm.prefetch().await.unwrap();
    for (token, part) in cases {
        for error in [
            rules.access_token(&token, &keys, crate::testing::at(0)).unwrap_err(),
            cold.access_token(&token).await.unwrap_err(),
            warm.access_token(&token).await.unwrap_err(),
            warm.access_token_offline(&token).unwrap_err(),
        ] {
            assert!(error.to_string().contains(part), "{part}: {error}");
        }
    }
}

#[tokio::test]
async fn endpoint_sets_the_issuer_and_the_url_of_the_keys() {
    let uri = "http://localhost:9229/eu-west-1_Ab12Cd34E/.well-known/jwks.json";
    let issuer = "http://localhost:9229/eu-west-1_Ab12Cd34E";
    let (verifier, tools) = verifier(|builder| builder.endpoint("http://localhost:9229/"));
    tools.fetcher.answer(uri, Some(&key_set(&[signers()[0].jwk("a")])));
    let address = issuer.replace("localhost", "127.0.0.1");
    for changes in [json!({ "iss": issuer }), json!({ "iss": address }), json!({})] {
        assert!(verifier.access_token(&token("a", changes)).await.is_ok());
    }
    let other_port = issuer.replace("9229", "9230");
    let error = verifier.access_token(&token("a", json!({ "iss": other_port }))).await.unwrap_err();
    assert!(matches!(error, VerifyError::WrongIssuer), "{error:?}");
    assert_eq!(tools.fetcher.asked(), [uri]);
}

#[tokio::test]
async fn plain_http_is_allowed_only_for_named_hosts() {
    let endpoint = |builder: VerifierBuilder| builder.endpoint("http://emulator:9229");
    let uri = "http://emulator:9229/eu-west-1_Ab12Cd34E/.well-known/jwks.json";
    let (refused, tools) = verifier(endpoint);
    tools.fetcher.answer(uri, Some(&key_set(&[signers()[0].jwk("a")])));
    let error = refused.access_token(&token("a", json!({}))).await.unwrap_err();
    assert!(matches!(error, VerifyError::InsecureKeySet) && !error.is_transient());
    assert_eq!(tools.fetcher.count(), 0);
    let (allowed, tools) = verifier(|builder| endpoint(builder).allow_plain_http(["emulator"]));
    tools.fetcher.answer(uri, Some(&key_set(&[signers()[0].jwk("a")])));
    assert!(allowed.access_token(&token("a", json!({}))).await.is_ok());
}

#[tokio::test]
async fn refusals_and_fetches_are_logged_by_their_importance() {
    let logs = Logs::default();
    let _guard = logs.record();
    let (verifier, tools) = verifier(|builder| builder);
    verifier.access_token(&token("b", json!({}))).await.unwrap_err();
    verifier.access_token_offline("a.b.c").unwrap_err();
    tools.fetcher.answer(URI, None);
    for (status, level) in [(403, "DEBUG"), (503, " WARN")] {
        tools.fetcher.refuse(URI, status);
        tools.clock.advance(KEY_SET_OUTAGE_LIMIT);
        verifier.access_token(&token("a", json!({}))).await.unwrap_err();
        let line = format!("{level} cognito_tokens::fetched: ");
        assert!(logs.text().lines().last().unwrap().contains("KeysUnavailable"), "{}", logs.text());
        let of_status = |text: &str| text.contains(&format!("status {status}"));
        let logged = logs.text().lines().any(|logged| logged.contains(&line) && of_status(logged));
        assert!(logged, "{status}: {}", logs.text());
    }
    let text = logs.text();
    let rejected: Vec<_> =
        text.lines().filter(|line| line.contains("token was rejected")).collect();
    assert_eq!(rejected.len(), 4, "{text}");
    assert!(rejected[0].contains("reason=BadToken error=the key set has no usable key"), "{text}");
    assert!(
        rejected[1].contains("reason=BadToken error=the token's header is malformed"),
        "{text}"
    );
    assert!(text.lines().any(|line| line.contains("DEBUG") && line.contains("fetched keys")));
}

#[tokio::test]
async fn each_key_set_is_exported_once() {
    let uris = ["https://a/keys", "https://x/keys"];
    let (verifier, tools) = verifier(|builder| {
        let builder = builder.jwks_uri(uris[1]);
        builder.pool(other_pool(), KeysFrom::Uri(uris[0].to_owned()))
    });
    for uri in uris {
        tools.fetcher.answer(uri, Some(&key_set(&[signers()[0].jwk("a")])));
    }
    verifier.prefetch().await.unwrap();
    let exported: Value = serde_json::from_str(&verifier.export_keys()).unwrap();
    let sets = exported["key_sets"].as_array().unwrap().iter().map(|set| &set["uri"]);
    assert_eq!(sets.collect::<Vec<_>>(), uris);
    assert_eq!(verifier.key_sets().iter().map(|set| &*set.uri).collect::<Vec<_>>(), uris);
}
