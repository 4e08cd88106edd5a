//! Settings take effect at once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_emulator::{IssuerStyle, PoolSettings, SigningKeys};
use serde_json::{Value, json};

use crate::support::Pool;

/// Returns a pool with the user alice, who signs in with a plain password.
fn pool_with_alice(pool: Pool) -> Pool {
    pool.call(
        "UpdateUserPoolClient",
        json!({ "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] }),
    );
    let attributes =
        json!([{ "Name": "email", "Value": "a@b.io" }, { "Name": "name", "Value": "Alice" }]);
    pool.call("AdminCreateUser", json!({ "Username": "alice", "UserAttributes": attributes }));
    let password = json!({ "Username": "alice", "Password": "Correct-horse1", "Permanent": true });
    pool.call("AdminSetUserPassword", password);
    pool
}

/// Signs in, and returns AuthenticationResult.
fn sign_in(pool: &Pool) -> Value {
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": "Correct-horse1" });
    let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    pool.call("InitiateAuth", input)["AuthenticationResult"].clone()
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[test]
fn client_can_only_read_its_read_attributes() {
    let pool = pool_with_alice(Pool::new());
    let read = || {
        let tokens = sign_in(&pool);
        let user = pool.call("GetUser", json!({ "AccessToken": tokens["AccessToken"] }));
        let listed = user["UserAttributes"].as_array().unwrap().clone();
        let names: Vec<_> =
            listed.iter().map(|one| one["Name"].as_str().unwrap().to_owned()).collect();
        let id = claims(&tokens["IdToken"]);
        (names, id["name"].clone(), id["email"].clone())
    };
    let all = ["sub", "email", "name"].map(str::to_owned).to_vec();
    assert_eq!(read(), (all, json!("Alice"), json!("a@b.io")));
    pool.call(
        "UpdateUserPoolClient",
        json!({ "ReadAttributes": ["name"], "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"] }),
    );
    let few = ["sub", "name"].map(str::to_owned).to_vec();
    assert_eq!(read(), (few, json!("Alice"), Value::Null));
}

#[test]
fn attributes_conform_to_the_schema() {
    let pool = Pool::new();
    let attribute = |name: &str, kind: &str, constraints: Value| {
        let constraints_name = format!("{kind}AttributeConstraints");
        json!({ "Name": name, "AttributeDataType": kind, (constraints_name): constraints })
    };
    let custom = json!([
        attribute("row", "String", json!({ "MinLength": "2", "MaxLength": "3" })),
        attribute("seat", "Number", json!({ "MinValue": "1", "MaxValue": "9" })),
        { "Name": "aisle", "AttributeDataType": "Boolean" },
    ]);
    pool.call("AddCustomAttributes", json!({ "CustomAttributes": custom }));
    let create = |name: &str, value: &str| {
        let attributes = json!([{ "Name": name, "Value": value }]);
        let input = json!({ "Username": format!("{name} {value}").replace(' ', "-") });
        let input = crate::support::with(&input, json!({ "UserAttributes": attributes }));
        pool.try_call("AdminCreateUser", input)
    };
    for (name, good, bad) in [
        ("custom:row", ["12", "abc"], ["1", "abcd"]),
        ("custom:seat", ["1", "9"], ["0", "ten"]),
        ("custom:aisle", ["true", "false"], ["yes", "1"]),
        ("birthdate", ["2000-01-01", "1999-12-31"], ["2000-1-1", "2000-01-011"]),
    ] {
        for value in good {
            create(name, value).unwrap();
        }
        for value in bad {
            let (exception, message) = create(name, value).unwrap_err();
            assert_eq!(exception, "InvalidParameterException");
            let start = format!("Attributes did not conform to the schema: {name}: ");
            assert!(message.starts_with(&start), "{message}");
        }
    }
}

#[test]
fn tokens_have_the_issuer_of_the_pool() {
    let builder = cognito_emulator::Emulator::builder().issuer(IssuerStyle::Aws);
    let emulator = builder.signing_keys(SigningKeys::ForTests).in_process();
    let pool = pool_with_alice(Pool(emulator.create_pool(PoolSettings::default()).unwrap()));
    let id = pool.0.id();
    let issuer = || claims(&sign_in(&pool)["AccessToken"])["iss"].clone();
    assert_eq!(issuer(), id.issuer());
    let verified = json!(["email"]);
    let updated = json!({ "Type": "UPDATED" });
    pool.call(
        "UpdateUserPool",
        json!({ "IssuerConfiguration": updated, "AutoVerifiedAttributes": verified }),
    );
    assert_eq!(issuer(), id.updated_issuer());
}

#[test]
fn pool_for_administrators_rejects_sign_ups() {
    let pool = Pool::new();
    let sign_up = |name: &str| {
        pool.try_call("SignUp", json!({ "Username": name, "Password": "Correct-horse1" }))
    };
    sign_up("a").unwrap();
    let admin_only = json!({ "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true } });
    pool.call("UpdateUserPool", admin_only);
    assert_eq!(sign_up("b").unwrap_err().0, "NotAuthorizedException");
    pool.call("UpdateUserPool", json!({}));
    sign_up("b").unwrap();
}

#[test]
fn recent_passwords_are_rejected() {
    let pool = pool_with_alice(Pool::new());
    let history = |size: u8| {
        let policy = json!({ "PasswordPolicy": { "PasswordHistorySize": size } });
        pool.call(
            "UpdateUserPool",
            json!({ "Policies": policy, "AutoVerifiedAttributes": ["email"] }),
        );
    };
    let set = |password: &str, permanent: bool| {
        let input = json!({ "Username": "alice", "Password": password, "Permanent": permanent });
        pool.try_call("AdminSetUserPassword", input).map_err(|(name, _)| name)
    };
    let used = Err("PasswordHistoryPolicyViolationException".to_owned());
    assert!(set("Correct-horse1", true).is_ok(), "the policy has no history");
    history(2);
    assert_eq!(set("Correct-horse1", true), used);
    set("Correct-horse2", true).unwrap();
    assert_eq!(set("Correct-horse1", true), used);
    assert_eq!(set("Correct-horse2", true), used);
    set("Correct-horse3", true).unwrap();
    set("Correct-horse1", true).unwrap();
    set("Correct-horse1", false).unwrap();

    // A code that was used with such a password can be used again.
    set("Correct-horse4", true).unwrap();
    let verified = json!([{ "Name": "email_verified", "Value": "true" }]);
    let update = json!({ "Username": "alice", "UserAttributes": verified });
    pool.call("AdminUpdateUserAttributes", update);
    pool.call("ForgotPassword", json!({ "Username": "alice" }));
    let code = pool.0.code_for("alice").unwrap();
    let confirm = |password: &str| {
        let input = json!({
            "Username": "alice", "ConfirmationCode": code.expose_secret(), "Password": password
        });
        pool.try_call("ConfirmForgotPassword", input).map_err(|(name, _)| name)
    };
    assert_eq!(confirm("Correct-horse4"), used);
    confirm("Correct-horse5").unwrap();
}
