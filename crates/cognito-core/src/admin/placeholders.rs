//! Removal of placeholders that the SDK sends for unset members.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

/// Paths of members that the SDK sends as 0 or "" if they are not set.
///
/// The service treats them as values: it refuses a number of days together with its replacement,
/// and an empty role.
const PLACEHOLDERS: [(&str, &str); 4] = [
    ("/AdminCreateUserConfig", "UnusedAccountValidityDays"),
    ("/Policies/PasswordPolicy", "TemporaryPasswordValidityDays"),
    ("/SmsConfiguration", "SnsCallerArn"),
    ("/SmsMfaConfiguration/SmsConfiguration", "SnsCallerArn"),
];

/// Removes placeholders from a request.
pub(super) fn remove(request: &mut HttpRequest) {
    let read = request.body().bytes().and_then(|body| serde_json::from_slice(body).ok());
    let Some(mut body) = read else { return };
    if !remove_from(&mut body) {
        return;
    }
    let body = body.to_string();
    if request.headers().contains_key("content-length") {
        request.headers_mut().insert("content-length", body.len().to_string());
    }
    *request.body_mut() = SdkBody::from(body);
}

/// Removes placeholders from a body, and returns whether there were any.
fn remove_from(body: &mut Value) -> bool {
    let mut any = false;
    for (parent, member) in PLACEHOLDERS {
        let Some(Value::Object(members)) = body.pointer_mut(parent) else { continue };
        if members.get(member).is_some_and(|value| *value == 0 || *value == "") {
            members.remove(member);
            any = true;
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(body: &str) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.headers_mut().insert("content-length", body.len().to_string());
        request
    }

    #[test]
    fn unset_members_are_not_sent() {
        let mut request = request(
            &json!({
                "AdminCreateUserConfig": { "UnusedAccountValidityDays": 0, "Other": 0 },
                "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 7 } },
                "SmsConfiguration": { "SnsCallerArn": "" },
            })
            .to_string(),
        );
        remove(&mut request);
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let expected = json!({
            "AdminCreateUserConfig": { "Other": 0 },
            "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 7 } },
            "SmsConfiguration": {},
        });
        assert_eq!(body, expected);
        let length = request.body().bytes().unwrap().len().to_string();
        assert_eq!(request.headers().get("content-length"), Some(length.as_str()));
    }

    #[test]
    fn set_members_and_malformed_bodies_are_unchanged() {
        for body in [r#"{ "SmsConfiguration" : { "SnsCallerArn" : "arn" } }"#, "no JSON"] {
            let mut request = request(body);
            remove(&mut request);
            assert_eq!(request.body().bytes(), Some(body.as_bytes()));
        }
    }
}
