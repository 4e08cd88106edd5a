//! A service with every kind of entry has the same state after a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use cognito_types::UserPoolId;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::coop::{consume_budget, has_budget_remaining};

use crate::flows::step::Step;
use crate::flows::storage::{self, Access, Batch, EntryKey};
use crate::operations::dispatch;
use crate::state::managed_login::{
    AuthenticatedUser, AuthorizationCode, AuthorizationRequest, BrowserSession, ExternalSignIn,
    Grant, ResponseType,
};
use crate::state::passkey::Passkey;
use crate::state::webauthn::PasskeyKey;
use crate::{
    Emulator, EmulatorBuilder, IdentityPoolSettings, LocalPool, PoolSettings, SigningKeys,
};

const PASSWORD: &str = "Correct-horse1";

/// The parts of a state file. A new one needs an entry in [`fill`].
const PARTS: [&str; 24] = [
    "",
    "active users",
    "authorization codes",
    "aws credentials",
    "browser sessions",
    "challenges",
    "clients",
    "exchanges",
    "external sign-ins",
    "groups",
    "hourly limits",
    "identities",
    "identity pool keys",
    "identity pools",
    "keys",
    "lists",
    "lockouts",
    "messages",
    "records",
    "refresh tokens",
    "registrations",
    "resource servers",
    "sign-ins",
    "users",
];

fn builder(path: &Path) -> EmulatorBuilder {
    Emulator::builder().signing_keys(SigningKeys::ForTests).seed(7).state_file(path)
}

/// Returns every entry of a service, as for a new file.
fn entries(emulator: &Emulator) -> BTreeMap<EntryKey, Vec<u8>> {
    let service = emulator.service();
    let mut batch = Batch::default();
    for pool in service.pools() {
        let everything = |step: &mut Step<'_>| {
            step.pool.begin_saving(false);
            let id = step.pool.id.to_string();
            let mut put = |part: &'static str, key, entry| batch.put(&id, part, key, entry);
            step.pool.save(&mut put).unwrap();
            Ok(())
        };
        pool.step(&service.shared, &mut Default::default(), everything).unwrap();
    }
    service.shared.outbox.with_part(|messages| {
        let keys = messages.keys();
        messages.journal().begin(keys);
        messages.save(&mut |key, entry| batch.put("", "messages", key, entry)).unwrap();
    });
    service.with_identity_pools(|pools| {
        pools.begin_saving(false);
        pools.save(&mut |part, key, entry| batch.put("", part, key, entry)).unwrap();
    });
    batch.entries.into_iter().map(|(key, entry)| (key, entry.unwrap())).collect()
}

fn settings() -> PoolSettings {
    let flows = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"];
    let factors = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"] });
    PoolSettings::default()
        .pool_member("Policies", json!({ "SignInPolicy": factors }))
        .pool_member("MfaConfiguration", "OPTIONAL")
        .pool_member("WebAuthnConfiguration", json!({ "RelyingPartyId": "example.com" }))
        .pool_member("UserPoolAddOns", json!({ "AdvancedSecurityMode": "AUDIT" }))
        .pool_member("DeviceConfiguration", json!({ "ChallengeRequiredOnNewDevice": true }))
        .pool_member("Schema", json!([{ "Name": "seats", "AttributeDataType": "Number" }]))
        .client_member("ExplicitAuthFlows", json!(flows))
        .client_member("RefreshTokenRotation", json!({ "Feature": "ENABLED" }))
        .short_pages(2)
}

fn email(username: &str) -> Value {
    json!([
        { "Name": "email", "Value": format!("{username}@example.com") },
        { "Name": "email_verified", "Value": "true" },
    ])
}

fn call(pool: &LocalPool, operation: &str, input: Value) -> Value {
    pool.call(operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

fn sign_in(pool: &LocalPool, username: &str, password: &str) -> Option<Value> {
    let parameters = json!({ "USERNAME": username, "PASSWORD": password });
    let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    Some(pool.call("InitiateAuth", input).ok()?["AuthenticationResult"].clone())
}

/// Adds clients, a provider, a domain and a group.
fn configure(pool: &LocalPool) {
    let secret = json!({ "ClientName": "confidential", "GenerateSecret": true });
    let client = call(pool, "CreateUserPoolClient", secret);
    let client = json!({ "ClientId": client["UserPoolClient"]["ClientId"] });
    call(pool, "AddUserPoolClientSecret", client);
    pool.create_machine_client(["orders/read"]).unwrap();
    let details = json!({ "client_id": "a", "client_secret": "b", "authorize_scopes": "openid" });
    let google = json!({
        "ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": details
    });
    call(pool, "CreateIdentityProvider", google);
    call(pool, "CreateUserPoolDomain", json!({ "Domain": "orders" }));
    call(pool, "CreateGroup", json!({ "GroupName": "staff", "Precedence": 3 }));
}

/// Adds users in every status.
fn add_users(pool: &LocalPool) {
    for username in ["alice", "bob", "carol"] {
        let user = json!({ "Username": username, "UserAttributes": email(username) });
        call(pool, "AdminCreateUser", user);
    }
    for username in ["alice", "bob"] {
        let password = json!({ "Username": username, "Password": PASSWORD, "Permanent": true });
        call(pool, "AdminSetUserPassword", password);
        let member = json!({ "Username": username, "GroupName": "staff" });
        call(pool, "AdminAddUserToGroup", member);
    }
    call(pool, "AdminResetUserPassword", json!({ "Username": "bob" }));
    call(pool, "AdminDisableUser", json!({ "Username": "carol" }));
    let seats = json!([{ "Name": "custom:seats", "Value": "4" }]);
    call(
        pool,
        "AdminUpdateUserAttributes",
        json!({ "Username": "carol", "UserAttributes": seats }),
    );
    let dan = json!({ "Username": "dan", "Password": PASSWORD, "UserAttributes": [] });
    call(pool, "SignUp", dan);
    pool.sign_in_at("Google", "1234", [("email", "erin@example.com")]).unwrap();
}

/// Adds sign-ins, devices, factors, codes and failed attempts.
fn use_pool(pool: &LocalPool) {
    let tokens = sign_in(pool, "alice", PASSWORD).unwrap();
    let token = json!({ "AccessToken": tokens["AccessToken"] });
    let device = json!({
        "AccessToken": tokens["AccessToken"], "DeviceName": "laptop",
        "DeviceKey": tokens["NewDeviceMetadata"]["DeviceKey"],
        "DeviceSecretVerifierConfig": { "PasswordVerifier": "AQI=", "Salt": "AQ==" }
    });
    call(pool, "ConfirmDevice", device);
    let app = call(pool, "AssociateSoftwareToken", token.clone());
    let code = pool.totp(app["SecretCode"].as_str().unwrap()).unwrap();
    let code = json!({ "AccessToken": tokens["AccessToken"], "UserCode": code.expose_secret() });
    call(pool, "VerifySoftwareToken", code);
    call(pool, "StartWebAuthnRegistration", token);
    let refresh = json!({
        "RefreshToken": tokens["RefreshToken"],
        "DeviceKey": tokens["NewDeviceMetadata"]["DeviceKey"]
    });
    call(pool, "GetTokensFromRefreshToken", refresh);
    let parameters = json!({ "USERNAME": "alice", "PREFERRED_CHALLENGE": "EMAIL_OTP" });
    let start = json!({ "AuthFlow": "USER_AUTH", "AuthParameters": parameters });
    call(pool, "InitiateAuth", start);
    let parameters = json!({ "USERNAME": "alice", "SRP_A": "abcdef" });
    let start = json!({ "AuthFlow": "USER_SRP_AUTH", "AuthParameters": parameters });
    call(pool, "InitiateAuth", start);
    assert!(sign_in(pool, "alice", "Wrong-horse1").is_none());
    call(pool, "ForgotPassword", json!({ "Username": "alice" }));
    sign_in_browser(pool);
    add_passkey(pool);
}

fn sign_in_browser(pool: &LocalPool) {
    let user = AuthenticatedUser {
        username: "alice".to_owned(),
        sub: "1".to_owned(),
        auth_time: 1_700_000_000,
        provider: Some("Google".to_owned()),
        session: Some(BrowserSession { id: "sso1".to_owned(), client_id: "client".to_owned() }),
    };
    let request = AuthorizationRequest {
        client_id: pool.client_id().to_string(),
        redirect_uri: "https://example.com/".to_owned(),
        response_type: ResponseType::Code,
        state: None,
        grant: Grant { scopes: vec!["openid".to_owned()], resource: None },
        nonce: Some("n".to_owned()),
        code_challenge: None,
    };
    let add = |step: &mut Step<'_>| {
        let (now, login) = (step.now(), &mut step.pool.managed_login);
        login.start_session("cookie".to_owned(), user.clone(), now);
        let external = ExternalSignIn {
            request: request.clone(),
            provider: "Google".to_owned(),
            issuer: Some("http://localhost:8080".to_owned()),
            nonce: "n".to_owned(),
            redirect_uri: "https://example.com/oauth2/idpresponse".to_owned(),
        };
        login.add_external("state".to_owned(), external, now);
        login.add_code("code".to_owned(), AuthorizationCode { request, user }, now);
        Ok(())
    };
    let host = pool.emulator().host();
    host.stored(|| Ok(host.service.in_pool(pool.id().as_str(), add)?)).unwrap();
}

fn add_passkey(pool: &LocalPool) {
    let passkey = Passkey {
        id: "AQID".to_owned(),
        relying_party_id: "example.com".to_owned(),
        key: PasskeyKey::Es256(vec![4; 65]),
        counter: 7,
        transports: vec!["usb".to_owned()],
        attachment: None,
        created: 1.5,
    };
    let add = |step: &mut Step<'_>| {
        let alice = step.pool.user_mut("alice")?;
        alice.change_extras(|extras| extras.passkeys.push(passkey));
        Ok(())
    };
    let host = pool.emulator().host();
    host.stored(|| Ok(host.service.in_pool(pool.id().as_str(), add)?)).unwrap();
}

/// Adds an identity pool with a guest and a user who has credentials.
fn use_identity_pool(pool: &LocalPool) {
    let mapping = json!({ "Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole" });
    let settings = IdentityPoolSettings::default().user_pool(pool).guests();
    let settings = settings.role_mapping(pool, mapping);
    let emulator = pool.emulator();
    let identities = emulator.create_identity_pool(settings).unwrap();
    let token = pool.id_token_for(json!({ "cognito:username": "alice" })).unwrap();
    for logins in [json!({}), json!({ pool.provider_name(): token.expose_secret() })] {
        let input = json!({ "IdentityPoolId": identities.id().as_str(), "Logins": logins });
        let id = emulator.call("GetId", &input).unwrap()["IdentityId"].clone();
        let input = json!({ "IdentityId": id, "Logins": logins });
        emulator.call("GetCredentialsForIdentity", &input).unwrap();
    }
}

/// A service with at least one entry of every part.
fn fill(emulator: &Emulator) -> LocalPool {
    emulator.clock().freeze();
    emulator.clock().set(UNIX_EPOCH + Duration::from_millis(1_700_000_000_123));
    let pool = emulator.create_pool(settings()).unwrap();
    configure(&pool);
    add_users(&pool);
    use_pool(&pool);
    use_identity_pool(&pool);
    let definition = json!({
        "LimitClass": "API_CATEGORY", "Attributes": { "Category": "UserAuthentication" }
    });
    let limit = json!({ "LimitDefinition": definition, "RequestedLimitValue": 200 });
    call(&pool, "UpdateProvisionedLimit", limit);
    pool
}

/// Returns the indexes that are rebuilt from entries, and the state of the service.
fn rebuilt(emulator: &Emulator, id: &UserPoolId) -> impl PartialEq + use<> {
    let service = emulator.service();
    let of_pool = |step: &mut Step<'_>| {
        Ok((step.pool.groups["staff"].members.clone(), step.pool.identities.clone()))
    };
    let time = (emulator.clock().is_frozen(), service.shared.since_epoch());
    let indexes = service.with_identity_pools(|pools| pools.identities.indexes());
    (service.in_pool(id.as_str(), of_pool).unwrap(), indexes, time, service.meters.provisioned())
}

#[test]
fn every_entry_is_the_same_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let emulator = builder(&path).try_in_process().unwrap();
    let pool = fill(&emulator);
    let id = pool.id();
    let before = (entries(&emulator), rebuilt(&emulator, &id));
    let parts: BTreeSet<_> = before.0.keys().map(|key| key.part.as_str()).collect();
    assert_eq!(parts.into_iter().collect::<Vec<_>>(), PARTS, "each part has an entry");
    drop((emulator, pool));

    let emulator = builder(&path).try_in_process().unwrap();
    assert!((entries(&emulator), rebuilt(&emulator, &id)) == before);
    let taken = json!({ "UserPoolId": id.as_str(), "Domain": "orders" });
    assert!(emulator.call("CreateUserPoolDomain", &taken).is_err());
}

#[test]
fn request_ids_differ_after_each_restart_with_the_same_seed() {
    let directory = tempfile::tempdir().unwrap();
    let next = || {
        let emulator = builder(&directory.path().join("state")).try_in_process().unwrap();
        emulator.service().request_ids.next()
    };
    let ids = BTreeSet::from([next(), next(), next()]);
    assert_eq!(ids.len(), 3);
}

fn create_group(pool: &LocalPool, name: &str) {
    call(pool, "CreateGroup", json!({ "GroupName": name }));
}

#[test]
fn partial_changes_of_a_request_are_not_stored_with_another_request() {
    let directory = tempfile::tempdir().unwrap();
    let emulator = builder(&directory.path().join("state")).try_in_process().unwrap();
    let pool = emulator.create_pool(PoolSettings::default()).unwrap();
    let other = pool.clone();
    let (stored, is_stored) = mpsc::channel();
    let two_steps = || {
        let first = json!({ "UserPoolId": pool.id().as_str(), "GroupName": "first" });
        dispatch::seed(emulator.service(), "CreateGroup", first)?;
        thread::spawn(move || {
            create_group(&other, "other");
            stored.send(()).unwrap();
        });
        assert!(is_stored.recv_timeout(Duration::from_millis(500)).is_err());
        Ok(())
    };
    emulator.host().stored(two_steps).unwrap();
    is_stored.recv().unwrap();
}

#[tokio::test]
async fn changes_of_a_task_without_budget_are_stored() {
    let directory = tempfile::tempdir().unwrap();
    let emulator = builder(&directory.path().join("state")).try_in_process().unwrap();
    while has_budget_remaining() {
        consume_budget().await;
    }
    emulator.create_pool(PoolSettings::default()).unwrap();
    assert!(!has_budget_remaining());
}

#[test]
fn request_that_waits_for_a_trigger_does_not_block_others() {
    let directory = tempfile::tempdir().unwrap();
    let emulator = builder(&directory.path().join("state")).try_in_process().unwrap();
    let pool = emulator.create_pool(PoolSettings::default()).unwrap();
    let waiting = async {
        let (called, response) = oneshot::channel();
        thread::spawn(move || {
            create_group(&pool, "other");
            called.send(()).unwrap();
        });
        response.await
    };
    let done = storage::committed(emulator.service(), Access::Write, waiting);
    pollster::block_on(done).unwrap().unwrap();
}
