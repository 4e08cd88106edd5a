//! Tests of validation: with requests of every operation, generated from the shapes, and with
//! requests whose messages were captured from the service.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::identity_shapes;
use crate::model::reader;
use crate::model::samples::{Members, sample};
use crate::model::shape::{Auth, Kind, Limits, Operation, Shape};
use crate::model::shapes::{self, OPERATIONS};
use crate::model::violations::Constraint;

/// A value somewhere in a request.
struct Spot {
    /// The path in messages.
    path: String,
    shape: &'static Shape,
    /// True if the value or a parent is sensitive.
    hidden: bool,
    /// Creates a request with only this value.
    around: Box<dyn Fn(Value) -> Value>,
}

/// Returns the places of all values in requests of an operation.
fn spots(operation: &Operation) -> Vec<Spot> {
    let mut found = Vec::new();
    let request = Spot {
        path: String::new(),
        shape: operation.input,
        hidden: false,
        around: Box::new(|v| v),
    };
    add_spots(request, &mut found);
    found
}

fn add_spots(spot: Spot, found: &mut Vec<Spot>) {
    let Spot { path, shape, hidden, around } = spot;
    let around = std::rc::Rc::new(around);
    let mut below = |step: String, part: &'static Shape, wrap: fn(&str, Value) -> Value, key| {
        let path = if path.is_empty() { step } else { format!("{path}.{step}") };
        let outer = std::rc::Rc::clone(&around);
        let around = Box::new(move |value| outer(wrap(key, value)));
        let spot = Spot { path, shape: part, hidden: hidden || part.sensitive, around };
        add_spots(spot, found);
    };
    let object = |key: &str, value: Value| json!({ key: value });
    match &shape.kind {
        Kind::Structure(members) => {
            for member in *members {
                let (first, rest) = member.name.split_at(1);
                let step = first.to_ascii_lowercase() + rest;
                below(step, member.shape, object, member.name);
            }
        }
        Kind::List(item, _) => {
            below("1.member".to_owned(), item, |_, value| json!([value]), "");
        }
        Kind::Map(_, value, _) => below("key.member".to_owned(), value, object, "key"),
        _ => {}
    }
    let outer = std::rc::Rc::clone(&around);
    found.push(Spot { path, shape, hidden, around: Box::new(move |value| outer(value)) });
}

/// Returns the name and the message of the error.
fn error(operation: &Operation, request: Value) -> (&'static str, String) {
    let error = reader::fit(operation.input, request).unwrap_err();
    (error.name, error.message.into_owned())
}

/// Returns the violations in a message, after checking its format.
fn violations(operation: &Operation, request: Value) -> Vec<String> {
    let (name, message) = error(operation, request);
    assert_eq!(name, "InvalidParameterException", "{}: {message}", operation.name);
    let (count, list) = message.split_once(" detected: ").expect("a count");
    let violations: Vec<String> = list.split("; Value").map(str::to_owned).collect();
    let expected = match violations.len() {
        1 => "1 validation error".to_owned(),
        count => format!("{count} validation errors"),
    };
    assert_eq!(count, expected, "{message}");
    for violation in &violations {
        assert!(
            violation.contains(" failed to satisfy constraint: Me")
                || violation.contains(" failed to satisfy constraint: Map "),
            "{violation}"
        );
    }
    violations
}

/// Returns the operations of both services.
fn operations() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().chain(&identity_shapes::OPERATIONS)
}

#[test]
fn an_empty_request_names_every_required_member() {
    for operation in operations() {
        let Kind::Structure(members) = &operation.input.kind else { panic!("no structure") };
        let required = members.iter().filter(|member| member.required).count();
        match required {
            0 => assert!(reader::fit(operation.input, json!({})).is_ok(), "{}", operation.name),
            count => assert_eq!(violations(operation, json!({})).len(), count),
        }
    }
}

#[test]
fn valid_requests_are_unchanged() {
    for operation in operations() {
        for members in Members::each() {
            let request = sample(operation.input, members);
            assert_eq!(reader::fit(operation.input, request.clone()), Ok(request));
        }
    }
}

#[test]
fn values_of_other_types_are_serialization_errors() {
    let wrong = [json!(7), json!(0.5), json!(true), json!("text"), json!([[7]]), json!({ "a": 7 })];
    for operation in operations() {
        for spot in spots(operation) {
            if matches!(spot.shape.kind, Kind::Document) {
                continue;
            }
            let fits = |value: &&Value| match &spot.shape.kind {
                Kind::Boolean => value.is_boolean() || value.is_string(),
                Kind::Integer(_) => value.is_i64(),
                Kind::Timestamp => value.is_number(),
                Kind::List(..) | Kind::Map(..) | Kind::Structure(_) => {
                    value.is_array() || value.is_object()
                }
                _ => value.is_string(),
            };
            for value in wrong.iter().filter(|value| !fits(value)) {
                let (name, message) = error(operation, (spot.around)(value.clone()));
                assert_eq!(name, "SerializationException", "{} {value}", spot.path);
                let words = ["not expected", "can not be converted", "field type", "base-64"];
                assert!(words.iter().any(|word| message.contains(word)), "{message}");
            }
        }
    }
}

/// A string that no shape allows, and that is easily found in a message.
const SECRET: &str = "\u{200b} hunter2";

#[test]
fn too_long_strings_are_rejected_with_their_path() {
    for operation in operations() {
        for spot in spots(operation) {
            let Kind::Text(Limits { max: Some(max), .. }, _) = spot.shape.kind else { continue };
            let text = SECRET.repeat(usize::try_from(max).unwrap() / SECRET.chars().count() + 1);
            let found = violations(operation, (spot.around)(json!(text)));
            let limit = format!("Member must have length less than or equal to {max}");
            let of_list = spot.path.strip_suffix(".1.member");
            let of_map = || spot.path.strip_suffix(".key.member");
            let path = of_list.or_else(of_map).unwrap_or(&spot.path);
            let names = |violation: &&String| violation.contains(&format!(" at '{path}'"));
            let own: Vec<_> = found.iter().filter(names).collect();
            assert!(own.iter().any(|violation| violation.contains(&limit)), "{path}: {own:?}");
            assert_eq!(own.iter().any(|violation| violation.contains("hunter2")), !spot.hidden);
        }
    }
}

#[test]
fn invalid_enumeration_values_are_rejected_with_all_values() {
    for operation in operations() {
        for spot in spots(operation) {
            let Kind::Enum(values) = spot.shape.kind else { continue };
            let found = violations(operation, (spot.around)(json!("TELEPATHY")));
            let set = format!("Member must satisfy enum value set: [{}]", values.join(", "));
            assert!(found.iter().any(|violation| violation.contains(&set)), "{found:?}");
        }
    }
}

#[test]
fn sensitive_values_are_in_no_message() {
    for operation in operations() {
        for spot in spots(operation).into_iter().filter(|spot| spot.hidden) {
            for value in [json!(SECRET), json!([SECRET]), json!({ "key": SECRET })] {
                let Err(error) = reader::fit(operation.input, (spot.around)(value)) else {
                    continue;
                };
                assert!(!error.message.contains("hunter2"), "{}: {}", spot.path, error.message);
            }
        }
    }
}

#[test]
fn numbers_out_of_range_are_rejected() {
    for operation in operations() {
        for spot in spots(operation) {
            for constraint in Constraint::of(spot.shape) {
                let (Constraint::AtMost(_, bound) | Constraint::AtLeast(_, bound)) = constraint
                else {
                    continue;
                };
                let Kind::Integer(limits) = spot.shape.kind else { continue };
                let over = if limits.max == Some(bound) { bound + 1 } else { bound - 1 };
                let found = violations(operation, (spot.around)(json!(over))).join(";");
                assert!(found.contains(&format!("'{over}' at '{}'", spot.path)), "{found}");
            }
        }
    }
}

#[test]
fn every_pattern_of_the_tables_compiles() {
    for operation in operations() {
        for spot in spots(operation) {
            if let Kind::Text(_, Some(pattern)) = spot.shape.kind {
                let text = pattern.text();
                assert!(!text.contains("(?<") && !text.contains("(?="), "{text}");
                assert!(pattern.compiles(), "{text}");
            }
        }
    }
}

#[test]
fn operations_are_sorted_and_have_an_authorization() {
    assert!(OPERATIONS.is_sorted_by_key(|operation| operation.name));
    let auth = |name| OPERATIONS.iter().find(|operation| operation.name == name).unwrap().auth;
    assert_eq!([auth("SignUp"), auth("GetUser")], [Auth::None; 2]);
    assert_eq!([auth("AdminGetUser"), auth("ListUsers")], [Auth::Iam; 2]);
    let all = OPERATIONS.iter();
    assert!(all.clone().all(|one| one.exceptions.iter().all(|name| name.ends_with("Exception"))));
    assert!(all.filter(|one| one.exceptions.contains(&"InvalidParameterException")).count() > 140);
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SignUp {
    client_id: String,
    username: String,
    password: Option<String>,
    user_attributes: Option<Vec<Attribute>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    name: String,
    value: Option<String>,
}

fn sign_up(request: &str) -> Result<SignUp, String> {
    let request = reader::parse(request.as_bytes());
    let fitting = request.and_then(|value| reader::fit(&shapes::SIGN_UP_REQUEST, value));
    let typed = fitting.and_then(reader::typed);
    typed.map_err(|error| format!("{}: {}", error.name, error.message))
}

/// Returns the message for a request of an operation.
fn refused(name: &str, request: Value) -> String {
    let operation = OPERATIONS.iter().find(|operation| operation.name == name).unwrap();
    error(operation, request).1
}

#[test]
fn request_is_deserialized_without_nulls_and_unknown_members() {
    let request = r#"{
        "ClientId": "abc", "Username": "alice", "Password": null, "Future": [null, 1],
        "UserAttributes": [null, { "Name": "email", "Value": null, "Future": {} }]
    }"#;
    let attribute = Attribute { name: "email".to_owned(), value: None };
    let expected = SignUp {
        client_id: "abc".to_owned(),
        username: "alice".to_owned(),
        password: None,
        user_attributes: Some(vec![attribute]),
    };
    assert_eq!(sign_up(request), Ok(expected));
}

#[test]
fn violations_are_listed_from_the_last_member_to_the_first() {
    // Captured: amazon-cognito-identity-js#388, with the limits of its time.
    assert_eq!(
        sign_up(r#"{ "ClientId": "a", "Username": "", "Password": "" }"#).unwrap_err(),
        "InvalidParameterException: 3 validation errors detected: Value at 'password' failed to \
         satisfy constraint: Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$; \
         Value at 'username' failed to satisfy constraint: Member must have length greater than \
         or equal to 1; Value at 'username' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+"
    );
    assert_eq!(
        refused("AdminAddUserToGroup", json!({ "UserPoolId": "nonsense" })),
        "3 validation errors detected: Value null at 'groupName' failed to satisfy constraint: \
         Member must not be null; Value at 'username' failed to satisfy constraint: Member must \
         not be null; Value 'nonsense' at 'userPoolId' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+"
    );
}

#[test]
fn a_blank_password_alone_is_left_to_the_pool() {
    let blank = sign_up(r#"{ "ClientId": "a", "Username": "alice", "Password": "" }"#);
    assert_eq!(blank.unwrap().password.as_deref(), Some(""));
    let message = refused("AdminSetUserPassword", json!({ "Password": "" }));
    assert!(message.contains("Value at 'password' failed to satisfy"), "{message}");
}

#[test]
fn client_ids_are_shown_by_initiate_auth_only() {
    let pattern = r"Member must satisfy regular expression pattern: [\w+]+";
    let request = json!({ "AuthFlow": "USER_SRP_AUTH", "ClientId": "eu-west-1_Ab12" });
    assert_eq!(
        refused("InitiateAuth", request),
        format!(
            "1 validation error detected: Value 'eu-west-1_Ab12' at 'clientId' failed to satisfy \
             constraint: {pattern}"
        )
    );
    let request = json!({ "ClientId": "eu-west-1_Ab12", "Username": "alice" });
    assert_eq!(
        refused("SignUp", request),
        format!(
            "1 validation error detected: Value at 'clientId' failed to satisfy constraint: \
             {pattern}"
        )
    );
}

#[test]
fn list_of_strings_is_rejected_as_a_whole_with_the_constraints_of_its_entries() {
    let pool = json!({ "UserPoolId": "a_b", "ClientName": "a" });
    let with = |name: &str, value: Value| {
        let mut request = pool.clone();
        request[name] = value;
        request
    };
    assert_eq!(
        refused("CreateUserPoolClient", with("AllowedOAuthFlows", json!(["code", "token"]))),
        "1 validation error detected: Value '[code, token]' at 'allowedOAuthFlows' failed to \
         satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: \
         [implicit, client_credentials, code]]"
    );
    let mut request = with("CallbackURLs", json!([""]));
    request["LogoutURLs"] = json!(["https://example.com", "https://example.com/a b"]);
    let constraints = "failed to satisfy constraint: Member must satisfy constraint: [Member must \
         have length less than or equal to 1024, Member must have length greater than or equal to \
         1, Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+]";
    assert_eq!(
        refused("CreateUserPoolClient", request),
        format!(
            "2 validation errors detected: Value '[https://example.com, https://example.com/a b]' \
             at 'logoutURLs' {constraints}; Value '[]' at 'callbackURLs' {constraints}"
        )
    );
    let flows = json!(["code", "implicit", "code", "code"]);
    assert!(refused("CreateUserPoolClient", with("AllowedOAuthFlows", flows)).ends_with(
        "Value '[code, implicit, code, code]' at 'allowedOAuthFlows' failed to satisfy \
             constraint: Member must have length less than or equal to 3"
    ));
}

#[test]
fn entries_of_lists_of_structures_are_counted() {
    let long = "phone_number_verified".to_owned();
    let request = json!({
        "PoolName": "a",
        "Schema": [
            { "Name": "email", "AttributeDataType": "Text" },
            { "Name": long, "AttributeDataType": "String" },
        ],
    });
    // Captured: aws-cdk#14175.
    let name = "Value 'phone_number_verified' at 'schema.2.member.name' failed to satisfy \
                constraint: Member must have length less than or equal to 20";
    let message = refused("CreateUserPool", request);
    assert!(message.ends_with(name), "{message}");
    assert!(message.contains("Value 'Text' at 'schema.1.member.attributeDataType' failed"));
}

#[test]
fn maps_are_rejected_by_keys_and_by_values() {
    let tags = json!({ "": "a", "b": "c".repeat(257) });
    let request = json!({ "PoolName": "a", "UserPoolTags": tags });
    let shown = format!("Value '{{=a, b={}}}' at 'userPoolTags'", "c".repeat(257));
    assert_eq!(
        refused("CreateUserPool", request),
        format!(
            "2 validation errors detected: {shown} failed to satisfy constraint: Map keys must \
             satisfy constraint: [Member must have length less than or equal to 128, Member must \
             have length greater than or equal to 1]; {shown} failed to satisfy constraint: Map \
             value must satisfy constraint: [Member must have length less than or equal to 256, \
             Member must have length greater than or equal to 0]"
        )
    );
    let levels = json!({ "Level1": { "AcrValue": "a b" } });
    let message = refused("CreateUserPool", json!({ "PoolName": "a", "AcrConfiguration": levels }));
    assert!(message.contains("Value 'a b' at 'acrConfiguration.Level1.member.acrValue'"));
    let request = json!({
        "ClientId": "a", "AuthFlow": "USER_AUTH", "AuthParameters": { "PASSWORD": 1 }
    });
    assert_eq!(refused("InitiateAuth", request), "NUMBER_VALUE can not be converted to a String");
}

#[test]
fn wrong_json_types_have_the_messages_of_the_service() {
    for (request, message) in [
        (r#"{ "ClientId": 1 }"#, "NUMBER_VALUE can not be converted to a String"),
        (r#"{ "ClientId": 0.5 }"#, "DECIMAL_VALUE can not be converted to a String"),
        (r#"{ "ClientId": true }"#, "TRUE_VALUE can not be converted to a String"),
        (r#"{ "ClientId": {} }"#, "Start of structure or map found where not expected."),
        (r#"{ "ClientId": [] }"#, "Start of list found where not expected"),
        (r#"{ "UserAttributes": "a" }"#, "Unexpected field type"),
        (r#"{ "UserAttributes": [1] }"#, "Unexpected field type"),
        ("[]", "Start of list found where not expected"),
        ("null", "Unexpected field type"),
        ("{", "EOF while parsing an object at line 1 column 1"),
    ] {
        let expected = format!("SerializationException: {message}");
        assert_eq!(sign_up(request).unwrap_err(), expected, "{request}");
    }
    let limit = |limit: Value| refused("ListUsers", json!({ "UserPoolId": "a_b", "Limit": limit }));
    assert_eq!(limit(json!("8")), "STRING_VALUE can not be converted to an Integer");
    assert_eq!(limit(json!(4_294_967_296_i64)), "NUMBER_VALUE can not be converted to an Integer");
    let image = json!({ "UserPoolId": "a_b", "ImageFile": "no base64" });
    assert_eq!(
        refused("SetUICustomization", image),
        "only base-64-encoded strings are convertible to bytes"
    );
}

#[test]
fn bytes_are_limited_after_they_are_decoded() {
    let request = |length: usize| {
        let bytes = "AAAA".repeat(length / 3) + ["", "AA==", "AAA="][length % 3];
        json!({ "UserPoolId": "a_b", "ImageFile": bytes })
    };
    assert!(reader::fit(&shapes::SET_UI_CUSTOMIZATION_REQUEST, request(131_072)).is_ok());
    assert_eq!(
        refused("SetUICustomization", request(131_073)),
        "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=131073 \
         cap=131073]' at 'imageFile' failed to satisfy constraint: Member must have length less \
         than or equal to 131072"
    );
}

#[test]
fn custom_domains_have_dots_and_functions_have_urls() {
    let domain = |name: &str| {
        let request = json!({ "UserPoolId": "a_b", "Domain": name });
        reader::fit(&shapes::CREATE_USER_POOL_DOMAIN_REQUEST, request).map_err(|e| e.message)
    };
    for name in ["a", "my-app", "auth.example.com"] {
        assert!(domain(name).is_ok(), "{name}");
    }
    for name in ["-a", "a-", "auth..com", "auth.-a", "Auth"] {
        let message = domain(name).unwrap_err();
        assert!(
            message.ends_with(r"pattern: ^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$"),
            "{message}"
        );
    }
    let function = |arn: &str| {
        let request = json!({ "PoolName": "a", "LambdaConfig": { "PreSignUp": arn } });
        reader::fit(&shapes::CREATE_USER_POOL_REQUEST, request)
    };
    assert!(function("arn:aws:lambda:eu-west-1:123456789012:function:a").is_ok());
    assert!(function("http://127.0.0.1:9000/a").is_ok());
    assert!(function("https://example.com/function").is_err());
}

#[test]
fn names_with_invisible_characters_are_rejected() {
    for name in ["al\u{200b}ice", "al\u{ad}ice", "\u{feff}alice", "alice\u{202e}", "al ice"] {
        let request = json!({ "ClientId": "a", "Username": name });
        let message = sign_up(&request.to_string()).unwrap_err();
        assert!(message.contains("1 validation error detected: Value at 'username'"), "{name:?}");
        let group = json!({ "UserPoolId": "a_b", "GroupName": name });
        assert!(refused("CreateGroup", group).contains(" at 'groupName' failed"), "{name:?}");
    }
    for name in ["e\u{301}lodie", "हिन्दी", "😀", "алиса@example.com"] {
        let request = json!({ "ClientId": "a", "Username": name });
        assert_eq!(sign_up(&request.to_string()).unwrap().username, name);
    }
}
