//! Runs vectors with values that other implementations computed.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{env, fs};

use cognito_srp::hazmat;
use cognito_vectors::Report;

fn run(document: &str) -> Report {
    let mut report = Report::default();
    report.run(document).unwrap();
    report
}

#[test]
fn srp_agrees_with_pycognito_and_amazon_cognito_identity_js() {
    let report = run(include_str!("../../data/srp.json"));
    assert!(report.failures.is_empty(), "{report}");
    assert_eq!(report.passed, 102);
}

#[test]
fn srp_agrees_with_them_at_every_level_of_the_processor() {
    for baseline_only in [true, false] {
        hazmat::use_baseline_only(baseline_only);
        let report = run(include_str!("../../data/srp.json"));
        assert!(report.failures.is_empty(), "baseline only: {baseline_only}: {report}");
    }
}

#[test]
fn every_token_vector_has_the_expected_result() {
    let report = run(include_str!("../../data/jwt.json"));
    assert!(report.failures.is_empty(), "{report}");
    assert_eq!(report.passed, 137);
}

/// The variable with the directory of the files of Project Wycheproof, which the repository does
/// not contain. By default they are in a directory next to the workspace.
const WYCHEPROOF: &str = "COGNITO_WYCHEPROOF";

/// Runs a file of Project Wycheproof. Without the variable, a missing file is reported as skipped.
fn wycheproof(name: &str) -> Option<Report> {
    let beside =
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/wycheproof");
    let named = env::var_os(WYCHEPROOF).map(PathBuf::from);
    let is_required = named.is_some();
    let path = named.unwrap_or_else(beside).join(name);
    match fs::read_to_string(&path) {
        Ok(document) => Some(run(&document)),
        Err(error) if is_required => panic!("{}: {error}", path.display()),
        Err(_) => {
            // Not `println`, which the test harness hides for a test that passes.
            let line = format!("SKIPPED: {} is missing; set {WYCHEPROOF}\n", path.display());
            io::stderr().write_all(line.as_bytes()).unwrap();
            None
        }
    }
}

#[test]
fn wycheproof_signatures_have_the_expected_results() {
    let Some(report) = wycheproof("json_web_signature_test.json") else { return };
    assert!(report.failures.is_empty(), "{report}");
    assert_eq!(report.passed, 235);
    assert_eq!(report.passed + report.left_out.values().sum::<usize>(), 401);
}

#[test]
fn wycheproof_keys_have_the_expected_results() {
    let Some(report) = wycheproof("json_web_key_test.json") else { return };
    assert!(report.failures.is_empty(), "{report}");
    assert_eq!(report.passed, 5);
    assert_eq!(report.passed + report.left_out.values().sum::<usize>(), 26);
}

#[test]
fn a_wrong_verdict_on_a_signature_is_noticed() {
    let document = r#"{"testGroups":[{"type":"JsonWebSignature",
        "public":{"kty":"RSA","alg":"RS256","kid":"a","n":"AQ","e":"AQAB"},
        "tests":[{"tcId":7,"comment":"acceptsValid","jws":"e30.e30.","result":"valid"}]},
        {"type":"JsonWebSignature","public":{"kty":"EC"},"tests":[{},{}]}]}"#;
    let printed = run(document).to_string();
    for part in
        ["7: acceptsValid", "invalid: ", "2 left out: keys of type EC", "0 passed, 1 failed"]
    {
        assert!(printed.contains(part), "{printed}");
    }
}

#[test]
fn a_wrong_value_is_noticed_and_named() {
    let srp = r#"{"cases":[{"id":"t-1","kind":"timestamp","utc":"2022-01-01T00:00:00",
        "expected":{"timestamp":"Sat Jan 01 00:00:00 UTC 2022"}},{"id":"t-2","kind":"new"}]}"#;
    let report = run(srp);
    assert_eq!((report.passed, report.failures.len()), (0, 2));
    let printed = report.to_string();
    for part in ["t-1: timestamp", "Sat Jan 01", "Sat Jan 1 ", "t-2: kind", "0 passed, 2 failed"] {
        assert!(printed.contains(part), "{printed}");
    }
    assert!(!report.is_success());
    assert!(!run(r#"{"cases":[]}"#).is_success(), "no case ran");
    assert!(Report::default().run("{}").is_err());
}
