//! Identities that AdminLinkProviderForUser links by an attribute: until the first sign-in they are
//! identified by its value, and afterwards by the subject.

use std::sync::{Arc, Mutex};

use cognito_emulator::{LocalPool, PoolSettings};
use serde_json::{Value, json};

use crate::external_support::{
    add_remote_corp, attribute, id_claims, link, provider_user, serve, sign_in_at_mock,
};
use crate::oidc_support::to_corp;
use crate::support::{App, Browser, call, pool, settings};

const MAIL: &str = "ann@example.com";

/// Returns a pool in which alice is linked with the provider Corp by an e-mail address.
fn linked_pool(settings: PoolSettings) -> LocalPool {
    let local = pool(settings);
    add_remote_corp(&local);
    serve(&local, &["COGNITO", "Corp"]);
    link_alice(&local, provider_user("Corp", "email", MAIL));
    local
}

fn link_alice(local: &LocalPool, source: Value) {
    let mut request = link("", "alice");
    request["SourceUser"] = source;
    local.call("AdminLinkProviderForUser", request).unwrap();
}

/// Signs in at Corp, and returns the user name.
async fn sign_in(local: &LocalPool, subject: &str, mail: &str) -> Value {
    let query = to_corp(local);
    let fields = [("sub", subject), ("email", mail)];
    let back = sign_in_at_mock(&mut Browser::of(local), &query, &fields).await;
    id_claims(local, &back).await["cognito:username"].clone()
}

fn disable(local: &LocalPool, user: &Value) -> bool {
    local.call("AdminDisableProviderForUser", json!({ "User": user })).is_ok()
}

#[tokio::test]
async fn link_by_an_attribute_is_bound_to_the_subject_of_the_first_sign_in() {
    let local = linked_pool(settings());
    assert_eq!(sign_in(&local, "1002", "ben@example.com").await, "Corp_1002");
    assert_eq!(sign_in(&local, "1001", MAIL).await, "alice");
    assert_eq!(sign_in(&local, "1003", MAIL).await, "Corp_1003", "the address alone is not enough");
    assert_eq!(
        sign_in(&local, "1001", "new@example.com").await,
        "alice",
        "the address has no effect"
    );
    let identities = attribute(&local, "alice", "identities").unwrap();
    let identities: Value = serde_json::from_str(&identities).unwrap();
    assert_eq!(identities.as_array().unwrap().len(), 1);
    assert_eq!(identities[0]["userId"], "1001");
    assert!(!disable(&local, &provider_user("Corp", "email", MAIL)));
    assert!(disable(&local, &provider_user("Corp", "Cognito_Subject", "1001")));
    assert_eq!(sign_in(&local, "1001", MAIL).await, "Corp_1001");
}

#[tokio::test]
async fn link_by_an_attribute_ends_before_the_first_sign_in_by_the_same_attribute() {
    let local = linked_pool(settings());
    assert!(!disable(&local, &provider_user("Corp", "Cognito_Subject", MAIL)));
    assert!(disable(&local, &provider_user("Corp", "email", MAIL)));
    assert_eq!(sign_in(&local, "1001", MAIL).await, "Corp_1001");
}

#[tokio::test]
async fn names_of_the_subject_link_by_the_subject() {
    let local = linked_pool(settings());
    for name in ["sub", "NameID", "Cognito_Subject"] {
        link_alice(&local, provider_user("Corp", name, name));
        assert_eq!(sign_in(&local, name, "").await, "alice");
    }
}

#[tokio::test]
async fn attribute_of_a_link_is_never_returned() {
    let seen = Arc::new(Mutex::new(String::new()));
    let settings = {
        let seen = Arc::clone(&seen);
        settings().post_authentication(move |event| {
            seen.lock().unwrap().clone_from(&event.attributes["identities"]);
            Ok(())
        })
    };
    let local = linked_pool(settings);
    let text = attribute(&local, "alice", "identities").unwrap();
    let date = serde_json::from_str::<Value>(&text).unwrap()[0]["dateCreated"].clone();
    let shown = format!(
        r#"[{{"userId":"{MAIL}","providerName":"Corp","providerType":"OIDC","issuer":null,"primary":false,"dateCreated":{date}}}]"#
    );
    assert_eq!(text, shown);
    let users = local.call("ListUsers", json!({})).unwrap()["Users"].to_string();
    assert!(users.contains(&json!(shown).to_string()), "{users}");
    let tokens = App::of(&local).with("scope", "openid profile").tokens().await;
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str())];
    let info = call(&local, "GET", "/oauth2/userInfo", &headers, String::new()).await;
    assert_eq!(serde_json::from_str::<Value>(info.body()).unwrap()["identities"], shown);
    assert_eq!(*seen.lock().unwrap(), shown);
}
