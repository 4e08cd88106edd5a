//! The table of categories against the service model and the emulator's meters.

use cognito::bulk::Category;
use cognito_emulator::{Emulator, QuotaCategory};
use serde_json::json;

/// The requests of every operation, which are written from the service model.
const MODEL: &str = include_str!("../../../crates/cognito-emulator/src/model/shapes.rs");

fn operations() -> Vec<&'static str> {
    let lines = MODEL.lines().map(str::trim);
    let names = lines.filter_map(|line| line.strip_prefix("name: \"")?.strip_suffix("\","));
    names.filter(|name| name.starts_with(char::is_uppercase)).collect()
}

#[test]
fn every_operation_of_the_model_has_the_category_in_which_the_emulator_counts_it() {
    let emulator = Emulator::builder().in_process();
    let operations = operations();
    assert!(operations.len() > 150, "{}", operations.len());
    for operation in operations {
        let before = emulator.quota_usage();
        let _ = emulator.call(operation, &json!({}));
        let after = emulator.quota_usage();
        let mut counted = after.iter().zip(&before).filter(|(after, before)| after != before);
        let counted = counted.next().map(|(after, _)| after.category.as_str());
        assert_eq!(Category::of(operation).map(Category::as_str), counted, "{operation}");
    }
}

#[test]
fn limits_are_those_of_the_emulator() {
    let meters = Emulator::builder().in_process().quota_usage();
    let ours = Category::ALL
        .iter()
        .map(|category| (category.as_str(), category.default_rate(), category.is_adjustable()));
    // Each operation of identity pools is a category of its own.
    let theirs = meters.iter().map(|meter| meter.category);
    let theirs = theirs.filter(|category| !category.as_str().starts_with("Get"));
    let theirs = theirs.map(|category: QuotaCategory| {
        (category.as_str(), category.default_rate(), category.is_adjustable())
    });
    assert_eq!(ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>());
}
