//! Claims after a refresh that failed: released, unless others must not send the refresh token.

use std::sync::Arc;
use std::time::Duration;

use cognito::{ErrorKind, MemoryStore, UserPool};
use cognito_tests::fixture::Fixture;
use cognito_tests::interposer::Action;
use cognito_tests::unreliable::Unreliable;
use serde_json::json;
use tokio::time::timeout;

use crate::support::{REFRESH, record, rotating, two_programs};

/// Less than the lifetime of a claim.
const SHORT: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_claim_is_released_when_the_response_is_refused() {
    let (fixture, another, store) = two_programs(rotating(0));
    let first = fixture.signed_in("alice").await;
    let key = first.key().unwrap();
    let second = another.restore(key).await.unwrap().unwrap();
    let before = record(&*store, key).await.unwrap();
    let forged = json!({ "AuthenticationResult": {
        "AccessToken": "e30.e30.e30", "ExpiresIn": 3600, "TokenType": "Bearer"
    }});
    fixture.wire.on(REFRESH, Action::Respond(200, forged.to_string()));
    assert_eq!(first.refresh().await.unwrap_err().kind(), ErrorKind::InvalidToken);
    assert_eq!(record(&*store, key).await.unwrap(), before);
    // A session without valid tokens ends, and leaves the record to others.
    fixture.advance(3600);
    let third = another_program(&fixture, &store);
    assert!(third.restore(key).await.is_err());
    assert_eq!(record(&*store, key).await.unwrap(), before);
    fixture.wire.heal();
    timeout(SHORT, second.refresh()).await.unwrap().unwrap();
}

fn another_program(fixture: &Fixture, store: &Arc<Unreliable<MemoryStore>>) -> UserPool {
    let store = Arc::clone(store);
    fixture.another_client(|builder| builder.token_store(store))
}

#[tokio::test]
async fn a_claim_is_released_when_the_record_cannot_be_read_after_a_refusal() {
    let (fixture, another, store) = two_programs(rotating(0));
    let first = fixture.signed_in("alice").await;
    let key = first.key().unwrap();
    let second = another.restore(key).await.unwrap().unwrap();
    let (shared, before) = (Arc::clone(&store), record(&*store, key).await.unwrap());
    fixture.wire.rule(move |operation| {
        if operation != REFRESH {
            return Action::Pass;
        }
        shared.fail_next_load();
        Action::refusal("NotAuthorizedException", "Refresh Token has been revoked")
    });
    assert_eq!(first.refresh().await.unwrap_err().kind(), ErrorKind::Store);
    assert_eq!(record(&*store, key).await.unwrap(), before);
    fixture.wire.heal();
    timeout(SHORT, second.refresh()).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_claim_remains_while_new_tokens_are_not_stored() {
    let (fixture, _, store) = two_programs(rotating(60));
    let session = fixture.signed_in("alice").await;
    // The record is claimed, and three attempts to save the new tokens fail.
    store.refuse_times_after(1, 3);
    assert_eq!(session.refresh().await.unwrap_err().kind(), ErrorKind::Store);
    let claimed = record(&*store, session.key().unwrap()).await.unwrap();
    assert!(claimed.get("claim").is_some(), "others must not send the replaced token");
    session.refresh().await.unwrap();
}
