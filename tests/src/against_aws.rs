//! Replay of the conformance suites and of undocumented behavior on AWS, compared with the
//! emulator: `cargo xtask aws`.

mod caller;
mod cases;
mod cleaning;
mod environment;
mod normal;
mod plan;
mod report;
mod suites;

pub use caller::{Caller, Response};
pub use cases::{Case, Cases};
pub use cleaning::{Pool, delete, find};
pub use environment::{Environment, Prefix, Selection};
pub use normal::{masked, normal};
pub use plan::Plan;
pub use report::Report;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io::{self, Write};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use cognito::types::Clock;
use cognito_emulator::{Emulator, Message, MessageKind, SigningKeys};
use futures_util::FutureExt;
use serde::Serialize;
use serde_json::Value;

/// A result whose error is a sentence for the user of the terminal.
pub type Fallible<T> = Result<T, String>;

/// A replay on one server.
pub struct Run {
    /// The server.
    pub caller: Caller,
    /// The prefix of the names of its pools, and their tag.
    pub mark: String,
    /// A text that names of cases and steps must contain; empty for all.
    pub only: String,
    /// The emulator, if it is the server. Its clock is advanced instead of waiting.
    pub emulator: Option<Emulator>,
    /// The ids of created pools, which are deleted even if the server lost their tags.
    pub created: Arc<Mutex<BTreeSet<String>>>,
}

/// The replayed cases and steps in order, with their results.
pub type Replayed = Vec<(Named, Replay)>;

/// The name of a case or of a step of a suite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The suite.
    pub suite: &'static str,
    /// The case or step.
    pub name: String,
}

/// The result of a case or of a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Replay {
    /// The operations and their responses, without values that differ between runs.
    Calls(Vec<(String, Value)>),
    /// A step of a suite that passed.
    Passed,
    /// The failed assertion, or the reason why a case could not continue.
    Failed(String),
}

impl Run {
    /// Adds the results of all cases and steps one by one, so that earlier ones remain after an
    /// interruption.
    ///
    /// # Errors
    ///
    /// Returns an error if the server cannot be reached or a suite cannot create its pool.
    pub async fn replay(&self, results: &Mutex<Replayed>) -> Fallible<()> {
        for case in Cases::read()?.cases.iter().filter(|case| self.selects(&case.name)) {
            println!("  {}", case.name);
            let replay = case.replay(self).await?;
            let named = Named { suite: "cases", name: case.name.clone() };
            lock(results).push((named, replay));
        }
        suites::replay(self, results).await
    }

    fn now(&self) -> SystemTime {
        self.emulator.as_ref().map_or_else(SystemTime::now, |emulator| emulator.clock().now())
    }

    fn selects(&self, name: &str) -> bool {
        name.contains(&self.only)
    }
}

/// Replays everything on an emulator, and returns the results and the calls.
///
/// # Errors
///
/// Returns an error if the emulator does not start or a suite cannot create its pool.
pub async fn on_emulator(region: &str, only: &str) -> Fallible<(Replayed, Plan)> {
    let counted = Arc::new(Mutex::new(BTreeMap::new()));
    let counts = Arc::clone(&counted);
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests).region(region);
    let builder = builder.on_request(move |record| {
        let key = (record.operation.clone(), record.status == 200);
        *lock(&counts).entry(key).or_insert(0) += 1;
    });
    let emulator = builder.start().await.map_err(|error| error.to_string())?;
    let caller = Caller::emulator(emulator.endpoint(), region);
    let (mark, only) = ("conformance-local".to_owned(), only.to_owned());
    let run = Run { caller, mark, only, emulator: Some(emulator.clone()), created: Arc::default() };
    let results = Mutex::default();
    run.replay(&results).await?;
    // Codes of sign-ups are in the outbox, but the service would send none, because the pools
    // verify no addresses.
    let is_sent = |message: &Message| message.kind != MessageKind::SignUp;
    let sent = emulator.outbox().iter().filter(|message| is_sent(message)).count();
    let plan = Plan::new(&lock(&counted), sent);
    emulator.stop().await;
    Ok((results.into_inner().unwrap_or_default(), plan))
}

/// Replays everything on AWS and deletes the pools of the run, also after an interrupt, a failure
/// or a panic. Returns the reason of an early end, and the remaining pools.
pub async fn on_aws(
    run: &Run,
    results: &Mutex<Replayed>,
    interrupted: impl Future<Output = ()>,
) -> (Option<String>, Vec<Pool>) {
    let replay = AssertUnwindSafe(run.replay(results)).catch_unwind();
    let problem = tokio::select! {
        outcome = replay => match outcome {
            Ok(outcome) => outcome.err(),
            Err(_) => Some("a panic ended the run".to_owned()),
        },
        () = interrupted => Some("the run was interrupted".to_owned()),
    };
    say(format_args!("deleting the pools of {}", run.mark));
    let (unlisted, left) = cleaning::delete_all(run).await;
    let problems: Vec<_> = problem.into_iter().chain(unlisted).collect();
    ((!problems.is_empty()).then(|| problems.join("; ")), left)
}

/// Prints a line. Unlike `println!`, does not panic if the output is closed, such as after Ctrl-C
/// in a pipeline, because the deletion of pools must continue.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Prints a line to standard error, like [`say`].
pub fn warn(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
