//! The standard and custom attributes of a pool.

use serde_json::{Value, json};

use crate::support::{Pool, with};

#[test]
fn pool_has_standard_and_custom_attributes() {
    let pool = Pool::new();
    let schema = json!([
        { "Name": "email", "Required": true, "Mutable": false },
        { "Name": "seats", "AttributeDataType": "Number",
          "NumberAttributeConstraints": { "MinValue": "1", "MaxValue": "9" } },
        { "Name": "secret", "AttributeDataType": "String", "DeveloperOnlyAttribute": true },
    ]);
    let made = pool.call("CreateUserPool", json!({ "PoolName": "a", "Schema": schema }));
    let id = &made["UserPool"]["Id"];
    let attributes = made["UserPool"]["SchemaAttributes"].as_array().unwrap().clone();
    let named = |name: &str| attributes.iter().find(|one| one["Name"] == name).unwrap().clone();
    let expected = json!({
        "Name": "email", "AttributeDataType": "String", "DeveloperOnlyAttribute": false,
        "Mutable": false, "Required": true,
        "StringAttributeConstraints": { "MinLength": "0", "MaxLength": "2048" },
    });
    assert_eq!(named("email"), expected);
    let expected = json!({
        "Name": "custom:seats", "AttributeDataType": "Number", "DeveloperOnlyAttribute": false,
        "Mutable": true, "Required": false,
        "NumberAttributeConstraints": { "MinValue": "1", "MaxValue": "9" },
    });
    assert_eq!(named("custom:seats"), expected);
    assert_eq!(named("dev:custom:secret")["DeveloperOnlyAttribute"], true);
    assert_eq!(named("sub")["Mutable"], false);
    assert_eq!(attributes.len(), 23);

    let add = |name: &str| {
        let custom = json!([{ "Name": name, "AttributeDataType": "String" }]);
        json!({ "UserPoolId": id, "CustomAttributes": custom })
    };
    assert_eq!(pool.call("AddCustomAttributes", add("row")), json!({}));
    let again = pool.invalid("AddCustomAttributes", add("row"));
    assert!(again.contains("custom:row"), "{again}");
    for number in 3..50 {
        pool.call("AddCustomAttributes", add(&format!("n{number}")));
    }
    pool.invalid("AddCustomAttributes", add("n50"));
    let required = json!([{ "Name": "must", "AttributeDataType": "String", "Required": true }]);
    pool.invalid("AddCustomAttributes", json!({ "CustomAttributes": required }));
    // Users may have the attribute from now on.
    let row = json!([{ "Name": "row", "AttributeDataType": "String" }]);
    pool.call("AddCustomAttributes", json!({ "CustomAttributes": row }));
    let attributes = json!([{ "Name": "custom:row", "Value": "7" }]);
    pool.call("AdminCreateUser", json!({ "Username": "a", "UserAttributes": attributes }));
}

#[test]
fn prefix_in_a_request_is_part_of_the_custom_name() {
    let pool = Pool::new();
    let text = |name: &str| json!({ "Name": name, "AttributeDataType": "String" });
    let flag = json!({ "Name": "email_verified", "AttributeDataType": "Boolean" });
    let hidden = with(&text("dev:y"), json!({ "DeveloperOnlyAttribute": true }));
    let schema = json!([text("custom:x"), text("dev:x"), flag, hidden]);
    let made = pool.call("CreateUserPool", json!({ "PoolName": "a", "Schema": schema }));
    let attributes = made["UserPool"]["SchemaAttributes"].as_array().unwrap();
    let names: Vec<_> = attributes.iter().map(|one| one["Name"].as_str().unwrap()).collect();
    let custom = ["custom:custom:x", "custom:dev:x", "custom:email_verified", "dev:custom:dev:y"];
    assert_eq!(names[names.len() - 4..], custom);
    assert!(names.contains(&"email_verified"), "the standard attribute is kept");
    // Users have the attributes with these names only.
    let create = |name: &str| {
        let attributes = json!([{ "Name": name, "Value": "true" }]);
        let input = json!({
            "UserPoolId": made["UserPool"]["Id"], "Username": name, "UserAttributes": attributes
        });
        pool.try_call("AdminCreateUser", input)
    };
    for name in custom {
        create(name).unwrap();
    }
    for name in ["custom:x", "custom:email", "dev:custom:email", "custom:dev:y", "custom:custom"] {
        assert_eq!(create(name).unwrap_err().0, "InvalidParameterException", "{name}");
    }
}

#[test]
fn a_custom_attribute_needs_a_data_type() {
    let pool = Pool::new();
    let message =
        "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.";
    let untyped = json!([{ "Name": "row" }]);
    let create = json!({ "PoolName": "a", "Schema": untyped });
    assert_eq!(pool.invalid("CreateUserPool", create), message);
    let add = json!({ "CustomAttributes": untyped });
    assert_eq!(pool.invalid("AddCustomAttributes", add), message);
    // Standard attributes have a data type.
    pool.call("CreateUserPool", json!({ "PoolName": "a", "Schema": [{ "Name": "email" }] }));
}

#[test]
fn invalid_constraints_are_rejected() {
    let pool = Pool::new();
    let refused = |attribute: &str, constraints: Value, message: &str| {
        let kind = if constraints.get("MinValue").is_some() { "Number" } else { "String" };
        let block = format!("{kind}AttributeConstraints");
        let schema = json!([{
            "Name": attribute, "AttributeDataType": kind, (block): constraints
        }]);
        let create = json!({ "PoolName": "a", "Schema": schema });
        assert_eq!(pool.invalid("CreateUserPool", create), message, "{schema}");
        if attribute != "email" {
            let add = json!({ "CustomAttributes": schema });
            assert_eq!(pool.invalid("AddCustomAttributes", add), message, "{schema}");
        }
    };
    for (attribute, name) in [("email", "email"), ("row", "custom:row")] {
        let invalid = format!("Invalid StringAttributeConstraints for schema attribute {name}");
        for text in ["abc", "-1", "1.5", " 1"] {
            refused(attribute, json!({ "MinLength": text }), &invalid);
            refused(attribute, json!({ "MaxLength": text }), &invalid);
        }
        let long = format!("user.{name}: String attributes cannot have a length of more than 2048");
        refused(attribute, json!({ "MaxLength": "2049" }), &long);
        refused(attribute, json!({ "MinLength": "2049" }), &long);
        let crossed = format!("user.{name}: Max length cannot be less than min length.");
        refused(attribute, json!({ "MinLength": "3", "MaxLength": "2" }), &crossed);
    }
    let invalid = "Invalid NumberAttributeConstraints for schema attribute custom:seats";
    refused("seats", json!({ "MinValue": "one" }), invalid);
    refused("seats", json!({ "MinValue": "NaN" }), invalid);
    let crossed = "user.custom:seats: Max value cannot be less than min value.";
    refused("seats", json!({ "MinValue": "3", "MaxValue": "-3" }), crossed);
}

#[test]
fn constraints_at_their_limits_are_accepted() {
    let pool = Pool::new();
    let text = |name: &str, constraints: Value| {
        json!({
            "Name": name, "AttributeDataType": "String", "StringAttributeConstraints": constraints
        })
    };
    let schema = json!([
        text("email", json!({ "MinLength": "2048", "MaxLength": "2048" })),
        text("a", json!({ "MinLength": "0", "MaxLength": "0" })),
        text("b", json!({ "MinLength": "7" })),
        text("c", json!({ "MaxLength": "" })),
        { "Name": "d", "AttributeDataType": "Number",
          "NumberAttributeConstraints": { "MinValue": "-9", "MaxValue": "-0.5" } },
    ]);
    pool.call("CreateUserPool", json!({ "PoolName": "a", "Schema": schema }));
}
