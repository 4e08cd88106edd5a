//! Tokens that a cache remembers: their signatures are not verified again, and all rules are.

use std::sync::Mutex;

use super::*;
use crate::policy::{Required, RevocationList, TokenIds};

#[tokio::test]
async fn a_cached_token_is_not_verified_again_but_checked() {
    let (verifier, tools) = cached();
    let token = token("a", json!({ "exp": START + 600 }));
    let claims = verifier.access_token(&token).await.unwrap();
    let again = verifier.access_token(&token).await.unwrap();
    assert!(std::ptr::eq(claims.verified(), again.verified()), "the claims are the cached ones");
    assert_eq!(verifier.cache().unwrap(), CacheStatus { tokens: 1, hits: 1, misses: 1 });
    assert!(verifier.id_token(&token).await.is_err(), "the cached token is not an ID token");
    let strict = verifier.with_rules(|rules| rules.scopes(Required::any_of(["orders/write"])));
    let error = strict.access_token(&token).await.unwrap_err();
    assert!(matches!(error, VerifyError::MissingScope { .. }));
    tools.clock.advance(Duration::from_secs(660));
    let error = verifier.access_token(&token).await.unwrap_err();
    assert!(matches!(error, VerifyError::Expired { .. }));
}

#[derive(Debug, Default)]
struct Revoked(Mutex<Vec<String>>);

impl RevocationList for Revoked {
    fn is_revoked(&self, token: &TokenIds<'_>) -> bool {
        let jti = token.jti.unwrap_or_default();
        self.0.lock().unwrap().iter().any(|revoked| revoked == jti)
    }
}

#[tokio::test]
async fn a_cached_token_can_be_revoked() {
    let list = Arc::new(Revoked::default());
    let (verifier, _) = cached();
    let shared: Arc<dyn RevocationList> = Arc::<Revoked>::clone(&list);
    let verifier = verifier.with_rules(|rules| rules.revocation(Arc::clone(&shared)));
    let token = token("a", json!({}));
    for _ in 0..2 {
        assert!(verifier.access_token(&token).await.is_ok());
    }
    list.0.lock().unwrap().push("a-token".to_owned());
    assert!(matches!(verifier.access_token(&token).await, Err(VerifyError::Revoked)));
    assert!(matches!(verifier.access_token_offline(&token), Err(VerifyError::Revoked)));
}

#[tokio::test]
async fn cache_is_bounded_and_keeps_used_entries() {
    let (verifier, _) = cached();
    let favourite = token("a", json!({ "jti": "favourite" }));
    for jti in 0..50 {
        verifier.access_token(&favourite).await.unwrap();
        verifier.access_token(&token("a", json!({ "jti": jti.to_string() }))).await.unwrap();
        assert!(verifier.cache().unwrap().tokens <= 8);
    }
    assert_eq!(verifier.cache().unwrap().hits, 49);
}

#[tokio::test]
async fn refused_tokens_are_not_cached() {
    let (verifier, _) = cached();
    let forged = signers()[1].sign("a", &access(json!({})));
    assert!(verifier.access_token(&forged).await.is_err());
    assert!(verifier.access_token(&token("a", json!({ "act": { "sub": "x" } }))).await.is_err());
    assert_eq!(verifier.cache().unwrap().tokens, 0);
}

#[tokio::test]
async fn cached_token_is_refused_before_keys_are_requested() {
    let (verifier, tools) = cached();
    let token = token("a", json!({ "exp": START + 60 }));
    verifier.access_token(&token).await.unwrap();
    tools.clock.advance(KEY_SET_OUTAGE_LIMIT);
    assert!(matches!(verifier.access_token(&token).await, Err(VerifyError::Expired { .. })));
    assert!(matches!(verifier.access_token_offline(&token), Err(VerifyError::Expired { .. })));
    assert_eq!(tools.fetcher.count(), 1);
}

#[tokio::test]
async fn the_cache_is_filled_before_entries_are_evicted() {
    let (verifier, _) = cached();
    let mut counts = Vec::new();
    for jti in 0..9 {
        verifier.access_token(&token("a", json!({ "jti": jti.to_string() }))).await.unwrap();
        counts.push(verifier.cache().unwrap().tokens);
    }
    assert_eq!(counts, [1, 2, 3, 4, 5, 6, 7, 8, 5], "the older half is evicted at once");
}
