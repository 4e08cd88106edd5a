//! The differences between AWS and the emulator, as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Cases, Fallible, Named, Plan, Pool, Replay, Replayed};
use crate::conformance;

/// The result of a run.
#[derive(Serialize)]
pub struct Report {
    /// The name and tag of the run.
    pub run: String,
    /// The Region.
    pub region: String,
    /// The endpoint, if it differs from that of the Region's service.
    pub endpoint: Option<String>,
    /// The requests of the same run on the emulator.
    pub planned_requests: usize,
    /// The reason why the run ended early.
    pub ended_early: Option<String>,
    /// The number of cases and steps with the same result on both.
    pub equal: usize,
    /// The cases and steps with different results.
    pub differences: Vec<Difference>,
    /// Rows, steps and cases that were not replayed, with reasons.
    pub not_replayed: BTreeMap<String, String>,
    /// The pools that could not be deleted.
    pub left: Vec<Pool>,
}

/// A case or step with different results.
#[derive(Serialize)]
pub struct Difference {
    #[serde(flatten)]
    named: Named,
    /// The row in docs/emulator.md.
    row: Option<String>,
    /// The operations with different responses.
    operations: Vec<String>,
    aws: Replay,
    emulator: Replay,
}

/// The reason for not replaying steps that need a code.
const UNREAD: &str = "needs the code of a message, which no program reads on AWS";

impl Report {
    /// Compares two replays.
    ///
    /// # Errors
    ///
    /// Returns an error if the file of cases is invalid.
    pub fn new(
        run: &super::Run,
        plan: &Plan,
        aws: &Replayed,
        emulator: &Replayed,
    ) -> Fallible<Self> {
        let cases = Cases::read()?;
        let mut report = Self {
            run: run.mark.clone(),
            region: run.caller.region.clone(),
            endpoint: run.caller.endpoint.clone(),
            planned_requests: plan.calls(),
            ended_early: None,
            equal: 0,
            differences: Vec::new(),
            not_replayed: cases.not_replayed.clone(),
            left: Vec::new(),
        };
        for (name, _) in conformance::STEPS_WITH_CODES {
            report.not_replayed.insert(name.to_owned(), UNREAD.to_owned());
        }
        for (named, expected) in emulator {
            let row = cases.cases.iter().find(|case| case.name == named.name);
            let row = row.and_then(|case| case.row.clone());
            report.compare(named, row, aws, expected);
        }
        Ok(report)
    }

    fn compare(&mut self, named: &Named, row: Option<String>, aws: &Replayed, expected: &Replay) {
        let Some((_, result)) = aws.iter().find(|(other, _)| other == named) else {
            let reason = "the run ended before it".to_owned();
            self.not_replayed.insert(named.name.clone(), reason);
            return;
        };
        if result == expected {
            self.equal += 1;
            return;
        }
        self.differences.push(Difference {
            named: named.clone(),
            row,
            operations: operations(result, expected),
            aws: result.clone(),
            emulator: expected.clone(),
        });
    }

    /// Returns whether the run was complete and no pool remains.
    pub fn is_complete(&self) -> bool {
        self.ended_early.is_none() && self.left.is_empty()
    }
}

/// Returns the operations whose responses differ.
fn operations(one: &Replay, other: &Replay) -> Vec<String> {
    let (Replay::Calls(one), Replay::Calls(other)) = (one, other) else { return Vec::new() };
    let longest = if one.len() > other.len() { one } else { other };
    let differ = (0..longest.len()).filter(|at| one.get(*at) != other.get(*at));
    differ.map(|at| longest[at].0.clone()).collect()
}
