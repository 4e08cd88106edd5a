//! Identities at identity providers: federated users and links.

use serde_json::{Value, json};

use crate::support::{
    PASSWORD, Pool, Refusal, attribute, claims, invalid_parameter, not_authorized, refusal,
    settings,
};

/// Returns a pool with the provider Google.
fn pool() -> Pool {
    let pool = Pool::new(settings());
    let details =
        json!({ "client_id": "app", "client_secret": "s", "authorize_scopes": "openid email" });
    let input =
        json!({ "ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": details });
    pool.call("CreateIdentityProvider", input);
    pool
}

fn google(subject: &str) -> Value {
    json!({
        "ProviderName": "Google", "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": subject
    })
}

fn local(username: &str) -> Value {
    json!({
        "ProviderName": "Cognito", "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": username
    })
}

fn link(pool: &Pool, destination: Value, source: Value) -> Result<Value, Refusal> {
    let input = json!({ "DestinationUser": destination, "SourceUser": source });
    pool.try_call("AdminLinkProviderForUser", input)
}

fn disable(pool: &Pool, user: Value) -> Result<Value, Refusal> {
    pool.try_call("AdminDisableProviderForUser", json!({ "User": user }))
}

fn user(pool: &Pool, username: &str) -> Value {
    pool.call("AdminGetUser", json!({ "Username": username }))
}

fn identities(pool: &Pool, username: &str) -> Value {
    let user = user(pool, username);
    attribute(&user, "identities").map_or(json!([]), |text| serde_json::from_str(text).unwrap())
}

fn sign_in_at_google(pool: &Pool, subject: &str) -> String {
    pool.0.sign_in_at("Google", subject, [("name", "Alice")]).unwrap()
}

#[test]
fn identity_to_link_has_at_most_128_characters() {
    let pool = pool();
    pool.user("alice");
    let rest = "Google".len() + "Cognito_Subject".len();
    let (fits, long) = ("x".repeat(128 - rest), "x".repeat(129 - rest));
    let (name, _) = link(&pool, local("alice"), google(&long)).unwrap_err();
    assert_eq!(name, "InvalidParameterException");
    assert_eq!(identities(&pool, "alice"), json!([]));
    link(&pool, local("alice"), google(&fits)).unwrap();
}

#[test]
fn user_of_a_provider_has_the_status_external_provider() {
    let pool = pool();
    assert_eq!(sign_in_at_google(&pool, "1"), "Google_1");
    let made = user(&pool, "Google_1");
    assert_eq!(made["UserStatus"], "EXTERNAL_PROVIDER");
    assert_eq!(attribute(&made, "name"), Some("Alice"));
    let text = attribute(&made, "identities").unwrap();
    assert!(text.starts_with(r#"[{"userId":"1","providerName":"Google","#), "{text}");
    let of = &identities(&pool, "Google_1")[0];
    assert_eq!(of["userId"], "1");
    assert_eq!(of["providerName"], "Google");
    assert_eq!(of["providerType"], "Google");
    assert_eq!(of["issuer"], Value::Null);
    assert_eq!(of["primary"], true);
    assert!(of["dateCreated"].is_u64());
    let again = pool.0.sign_in_at("Google", "1", [("name", "Alice Liddell")]).unwrap();
    assert_eq!(again, "Google_1");
    assert_eq!(attribute(&user(&pool, "Google_1"), "name"), Some("Alice Liddell"));
    let found = json!({ "Filter": r#"cognito:user_status = "External_Provider""# });
    assert_eq!(pool.call("ListUsers", found)["Users"][0]["Username"], "Google_1");
    let reset = pool.refused("AdminResetUserPassword", json!({ "Username": "Google_1" }));
    assert_eq!(reset, not_authorized("User password cannot be reset in the current state."));
    pool.set_password("Google_1", PASSWORD);
    assert_eq!(user(&pool, "Google_1")["UserStatus"], "CONFIRMED");
    assert!(pool.password_sign_in("Google_1", PASSWORD).is_ok());
}

#[test]
fn a_linked_identity_signs_the_local_user_in() {
    let pool = pool();
    pool.user("alice");
    assert_eq!(link(&pool, local("alice"), google("1")), Ok(json!({})));
    assert_eq!(identities(&pool, "alice")[0]["primary"], false);
    assert_eq!(sign_in_at_google(&pool, "1"), "alice");
    let refused = link(&pool, local("alice"), google("1")).unwrap_err();
    assert_eq!(refused, invalid_parameter("SourceUser is already linked to DestinationUser"));

    let claim = claims(&pool.tokens("alice")["IdToken"])["identities"][0].clone();
    assert_eq!(claim["userId"], "1");
    assert_eq!(claim["primary"], "false", "the claim is a string");
    assert!(claim["dateCreated"].is_string());

    assert_eq!(disable(&pool, google("1")), Ok(json!({})));
    assert_eq!(identities(&pool, "alice"), json!([]));
    assert_eq!(sign_in_at_google(&pool, "1"), "Google_1", "the identity belongs to a new user");
    let refused = link(&pool, local("alice"), google("1")).unwrap_err();
    assert_eq!(refused.0, "AliasExistsException", "a user who has signed in exists already");
    assert_eq!(link(&pool, google("1"), google("2")), Ok(json!({})));
    assert_eq!(sign_in_at_google(&pool, "2"), "Google_1");
}

#[test]
fn attribute_of_the_destination_is_ignored() {
    let pool = pool();
    sign_in_at_google(&pool, "1");
    for (attribute, source) in [(json!("UserId"), "2"), (json!("email"), "3"), (json!(null), "4")] {
        let mut destination = google("1");
        destination["ProviderAttributeName"] = attribute;
        assert_eq!(link(&pool, destination, google(source)), Ok(json!({})));
        assert_eq!(sign_in_at_google(&pool, source), "Google_1");
    }
}

#[test]
fn date_of_a_user_changes_with_attributes_and_identities() {
    let pool = pool();
    pool.user("alice");
    let is_changed = |change: &dyn Fn()| {
        let date = || user(&pool, "alice")["UserLastModifiedDate"].clone();
        let before = date();
        pool.advance(5);
        change();
        date() != before
    };
    assert!(is_changed(&|| drop(link(&pool, local("alice"), google("1")).unwrap())));
    assert!(is_changed(&|| drop(sign_in_at_google(&pool, "1"))));
    assert!(!is_changed(&|| drop(sign_in_at_google(&pool, "1"))), "the same name");
    assert!(is_changed(&|| drop(disable(&pool, google("1")).unwrap())));
    assert!(is_changed(&|| drop(disable(&pool, local("alice")).unwrap())));
}

#[test]
fn five_identities_can_be_linked() {
    let pool = pool();
    pool.user("alice");
    for subject in ["1", "2", "3", "4", "5"] {
        assert_eq!(link(&pool, local("alice"), google(subject)), Ok(json!({})));
    }
    let refused = link(&pool, local("alice"), google("6")).unwrap_err();
    assert_eq!(refused.0, "LimitExceededException");
    pool.call("AdminDeleteUser", json!({ "Username": "alice" }));
    assert_eq!(sign_in_at_google(&pool, "1"), "Google_1", "the links are deleted with the user");
}

#[test]
fn invalid_links_are_rejected() {
    let pool = pool();
    pool.user("alice");
    let unknown = refusal("UserNotFoundException", "User does not exist.");
    assert_eq!(link(&pool, local("nobody"), google("1")).unwrap_err(), unknown);
    assert_eq!(link(&pool, google("7"), google("1")).unwrap_err(), unknown);
    assert_eq!(disable(&pool, google("1")).unwrap_err(), unknown);
    assert_eq!(disable(&pool, local("nobody")).unwrap_err(), unknown);
    let elsewhere = json!({
        "ProviderName": "Elsewhere", "ProviderAttributeName": "NameID",
        "ProviderAttributeValue": "1"
    });
    let refused = link(&pool, local("alice"), elsewhere).unwrap_err();
    assert!(refused.1.starts_with("The provider Elsewhere does not exist"), "{}", refused.1);
    let mut by_mail = google("1");
    by_mail["ProviderAttributeName"] = "email".into();
    let mut nameless = google("1");
    nameless.as_object_mut().unwrap().remove("ProviderAttributeValue");
    for source in [local("alice"), by_mail, nameless, json!({}), json!(null)] {
        let refused = link(&pool, local("alice"), source.clone()).unwrap_err();
        assert_eq!(refused.0, "InvalidParameterException", "{source}");
    }
}

#[test]
fn password_of_a_local_user_can_be_removed() {
    let pool = pool();
    pool.user("alice");
    link(&pool, local("alice"), google("1")).unwrap();
    assert_eq!(disable(&pool, local("alice")), Ok(json!({})));
    let refused = pool.password_sign_in("alice", PASSWORD).unwrap_err();
    assert_eq!(refused, not_authorized("Incorrect username or password."));
    assert_eq!(sign_in_at_google(&pool, "1"), "alice");
    pool.call("AdminDisableUser", json!({ "Username": "alice" }));
    let refused = pool.0.sign_in_at("Google", "1", []).unwrap_err();
    assert_eq!(refused.to_string(), "NotAuthorizedException: User is disabled.");
}
