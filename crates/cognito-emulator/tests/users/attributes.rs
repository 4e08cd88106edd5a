//! Attributes: values that violate the schema, and the messages of rejections.

use serde_json::json;

use crate::support::{
    PASSWORD, Pool, attributes, claims, invalid_parameter, not_authorized, settings,
};

/// Returns a pool with a required name and attributes of every type.
fn pool() -> Pool {
    let constraints = json!({ "MinLength": "10", "MaxLength": "12" });
    let schema = json!([
        { "Name": "name", "AttributeDataType": "String", "Required": true, "Mutable": true },
        { "Name": "family_name", "AttributeDataType": "String", "Required": true, "Mutable": true },
        { "Name": "x", "AttributeDataType": "String", "StringAttributeConstraints": constraints },
        { "Name": "seat", "AttributeDataType": "Number", "NumberAttributeConstraints": {
            "MinValue": "1", "MaxValue": "9"
        }},
        { "Name": "member", "AttributeDataType": "Boolean" },
        { "Name": "banana", "AttributeDataType": "String", "DeveloperOnlyAttribute": true },
    ]);
    Pool::new(settings().pool_member("Schema", schema))
}

const NAMES: [(&str, &str); 2] = [("name", "Al"), ("family_name", "Ng")];

#[test]
fn new_user_must_have_every_required_attribute() {
    let pool = pool();
    let prefix = "Attributes did not conform to the schema: ";
    for empty in [&[][..], &[("name", "")], &[("name", ""), ("family_name", "")]] {
        let refused = pool.sign_up("al", empty).unwrap_err();
        let lines = "name: The attribute is required\nfamily_name: The attribute is required\n";
        assert_eq!(refused, invalid_parameter(&format!("{prefix}{lines}")));
    }
    let refused = pool.sign_up("al", &[("name", "Al")]).unwrap_err();
    let line = "family_name: The attribute is required\n";
    assert_eq!(refused, invalid_parameter(&format!("{prefix}{line}")));
    pool.sign_up("al", &NAMES).unwrap();

    let input = json!({ "Username": "bo", "TemporaryPassword": PASSWORD });
    pool.call("AdminCreateUser", input);
    let challenge = pool.password_sign_in("bo", PASSWORD).unwrap();
    let complete = |family_name: &str| {
        pool.respond(
            &challenge,
            json!({
                "NEW_PASSWORD": "Better-horse2", "userAttributes.name": "Bo",
                "userAttributes.family_name": family_name
            }),
        )
    };
    let message = "Invalid attributes given, family_name is missing";
    assert_eq!(complete("").unwrap_err(), invalid_parameter(message));
    complete("Ng").unwrap();
}

#[test]
fn rejections_of_values_name_the_attribute_and_the_rule() {
    let pool = pool();
    pool.user("al");
    let input = json!({ "AccessToken": pool.access_token("al") });
    let update = |name: &str, value: &str| {
        let mut input = input.clone();
        input["UserAttributes"] = attributes(&[(name, value)]);
        pool.try_call("UpdateUserAttributes", input)
    };
    for (name, value, rule) in [
        ("custom:x", "123456789", "String must be no shorter than 10 characters"),
        ("custom:x", "1234567890123", "String must be no longer than 12 characters"),
        ("birthdate", "2000-1-1", "String must be no shorter than 10 characters"),
        ("shoe", "42", "Attribute does not exist in the schema."),
        ("custom:shoe", "42", "Attribute does not exist in the schema."),
        ("custom:name", "42", "Attribute does not exist in the schema."),
    ] {
        let line = format!("user.{name}: {rule}\n");
        assert_eq!(update(name, value).unwrap_err(), invalid_parameter(&line));
        let refused = pool.admin_update("al", &[(name, value)]).unwrap_err();
        assert_eq!(refused, invalid_parameter(&line));
        let (exception, message) = pool.admin_create("new", &[(name, value)]).unwrap_err();
        assert_eq!(exception, "InvalidParameterException");
        let words = match rule.starts_with("String") {
            true => format!("{name}: {rule}\n"),
            false => format!("Type for attribute {{{name}}} could not be determined"),
        };
        assert_eq!(message, format!("Attributes did not conform to the schema: {words}"));
    }
    let refused = pool.admin_update("al", &[("shoe", "42"), ("custom:x", "1")]).unwrap_err();
    let lines = "user.shoe: Attribute does not exist in the schema.\n\
                 user.custom:x: String must be no shorter than 10 characters\n";
    assert_eq!(refused, invalid_parameter(lines));
    update("custom:x", "1234567890").unwrap();
}

#[test]
fn number_attribute_is_a_finite_number() {
    let pool = pool();
    pool.admin_create("al", &[("custom:seat", "5")]).unwrap();
    for value in ["NaN", "nan", "inf", "-infinity", "1e999", "", " 5", "five", "0x5"] {
        let refused = pool.admin_update("al", &[("custom:seat", value)]);
        assert_eq!(refused.is_err(), !value.is_empty(), "{value:?}");
    }
    for value in ["1", "9", "2.5"] {
        pool.admin_update("al", &[("custom:seat", value)]).unwrap();
    }
}

#[test]
fn boolean_attribute_is_stored_unchanged() {
    let pool = pool();
    for value in ["true", "false", "True", "FALSE", "TRUE", "fAlSe"] {
        pool.admin_create(value, &[("custom:member", value)]).unwrap();
        assert_eq!(pool.value(value, "custom:member").as_deref(), Some(value));
    }
    pool.set_password("True", PASSWORD);
    let claims = claims(&pool.tokens("True")["IdToken"]);
    assert_eq!(claims["custom:member"], "True", "custom attributes are strings in tokens");
    for value in ["1", "yes", "True ", "T"] {
        assert!(pool.admin_update("al", &[("custom:member", value)]).is_err(), "{value}");
    }
}

#[test]
fn attribute_without_a_value_is_rejected_in_every_operation() {
    let pool = pool();
    pool.user("al");
    let token = pool.access_token("al");
    let message = "Attribute value for picture must not be null";
    for attribute in [json!({ "Name": "picture", "Value": null }), json!({ "Name": "picture" })] {
        let list = json!([attribute]);
        for (operation, input) in [
            ("SignUp", json!({ "Username": "bo", "Password": PASSWORD, "UserAttributes": list })),
            ("AdminCreateUser", json!({ "Username": "bo", "UserAttributes": list })),
            ("UpdateUserAttributes", json!({ "AccessToken": token, "UserAttributes": list })),
            ("AdminUpdateUserAttributes", json!({ "Username": "al", "UserAttributes": list })),
        ] {
            assert_eq!(pool.refused(operation, input), invalid_parameter(message), "{operation}");
        }
    }
}

#[test]
fn required_and_unknown_attributes_cannot_be_deleted() {
    let pool = pool();
    pool.admin_create("al", &NAMES).unwrap();
    pool.set_password("al", PASSWORD);
    let token = pool.access_token("al");
    for (name, message) in [
        ("name", "Invalid user attributes: name: Required attribute cannot be deleted."),
        ("shoe", "Invalid user attributes: user.shoe: Attribute does not exist in the schema.\n"),
    ] {
        let input = json!({ "AccessToken": token, "UserAttributeNames": [name] });
        assert_eq!(pool.refused("DeleteUserAttributes", input), invalid_parameter(message));
        let input = json!({ "Username": "al", "UserAttributeNames": [name] });
        assert_eq!(pool.refused("AdminDeleteUserAttributes", input), invalid_parameter(message));
    }
    let refused = pool.admin_update("al", &[("name", "")]).unwrap_err();
    let message = "Invalid user attributes: name: Required attribute cannot be deleted.";
    assert_eq!(refused, invalid_parameter(message), "an empty value deletes");
    assert_eq!(pool.value("al", "name").as_deref(), Some("Al"));
}

#[test]
fn only_addresses_can_be_verified() {
    let pool = pool();
    pool.user("al");
    let token = pool.access_token("al");
    let message = "Invalid attribute name. Only phone_number and email can be verified.";
    for name in ["given_name", "preferred_username", "custom:x", "shoe"] {
        let input = json!({ "AccessToken": token, "AttributeName": name, "Code": "123456" });
        for operation in ["GetUserAttributeVerificationCode", "VerifyUserAttribute"] {
            let refused = pool.refused(operation, input.clone());
            assert_eq!(refused, invalid_parameter(message), "{operation} {name}");
        }
    }
}

#[test]
fn existing_custom_attribute_is_not_added_again() {
    let pool = pool();
    for (name, developer_only, message) in [
        ("x", false, "custom:x: Existing attribute already has name custom:x."),
        ("banana", true, "custom:banana: Existing attribute already has name dev:custom:banana."),
    ] {
        let attribute = json!({
            "Name": name, "AttributeDataType": "String", "DeveloperOnlyAttribute": developer_only
        });
        let input = json!({ "CustomAttributes": [attribute] });
        assert_eq!(pool.refused("AddCustomAttributes", input), invalid_parameter(message));
    }
}

#[test]
fn only_addresses_are_deleted_with_their_flags() {
    let schema = json!([
        { "Name": "age", "AttributeDataType": "Number" },
        { "Name": "age_verified", "AttributeDataType": "Boolean" },
    ]);
    let pool = Pool::new(settings().pool_member("Schema", schema));
    pool.user("al");
    pool.admin_update("al", &[("custom:age", "20"), ("custom:age_verified", "true")]).unwrap();
    let names = json!(["custom:age", "email"]);
    let input = json!({ "Username": "al", "UserAttributeNames": names });
    pool.call("AdminDeleteUserAttributes", input);
    assert_eq!(pool.value("al", "custom:age_verified").as_deref(), Some("true"));
    assert_eq!(pool.value("al", "email_verified"), None);
    pool.admin_update("al", &[("custom:age", "20")]).unwrap();
    pool.admin_update("al", &[("custom:age", "")]).unwrap();
    assert_eq!(pool.value("al", "custom:age_verified").as_deref(), Some("true"));
}

#[test]
fn flag_of_an_address_is_deleted_by_administrators_only() {
    let pool = Pool::new(settings());
    pool.user("al");
    let names = json!(["email_verified"]);
    let token = pool.access_token("al");
    let input = json!({ "AccessToken": token, "UserAttributeNames": names });
    let message = "A client attempted to write unauthorized attribute";
    assert_eq!(pool.refused("DeleteUserAttributes", input), not_authorized(message));
    let input = json!({ "Username": "al", "UserAttributeNames": names });
    pool.call("AdminDeleteUserAttributes", input);
    assert_eq!(pool.value("al", "email_verified"), None);
}
