//! The RS256 cases in Project Wycheproof's files about JSON Web Signatures and Keys.

use cognito_tokens::KeySet;
use serde_json::{Value, json};

use super::fields::text;
use super::{Mismatch, Report};

/// Returns whether a document is one of these files.
pub(super) fn is_known(document: &Value) -> bool {
    groups(document)
        .any(|group| group["type"] == "JsonWebSignature" || group["type"] == "JsonWebKey")
}

/// Runs the groups for RS256, and counts the other groups by the reason for skipping them.
pub(super) fn run(report: &mut Report, document: &Value) {
    for group in groups(document) {
        let tests = group["tests"].as_array().map_or(&[][..], Vec::as_slice);
        match key_set(group) {
            Ok(keys) => report.run_cases(tests, "tcId", |test| judge(&keys, test)),
            Err(reason) => report.leave_out(tests.len(), reason),
        }
    }
}

fn groups(document: &Value) -> impl Iterator<Item = &Value> {
    document["testGroups"].as_array().into_iter().flatten()
}

/// Returns the public keys of a group, or why it is not for RS256.
fn key_set(group: &Value) -> Result<KeySet, String> {
    let public = &group["public"];
    if public.is_null() {
        return Err("symmetric keys".to_owned());
    }
    let key_set =
        if public["keys"].is_array() { public.clone() } else { json!({"keys": [public]}) };
    for key in key_set["keys"].as_array().into_iter().flatten() {
        let member = |name: &str| key[name].as_str().unwrap_or_default();
        let signs_otherwise = OTHERS.iter().any(|other| member("alg").starts_with(other));
        if member("kty") != "RSA" || signs_otherwise {
            return Err(format!("keys of type {} for {}", member("kty"), member("alg")));
        }
    }
    KeySet::from_json(&key_set.to_string()).map_err(|error| error.to_string())
}

/// The prefixes of the names of other signature algorithms. Groups with encryption keys are not
/// skipped, because their rejection is what the test checks.
const OTHERS: [&str; 4] = ["ES", "PS", "RS384", "RS512"];

fn judge(keys: &KeySet, test: &Value) -> Result<(), Mismatch> {
    let comment = test["comment"].as_str().unwrap_or_default();
    let outcome = keys.verify_compact(text(test, "jws")?);
    match (text(test, "result")?, outcome) {
        ("valid", Ok(_)) | ("invalid", Err(_)) => Ok(()),
        ("valid", Err(error)) => Err(Mismatch::new(comment, "valid", format!("invalid: {error}"))),
        ("invalid", Ok(_)) => Err(Mismatch::new(comment, "invalid", "valid")),
        (other, _) => Err(Mismatch::new("result", "valid or invalid", other)),
    }
}
