//! The quota categories of operations, in the emulator and in the guide.

use std::collections::BTreeSet;

use cognito::types::QuotaCategory;
use cognito_emulator::Emulator;
use serde_json::json;

const GUIDE: &str = include_str!("../../../docs/iam-permissions.md");

/// Returns the rows of the guide's tables with a number of cells.
fn rows<const CELLS: usize>() -> impl Iterator<Item = [&'static str; CELLS]> {
    let lines = GUIDE.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    lines.filter_map(|line| line.split(" | ").collect::<Vec<_>>().try_into().ok())
}

fn category(name: &str) -> Option<QuotaCategory> {
    QuotaCategory::ALL.iter().find(|category| category.as_str() == name).copied()
}

#[test]
fn every_operation_is_counted_in_its_category() {
    let emulator = Emulator::builder().in_process();
    let operations =
        |category: QuotaCategory| category.operations().map(move |name| (name, category));
    let all: Vec<_> = QuotaCategory::ALL.iter().copied().flat_map(operations).collect();
    assert!(all.len() > 150, "{}", all.len());
    for (operation, category) in all {
        let before = emulator.quota_usage();
        let _ = emulator.call(operation, &json!({}));
        let after = emulator.quota_usage();
        let counted = after.iter().zip(&before).filter(|(after, before)| after != before);
        let counted: Vec<_> = counted.map(|(after, _)| after.category).collect();
        assert_eq!(counted, [category], "{operation}");
    }
}

#[test]
fn the_guide_has_the_documented_rate_of_each_category() {
    let rates = rows().filter_map(|[name, rate, can_be_raised]| {
        let category = category(name)?;
        assert_eq!(rate, category.default_rate().to_string(), "{name}");
        assert_eq!(can_be_raised == "yes", category.is_adjustable(), "{name}");
        Some(name)
    });
    assert!(rates.count() > 10);
}

#[test]
fn the_guide_has_the_categories_of_the_operations_of_each_method() {
    let mut methods = 0;
    for [method, operations, _, quotas] in rows() {
        let quotas: BTreeSet<_> = quotas.split(", ").filter_map(category).collect();
        if !quotas.is_empty() {
            let operations = operations.split(", ").filter_map(QuotaCategory::of);
            assert_eq!(operations.collect::<BTreeSet<_>>(), quotas, "{method}");
            methods += 1;
        }
    }
    assert!(methods > 50, "{methods}");
}
