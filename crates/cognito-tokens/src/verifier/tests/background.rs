//! Key sets that are fetched again in the background.

use std::sync::Mutex;

use super::*;

#[tokio::test]
async fn keys_are_refreshed_in_the_background_until_the_verifier_is_dropped() {
    let (verifier, tools) = verifier(|builder| builder);
    tools.fetcher.refuse(&updated_uri(), 403);
    let (clock, token) = (Arc::clone(&tools.clock), token("a", json!({})));
    let kept = Arc::new(Mutex::new(Some(verifier.clone())));
    let (slept, watched) = (Mutex::new(Duration::ZERO), Arc::clone(&kept));
    let refresh = verifier.refresh_keys(move |pause| {
        clock.advance(pause);
        let mut slept = slept.lock().unwrap();
        *slept += pause;
        let mut watched = watched.lock().unwrap();
        if let Some(verifier) = &*watched {
            assert!(verifier.access_token_offline(&token).is_ok());
            let age = verifier.key_sets().iter().filter_map(|set| set.age).max().unwrap();
            assert!(age < KEY_SET_MAX_AGE, "{age:?}");
        }
        if *slept > KEY_SET_OUTAGE_LIMIT * 2 {
            *watched = None;
        }
        std::future::ready(())
    });
    drop(verifier);
    refresh.await;
    assert!(kept.lock().unwrap().is_none(), "it ended with the last clone");
    let of_updated = tools.fetcher.asked().iter().filter(|uri| **uri == updated_uri()).count();
    assert_eq!(of_updated, 1, "a URL that the pool does not use is not fetched again");
}

/// Refreshes keys until `done`, with a clock that advances at each pause.
async fn refresh_until(verifier: Verifier, tools: &Tools, done: impl Fn(&Verifier) -> bool + Send) {
    let (clock, kept) = (Arc::clone(&tools.clock), Mutex::new(Some(verifier.clone())));
    let refresh = verifier.refresh_keys(move |pause| {
        clock.advance(pause);
        kept.lock().unwrap().take_if(|verifier| done(verifier));
        tokio::task::yield_now()
    });
    drop(verifier);
    tokio::time::timeout(Duration::from_secs(60), refresh).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_issuer_whose_first_fetch_failed_is_fetched_in_the_background() {
    let (verifier, tools) = verifier(|builder| builder);
    verifier.prefetch().await.unwrap();
    let token = token("a", json!({ "iss": UPDATED }));
    assert!(verifier.access_token_offline(&token).is_err());
    tools.fetcher.answer(&updated_uri(), Some(&key_set(&[signers()[0].jwk("a")])));
    refresh_until(verifier, &tools, move |verifier| verifier.access_token_offline(&token).is_ok())
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_never_returns_does_not_stop_the_refresh_in_the_background() {
    let tools = Tools::new(TestFetcher::gated());
    publish(&tools, &[("a", signers()[0])]);
    let builder = Verifier::builder(&pool(), Clients::only(CLIENT), tools.fetcher());
    let verifier = builder.jwks_uri(URI).clock(tools.clock()).build();
    let (fetcher, token) = (Arc::clone(&tools.fetcher), token("a", json!({})));
    refresh_until(verifier, &tools, move |verifier| {
        if fetcher.count() == 3 {
            fetcher.gate.as_ref().unwrap().notify_one();
        }
        verifier.access_token_offline(&token).is_ok()
    })
    .await;
}
