//! Sign-ins at identity providers: mapped attributes, and new users.

use cognito_emulator::PoolSettings;
use serde_json::json;

use crate::refusal;
use crate::support::{PASSWORD, Pool, Refusal, invalid_parameter, settings};

/// A pool with the provider Google.
fn pool(settings: PoolSettings) -> Pool {
    let pool = Pool::new(settings);
    let details =
        json!({ "client_id": "app", "client_secret": "s", "authorize_scopes": "openid email" });
    let input =
        json!({ "ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": details });
    pool.call("CreateIdentityProvider", input);
    pool
}

fn required(mutable: bool) -> PoolSettings {
    let attribute = |name: &str| {
        json!({
            "Name": name, "AttributeDataType": "String", "Required": true, "Mutable": mutable
        })
    };
    settings().pool_member("Schema", json!([attribute("email"), attribute("name")]))
}

fn sign_in(pool: &Pool, subject: &str, attributes: &[(&str, &str)]) -> Result<String, Refusal> {
    pool.0.sign_in_at("Google", subject, attributes.iter().copied()).map_err(refusal::of)
}

/// Links a user of the pool with subject 1 of Google.
fn link(pool: &Pool, username: &str) {
    let user = |provider: &str, subject: &str| {
        json!({
            "ProviderName": provider, "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": subject
        })
    };
    let input =
        json!({ "DestinationUser": user("Cognito", username), "SourceUser": user("Google", "1") });
    pool.call("AdminLinkProviderForUser", input);
}

const BOTH: [(&str, &str); 2] = [("email", "ann@example.com"), ("name", "Ann")];

#[test]
fn immutable_mapped_attribute_fails_every_further_sign_in() {
    let pool = pool(required(false));
    sign_in(&pool, "1", &BOTH).unwrap();
    let message = "user.email: Attribute cannot be updated.";
    assert_eq!(sign_in(&pool, "1", &BOTH).unwrap_err(), invalid_parameter(message));
    let changed = [("email", "ann@other.com"), ("name", "Ann")];
    assert_eq!(sign_in(&pool, "1", &changed).unwrap_err(), invalid_parameter(message));
    assert_eq!(pool.value("Google_1", "email").as_deref(), Some("ann@example.com"));
    sign_in(&pool, "1", &[]).unwrap();
}

#[test]
fn mutable_mapped_attributes_are_written_at_every_sign_in() {
    let pool = pool(required(true));
    let verified = [BOTH.as_slice(), &[("email_verified", "True")]].concat();
    sign_in(&pool, "1", &verified).unwrap();
    assert_eq!(pool.value("Google_1", "email_verified").as_deref(), Some("True"));
    sign_in(&pool, "1", &[("email", "ann@other.com")]).unwrap();
    assert_eq!(pool.value("Google_1", "email").as_deref(), Some("ann@other.com"));
    assert_eq!(pool.value("Google_1", "email_verified").as_deref(), Some("false"));
    assert_eq!(pool.value("Google_1", "name").as_deref(), Some("Ann"));
}

#[test]
fn missing_required_attributes_are_listed() {
    let pool = pool(required(true));
    for (given, message) in [
        (&BOTH[1..], "attributes required: [email]"),
        (&[("email", ""), ("name", "Ann")], "attributes required: [email]"),
        (&[], "attributes required: [name, email]"),
    ] {
        assert_eq!(sign_in(&pool, "1", given).unwrap_err(), invalid_parameter(message));
    }
    assert_eq!(pool.call("ListUsers", json!({}))["Users"], json!([]), "no user was created");
}

#[test]
fn values_from_a_provider_are_validated() {
    let pool = pool(settings());
    sign_in(&pool, "1", &BOTH).unwrap();
    let long = "x".repeat(2049);
    for (name, value) in [
        ("email", "no address"),
        ("phone_number", "555"),
        ("birthdate", "2000-1-1"),
        ("name", &long),
        ("email_verified", "yes"),
        ("custom:unknown", "x"),
        ("identities", "[]"),
    ] {
        for subject in ["1", "2"] {
            let refused = sign_in(&pool, subject, &[(name, value)]).unwrap_err();
            assert_eq!(refused.0, "InvalidParameterException", "{name}");
        }
    }
    let long = sign_in(&pool, &"1".repeat(300), &BOTH).unwrap_err();
    assert_eq!(long.0, "InvalidParameterException", "a user name has 128 characters");
    assert_eq!(pool.call("ListUsers", json!({}))["Users"].as_array().unwrap().len(), 1);
}

#[test]
fn flag_is_deleted_with_an_address_that_a_provider_deletes() {
    let pool = pool(settings());
    sign_in(&pool, "1", &BOTH).unwrap();
    let blank = [("email", ""), ("email_verified", "true"), ("name", "Ann")];
    for subject in ["1", "2"] {
        let username = sign_in(&pool, subject, &blank).unwrap();
        for name in ["email", "email_verified"] {
            assert_eq!(pool.value(&username, name), None, "{username} {name}");
        }
    }
}

#[test]
fn blank_claim_does_not_delete_the_name_of_a_native_user() {
    let pool = pool(settings().pool_member("UsernameAttributes", json!(["email"])));
    pool.admin_create("ann@example.com", &[]).unwrap();
    link(&pool, "ann@example.com");
    let refused = sign_in(&pool, "1", &[("email", "")]).unwrap_err();
    let message = "Invalid user attributes: email: Required attribute cannot be deleted.";
    assert_eq!(refused, invalid_parameter(message));
    assert_eq!(pool.value("ann@example.com", "email").as_deref(), Some("ann@example.com"));
    for mail in ["ben@example.com", ""] {
        assert_eq!(sign_in(&pool, "2", &[("email", mail)]).unwrap(), "Google_2");
    }
    assert_eq!(pool.value("Google_2", "email"), None);
}

#[test]
fn name_of_an_external_user_is_in_lower_case_in_case_insensitive_pools() {
    let insensitive = json!({ "CaseSensitive": false });
    let pool = pool(settings().pool_member("UsernameConfiguration", insensitive));
    assert_eq!(sign_in(&pool, "Ann.Lee@X.io", &BOTH).unwrap(), "google_ann.lee@x.io");
    assert_eq!(sign_in(&pool, "Ann.Lee@X.io", &BOTH).unwrap(), "google_ann.lee@x.io");
    let other = sign_in(&pool, "ann.lee@X.io", &BOTH).unwrap_err();
    assert_eq!(other.0, "UsernameExistsException");
}

#[test]
fn external_user_has_no_alias() {
    let pool = pool(settings().pool_member("AliasAttributes", json!(["email"])));
    let verified = [("email", "ann@example.com"), ("email_verified", "true")];
    pool.admin_create("ann", &verified).unwrap();
    pool.set_password("ann", PASSWORD);
    assert_eq!(sign_in(&pool, "1", &verified).unwrap(), "Google_1");
    assert_eq!(pool.read("ann@example.com")["Username"], "ann");
}

#[test]
fn migrated_user_is_validated() {
    let pool = Pool::new(required(true).user_migration(|asked| {
        let user = cognito_emulator::MigratedUser::default().attribute("email", "a@example.com");
        Ok(Some(match asked.username.as_str() {
            "nameless" => user,
            "broken" => user.attribute("name", "x").attribute("birthdate", "2000"),
            "empty" => user.attribute("name", ""),
            _ => user.attribute("name", "x").attribute("email_verified", "TRUE"),
        }))
    }));
    for name in ["nameless", "broken", "empty"] {
        let refused = pool.password_sign_in(name, PASSWORD).unwrap_err();
        assert_eq!(refused.0, "UserNotFoundException", "{name}");
        assert!(refused.1.starts_with("Exception migrating user"), "{}", refused.1);
    }
    pool.tokens("whole");
    assert_eq!(pool.value("whole", "email_verified").as_deref(), Some("TRUE"));
}

#[test]
fn external_user_with_a_password_has_no_alias() {
    let pool = pool(settings().pool_member("AliasAttributes", json!(["email"])));
    let verified = [("email", "ann@example.com"), ("email_verified", "true")];
    sign_in(&pool, "1", &verified).unwrap();
    pool.set_password("Google_1", PASSWORD);
    pool.tokens("Google_1");
    pool.admin_create("ann", &verified).unwrap();
    assert_eq!(pool.read("ann@example.com")["Username"], "ann");
    pool.admin_update("Google_1", &[("email", "other@example.com")]).unwrap();
    pool.admin_update("Google_1", &verified).unwrap();
    assert_eq!(pool.read("ann@example.com")["Username"], "ann");
}

#[test]
fn preferred_name_of_an_external_user_is_not_an_alias() {
    let pool = pool(settings().pool_member("AliasAttributes", json!(["preferred_username"])));
    let nick = [("preferred_username", "nick")];
    sign_in(&pool, "1", &nick).unwrap();
    pool.admin_create("ann", &nick).unwrap();
    assert_eq!(pool.read("nick")["Username"], "ann");
}

#[test]
fn linked_user_does_not_get_the_address_that_names_another() {
    let names = json!(["email", "phone_number"]);
    let pool = pool(settings().pool_member("UsernameAttributes", names));
    pool.admin_create("ann@example.com", &[]).unwrap();
    let phone = "+15550001234";
    pool.admin_create(phone, &[]).unwrap();
    link(&pool, phone);
    let refused = sign_in(&pool, "1", &BOTH).unwrap_err();
    assert_eq!(refused.0, "AliasExistsException");
    assert_eq!(pool.value(phone, "email"), None);
    assert_eq!(pool.value(phone, "name"), None);
}

#[test]
fn code_for_an_address_is_invalid_after_a_provider_changes_it() {
    let pool = pool(settings());
    pool.user("ann");
    link(&pool, "ann");
    let token = pool.access_token("ann");
    let input = json!({ "AccessToken": token, "AttributeName": "email" });
    pool.call("GetUserAttributeVerificationCode", input);
    let code = pool.code("ann");
    assert_eq!(sign_in(&pool, "1", &[("email", "ann@other.com")]).unwrap(), "ann");
    let input = json!({ "AccessToken": token, "AttributeName": "email", "Code": code });
    assert_eq!(pool.refused("VerifyUserAttribute", input).0, "ExpiredCodeException");
    assert_eq!(pool.value("ann", "email").as_deref(), Some("ann@other.com"));
}
