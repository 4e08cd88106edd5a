//! Tests of keys that the pool has withdrawn.

use super::*;

#[tokio::test]
async fn a_removed_key_is_refused_after_the_next_fetch() {
    let (verifier, tools) = cached();
    let token = token("a", json!({}));
    verifier.access_token(&token).await.unwrap();
    publish(&tools, &[("b", signers()[1])]);
    tools.clock.advance(KEY_SET_MAX_AGE);
    for _ in 0..2 {
        let error = verifier.access_token(&token).await.unwrap_err();
        assert!(matches!(error, VerifyError::UnknownKey), "{error}");
    }
    assert_eq!(tools.fetcher.count(), 2);
    let error = verifier.access_token_offline(&token).unwrap_err();
    assert!(matches!(error, VerifyError::UnknownKey), "{error}");
}

#[tokio::test]
async fn a_removed_key_is_accepted_during_an_outage_until_its_limit() {
    let (verifier, tools) = cached();
    let token = token("a", json!({}));
    verifier.access_token(&token).await.unwrap();
    tools.fetcher.answer(URI, None);
    tools.clock.advance(KEY_SET_OUTAGE_LIMIT - Duration::from_secs(1));
    assert!(verifier.access_token(&token).await.is_ok());
    assert!(verifier.access_token_offline(&token).is_ok());
    tools.clock.advance(Duration::from_secs(1));
    let error = verifier.access_token(&token).await.unwrap_err();
    assert!(matches!(error, VerifyError::KeysUnavailable(_)), "{error}");
    let error = verifier.access_token_offline(&token).unwrap_err();
    assert!(matches!(error, VerifyError::KeysNotFetched), "{error}");
}

#[tokio::test]
async fn a_key_removed_during_an_outage_is_refused_when_the_endpoint_responds() {
    let (verifier, tools) = cached();
    let token = token("a", json!({}));
    verifier.access_token(&token).await.unwrap();
    tools.fetcher.answer(URI, None);
    tools.clock.advance(KEY_SET_MAX_AGE);
    assert!(verifier.access_token(&token).await.is_ok(), "the endpoint fails");
    publish(&tools, &[("b", signers()[1])]);
    tools.clock.advance(MAX_FAILURE_BACK_OFF);
    // One caller fetches the set. Others use the previous one only while it does.
    let error = verifier.access_token(&token).await.unwrap_err();
    assert!(matches!(error, VerifyError::UnknownKey), "{error}");
}
