//! The names of runs and of their pools, the texts of reports, and the rows of docs/emulator.md that are
//! replayed.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cognito_tests::against_aws::{Cases, Prefix, Selection, masked, normal};
use serde_json::json;

const TABLES: [&str; 2] = ["## Decisions where the evidence is weak", "## Decisions about users"];

#[test]
fn prefix_selects_only_its_own_pools() {
    let prefix: Prefix = "compare".parse().unwrap();
    assert_eq!(prefix.mark_in("compare-0000001a-all"), Some(prefix.mark(0x1a)));
    for other in [
        "",
        "compare",
        "compare-0000001a",
        "compare-0000001ab-all",
        "compare-000001a-all",
        "compare-0000001A-all",
        "compare-other-0000001a-all",
        "compare-größe-all",
        "compared-0000001a-all",
        "my-compare-0000001a-all",
    ] {
        assert_eq!(prefix.mark_in(other), None, "{other}");
    }
    for invalid in ["", "a", "Compare", "compare me", "my-aws-pools", "cognito", "compare-0000001a"]
    {
        assert!(invalid.parse::<Prefix>().is_err(), "{invalid}");
    }
}

#[test]
fn a_selection_is_a_prefix_or_a_run() {
    let all: Selection = "compare".parse().unwrap();
    let one: Selection = "compare-0000001a".parse().unwrap();
    assert_eq!((&all.prefix, &all.run), (&one.prefix, &None));
    let (this, other) = ("compare-0000001a-all", "compare-0000001b-all");
    assert_eq!((all.mark_in(this), all.mark_in(other)).1.as_deref(), Some(&other[..16]));
    assert_eq!((one.mark_in(this), one.mark_in(other)), (one.run.clone(), None));
    assert!("me-0000001a".parse::<Selection>().is_err());
}

#[test]
fn values_of_one_run_are_replaced() {
    let payload = BASE64_URL_SAFE_NO_PAD.encode(r#"{"iat":7,"client_id":"1example","n":1}"#);
    let response = json!({
        "Id": "eu-west-1_Ab12Cd34E", "CreationDate": 1.5, "Session": "secret", "Enabled": true,
        "AccessToken": format!("eyJh.{payload}.sig"),
        "Attributes": [{ "Name": "sub", "Value": "0123abcd-0000-4000-8000-00000000000a" }],
        "Message": "User pool eu-west-1_Ab12Cd34E does not exist.", "Code": "a".repeat(100),
    });
    let kept = [("Pool", "eu-west-1_Ab12Cd34E"), ("Client", "1example"), ("Region", "eu-west-1")];
    let kept = kept.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let expected = json!({
        "Id": "$Pool", "CreationDate": "<CreationDate>", "Session": "<Session>", "Enabled": true,
        "AccessToken": { "iat": "<iat>", "client_id": "$Client", "n": 1 },
        "Attributes": [{ "Name": "sub", "Value": "<uuid>" }],
        "Message": "User pool $Pool does not exist.", "Code": "<long text>",
    });
    assert_eq!(normal(&response, &kept), expected);
}

#[test]
fn failures_have_no_secret_account_or_arn() {
    let secret = "1example23456789abcdefghijklmnopqrstuvwxyz0123456789";
    let failure = format!(
        "left: Some(\"{secret}\") of 123456789012: arn:aws:iam::123456789012:user/me, \
         enable_propagate_additional_user_context_data differs\n"
    );
    let expected = "left: Some(\"<long word>\") of <account>: <ARN>, \
         enable_propagate_additional_user_context_data differs\n";
    assert_eq!(masked(&failure), expected);
}

#[test]
fn every_weak_decision_is_replayed_or_has_a_reason() {
    let guide = include_str!("../../../docs/emulator.md");
    let rows: BTreeSet<_> = TABLES.iter().flat_map(|heading| rows(guide, heading)).collect();
    assert!(rows.len() > 50, "{rows:#?}");
    let cases = Cases::read().unwrap();
    let replayed = cases.cases.iter().filter_map(|case| case.row.clone());
    let named: BTreeSet<_> = replayed.chain(cases.not_replayed.keys().cloned()).collect();
    let missing: Vec<_> = rows.difference(&named).collect();
    let gone: Vec<_> = named.difference(&rows).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not in aws.json: {missing:#?}\nnot in the guide: {gone:#?}"
    );
}

#[test]
fn names_of_cases_are_unique() {
    let cases = Cases::read().unwrap().cases;
    let names: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len());
}

/// Returns the first cells of the rows below a heading.
fn rows(guide: &str, heading: &str) -> Vec<String> {
    let (_, section) = guide.split_once(heading).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with("| ")).skip(2);
    lines.map(|line| line.split(" | ").next().unwrap()[2..].to_owned()).collect()
}
