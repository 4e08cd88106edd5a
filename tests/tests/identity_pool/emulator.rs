//! Identities of users and guests in an identity pool of the emulator.

use std::sync::Arc;
use std::time::Duration;

use cognito::identity_pool::{IdentityId, IdentityPoolCredentials, ProvideCredentials};
use cognito::session::{IssuedToken, TokenError, TokenRequest, TokenSource};
use cognito::types::{BoxFuture, Clock};
use cognito::{ErrorKind, MemoryStore, Session};
use cognito_emulator::IdentityPoolSettings;
use cognito_tests::interposer::Action;
use serde_json::{Value, json};

use crate::support::Identities;

#[tokio::test]
async fn a_session_gets_credentials_of_the_users_identity() {
    let identities = Identities::new();
    let session = identities.users.signed_in("alice").await;
    let provider = identities.provider(session);
    let issued = provider.credentials().await.unwrap();
    let key = issued.credentials().access_key_id();
    let record = identities.pool.emulator().issued_credentials(key).unwrap();
    assert_eq!(record.identity_id, issued.identity_id().as_str());
    assert_eq!(record.role_arn, "arn:aws:iam::000000000000:role/authenticated");
    assert_eq!(record.logins, [identities.users.local.provider_name()]);
    assert_eq!(record.expiration, issued.expires_at());
}

#[tokio::test]
async fn the_session_is_refreshed_and_credentials_are_requested_when_both_have_expired() {
    let identities = Identities::new();
    let session = identities.users.signed_in("alice").await;
    let provider = identities.provider(session);
    let first = provider.credentials().await.unwrap();
    identities.users.advance(2 * 3600);
    let next = provider.credentials().await.unwrap();
    assert!(next.expires_at() > identities.users.local.clock().now());
    assert_eq!(first.identity_id(), next.identity_id());
    assert_eq!([identities.count("GetId"), identities.count("GetTokensFromRefreshToken")], [1, 1]);
}

/// A source whose first token is old, as after a pause of the machine.
struct OldFirst {
    session: Session,
    old: std::sync::Mutex<Option<IssuedToken>>,
}

impl TokenSource for OldFirst {
    fn token(&self, request: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        match self.old.lock().unwrap().clone() {
            Some(old) => Box::pin(std::future::ready(Ok(old))),
            None => self.session.token(request),
        }
    }

    fn reject(&self, token: &IssuedToken) {
        let was_old = self.old.lock().unwrap().take().is_some();
        if !was_old {
            self.session.reject(token);
        }
    }
}

#[tokio::test]
async fn an_expired_token_is_refreshed_once() {
    let identities = Identities::new();
    let session = identities.users.signed_in("alice").await;
    let old = session.token(&TokenRequest::id()).await.unwrap();
    let far = identities.users.local.clock().now() + Duration::from_secs(86_400);
    let old = IssuedToken::new(old.expose_secret(), far, 0);
    identities.users.advance(2 * 3600);
    let tokens = OldFirst { session, old: Some(old).into() };
    let provider = identities.provider(tokens);
    provider.credentials().await.unwrap();
    assert_eq!([identities.count("GetId"), identities.count("GetCredentialsForIdentity")], [2, 1]);
}

#[tokio::test]
async fn an_ended_session_has_no_credentials() {
    let identities = Identities::new();
    let session = identities.users.signed_in("alice").await;
    let provider = identities.provider(session.clone());
    provider.credentials().await.unwrap();
    session.sign_out().await.unwrap();
    // Credentials that were issued before are not returned either.
    assert_eq!(provider.credentials().await.unwrap_err().kind(), ErrorKind::SessionEnded);
    let error = provider.provide_credentials().await.unwrap_err();
    assert!(format!("{error:?}").starts_with("ProviderError"), "{error:?}");
}

/// A disabled user's token is rejected if the identity pool checks it on the server.
#[tokio::test]
async fn a_disabled_user_gets_no_credentials() {
    let identities = Identities::new();
    let session = identities.users.signed_in("alice").await;
    let provider = identities.provider(session);
    provider.identity_id().await.unwrap();
    identities.users.admin("AdminDisableUser", json!({ "Username": "alice" }));
    let error = provider.credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginNotAccepted);
}

#[tokio::test]
async fn configuration_errors_have_different_kinds() {
    let identities = Identities::new();
    let session = identities.users.signed_in("alice").await;
    let kind = |provider: IdentityPoolCredentials| async move {
        provider.credentials().await.unwrap_err().kind()
    };
    let other_client = Identities::with(|_| IdentityPoolSettings::default().guests());
    let name = other_client.users.local.provider_name();
    let clients = json!([{ "ProviderName": name, "ClientId": "1another0client" }]);
    let listed = json!({
        "IdentityPoolId": other_client.pool.id().as_str(), "IdentityPoolName": "local",
        "AllowUnauthenticatedIdentities": false, "CognitoIdentityProviders": clients,
    });
    other_client.call("UpdateIdentityPool", listed);
    let of_client = other_client.provider(other_client.users.signed_in("carol").await);
    assert_eq!(kind(of_client).await, ErrorKind::LoginNotAccepted);

    let wrong_name = identities.builder(session.clone());
    let wrong_name =
        wrong_name.provider_name("cognito-idp.us-east-1.amazonaws.com/us-east-1_Other");
    assert_eq!(kind(wrong_name.build().unwrap()).await, ErrorKind::LoginNotAccepted);

    let other = Identities::new();
    let foreign = other.users.signed_in("bob").await;
    let name = identities.users.local.provider_name();
    let foreign = identities.builder(foreign).provider_name(name).build().unwrap();
    assert_eq!(kind(foreign).await, ErrorKind::LoginNotAccepted);

    let guest = identities.guest(Arc::default());
    assert_eq!(kind(guest).await, ErrorKind::GuestsNotAllowed);

    let no_roles = json!({ "IdentityPoolId": identities.pool.id().as_str(), "Roles": {} });
    identities.call("SetIdentityPoolRoles", no_roles);
    assert_eq!(kind(identities.provider(session.clone())).await, ErrorKind::Configuration);

    let deleted = json!({ "IdentityPoolId": identities.pool.id().as_str() });
    identities.call("DeleteIdentityPool", deleted);
    assert_eq!(kind(identities.provider(session)).await, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_guest_becomes_the_user_and_the_next_guest_is_another() {
    let identities = Identities::with(IdentityPoolSettings::guests);
    let cache = Arc::<MemoryStore>::default();
    let guest = identities.guest(cache.clone());
    let guest_id = guest.credentials().await.unwrap().identity_id().clone();
    let session = identities.users.signed_in("alice").await;
    let builder = identities.builder(session).identity_cache(cache.clone());
    let user = builder.initial_identity(guest_id.clone()).build().unwrap();
    assert_eq!(*user.credentials().await.unwrap().identity_id(), guest_id);
    assert_eq!(identities.count("GetId"), 1, "that of the guest");
    // The cached guest is a user now: access is forbidden, and another guest is created.
    guest.invalidate();
    let next = guest.credentials().await.unwrap().identity_id().clone();
    assert_ne!(next, guest_id);
    assert_eq!(user.identity_id().await.unwrap(), guest_id);
}

#[tokio::test]
async fn a_guest_is_merged_with_the_identity_that_the_user_already_has() {
    let identities = Identities::with(IdentityPoolSettings::guests);
    let session = identities.users.signed_in("alice").await;
    let of_user = identities.provider(session.clone()).identity_id().await.unwrap();
    let of_guest = identities.guest(Arc::default()).identity_id().await.unwrap();
    let merged = identities.builder(session).initial_identity(of_guest.clone()).build().unwrap();
    assert_eq!(merged.identity_id().await.unwrap(), of_user);
    merged.invalidate();
    merged.credentials().await.unwrap();
    let sent = identities.users.wire.seen("GetCredentialsForIdentity");
    let sent: Vec<Value> =
        sent.iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect();
    let ids = sent.iter().map(|body| body["IdentityId"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(ids, [of_guest.as_str(), of_user.as_str()], "the cache has that of the response");
}

#[tokio::test]
async fn the_identity_of_another_user_and_a_deleted_one_are_replaced() {
    let identities = Identities::new();
    let alice = identities.users.signed_in("alice").await;
    let of_alice = identities.provider(alice).identity_id().await.unwrap();
    let bob = identities.users.signed_in("bob").await;
    let cache = Arc::<MemoryStore>::default();
    let builder = identities.builder(bob).initial_identity(of_alice.clone());
    let provider = builder.identity_cache(cache).build().unwrap();
    let of_bob = provider.credentials().await.unwrap().identity_id().clone();
    assert_ne!(of_bob, of_alice);

    identities.call("DeleteIdentities", json!({ "IdentityIdsToDelete": [of_bob.as_str()] }));
    provider.invalidate();
    let next = provider.credentials().await.unwrap().identity_id().clone();
    assert!(next != of_bob && next != of_alice);
    assert_eq!(provider.identity_id().await.unwrap(), next);
}

#[tokio::test]
async fn an_unlinked_user_gets_another_identity() {
    let identities = Identities::new();
    let provider = identities.provider(identities.users.signed_in("alice").await);
    let before = provider.credentials().await.unwrap();
    provider.unlink().await.unwrap();
    let after = provider.credentials().await.unwrap();
    assert_ne!(before.identity_id(), after.identity_id());
}

/// The login may be removed although the response is lost.
#[tokio::test]
async fn credentials_are_dropped_when_the_response_to_an_unlink_is_lost() {
    let identities = Identities::new();
    let provider = identities.provider(identities.users.signed_in("alice").await);
    let before = provider.credentials().await.unwrap();
    identities.users.wire.on("UnlinkIdentity", Action::LoseResponse);
    provider.unlink().await.unwrap_err();
    identities.users.wire.heal();
    let after = provider.credentials().await.unwrap();
    assert_ne!(before.identity_id(), after.identity_id());
}

#[tokio::test]
async fn an_open_id_token_is_for_the_identity_pool() {
    let identities = Identities::with(|all| all.pool_member("AllowClassicFlow", true));
    let provider = identities.provider(identities.users.signed_in("alice").await);
    let token = provider.open_id_token().await.unwrap();
    let claims = token.expose_secret().split('.').nth(1).unwrap();
    let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims);
    let claims: Value = serde_json::from_slice(&claims.unwrap()).unwrap();
    assert_eq!(claims["sub"], token.identity_id().as_str());
    assert_eq!(claims["aud"], identities.pool.id().as_str());
    assert_eq!(claims["amr"][0], "authenticated");
    let left = token.expires_at().unwrap().duration_since(identities.users.local.clock().now());
    assert!(left.unwrap() <= Duration::from_secs(600));
}

#[tokio::test]
async fn lost_responses_are_requested_again() {
    for operation in ["GetId", "GetCredentialsForIdentity"] {
        let identities = Identities::new();
        let provider = identities.provider(identities.users.signed_in("alice").await);
        let wire = identities.users.wire.clone();
        identities.users.wire.rule(move |seen| match wire.seen(operation).len() {
            1 if seen == operation => Action::LoseResponse,
            _ => Action::Pass,
        });
        let issued = provider.credentials().await.unwrap();
        assert_eq!(identities.count(operation), 2);
        let again: IdentityId = provider.identity_id().await.unwrap();
        assert_eq!(*issued.identity_id(), again, "a user's identity is created once");
    }
}

#[tokio::test]
async fn outage_is_a_transient_error_without_consequences() {
    let identities = Identities::new();
    let session = identities.users.signed_in("alice").await;
    let provider = identities.provider(session);
    for action in [
        Action::Unreachable,
        Action::LoseResponse,
        Action::Truncate,
        Action::Respond(503, String::new()),
        Action::refusal("TooManyRequestsException", "Rate exceeded"),
    ] {
        identities.users.wire.on("GetCredentialsForIdentity", action.clone());
        let error = provider.credentials().await.unwrap_err();
        assert!(error.is_transient(), "{action:?}: {error:?}");
        identities.users.wire.heal();
        provider.credentials().await.unwrap();
        provider.invalidate();
    }
    assert_eq!(identities.count("GetId"), 1);
}

/// A source with a fixed token.
struct Fixed(IssuedToken);

impl TokenSource for Fixed {
    fn token(&self, _: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }

    fn reject(&self, _: &IssuedToken) {}
}

/// A server of the application creates the token; the user's program starts with its identity.
#[tokio::test]
async fn a_token_of_a_developer_identity_is_a_login() {
    let identities = Identities::with(|all| all.pool_member("DeveloperProviderName", "login.app"));
    let pool = identities.pool.id();
    let login = json!({ "IdentityPoolId": pool.as_str(), "Logins": { "login.app": "user-7" } });
    let created = identities.call("GetOpenIdTokenForDeveloperIdentity", login);
    let id: IdentityId = created["IdentityId"].as_str().unwrap().parse().unwrap();
    let far = identities.users.local.clock().now() + Duration::from_secs(900);
    let token = IssuedToken::new(created["Token"].as_str().unwrap(), far, 0);
    let builder = identities.builder(Fixed(token)).provider_name("cognito-identity.amazonaws.com");
    let provider = builder.initial_identity(id.clone()).build().unwrap();
    assert_eq!(*provider.credentials().await.unwrap().identity_id(), id);
    assert_eq!(identities.count("GetId"), 0);
}
