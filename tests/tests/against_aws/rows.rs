//! The cases and the tables of docs/emulator.md.

use std::collections::BTreeSet;

use cognito_tests::against_aws::Cases;

const TABLES: [&str; 2] = ["## Decisions where the evidence is weak", "## Decisions about users"];

/// Returns the first cells of the rows below a heading.
fn rows(guide: &str, heading: &str) -> Vec<String> {
    let (_, section) = guide.split_once(heading).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with("| ")).skip(2);
    lines.map(|line| line.split(" | ").next().unwrap()[2..].to_owned()).collect()
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
