//! Runs files of test vectors against the public interfaces of the crates.

mod fields;
mod jwt;
mod srp;
mod wycheproof;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};

use serde_json::Value;

/// The results of the cases of one or more files.
#[derive(Debug, Default)]
pub struct Report {
    /// Number of cases that passed.
    pub passed: usize,
    /// The cases that failed.
    pub failures: Vec<Failure>,
    /// Number of skipped cases, by reason.
    pub left_out: BTreeMap<String, usize>,
}

impl Report {
    /// Returns whether at least one case ran and all of them passed.
    pub fn is_success(&self) -> bool {
        self.passed > 0 && self.failures.is_empty()
    }

    /// Runs every case of one document. Its kind is detected from its content.
    ///
    /// # Errors
    ///
    /// An error message if the kind of the document is unknown.
    pub fn run(&mut self, document: &str) -> Result<(), String> {
        let document: Value =
            serde_json::from_str(document).map_err(|error| format!("not JSON: {error}"))?;
        if let Some(cases) = document["cases"].as_array() {
            self.run_cases(cases, "id", srp::run);
        } else if let Some(cases) = document["vectors"].as_array() {
            let suite = jwt::Suite::new(&document)?;
            self.run_cases(cases, "id", |case| suite.run(case));
        } else if wycheproof::is_known(&document) {
            wycheproof::run(self, &document);
        } else {
            let known =
                "`cases` (SRP), `vectors` (tokens), `testGroups` of JWS or JWK (Wycheproof)";
            return Err(format!("of no known kind: {known}"));
        }
        Ok(())
    }

    fn run_cases(
        &mut self,
        cases: &[Value],
        id: &str,
        run: impl Fn(&Value) -> Result<(), Mismatch>,
    ) {
        for case in cases {
            let outcome = panic::catch_unwind(AssertUnwindSafe(|| run(case)))
                .unwrap_or_else(|_| Err(Mismatch::new("outcome", "no panic", "panic")));
            match outcome {
                Ok(()) => self.passed += 1,
                Err(mismatch) => {
                    let id = match &case[id] {
                        Value::String(id) => id.clone(),
                        Value::Number(id) => id.to_string(),
                        _ => "without an id".to_owned(),
                    };
                    self.failures.push(Failure { id, mismatch });
                }
            }
        }
    }

    fn leave_out(&mut self, cases: usize, reason: String) {
        *self.left_out.entry(reason).or_default() += cases;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Failure { id, mismatch: Mismatch { what, expected, actual } } in &self.failures {
            writeln!(f, "{id}: {what}\n  expected {expected}\n  actual   {actual}")?;
        }
        for (reason, cases) in &self.left_out {
            writeln!(f, "{cases} left out: {reason}")?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failures.len())
    }
}

/// A case that failed.
#[derive(Debug)]
pub struct Failure {
    /// The case's id.
    pub id: String,
    /// The first difference.
    pub mismatch: Mismatch,
}

/// A value that differs from the expected one.
#[derive(Debug)]
pub struct Mismatch {
    what: String,
    expected: String,
    actual: String,
}

impl Mismatch {
    fn new(
        what: impl fmt::Display,
        expected: impl fmt::Display,
        actual: impl fmt::Display,
    ) -> Self {
        Self { what: what.to_string(), expected: expected.to_string(), actual: actual.to_string() }
    }
}
