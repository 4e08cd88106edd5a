//! The results of all cells as a table.

use std::collections::BTreeMap;
use std::fmt;

use super::proxy::{Fault, Plan};

/// The results of all cells.
pub struct Matrix {
    calls: Vec<String>,
    cells: BTreeMap<Plan, Vec<String>>,
}

impl Matrix {
    pub(super) fn new(calls: Vec<String>) -> Self {
        Self { calls, cells: BTreeMap::new() }
    }

    pub(super) fn insert(&mut self, plan: Plan, wrong: Vec<String>) {
        self.cells.insert(plan, wrong);
    }

    /// Returns the number of cells that ran.
    pub fn cells(&self) -> usize {
        self.cells.len()
    }

    /// Returns the number of cells with defects.
    pub fn wrong(&self) -> usize {
        self.cells.values().filter(|wrong| !wrong.is_empty()).count()
    }

    /// Returns whether every cell ran and none has defects.
    pub fn is_right(&self) -> bool {
        let expected = self.calls.len() * Fault::ALL.len() * 2;
        expected > 0 && self.cells() == expected && self.wrong() == 0
    }

    /// Returns the two characters of a call under a fault: once, lasting.
    fn cell(&self, call: usize, fault: Fault) -> String {
        let outcome = |lasting| match self.cells.get(&Plan { call, fault, lasting }) {
            Some(wrong) if wrong.is_empty() => '+',
            Some(_) => 'x',
            None => '?',
        };
        format!("{} {}", outcome(false), outcome(true))
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Each cell: the fault once, and lasting. +: right, x: wrong.\n")?;
        write!(f, "{:40}", "call")?;
        for fault in Fault::ALL {
            write!(f, "{:>15}", format!("{fault:?}"))?;
        }
        writeln!(f)?;
        for (call, operation) in self.calls.iter().enumerate() {
            write!(f, "{:>3} {operation:36}", call + 1)?;
            for fault in Fault::ALL {
                write!(f, "{:>15}", self.cell(call, fault))?;
            }
            writeln!(f)?;
        }
        for (plan, wrong) in self.cells.iter().filter(|(_, wrong)| !wrong.is_empty()) {
            let Plan { call, fault, lasting } = plan;
            let lasting = if *lasting { "lasting" } else { "once" };
            let operation = self.calls.get(*call).map_or("?", String::as_str);
            writeln!(f, "\n{} {operation}, {fault:?}, {lasting}:", call + 1)?;
            wrong.iter().try_for_each(|text| writeln!(f, "  {text}"))?;
        }
        writeln!(f, "\n{} calls, {} cells, {} wrong", self.calls.len(), self.cells(), self.wrong())
    }
}
