//! Requests that violate the service model, and rules of the pool beyond the model.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Pool, invalid_parameter, refusal, settings};

#[test]
fn sign_up_lists_every_violation_in_one_message() {
    let pool = Pool::new(settings());
    let request = json!({ "ClientId": "two words", "Username": "al ice", "Password": " secret" });
    let refused = pool.refused("SignUp", request);
    let message = "3 validation errors detected: Value at 'password' failed to satisfy constraint: \
                   Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$; Value at \
                   'username' failed to satisfy constraint: Member must satisfy regular expression \
                   pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+; Value at 'clientId' failed to satisfy \
                   constraint: Member must satisfy regular expression pattern: [\\w+]+";
    assert_eq!(refused, invalid_parameter(message));
}

#[test]
fn violations_in_nested_members_are_listed_with_the_others() {
    let pool = Pool::new(settings());
    let attributes = json!([{ "Name": "email", "Value": "a@example.com" }, { "Value": "x" }]);
    let request = json!({ "Username": "", "UserAttributes": attributes });
    let (name, message) = pool.refused("AdminCreateUser", request);
    assert_eq!(name, "InvalidParameterException");
    assert!(message.starts_with("3 validation errors detected: "), "{message}");
    assert!(message.contains(
        "Value null at 'userAttributes.2.member.name' failed to satisfy constraint: Member must \
         not be null"
    ));
}

#[test]
fn wrong_types_are_rejected_first() {
    let pool = Pool::new(settings());
    let number = "NUMBER_VALUE can not be converted to a String";
    let list = "Start of list found where not expected";
    for (operation, request, message) in [
        ("SignUp", json!({ "Username": 1, "Password": PASSWORD }), number),
        ("GetUser", json!({ "AccessToken": ["a"] }), list),
        ("InitiateAuth", json!({ "AuthFlow": 1 }), number),
        ("InitiateAuth", json!({ "AuthFlow": "USER_AUTH", "Session": 1 }), number),
        ("RespondToAuthChallenge", json!({ "ChallengeResponses": { "USERNAME": 1 } }), number),
        ("AdminGetUser", json!({ "Username": ["alice"] }), list),
    ] {
        let expected = refusal("SerializationException", message);
        assert_eq!(pool.refused(operation, request), expected, "{operation}");
    }
}

#[test]
fn missing_members_are_named() {
    let pool = Pool::new(settings());
    let missing = |operation: &str, request: Value| pool.refused(operation, request).1;
    for (operation, member) in [
        ("AdminGetUser", "Value at 'username'"),
        ("GetUser", "Value at 'accessToken'"),
        ("DeleteWebAuthnCredential", "Value null at 'credentialId'"),
        ("CompleteWebAuthnRegistration", "Value null at 'credential'"),
        ("SetUserSettings", "Value null at 'mFAOptions'"),
        ("AdminLinkProviderForUser", "Value null at 'sourceUser'"),
    ] {
        let message = missing(operation, json!({}));
        let part = format!("{member} failed to satisfy constraint: Member must not be null");
        assert!(message.contains(&part), "{operation}: {message}");
    }
    // Optional in the model, but required by the service.
    let device = json!({ "DeviceKey": "eu-west-1_0123abcd" });
    assert_eq!(missing("GetDevice", device), "Missing required parameter AccessToken");
}

#[test]
fn pool_decides_whether_a_blank_password_is_accepted() {
    let passwordless = json!({
        "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] }
    });
    let email = json!([{ "Name": "email", "Value": "alice@example.com" }]);
    let sign_up = json!({ "Username": "alice", "Password": "", "UserAttributes": email });
    let create = json!({ "Username": "bob", "TemporaryPassword": "" });

    let pool = Pool::new(settings().pool_member("Policies", passwordless));
    pool.call("SignUp", sign_up.clone());
    pool.call("AdminCreateUser", create.clone());
    assert_eq!(pool.read("bob")["UserStatus"], "CONFIRMED");

    let pool = Pool::new(settings());
    let message = "1 validation error detected: Value at 'password' failed to satisfy constraint: \
                   Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$";
    assert_eq!(pool.refused("SignUp", sign_up), invalid_parameter(message));
    let none = json!({ "Username": "alice", "UserAttributes": email });
    let message = "1 validation error detected: Value at 'password' failed to satisfy constraint: \
                   Member must not be null";
    assert_eq!(pool.refused("SignUp", none), invalid_parameter(message));
    pool.call("AdminCreateUser", create);
    assert_eq!(pool.read("bob")["UserStatus"], "FORCE_CHANGE_PASSWORD");
}
