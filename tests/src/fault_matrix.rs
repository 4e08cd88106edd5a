//! The fault matrix: the life cycle of a user, with each of its requests under each fault.
//!
//! A cell is one request under one fault, which occurs once or lasts. After the fault the life
//! cycle must be completed. After every failure the error, the tokens, the store and its lock are
//! checked.

mod life;
mod proxy;
mod rule;
mod state;
mod table;

use std::sync::Arc;
use std::time::Duration;

use cognito::Error;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::life::{Life, STEPS, Step};
pub use self::proxy::{Fault, FaultProxy, Plan};
pub use self::table::Matrix;

/// The minimum number of requests in the life cycle, so that the matrix cannot shrink unnoticed.
pub const MIN_CALLS: usize = 43;

/// The number of concurrent cells that compute.
const BUSY_CELLS: usize = 16;

/// The number of concurrent cells that wait for timeouts.
const WAITING_CELLS: usize = 110;

/// The time limit of a cell, after which it counts as hanging.
const CELL_TIMEOUT: Duration = Duration::from_secs(150);

/// The number of attempts of a step under a lasting fault before the fault ends.
const ATTEMPTS_UNDER_FAULT: usize = 2;

/// The number of attempts of a step before the run fails.
const ATTEMPTS: usize = 4;

/// Runs the life cycle without a fault and then under every fault.
///
/// # Errors
///
/// Returns the defects of the run without a fault, in which case no cell is meaningful.
pub async fn run() -> Result<Matrix, String> {
    let calls = undisturbed().await?;
    let busy = Arc::new(Semaphore::new(BUSY_CELLS));
    let waiting = Arc::new(Semaphore::new(WAITING_CELLS));
    let mut cells = JoinSet::new();
    for plan in plans(calls.len()) {
        let slots = Arc::clone(if plan.fault == Fault::Late { &waiting } else { &busy });
        cells.spawn(async move {
            let _slot = slots.acquire_owned().await;
            (plan, guarded(plan).await)
        });
    }
    let mut matrix = Matrix::new(calls);
    while let Some(cell) = cells.join_next().await {
        let (plan, wrong) = cell.map_err(|error| error.to_string())?;
        matrix.insert(plan, wrong);
    }
    Ok(matrix)
}

/// Returns the operations of the life cycle, in order.
async fn undisturbed() -> Result<Vec<String>, String> {
    let mut run = Run::new(None).await;
    run.finish().await;
    let calls = run.life.proxy.operations();
    match run.wrong.first() {
        Some(wrong) => Err(format!("the life fails without a fault: {wrong}")),
        None if calls.len() < MIN_CALLS => Err(format!("the life has only {} calls", calls.len())),
        None => Ok(calls),
    }
}

fn plans(calls: usize) -> impl Iterator<Item = Plan> {
    let faults = (0..calls).flat_map(|call| Fault::ALL.map(|fault| (call, fault)));
    faults.flat_map(|(call, fault)| [false, true].map(|lasting| Plan { call, fault, lasting }))
}

/// Runs a cell, and catches panics.
async fn guarded(plan: Plan) -> Vec<String> {
    let cell = tokio::spawn(async move {
        let mut run = Run::new(Some(plan)).await;
        run.finish().await;
        if run.life.proxy.hits() == 0 {
            run.wrong.push("no request met the fault".to_owned());
        }
        run.wrong
    });
    let stop = cell.abort_handle();
    match tokio::time::timeout(CELL_TIMEOUT, cell).await {
        Ok(Ok(wrong)) => wrong,
        Ok(Err(panicked)) => vec![panicked.to_string()],
        Err(_) => {
            stop.abort();
            vec!["it hangs".to_owned()]
        }
    }
}

/// A running life cycle.
struct Run {
    life: Life,
    plan: Option<Plan>,
    wrong: Vec<String>,
}

impl Run {
    async fn new(plan: Option<Plan>) -> Self {
        Self { life: Life::new(plan).await, plan, wrong: Vec::new() }
    }

    async fn finish(&mut self) {
        for (name, step) in STEPS {
            if !self.step(name, *step).await {
                return;
            }
        }
        let wrong = self.life.wrong_end().await;
        self.note("at the end", wrong);
    }

    /// Repeats a step until it succeeds. Returns whether the life cycle can continue.
    async fn step(&mut self, name: &str, step: Step) -> bool {
        let mut last_failed = None;
        for attempt in 1..=ATTEMPTS {
            let hits = self.life.proxy.hits();
            let outcome = step(&mut self.life).await;
            match (outcome, self.life.proxy.hits() > hits) {
                (Ok(()), true) => return self.check_success(name),
                (Ok(()), false) => return true,
                (Err(error), true) => {
                    last_failed = error.operation();
                    self.check_failure(name, &error).await;
                }
                (Err(error), false) if self.is_done(last_failed, &error) => return true,
                (Err(error), false) => {
                    self.note(name, vec![format!("{:?} without a fault: {error:?}", error.kind())]);
                    return false;
                }
            }
            if attempt >= ATTEMPTS_UNDER_FAULT {
                self.life.proxy.end_fault();
            }
            self.life.wait();
        }
        self.note(name, vec!["it does not succeed after the fault".to_owned()]);
        false
    }

    /// Checks that the client has not repeated a request that must not be repeated.
    fn check_success(&mut self, name: &str) -> bool {
        let operation = |plan: Plan| self.life.proxy.operations().remove(plan.call);
        let silent = self
            .plan
            .filter(|plan| !plan.lasting && rule::must_fail(&operation(*plan), plan.fault));
        if silent.is_some() {
            self.note(name, vec!["the fault was not reported".to_owned()]);
        }
        true
    }

    async fn check_failure(&mut self, name: &str, error: &Error) {
        let Some(plan) = self.plan else { return };
        let wrong = rule::check_error(plan, &self.life.proxy.operations(), error);
        self.note(name, wrong);
        let wrong = self.life.wrong_state().await;
        self.note(name, wrong);
    }

    fn is_done(&self, last_failed: Option<&str>, error: &Error) -> bool {
        let both = last_failed.zip(self.plan);
        both.is_some_and(|(operation, plan)| rule::is_done(operation, error, plan.fault))
    }

    fn note(&mut self, step: &str, wrong: Vec<String>) {
        self.wrong.extend(wrong.into_iter().map(|text| format!("{step}: {text}")));
    }
}
