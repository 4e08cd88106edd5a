//! Values that other implementations computed.

use cognito_tests::vectors::Report;

fn run(document: &str) -> Report {
    let mut report = Report::default();
    report.run(document).unwrap();
    report
}

#[test]
fn srp_agrees_with_pycognito_and_amazon_cognito_identity_js() {
    let report = run(include_str!("../data/srp.json"));
    assert!(report.failures.is_empty(), "{report}");
    assert_eq!(report.passed, 102);
}

#[test]
fn every_token_is_judged_as_it_should_be() {
    let report = run(include_str!("../data/jwt.json"));
    assert!(report.failures.is_empty(), "{report}");
    assert_eq!(report.passed, 137);
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
