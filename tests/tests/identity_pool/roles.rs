//! Changes of roles: with the user, with the groups, and while callers wait.

use std::sync::{Arc, Mutex};

use cognito::identity_pool::ProvideCredentials;
use cognito::session::{IssuedToken, TokenError, TokenRequest, TokenSource};
use cognito::types::BoxFuture;
use cognito::{ErrorKind, Session};
use cognito_emulator::IdentityPoolSettings;
use serde_json::{Value, json};

use crate::support::Identities;

const DEFAULT: &str = "arn:aws:iam::000000000000:role/authenticated";
const READER: &str = "arn:aws:iam::000000000000:role/reader";
const WRITER: &str = "arn:aws:iam::000000000000:role/writer";

/// A source whose user can be replaced by another one. Clones share it.
#[derive(Clone)]
struct Switch(Arc<Mutex<Session>>);

impl Switch {
    fn new(session: &Session) -> Self {
        Self(Arc::new(Mutex::new(session.clone())))
    }

    fn to(&self, session: &Session) {
        *self.0.lock().unwrap() = session.clone();
    }

    fn user(&self) -> String {
        self.0.lock().unwrap().username().to_owned()
    }
}

impl TokenSource for Switch {
    fn token(&self, request: &TokenRequest) -> BoxFuture<'_, Result<IssuedToken, TokenError>> {
        let (session, request) = (self.0.lock().unwrap().clone(), request.clone());
        Box::pin(async move { session.token(&request).await })
    }

    fn reject(&self, token: &IssuedToken) {
        self.0.lock().unwrap().reject(token);
    }
}

/// Returns an identity pool whose users have the roles of their groups, `readers` and `writers`.
fn by_group(resolution: &str) -> Identities {
    let identities = Identities::new();
    for (group, role) in [("readers", READER), ("writers", WRITER)] {
        identities.users.admin("CreateGroup", json!({ "GroupName": group, "RoleArn": role }));
    }
    let local = &identities.users.local;
    let mapping = json!({ "Type": "Token", "AmbiguousRoleResolution": resolution });
    set_mapping(&identities, local.client_id().as_str(), mapping);
    identities
}

fn set_mapping(identities: &Identities, client: &str, mapping: Value) {
    let key = format!("{}:{client}", identities.users.local.provider_name());
    identities.call(
        "SetIdentityPoolRoles",
        json!({
            "IdentityPoolId": identities.pool.id().as_str(),
            "Roles": { "authenticated": DEFAULT },
            "RoleMappings": { key: mapping },
        }),
    );
}

fn add(identities: &Identities, user: &str, group: &str) {
    let membership = json!({ "Username": user, "GroupName": group });
    identities.users.admin("AdminAddUserToGroup", membership);
}

#[tokio::test]
async fn new_group_takes_effect_after_a_refresh_of_the_session() {
    let identities = by_group("AuthenticatedRole");
    let session = identities.users.signed_in("alice").await;
    let provider = identities.provider(session.clone());
    assert_eq!(identities.role(&provider).await, DEFAULT);
    for (group, role) in [("readers", READER), ("writers", DEFAULT)] {
        add(&identities, "alice", group);
        session.refresh().await.unwrap();
        assert_eq!(identities.role(&provider).await, role, "two groups are ambiguous");
        let for_sdk = provider.provide_credentials().await.unwrap();
        let direct = provider.credentials().await.unwrap();
        assert_eq!(for_sdk.access_key_id(), direct.credentials().access_key_id());
    }
}

#[tokio::test]
async fn a_lost_group_loses_its_role_at_the_next_call() {
    let identities = by_group("AuthenticatedRole");
    identities.users.register("alice").await;
    add(&identities, "alice", "writers");
    let session = identities.users.sign_in("alice").await;
    let provider = identities.provider(session.clone());
    assert_eq!(identities.role(&provider).await, WRITER);
    let membership = json!({ "Username": "alice", "GroupName": "writers" });
    identities.users.admin("AdminRemoveUserFromGroup", membership);
    session.refresh().await.unwrap();
    assert_eq!(identities.role(&provider).await, DEFAULT);
}

/// Rules of an identity pool can use any claim, not only groups.
#[tokio::test]
async fn a_changed_attribute_changes_the_role() {
    let identities = Identities::new();
    let rule = |value, role| json!({ "Claim": "email", "MatchType": "Equals", "Value": value, "RoleARN": role });
    let rules = json!({ "Rules": [rule("a@b.io", WRITER)] });
    let mapping = json!({
        "Type": "Rules", "AmbiguousRoleResolution": "AuthenticatedRole", "RulesConfiguration": rules,
    });
    set_mapping(&identities, identities.users.local.client_id().as_str(), mapping);
    let session = identities.users.signed_in("alice").await;
    let provider = identities.provider(session.clone());
    assert_eq!(identities.role(&provider).await, DEFAULT);
    let attributes = json!([{ "Name": "email", "Value": "a@b.io" }]);
    let change = json!({ "Username": "alice", "UserAttributes": attributes });
    identities.users.admin("AdminUpdateUserAttributes", change);
    session.refresh().await.unwrap();
    assert_eq!(identities.role(&provider).await, WRITER);
}

#[tokio::test]
async fn a_role_can_be_chosen_among_those_of_the_token() {
    let identities = by_group("Deny");
    identities.users.register("alice").await;
    for group in ["readers", "writers"] {
        add(&identities, "alice", group);
    }
    let session = identities.users.sign_in("alice").await;
    let ambiguous = identities.provider(session.clone()).credentials().await.unwrap_err();
    assert_eq!(ambiguous.kind(), ErrorKind::NotAuthorized);
    for role in [READER, WRITER] {
        let provider = identities.builder(session.clone()).role_arn(role).build().unwrap();
        assert_eq!(identities.role(&provider).await, role);
    }
    let other = identities.builder(session).role_arn(DEFAULT).build().unwrap();
    assert_eq!(other.credentials().await.unwrap_err().kind(), ErrorKind::NotAuthorized);
}

#[tokio::test]
async fn changed_roles_of_the_pool_take_effect_after_an_invalidation() {
    let identities = Identities::new();
    let provider = identities.provider(identities.users.signed_in("alice").await);
    assert_eq!(identities.role(&provider).await, DEFAULT);
    let roles = json!({ "IdentityPoolId": identities.pool.id().as_str(), "Roles": { "authenticated": READER } });
    identities.call("SetIdentityPoolRoles", roles);
    assert_eq!(identities.role(&provider).await, DEFAULT);
    provider.invalidate();
    assert_eq!(identities.role(&provider).await, READER);
}

#[tokio::test]
async fn another_user_of_one_provider_never_gets_the_credentials_of_the_previous_one() {
    let identities = by_group("AuthenticatedRole");
    let alice = identities.users.signed_in("alice").await;
    let bob = identities.users.signed_in("bob").await;
    add(&identities, "alice", "writers");
    alice.refresh().await.unwrap();
    let switch = Switch::new(&alice);
    let provider = identities.provider(switch.clone());
    let of_alice = provider.credentials().await.unwrap();
    assert_eq!(identities.role(&provider).await, WRITER);
    for _ in 0..2 {
        switch.to(&bob);
        let of_bob = provider.credentials().await.unwrap();
        assert_ne!(of_bob.identity_id(), of_alice.identity_id());
        assert_eq!(identities.role(&provider).await, DEFAULT);
        switch.to(&alice);
        assert_eq!(provider.credentials().await.unwrap().identity_id(), of_alice.identity_id());
        assert_eq!(identities.role(&provider).await, WRITER);
    }
}

/// Each caller gets credentials of a user who was signed in while the caller waited.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_during_a_switch_get_credentials_of_a_user_who_was_signed_in() {
    let identities = Identities::with(IdentityPoolSettings::guests);
    let alice = identities.users.signed_in("alice").await;
    let bob = identities.users.signed_in("bob").await;
    let mut ids = Vec::new();
    for session in [&alice, &bob] {
        let id = identities.provider(session.clone()).identity_id().await.unwrap();
        ids.push((session.username().to_owned(), id));
    }
    let switch = Switch::new(&alice);
    let provider = identities.provider(switch.clone());
    let caller = |round: usize| {
        let (provider, switch, ids) = (provider.clone(), switch.clone(), ids.clone());
        tokio::spawn(async move {
            let before = switch.user();
            let issued = match round % 2 {
                0 => provider.credentials().await.unwrap().identity_id().clone(),
                _ => provider.identity_id().await.unwrap(),
            };
            let users = [before, switch.user()];
            let (owner, _) = ids.iter().find(|(_, id)| *id == issued).unwrap();
            assert!(users[0] != users[1] || users.contains(owner), "{owner} {users:?}");
        })
    };
    for round in 0..100 {
        switch.to(if round % 2 == 0 { &alice } else { &bob });
        provider.invalidate();
        let callers: Vec<_> = (0..10).map(caller).collect();
        switch.to(if round % 3 == 0 { &bob } else { &alice });
        for caller in callers {
            caller.await.unwrap();
        }
    }
}
