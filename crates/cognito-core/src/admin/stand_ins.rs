//! Placeholders that the SDK writes for members that are not set.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

/// Members, each with where it is, that the SDK writes as 0 or "" when they are not set.
///
/// The service takes them for values: it refuses a number of days beside the one that replaces it,
/// and a role's name that is none.
const STAND_INS: [(&str, &str); 4] = [
    ("/AdminCreateUserConfig", "UnusedAccountValidityDays"),
    ("/Policies/PasswordPolicy", "TemporaryPasswordValidityDays"),
    ("/SmsConfiguration", "SnsCallerArn"),
    ("/SmsMfaConfiguration/SmsConfiguration", "SnsCallerArn"),
];

/// Removes the members of a request that are not set.
pub(super) fn omit(request: &mut HttpRequest) {
    let read = request.body().bytes().and_then(|body| serde_json::from_slice(body).ok());
    let Some(mut body) = read else { return };
    if !omit_from(&mut body) {
        return;
    }
    let body = body.to_string();
    if request.headers().contains_key("content-length") {
        request.headers_mut().insert("content-length", body.len().to_string());
    }
    *request.body_mut() = SdkBody::from(body);
}

/// Removes them and returns whether there was any.
fn omit_from(body: &mut Value) -> bool {
    let mut any = false;
    for (parent, member) in STAND_INS {
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
    fn what_is_not_set_is_not_sent() {
        let mut request = request(
            &json!({
                "AdminCreateUserConfig": { "UnusedAccountValidityDays": 0, "Other": 0 },
                "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 7 } },
                "SmsConfiguration": { "SnsCallerArn": "" },
            })
            .to_string(),
        );
        omit(&mut request);
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
    fn what_is_set_and_what_cannot_be_read_stays_as_it_is() {
        for body in [r#"{ "SmsConfiguration" : { "SnsCallerArn" : "arn" } }"#, "no JSON"] {
            let mut request = request(body);
            omit(&mut request);
            assert_eq!(request.body().bytes(), Some(body.as_bytes()));
        }
    }
}
