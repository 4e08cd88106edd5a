//! List and revocation of a user's sessions, by the user and by an administrator.

use cognito::{Admin, ErrorKind};
use cognito_emulator::{Emulator, PoolSettings};
use cognito_tests::fixture::{Fixture, admin_config};
use cognito_tests::recorder::Recorder;
use serde_json::json;

#[tokio::test]
async fn a_user_lists_the_sessions_and_revokes_another() {
    let fixture = Fixture::new(PoolSettings::default());
    let (phone, laptop) = (fixture.signed_in("alice").await, fixture.sign_in("alice").await);
    let sessions = laptop.user_sessions().await.unwrap();
    assert_eq!(sessions.len(), 2);
    let [other] = &sessions.iter().filter(|one| !one.is_current()).collect::<Vec<_>>()[..] else {
        panic!("one session is the current one: {sessions:?}")
    };
    assert_eq!(other.client_id(), Some(fixture.local.client_id().as_str()));
    assert!(other.created_at().is_some() && other.created_at() <= other.last_active_at());

    laptop.revoke_user_session(other.id()).await.unwrap();
    assert!(phone.refresh().await.unwrap_err().ends_session());
    laptop.refresh().await.unwrap();
    let own = sessions.iter().find(|one| one.is_current()).unwrap();
    let refused = laptop.revoke_user_session(own.id()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidParameter);
}

#[tokio::test]
async fn an_administrator_lists_and_revokes_sessions_with_signed_requests() {
    let fixture = Fixture::new(PoolSettings::default());
    let session = fixture.signed_in("bob").await;
    let bob = fixture.administrator().user("bob");
    let sessions = bob.sessions().await.unwrap();
    assert_eq!(sessions.len(), 1);
    bob.revoke_session(sessions[0].id()).await.unwrap();
    assert!(session.refresh().await.unwrap_err().ends_session());
    let unknown = bob.revoke_session(sessions[0].id()).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    let nobody = fixture.administrator().user("nobody").sessions().await.unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::UserNotFound);

    let server = Recorder::start().await;
    server.respond("AdminListUserSessions", json!({ "Sessions": [], "NextToken": "next" }));
    server.respond("AdminListUserSessions", json!({ "Sessions": null }));
    assert!(server.admin().user("bob").sessions().await.unwrap().is_empty());
    let requests = server.requests().await;
    assert!(requests.iter().all(|request| request.signed));
    let user = json!({ "UserPoolId": "eu-west-1_Ab12Cd34E", "Username": "bob" });
    assert_eq!(requests[0].body, user);
    assert_eq!(requests[1].body["NextToken"], "next");
}

/// Operations that the SDK lacks are sent by the HTTP client of the library if the SDK's
/// configuration has none.
#[tokio::test]
async fn administrator_lists_sessions_at_the_endpoint_of_the_configuration() {
    let emulator = Emulator::start().await.unwrap();
    let local = emulator.create_pool(PoolSettings::default()).unwrap();
    let input = json!({ "UserPoolId": local.id().to_string(), "Username": "bob" });
    local.call("AdminCreateUser", input).unwrap();
    let config = admin_config().into_builder().endpoint_url(local.endpoint()).build();
    let admin = Admin::new(&config, local.id().clone());
    assert_eq!(admin.user("bob").sessions().await.unwrap(), []);
    let hosts = admin.allow_plain_http(["other"]);
    assert_eq!(hosts.user("bob").sessions().await.unwrap(), []);
}

#[test]
fn public_types_are_shared_between_threads() {
    fn check<T: Send + Sync + 'static>() {}
    check::<cognito::UserPool>();
    check::<cognito::Session>();
    check::<cognito::Error>();
    check::<cognito::Challenge>();
    check::<cognito::SignIn>();
    check::<cognito::sign_in::Refused<cognito::sign_in::CodeChallenge>>();
    check::<cognito::sign_in::Respond<cognito::Challenge>>();
    check::<cognito::session::SessionError>();
    check::<cognito::Verifier>();
    check::<cognito_emulator::Emulator>();
}
